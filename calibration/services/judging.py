"""What falls due on declared dates."""

from datetime import UTC, date, datetime, timedelta

from calibration.models import WeeklyTest
from calibration.queries.windows import week_start
from calibration.services.refresh import refresh_queue
from calibration.services.standings import declare_standings
from calibration.services.weekly import run_weekly_test
from labeling.enums import QueueKind
from labeling.models import Queue

# Answers given just before midnight are scored once undo has closed.
SETTLING = timedelta(minutes=10)


def judge_due(*, now: datetime) -> int:
    """Judge every queue whose latest Monday was not judged yet; says how many."""
    due = queues_to_judge(now)
    for queue_id in due:
        judge_queue(queue_id, now=now)
    return len(due)


def queues_to_judge(now: datetime) -> list[int]:
    """Queues whose standings and weekly test of the latest Monday are due."""
    if now < week_start(now) + SETTLING:
        return []
    tested = WeeklyTest.objects.filter(week_ends_on=_monday(now)).values("queue_id")
    planned = Queue.objects.filter(kind=QueueKind.ORDINARY, sampling_plan__isnull=False)
    return list(planned.exclude(pk__in=tested).order_by("pk").values_list("pk", flat=True))


def judge_queue(queue_id: int, *, now: datetime) -> None:
    """Declare a queue's standings and run its weekly test, unless that was done; then nothing is left to do."""
    if queue_id not in queues_to_judge(now):
        return
    queue = Queue.objects.select_related("sampling_plan").get(pk=queue_id)
    refresh_queue(queue_id, now=now)
    declare_standings(queue, on=_monday(now), now=now)
    run_weekly_test(queue, on=_monday(now), now=now)


def _monday(now: datetime) -> date:
    return week_start(now).astimezone(UTC).date()
