"""Counting at night where disagreement and errors of a queue come from."""

from datetime import datetime

from django.db import transaction

from calibration.enums import Cut, Metric, Reference
from calibration.models import MetricSnapshot
from calibration.queries.attribution import (
    PARTS,
    REPEAT_SLOTS,
    SHARE_SLOTS,
    SPLIT_SLOTS,
    measure_repeats,
    measure_shares,
    measure_splits,
    read_certified,
    read_gold,
)
from calibration.queries.clauses import Eras, RevisionsInForce, eras_of, read_versions, revisions_in_force
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.windows import window_start
from calibration.services.locks import QueueLock, try_lock_for_long
from calibration.stats import Split
from labeling.models import PolicyVersion, Queue
from qaplatform import clock

KEY = ["queue", "question", "metric", "cut", "key", "reference"]
WRITTEN = ["population", "tally", "estimates", "computed_at"]


@transaction.atomic
def attribute_queue(queue_id: int, *, now: datetime | None = None) -> int:
    """Store where disagreement comes from, for each question that has clauses; how many rows. Twice changes nothing.

    Its lock is its own, since a recount leaves these rows alone: nobody waits for it, and a second job does nothing.
    """
    if not try_lock_for_long(QueueLock.ATTRIBUTION, queue_id):
        return 0
    queue, at = Queue.objects.get(pk=queue_id), now or clock.database_now()
    versions = read_versions(queue)
    questions = [question for question in read_questions(queue) if question.clauses]
    rows = [row for question in questions for row in _measured(queue, question, versions, at)]
    old = MetricSnapshot.objects.filter(queue=queue, metric=Metric.ATTRIBUTION)
    kept = {(row.question, row.cut, row.key) for row in rows}
    old.filter(pk__in=[row.pk for row in old if (row.question, row.cut, row.key) not in kept]).delete()
    MetricSnapshot.objects.bulk_create(rows, update_conflicts=True, update_fields=WRITTEN, unique_fields=KEY)
    return len(rows)


def _measured(
    queue: Queue, question: MeasuredQuestion, versions: tuple[PolicyVersion, ...], now: datetime
) -> list[MetricSnapshot]:
    eras = eras_of(versions, queue, question)
    splits = measure_splits(read_certified(queue, question, eras, now=now), question)
    population = Population.of(queue, question.key, SPLIT_SLOTS, versions=eras.versions_of(eras.current), until=now)
    by_clause = [_clause_row(queue, question, code, split, population) for code, split in splits.items()]
    return [*by_clause, _whole_row(queue, question, eras, revisions_in_force(versions, queue), now)]


def _clause_row(
    queue: Queue, question: MeasuredQuestion, code: str, split: Split, population: Population
) -> MetricSnapshot:
    parts = {"within": split.within, "between": split.between, "others": split.others}
    return MetricSnapshot(
        queue=queue,
        question=question.key,
        metric=Metric.ATTRIBUTION,
        cut=Cut.CLAUSE,
        key=code,
        population=population.as_json(),
        tally={name: _pairs(part.value, part.n_ratings) for name, part in parts.items()},
        estimates={"kind": split.kind.value, **{name: part.to_json() for name, part in parts.items()}},
    )


def _whole_row(
    queue: Queue, question: MeasuredQuestion, eras: Eras, revisions: RevisionsInForce, now: datetime
) -> MetricSnapshot:
    shares = measure_shares(read_gold(queue, question, revisions, now=now))
    repeats = measure_repeats(queue, question, eras)
    population = Population.of(
        queue,
        question.key,
        f"{SHARE_SLOTS}; repeats: {REPEAT_SLOTS}",
        reference=Reference.GOLD,
        clauses=revisions.words,
        since=window_start(now),
        until=now,
    )
    return MetricSnapshot(
        queue=queue,
        question=question.key,
        metric=Metric.ATTRIBUTION,
        cut=Cut.QUEUE,
        population=population.as_json(),
        tally={"components": list(shares.components or ()), "items": shares.n_items, "answers": shares.n_ratings},
        estimates={
            **{part: getattr(shares, part).to_json() for part in PARTS},
            "same": repeats.same.to_json(),
            "stable": repeats.stable.to_json(),
        },
    )


def _pairs(value: float | None, pairs: int) -> dict[str, int]:
    return {"pairs": pairs, "split": round((value or 0.0) * pairs)}
