"""Accuracy of a queue's people: from scores to snapshots, one for each reference and cut."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot
from calibration.queries.clauses import RevisionsInForce
from calibration.queries.draws import Pairs, has_unequal_chances, overlapping_audits, weighted_accuracy
from calibration.queries.error_kinds import count_errors
from calibration.queries.populations import SCORED_SLOTS, Population
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.score_counts import MEASURED, ScoreRow, confusion_of, read_scores
from calibration.queries.windows import own_starts, window_start
from calibration.stats import ConfusionTally, Estimate, StandingEstimate, clustered_standing, standing
from labeling.models import Queue
from qaplatform.people.models import Labeler, Team, Vendor

NO_CLAUSE = "none"


def measure_accuracy(
    queue: Queue, question: MeasuredQuestion, *, target: float, revisions: RevisionsInForce, now: datetime
) -> list[MetricSnapshot]:
    """Count a question's scores of the window, each reference by itself; the snapshots are not stored yet."""
    since = window_start(now)
    starts = own_starts(queue, since=since, until=now)
    found: list[MetricSnapshot] = []
    for reference in MEASURED:
        population = Population.of(
            queue,
            question.key,
            SCORED_SLOTS[reference],
            reference=reference,
            clauses=revisions.words,
            since=since,
        )
        rows = read_scores(
            queue.pk,
            question.key,
            reference=reference,
            revisions=revisions.ids,
            since=since,
            until=now,
            own_starts=starts,
        )
        base = [row for row in rows if row.is_base]
        found += _snapshots(queue, question, base, population, target=target, starts=starts)
    return found


def judge_group(rows: Sequence[ScoreRow], *, target: float) -> StandingEstimate:
    """Where a group stands: its answers hang together by labeler and by item."""
    return clustered_standing(
        [row.is_correct for row in rows],
        [row.labeler_id for row in rows],
        [row.item_id for row in rows],
        target=target,
    )


def by_cut(rows: Sequence[ScoreRow]) -> Iterator[tuple[Cut, str, list[ScoreRow]]]:
    """Scores of a queue by each cut and its key; a labeler's are those of their own window."""
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


def accuracy_estimates(tally: ConfusionTally, question: MeasuredQuestion) -> dict[str, Estimate]:
    """What a confusion tells by itself, each with its Wilson interval."""
    errors = count_errors(tally, question)
    return {
        "accuracy": tally.accuracy(),
        "false_positive": errors.false_positive,
        "false_negative": errors.false_negative,
    }


def _snapshots(
    queue: Queue,
    question: MeasuredQuestion,
    rows: Sequence[ScoreRow],
    population: Population,
    *,
    target: float,
    starts: Mapping[int, datetime],
) -> Iterator[MetricSnapshot]:
    overlapping = overlapping_audits({row.audit_id for row in rows})
    for cut, key, group in by_cut(rows):
        tally = confusion_of(group, question)
        start = starts.get(group[0].labeler_id) if cut == Cut.LABELER else None
        counted = replace(population, since=start.isoformat()) if start else population
        yield MetricSnapshot(
            queue=queue,
            question=question.key,
            metric=Metric.ACCURACY,
            cut=cut,
            key=key,
            reference=population.reference,
            population=counted.as_json(),
            tally=tally.to_json(),
            estimates={
                **_estimates(tally, group, question, target=target, is_one_person=cut == Cut.LABELER),
                **_chances(group, overlapping),
            },
        )


def _estimates(
    tally: ConfusionTally, rows: Sequence[ScoreRow], question: MeasuredQuestion, *, target: float, is_one_person: bool
) -> dict[str, object]:
    """One person's interval takes answers as independent; a group's is clustered by labeler and item."""
    judged = standing(tally.right, tally.n, target=target) if is_one_person else judge_group(rows, target=target)
    plain = {name: found.to_json() for name, found in accuracy_estimates(tally, question).items()}
    return {**plain, "judged": judged.accuracy.to_json(), "target": target}


def _chances(rows: Sequence[ScoreRow], overlapping: Pairs) -> dict[str, object]:
    """Whether the plain figures mislead, and the weighted share where there is one."""
    weighted = weighted_accuracy(rows, overlapping)
    return {
        "has_unequal_chances": has_unequal_chances(rows),
        "weighted": weighted.to_json() if weighted else None,
    }


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
