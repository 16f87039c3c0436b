"""Suspending a certification: one QA manager proposes, a second one confirms, once five working days have passed."""

from django.db import transaction

from calibration.enums import SuspensionState
from calibration.models import Flag, FlagEvent, SkillSuspension
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import SkillGrant, User
from qaplatform.people.services.grants import reinstate_grant, suspend_grant
from qaplatform.trail.services import record


def propose_suspension(flag: Flag, *, actor: User, reason: str) -> SkillSuspension | None:
    """Propose to suspend the certification for the flag's queue; None where there is none to suspend."""
    grant = _active_grant(flag)
    if grant is None:
        return None
    suspension = SkillSuspension.objects.create(flag=flag, grant=grant, proposed_by=actor, reason=reason)
    _note(suspension, "suspension_proposed", actor=actor, reason=reason)
    return suspension


@transaction.atomic
def confirm_suspension(suspension: SkillSuspension, *, actor: User, reason: str) -> SkillSuspension:
    """Suspend the certification; the second person's act."""
    locked = _lock(suspension, SuspensionState.PROPOSED)
    _check_second_person(locked, actor=actor, reason=reason)
    _check_time_to_reply(locked.flag)
    suspend_grant(locked.grant, reason=locked.reason, actor=actor, now=clock.now())
    return _decide(locked, SuspensionState.CONFIRMED, actor=actor, reason=reason)


@transaction.atomic
def reject_suspension(suspension: SkillSuspension, *, actor: User, reason: str) -> SkillSuspension:
    """Leave the certification as it is; the second person's act."""
    locked = _lock(suspension, SuspensionState.PROPOSED)
    _check_second_person(locked, actor=actor, reason=reason)
    return _decide(locked, SuspensionState.REJECTED, actor=actor, reason=reason)


@transaction.atomic
def lift_suspension(suspension: SkillSuspension, *, actor: User, reason: str) -> SkillSuspension:
    """Give the certification back without an exam."""
    locked = _lock(suspension, SuspensionState.CONFIRMED)
    _check_reason(reason)
    reinstate_grant(locked.grant, reason=reason.strip(), actor=actor, now=clock.now())
    locked.state = SuspensionState.LIFTED
    locked.save(update_fields=["state"])
    _note(locked, "suspension_lifted", actor=actor, reason=reason.strip())
    return locked


def end_suspensions_of(grant: SkillGrant, *, reason: str) -> None:
    """Lift what is in force and drop what is proposed: the product's own act when somebody has passed."""
    ends = {SuspensionState.CONFIRMED: SuspensionState.LIFTED, SuspensionState.PROPOSED: SuspensionState.REJECTED}
    for suspension in SkillSuspension.objects.select_for_update().filter(grant=grant, state__in=list(ends)):
        suspension.state = ends[SuspensionState(suspension.state)]
        suspension.save(update_fields=["state"])
        _note(suspension, "suspension_ended", actor=None, reason=reason)


def _active_grant(flag: Flag) -> SkillGrant | None:
    grants = SkillGrant.objects.filter(labeler=flag.labeler, skill=flag.queue.skill_id, revoked_at=None)
    return grants.filter(suspended_at=None).first()


def _lock(suspension: SkillSuspension, state: SuspensionState) -> SkillSuspension:
    locked = SkillSuspension.objects.select_for_update(of=("self",)).select_related("flag__labeler", "grant")
    found = locked.get(pk=suspension.pk)
    if found.state != state:
        raise Refused(f"This suspension is {found.get_state_display().lower()} by now. Reload the page to see it.")
    return found


def _check_second_person(suspension: SkillSuspension, *, actor: User, reason: str) -> None:
    if suspension.proposed_by_id == actor.pk:
        raise Refused("You proposed this suspension. Another QA manager confirms or rejects it.")
    if suspension.flag.labeler.user_id == actor.pk:
        raise Refused("This suspension is about you. Another QA manager confirms or rejects it.")
    _check_reason(reason)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput("Write the reason: the person reads it.", detail={"field": "reason"})


def _check_time_to_reply(flag: Flag) -> None:
    """Also somebody who has replied keeps all five days: there may be more to say."""
    if clock.now() < flag.reply_due_at:
        raise Refused(
            f"{flag.labeler} has until {flag.reply_due_at:%-d %B %Y, %H:%M} UTC to reply, and works until then. "
            "Confirm it then; what cannot wait is an emergency pause."
        )


def _decide(suspension: SkillSuspension, state: SuspensionState, *, actor: User, reason: str) -> SkillSuspension:
    suspension.state, suspension.decided_by, suspension.decided_at = state, actor, clock.now()
    suspension.save(update_fields=["state", "decided_by", "decided_at"])
    action = "suspension_confirmed" if state == SuspensionState.CONFIRMED else "suspension_rejected"
    _note(suspension, action, actor=actor, reason=reason.strip())
    return suspension


def _note(suspension: SkillSuspension, action: str, *, actor: User | None, reason: str) -> None:
    FlagEvent.objects.create(flag=suspension.flag, actor=actor, action=action, reason=reason)
    record(action, suspension, actor=actor, detail={"reason": reason, "grant": str(suspension.grant.public_id)})
