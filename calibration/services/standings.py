"""Standings: declared on Mondays, and once when a queue has its first; between the dates pages show the interval."""

from datetime import UTC, date, datetime, time

from django.db import transaction

from calibration.models import SamplingPlan, StandingRecord
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.declared import RightAnswers, count_right
from calibration.queries.windows import own_starts, window_start
from calibration.stats import standing
from labeling.models import Queue

MINIMUM = 20


@transaction.atomic
def declare_standings(queue: Queue, *, on: date, now: datetime) -> list[StandingRecord]:
    """Declare where everybody stood at the beginning of a day. What was declared for that date stays as it is."""
    return _declare(queue, on=on, until=min(datetime.combine(on, time.min, UTC), now))


@transaction.atomic
def declare_first_standings(queue: Queue, *, now: datetime) -> list[StandingRecord]:
    """Declare a queue's first standings as soon as somebody has enough answers, without waiting for Monday."""
    if StandingRecord.objects.filter(queue=queue).exists():
        return []
    counted = _count(queue, until=now)
    if not any(row.n >= MINIMUM for row in counted):
        return []
    return _declare(queue, on=now.astimezone(UTC).date(), until=now)


def _declare(queue: Queue, *, on: date, until: datetime) -> list[StandingRecord]:
    target = queue.sampling_plan.target
    starts = own_starts(queue, since=window_start(until), until=until)
    counted = _count(queue, until=until)
    records = [
        _record(row, queue, target=target, on=on, since=starts.get(row.labeler_id, window_start(until)))
        for row in (*counted, *_without_answers(queue, {row.labeler_id for row in counted}, on=on))
    ]
    StandingRecord.objects.bulk_create(records, ignore_conflicts=True)
    return records


def _count(queue: Queue, *, until: datetime) -> tuple[RightAnswers, ...]:
    since = window_start(until)
    return count_right(
        queue.pk,
        SamplingPlan.objects.get(queue=queue).question,
        revisions=revisions_in_force(read_versions(queue), queue).ids,
        since=since,
        until=until,
        own_starts=own_starts(queue, since=since, until=until),
        base_only=True,
        with_disputed=True,
    )


def _without_answers(queue: Queue, counted: set[int], *, on: date) -> list[RightAnswers]:
    """Whoever was judged before and has no answer in the window any more: the old standing holds no longer."""
    rows = StandingRecord.objects.filter(queue=queue, declared_on__lt=on).order_by("labeler_id", "-declared_on")
    latest = rows.distinct("labeler_id")
    return [RightAnswers(row.labeler_id, 0, 0) for row in latest if row.n and row.labeler_id not in counted]


def _record(row: RightAnswers, queue: Queue, *, target: float, on: date, since: datetime) -> StandingRecord:
    judged = standing(row.right, row.n, target=target, minimum=MINIMUM)
    return StandingRecord(
        labeler_id=row.labeler_id,
        queue=queue,
        declared_on=on,
        window_from=since,
        target=target,
        n=row.n,
        correct=row.right,
        lower=judged.accuracy.lower,
        upper=judged.accuracy.upper,
        standing=judged.standing.value,
    )
