"""What passing an exam gives: the certification, its skill grant, and the end of the flag that asked for it."""

from calibration.enums import SetPurpose
from calibration.models import Attempt, Certification
from calibration.services.decisions import recertify_flag
from calibration.services.suspensions import end_suspensions_of
from calibration.services.watching import restart_watch
from qaplatform import clock
from qaplatform.people.enums import GrantSource
from qaplatform.people.models import Skill
from qaplatform.people.services.grants import grant_skill
from qaplatform.trail.services import record


def certify(attempt: Attempt) -> Certification | None:
    """Certify for a passed exam, in the caller's transaction; practice certifies nobody."""
    passed = attempt.calibration_set
    if passed.purpose != SetPurpose.EXAM:
        return None
    certification = _grant_and_certify(attempt, passed.skill) if passed.skill else None
    words = f"Passed {passed.name} with {attempt.correct} of {attempt.items} right; {attempt.pass_mark} pass."
    if attempt.flag is not None:
        recertify_flag(attempt.flag, reason=words)
    restart_watch(attempt.labeler, passed.source_queue, "recertified", now=clock.now())
    return certification


def _grant_and_certify(attempt: Attempt, skill: Skill) -> Certification:
    reason = f"Passed {attempt.calibration_set.name}"
    grant = grant_skill(
        attempt.labeler, skill, source=GrantSource.CERTIFICATION, reason=reason, actor=None, now=clock.now()
    )
    end_suspensions_of(grant, reason=reason)
    certification = Certification.objects.create(
        labeler=attempt.labeler,
        skill=skill,
        policy_version=attempt.calibration_set.policy_version,
        attempt=attempt,
        grant=grant,
    )
    detail = {"skill": skill.name, "correct": attempt.correct, "items": attempt.items}
    record("certified", certification, actor=None, detail=detail)
    return certification
