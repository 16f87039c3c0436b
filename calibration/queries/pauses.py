"""Emergency pauses: which one runs, and what was said of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from calibration.models import EmergencyPause
from qaplatform.people.models import Labeler


@dataclass(frozen=True, kw_only=True)
class PauseLine:
    """A pause as pages tell it; `until` is when it ended or ends."""

    pause: EmergencyPause
    until: datetime
    is_running: bool


def running_pauses(*, now: datetime) -> QuerySet[EmergencyPause]:
    """Pauses in force."""
    return EmergencyPause.objects.filter(
        Q(ends_at__gt=now) | Q(prolonged_until__gt=now), started_at__lte=now, ended_at=None
    ).select_related("labeler", "flag", "started_by", "second_by")


def running_pause(labeler: Labeler, *, now: datetime) -> EmergencyPause | None:
    """The pause that keeps somebody from work now."""
    return running_pauses(now=now).filter(labeler=labeler).order_by("-started_at").first()


def last_pause(labeler: Labeler) -> EmergencyPause | None:
    """The latest pause of somebody, running or over."""
    return EmergencyPause.objects.filter(labeler=labeler).order_by("-started_at").first()


def pause_lines(labeler: Labeler, *, now: datetime) -> list[PauseLine]:
    """All pauses of somebody, the latest first."""
    rows = EmergencyPause.objects.filter(labeler=labeler).select_related("labeler", "flag", "started_by", "second_by")
    return [_line(row, now) for row in rows.order_by("-started_at")]


def paused_time(labeler: Labeler, *, since: datetime, until: datetime) -> timedelta:
    """How long somebody was paused within a period: paid time that no productivity may be divided by."""
    rows = EmergencyPause.objects.filter(labeler=labeler, started_at__lt=until)
    ended = rows.annotate(over_at=Coalesce("ended_at", Greatest("ends_at", Coalesce("prolonged_until", "ends_at"))))
    spans = ended.filter(over_at__gt=since).values_list("started_at", "over_at")
    return sum((min(over, until) - max(start, since) for start, over in spans), timedelta())


def until_of(pause: EmergencyPause) -> datetime:
    """When a pause ends, or has ended."""
    return pause.ended_at or max(pause.ends_at, pause.prolonged_until or pause.ends_at)


def _line(pause: EmergencyPause, now: datetime) -> PauseLine:
    until = until_of(pause)
    return PauseLine(pause=pause, until=until, is_running=pause.ended_at is None and until > now)
