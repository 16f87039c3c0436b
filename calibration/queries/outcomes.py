"""What was decided lately about flags: for everybody who was told of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from calibration.enums import FlagDecision
from calibration.models import Flag, FlagEvent
from calibration.queries.flag_pages import EVENT_WORDS
from calibration.queries.flags import managed_flags
from qaplatform.people.access import Access

SHOWN_FOR = timedelta(days=14)
MOST_SHOWN = 10
OUTCOMES = (
    *FlagDecision.values,
    "dispute_decided",
    "dispute_lapsed",
    "gold_corrected",
    "suspension_confirmed",
    "suspension_rejected",
    "suspension_lifted",
    "suspension_ended",
    "pause_started",
    "pause_prolonged",
    "pause_ended",
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One decision about a flag, with its reason."""

    flag: Flag
    at: datetime
    words: str
    by: str
    reason: str


def own_outcomes(labeler_id: int, *, now: datetime) -> list[Outcome]:
    """What was decided about somebody's own flags."""
    return _outcomes(Flag.objects.filter(labeler=labeler_id), now=now, leaving_out=None)


def outcomes_for(access: Access, *, now: datetime) -> list[Outcome]:
    """What others decided about flags of the people whom the asker covers."""
    return _outcomes(managed_flags(access), now=now, leaving_out=access.user_id)


def _outcomes(flags: QuerySet[Flag], *, now: datetime, leaving_out: int | None) -> list[Outcome]:
    events = FlagEvent.objects.filter(flag__in=flags.order_by(), action__in=OUTCOMES, at__gt=now - SHOWN_FOR)
    others = events.filter(Q(actor=None) | ~Q(actor=leaving_out)) if leaving_out else events
    rows = others.select_related("flag__labeler", "flag__queue", "actor").order_by("-at", "-pk")
    return [
        Outcome(
            flag=event.flag,
            at=event.at,
            words=EVENT_WORDS.get(event.action, event.action),
            by=str(event.actor or ""),
            reason=event.reason,
        )
        for event in rows[:MOST_SHOWN]
    ]
