"""Who can be given a set, who cannot and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from calibration.enums import AttemptState, FlagState
from calibration.models import Attempt, CalibrationSet, Flag
from calibration.queries.pools import UNFINISHED, Pool, read_pool, read_sightings
from calibration.queries.training import TRAINERS
from qaplatform.people.access import Access
from qaplatform.people.models import Labeler, Skill, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers


@dataclass(frozen=True)
class Candidate:
    """Somebody to whom a set could be given. `obstacle` says why not, in words; empty: it can be given."""

    labeler: Labeler
    flag: Flag | None
    attempt: Attempt | None
    skills: frozenset[int]
    new: int
    obstacle: str

    @property
    def has_passed(self) -> bool:
        """Whether the latest attempt was passed."""
        return self.attempt is not None and self.attempt.state == AttemptState.PASSED


@dataclass(frozen=True)
class Unlisted:
    """People of the asker whom no set can be given: without an account, or deactivated."""

    external: int
    inactive: int


def trainable_labelers(access: Access) -> QuerySet[Labeler]:
    """Everybody whom the asker covers as a trainer, also those who cannot be given anything."""
    covered = visible_labelers(access, roles=frozenset(TRAINERS))
    return covered.exclude(pk=access.labeler_id or 0).select_related("vendor", "team__vendor", "user")


def listed_labelers(access: Access) -> QuerySet[Labeler]:
    """Those with an account who work at present."""
    return trainable_labelers(access).filter(is_active=True, user__isnull=False).order_by("display_name", "pk")


def unlisted(access: Access) -> Unlisted:
    """How many people the list leaves out."""
    people = trainable_labelers(access)
    external = people.filter(user=None).count()
    return Unlisted(external, people.filter(user__isnull=False, is_active=False).count())


def read_candidates(
    calibration_set: CalibrationSet, labelers: Iterable[Labeler], *, pool: Pool | None = None
) -> list[Candidate]:
    """How each person stands with a set, in as many queries for a thousand as for one; retraining first."""
    people = list(labelers)
    asked = pool or read_pool(calibration_set)
    sightings = read_sightings(asked, people)
    attempts = _latest_attempts(calibration_set, people)
    flags = {flag.labeler_id: flag for flag in _flags(calibration_set, people)}
    skills = _skills(people)
    rows = []
    for person in people:
        new = sum(sightings.is_new(item, person) for item in asked.items)
        attempt = attempts.get(person.pk)
        words = obstacle(person, attempt, asked, new=new)
        rows.append(Candidate(person, flags.get(person.pk), attempt, skills.get(person.pk, frozenset()), new, words))
    return sorted(rows, key=lambda row: row.flag is None)


def obstacle(labeler: Labeler, attempt: Attempt | None, pool: Pool, *, new: int) -> str:
    """Why a set cannot be given to somebody, and what would help; empty if it can."""
    if labeler.user_id is None:
        return "is known only from imported decisions and cannot sign in: join them to an account first"
    if not labeler.is_active:
        return "is deactivated: ask an administrator to reactivate the account"
    if attempt is not None and attempt.state in UNFINISHED:
        return "has it already and is not finished"
    return _shortage(pool, new=new)


def skills_of(labelers: Sequence[Candidate]) -> list[Skill]:
    """What some of these people are certified for."""
    return list(Skill.objects.filter(pk__in={skill for row in labelers for skill in row.skills}).order_by("name"))


def _shortage(pool: Pool, *, new: int) -> str:
    """What the set lacks for this person; empty if nothing."""
    if pool.is_exam and pool.size and new < pool.size:
        more = pool.size - new
        return (
            f"has met too much of it: {new} of {len(pool.items)} items are new, a try asks {pool.size}. "
            f"Add {more} live exam {'item' if more == 1 else 'items'} to the set"
        )
    if len(pool.items) < max(pool.size, 1):
        return f"would get too little: {len(pool.items)} items can be asked now, a try asks {pool.size}"
    return ""


def _latest_attempts(calibration_set: CalibrationSet, people: Sequence[Labeler]) -> dict[int, Attempt]:
    """The unfinished attempt of each person, else the last one that was not cancelled."""
    attempts = calibration_set.attempts.filter(labeler__in=people).exclude(state=AttemptState.CANCELLED)
    return {attempt.labeler_id: attempt for attempt in attempts.order_by("number")}


def _flags(calibration_set: CalibrationSet, people: Sequence[Labeler]) -> QuerySet[Flag]:
    at_work = [FlagState.COACHING, FlagState.RETRAINING]
    return Flag.objects.filter(queue=calibration_set.source_queue_id, state__in=at_work, labeler__in=people)


def _skills(people: Sequence[Labeler]) -> dict[int, frozenset[int]]:
    held = SkillGrant.objects.filter(Q(labeler__in=people), revoked_at=None, suspended_at=None)
    found: dict[int, set[int]] = {}
    for labeler_id, skill_id in held.values_list("labeler_id", "skill_id"):
        found.setdefault(labeler_id, set()).add(skill_id)
    return {labeler_id: frozenset(skills) for labeler_id, skills in found.items()}
