"""Declared windows of accuracy: since the latest of 90 days ago, a change of the clause, or a certification."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Max

from calibration.models import Certification
from labeling.models import Queue
from qaplatform.people.models import Labeler

WINDOW_DAYS = 90
WEEK = timedelta(days=7)


def day_start(at: datetime) -> datetime:
    """The beginning of the UTC day."""
    return datetime.combine(at.astimezone(UTC).date(), time.min, UTC)


def week_start(at: datetime) -> datetime:
    """The beginning of the UTC week, Monday.

    >>> week_start(datetime(2026, 11, 22, 9, tzinfo=UTC)).date().isoformat()
    '2026-11-16'
    """
    return day_start(at) - timedelta(days=at.astimezone(UTC).weekday())


def window_start(until: datetime) -> datetime:
    """The beginning of the 90 days before a time, at a UTC midnight."""
    return day_start(until) - timedelta(days=WINDOW_DAYS)


def own_starts(queue: Queue, *, since: datetime, until: datetime) -> dict[int, datetime]:
    """Labelers who were certified for the queue within the window, and when: their answers before do not count.

    What a change of a clause leaves out is left out by the clause revision of the gold, answer by answer.
    """
    if queue.skill_id is None:
        return {}
    found = Certification.objects.filter(
        skill_id=queue.skill_id, certified_at__gt=since, certified_at__lt=until
    ).values("labeler_id")
    return {row["labeler_id"]: row["latest"] for row in found.annotate(latest=Max("certified_at"))}


def starts_by_skill(labeler: Labeler, *, since: datetime, until: datetime) -> dict[int | None, datetime]:
    """When one person was last certified for each skill within the window."""
    found = labeler.certifications.filter(certified_at__gt=since, certified_at__lt=until).order_by().values("skill_id")
    return {row["skill_id"]: row["latest"] for row in found.annotate(latest=Max("certified_at"))}


def is_before_restart(declared_on: date | None, restarted_at: datetime | None) -> bool:
    """Whether a standing was declared before a certification restarted the window.

    A declaration counts to the beginning of its day, so one of the day of the restart is before it.
    """
    return declared_on is not None and restarted_at is not None and declared_on <= restarted_at.astimezone(UTC).date()
