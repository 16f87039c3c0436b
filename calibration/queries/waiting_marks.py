"""Answers that no figure counts yet, as their stale marks tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Count, Min

from calibration.models import StaleMark
from qaplatform.web.health import NotThere

# Answers are counted within seconds, and within 90 after the loss of the broker.
STUCK_AFTER = timedelta(minutes=2)

# Marks are deleted as soon as they are counted, so that the whole table is what came in within seconds.
OLDEST = "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM calibration_stalemark"


@dataclass(frozen=True, kw_only=True)
class WaitingQueue:
    """A queue with answers that are not counted yet."""

    public_id: UUID
    name: str
    marks: int
    since: datetime
    is_stuck: bool


def oldest_mark_seconds() -> float:
    """The age of the oldest mark; 0 where everything is counted."""
    with connection.cursor() as cursor:
        cursor.execute(OLDEST)
        return max(0.0, float(cursor.fetchone()[0]))


def see_counting() -> str:
    """How counting goes, for `/readyz`. Raises NotThere where a queue is stuck."""
    age = oldest_mark_seconds()
    if age > STUCK_AFTER.total_seconds():
        raise NotThere(f"answers wait for {age / 60:.0f} minutes to be counted: the page Jobs says in which queue.")
    return "every answer is counted" if not age else f"the oldest answer waits for {age:.0f} s"


def waiting_queues(now: datetime) -> tuple[WaitingQueue, ...]:
    """Queues whose figures lack answers, the oldest first."""
    marks = StaleMark.objects.order_by().values_list("queue__public_id", "queue__name")
    rows = marks.annotate(marks=Count("id"), since=Min("created_at")).order_by("since")
    return tuple(
        WaitingQueue(public_id=q, name=name, marks=n, since=since, is_stuck=since < now - STUCK_AFTER)
        for q, name, n, since in rows
    )
