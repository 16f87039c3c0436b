"""Answers that no figure counts yet, as their stale marks tell."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min

from calibration.models import StaleMark

# Marks are deleted as soon as they are counted, so that the whole table is what came in within seconds.
OLDEST = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM calibration_stalemark"


@dataclass(frozen=True, kw_only=True)
class WaitingQueue:
    """A queue with answers that are not counted yet."""

    public_id: UUID
    name: str
    marks: int
    since: datetime


def oldest_mark_seconds() -> float:
    """The age of the oldest mark; 0 where everything is counted."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        return max(0.0, float(cursor.fetchone()[0]))


def waiting_queues() -> tuple[WaitingQueue, ...]:
    """Queues whose figures lack answers, the oldest first."""
    marks = StaleMark.objects.order_by().values_list("queue__public_id", "queue__name")
    rows = marks.annotate(marks=Count("id"), since=Min("created_at")).order_by("since")
    return tuple(WaitingQueue(public_id=q, name=name, marks=n, since=since) for q, name, n, since in rows)
