"""Accuracy of a queue's people: from gold scores to snapshots, one for each cut."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from calibration.enums import Cut, Metric, Reference
from calibration.models import MetricSnapshot
from calibration.queries.clauses import RevisionsInForce
from calibration.queries.error_kinds import count_errors
from calibration.queries.populations import GOLD_SLOTS, Population
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.score_counts import ScoreRow, confusion_of, read_scores
from calibration.queries.windows import own_starts, window_start
from calibration.stats import ConfusionTally, Estimate, clustered_standing, standing
from labeling.models import Queue
from qaplatform.people.models import Labeler, Team, Vendor

NO_CLAUSE = "none"


def measure_accuracy(
    queue: Queue, question: MeasuredQuestion, *, target: float, revisions: RevisionsInForce, now: datetime
) -> list[MetricSnapshot]:
    """Count a question's gold scores of the window and measure each cut; the snapshots are not stored yet."""
    since = window_start(now)
    starts = own_starts(queue, since=since, until=now)
    rows = read_scores(queue.pk, question.key, revisions=revisions.ids, since=since, until=now, own_starts=starts)
    base = [row for row in rows if row.is_base]
    population = Population(
        queue=queue.name,
        queue_id=str(queue.public_id),
        question=question.key,
        slots=GOLD_SLOTS,
        reference=Reference.GOLD,
        clauses=revisions.words,
        since=since.isoformat(),
    )
    snapshots = []
    for cut, key, group in _groups(base):
        tally = confusion_of(group, question)
        start = starts.get(group[0].labeler_id) if cut == Cut.LABELER else None
        counted = replace(population, since=start.isoformat()) if start else population
        snapshots.append(
            MetricSnapshot(
                queue=queue,
                question=question.key,
                metric=Metric.ACCURACY,
                cut=cut,
                key=key,
                reference=Reference.GOLD,
                population=counted.as_json(),
                tally=tally.to_json(),
                estimates=_estimates(tally, group, question, target=target, is_one_person=cut == Cut.LABELER),
            )
        )
    return snapshots


def accuracy_estimates(tally: ConfusionTally, question: MeasuredQuestion) -> dict[str, Estimate]:
    """What a confusion tells by itself, each with its Wilson interval."""
    errors = count_errors(tally, question)
    return {
        "accuracy": tally.accuracy(),
        "false_positive": errors.false_positive,
        "false_negative": errors.false_negative,
    }


def _estimates(
    tally: ConfusionTally, rows: Sequence[ScoreRow], question: MeasuredQuestion, *, target: float, is_one_person: bool
) -> dict[str, object]:
    """One person's interval takes answers as independent; a group's is clustered by labeler and item."""
    if is_one_person:
        judged = standing(tally.right, tally.n, target=target)
    else:
        judged = clustered_standing(
            [row.is_correct for row in rows],
            [row.labeler_id for row in rows],
            [row.item_id for row in rows],
            target=target,
        )
    plain = {name: found.to_json() for name, found in accuracy_estimates(tally, question).items()}
    return {**plain, "judged": judged.accuracy.to_json(), "standing": judged.standing.value, "target": target}


def _groups(rows: Sequence[ScoreRow]) -> Iterator[tuple[Cut, str, list[ScoreRow]]]:
    if not rows:
        return
    yield Cut.QUEUE, "", list(rows)
    labelers = dict(Labeler.objects.filter(pk__in={row.labeler_id for row in rows}).values_list("id", "public_id"))
    vendors = dict(Vendor.objects.values_list("id", "public_id"))
    teams = dict(Team.objects.values_list("id", "public_id"))
    own = [row for row in rows if row.in_own_window]
    yield from _by(Cut.LABELER, own, lambda row: row.labeler_id, labelers)
    yield from _by(Cut.VENDOR, rows, lambda row: row.vendor_id, vendors)
    yield from _by(Cut.TEAM, rows, lambda row: row.team_id, teams)
    yield from _by(Cut.CLAUSE, rows, lambda row: row.clause or NO_CLAUSE, {})


def _by(
    cut: Cut, rows: Iterable[ScoreRow], key: Callable[[ScoreRow], int | str | None], names: Mapping[int, UUID]
) -> Iterator[tuple[Cut, str, list[ScoreRow]]]:
    grouped: defaultdict[int | str, list[ScoreRow]] = defaultdict(list)
    for row in rows:
        name = key(row)
        if name is not None:
            grouped[name].append(row)
    for name, group in grouped.items():
        yield cut, str(names[name] if isinstance(name, int) else name), group
