"""Deciding on a flag."""

from django.db import transaction

from calibration.enums import FlagDecision, SuspensionState
from calibration.models import Flag, FlagEvent
from calibration.rules import AT_WORK_STATES, decisions_in, is_finished, state_after
from calibration.services.plans import make_plan
from calibration.services.suspensions import propose_suspension
from calibration.services.watching import DECISION, restart_watch
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record


@transaction.atomic
def decide_flag(flag: Flag, decision: FlagDecision, *, actor: User, reason: str) -> Flag:
    """Move a flag on, with its consequences: a coaching plan, a proposed suspension, the watch from zero."""
    locked = _lock(flag)
    _check(locked, decision, actor=actor, reason=reason)
    before = locked.state
    _move(locked, decision, actor=actor)
    _note(locked, decision, actor=actor, before=before, reason=reason.strip())
    _follow_up(locked, decision, actor=actor, reason=reason.strip())
    return locked


@transaction.atomic
def close_by_sign_off(flag: Flag, *, actor: User) -> Flag:
    """End coaching that both sides signed; nothing else is left to decide."""
    locked = _lock(flag)
    before = locked.state
    _move(locked, FlagDecision.CLOSE, actor=None)
    _note(
        locked,
        FlagDecision.CLOSE,
        actor=actor,
        before=before,
        reason="The coaching plan is done and signed by both sides.",
    )
    return locked


@transaction.atomic
def recertify_flag(flag: Flag, *, reason: str) -> Flag:
    """What passing an exam does to a flag; nobody decides it by hand."""
    locked = _lock(flag)
    if locked.state not in AT_WORK_STATES:
        return locked
    before = locked.state
    _move(locked, FlagDecision.RECERTIFY, actor=None)
    _note(locked, FlagDecision.RECERTIFY, actor=None, before=before, reason=reason)
    return locked


def _lock(flag: Flag) -> Flag:
    return Flag.objects.select_for_update(of=("self",)).select_related("labeler", "queue").get(pk=flag.pk)


def _check(flag: Flag, decision: FlagDecision, *, actor: User, reason: str) -> None:
    if decision not in decisions_in(flag.state):
        raise Refused(
            f"{_decided_words(flag)}This flag is {flag.get_state_display().lower()}, so this cannot be decided now. "
            f"{_possible(flag)}"
        )
    if flag.labeler.user_id == actor.pk:
        raise Refused("This flag is about you. Another QA manager decides it.")
    if not reason.strip():
        raise InvalidInput("Write the reason of the decision: the person reads it.", detail={"field": "reason"})
    if decision == FlagDecision.CLOSE:
        _check_no_suspension(flag)


def _decided_words(flag: Flag) -> str:
    """Who decided last and when, for somebody whose page is older than that."""
    event = flag.events.filter(action__in=FlagDecision.values).select_related("actor").order_by("pk").last()
    if event is None:
        return ""
    return f"{event.actor or 'A passed exam'} decided this flag on {event.at:%-d %B %Y, %H:%M} UTC. "


def _possible(flag: Flag) -> str:
    words = [decision.label.split(":")[0].lower() for decision in decisions_in(flag.state)]
    return f"Possible: {', '.join(words)}." if words else "Nothing more is to be decided on it."


def _check_no_suspension(flag: Flag) -> None:
    pending = flag.suspensions.filter(state__in=[SuspensionState.PROPOSED, SuspensionState.CONFIRMED])
    if pending.exists():
        raise Refused("A suspension of the certification is proposed or in force. Reject or lift it first, then close.")


def _move(flag: Flag, decision: FlagDecision, *, actor: User | None) -> None:
    state = state_after(flag.state, decision)
    if state is None:
        raise Refused(f"This flag is {flag.get_state_display().lower()}, so this cannot be done now.")
    flag.state = state
    now = clock.now()
    if actor is not None and decision != FlagDecision.CLOSE:
        flag.decided_by, flag.decided_at = actor, now
    if is_finished(state):
        flag.closed_at = now
    flag.save(update_fields=["state", "decided_by", "decided_at", "closed_at"])


def _note(flag: Flag, decision: FlagDecision, *, actor: User | None, before: str, reason: str) -> None:
    FlagEvent.objects.create(
        flag=flag, actor=actor, action=decision, from_state=before, to_state=flag.state, reason=reason
    )
    detail = {"decision": decision.value, "from": before, "to": flag.state, "reason": reason}
    record("flag_decided", flag, actor=actor, detail=detail)


def _follow_up(flag: Flag, decision: FlagDecision, *, actor: User, reason: str) -> None:
    if decision in {FlagDecision.COACH, FlagDecision.RETRAIN}:
        make_plan(flag)
    if decision == FlagDecision.RETRAIN:
        propose_suspension(flag, actor=actor, reason=reason)
    if decision != FlagDecision.CLOSE:
        restart_watch(flag.labeler, flag.queue, DECISION, now=clock.now())
