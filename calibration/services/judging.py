"""What falls due on declared dates."""

from datetime import UTC, datetime, timedelta

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
    """Declare standings and run the weekly test of the latest Monday where that is due; says for how many queues."""
    monday = week_start(now)
    if now < monday + SETTLING:
        return 0
    on = monday.astimezone(UTC).date()
    tested = WeeklyTest.objects.filter(week_ends_on=on).values("queue_id")
    planned = Queue.objects.filter(kind=QueueKind.ORDINARY, sampling_plan__isnull=False)
    queues = list(planned.exclude(pk__in=tested).select_related("sampling_plan"))
    for queue in queues:
        refresh_queue(queue.pk, now=now)
        declare_standings(queue, on=on, now=now)
        run_weekly_test(queue, on=on, now=now)
    return len(queues)
