"""The emergency pause: one person stops somebody's work at once, for a day at most and paid; a second one goes on."""

from datetime import datetime, timedelta

from django.db import transaction

from calibration.models import EmergencyPause, Flag, FlagEvent
from calibration.queries.pauses import last_pause, running_pauses
from calibration.rules import DAYS_TO_REPLY, add_working_days
from labeling.services.assignments import give_back_leases
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, User
from qaplatform.trail.services import record

MOST_HOURS = 24


@transaction.atomic
def start_pause(labeler: Labeler, *, hours: int, reason: str, actor: User, flag: Flag | None = None) -> EmergencyPause:
    """Hand no work to somebody from now on; what they hold goes back. It ends by itself after `hours`."""
    labeler = Labeler.objects.select_for_update().get(pk=labeler.pk)
    _check_start(labeler, hours=hours, reason=reason, actor=actor)
    now = clock.now()
    pause = EmergencyPause.objects.create(
        labeler=labeler,
        flag=flag,
        reason=reason.strip(),
        started_by=actor,
        started_at=now,
        ends_at=now + timedelta(hours=hours),
    )
    _set_until(labeler, pause.ends_at)
    returned = give_back_leases(labeler)
    _note(pause, "pause_started", actor=actor, reason=pause.reason, ends_at=pause.ends_at, leases_returned=returned)
    return pause


@transaction.atomic
def end_pause(pause: EmergencyPause, *, actor: User, reason: str) -> EmergencyPause:
    """Let somebody work again before the pause ends by itself; whoever started it may take it back too."""
    locked = _lock(pause, actor=actor, reason=reason)
    locked.ended_at = clock.now()
    if actor.pk != locked.started_by_id:
        locked.second_by, locked.second_at, locked.second_reason = actor, locked.ended_at, reason.strip()
    locked.save(update_fields=["ended_at", "second_by", "second_at", "second_reason"])
    _set_until(locked.labeler, None)
    _note(locked, "pause_ended", actor=actor, reason=reason.strip(), ends_at=locked.ended_at)
    return locked


@transaction.atomic
def prolong_pause(pause: EmergencyPause, *, actor: User, reason: str) -> EmergencyPause:
    """Keep the pause until the reply to the flag is due; a second person's act."""
    locked = _lock(pause, actor=actor, reason=reason)
    if locked.started_by_id == actor.pk:
        raise Refused("You started this pause. Only a second QA manager prolongs it; you may end it.")
    if locked.prolonged_until is not None:
        raise Refused(f"This pause is prolonged already, until {locked.prolonged_until:%-d %B %Y, %H:%M} UTC.")
    until = longest_end(locked)
    if until <= locked.ends_at:
        raise Refused("The time to reply is over by then. Decide on the flag instead; this pause ends by itself.")
    locked.prolonged_until, locked.second_by = until, actor
    locked.second_at, locked.second_reason = clock.now(), reason.strip()
    locked.save(update_fields=["prolonged_until", "second_by", "second_at", "second_reason"])
    _set_until(locked.labeler, until)
    _note(locked, "pause_prolonged", actor=actor, reason=reason.strip(), ends_at=until)
    return locked


def longest_end(pause: EmergencyPause) -> datetime:
    """Until when a second person may prolong: when the reply to the flag is due, or as long as a reply would take."""
    return pause.flag.reply_due_at if pause.flag else add_working_days(pause.started_at, DAYS_TO_REPLY)


def _check_start(labeler: Labeler, *, hours: int, reason: str, actor: User) -> None:
    if labeler.user_id == actor.pk:
        raise Refused("You cannot pause yourself as an emergency. Use “Pause” in the workspace.")
    if not 1 <= hours <= MOST_HOURS:
        raise InvalidInput(f"Choose 1 to {MOST_HOURS} hours: longer needs a second person.", detail={"field": "hours"})
    if not reason.strip():
        raise InvalidInput("Write the reason: the person reads it at once.", detail={"field": "reason"})
    now = clock.now()
    if running_pauses(now=now).filter(labeler=labeler).exists():
        raise Refused(f"{labeler} is paused already. A second QA manager ends or prolongs that pause.")
    last = last_pause(labeler)
    if last is not None and last.started_by_id == actor.pk and now < add_working_days(last.started_at, DAYS_TO_REPLY):
        raise Refused(
            f"You paused {labeler} on {last.started_at:%-d %B %Y} already. One person stops somebody's work for a day "
            "at most: if it has to be stopped again, another QA manager does it."
        )


def _lock(pause: EmergencyPause, *, actor: User, reason: str) -> EmergencyPause:
    Labeler.objects.select_for_update().get(pk=pause.labeler_id)
    rows = EmergencyPause.objects.select_for_update(of=("self",)).select_related("labeler", "flag")
    locked = rows.get(pk=pause.pk)
    if locked.labeler.user_id == actor.pk:
        raise Refused("This pause is about you. Another QA manager ends it.")
    if not running_pauses(now=clock.now()).filter(pk=locked.pk).exists():
        raise Refused(f"This pause has ended by now: {locked.labeler} works again.")
    if not reason.strip():
        raise InvalidInput("Write the reason: the person reads it.", detail={"field": "reason"})
    return locked


def _set_until(labeler: Labeler, until: datetime | None) -> None:
    Labeler.objects.filter(pk=labeler.pk).update(paused_until=until)


def _note(
    pause: EmergencyPause, action: str, *, actor: User, reason: str, ends_at: datetime, leases_returned: int = 0
) -> None:
    if pause.flag is not None:
        FlagEvent.objects.create(flag=pause.flag, actor=actor, action=action, reason=reason)
    detail = {"labeler": str(pause.labeler.public_id), "reason": reason, "until": ends_at.isoformat()}
    record(action, pause, actor=actor, detail={**detail, "leases_returned": leases_returned})
