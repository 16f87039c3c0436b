"""Recomputing which clauses split the certified and what errors lie in, answer by answer."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import combinations

import numpy as np

from calibration.enums import Cut, Metric
from calibration.models import GoldScore, MetricSnapshot
from calibration.queries.attribution import CertifiedAnswer, read_certified
from calibration.queries.clauses import eras_of, read_versions, revisions_in_force
from calibration.queries.questions import JOIN, MeasuredQuestion, read_questions
from calibration.services.differences import Difference, is_close
from labeling.models import Queue

ROUGH = 1e-6


def check_attribution(queue: Queue) -> list[Difference]:
    """Each stored split, pair by pair, and each variance, by sums written out."""
    found: list[Difference] = []
    versions = read_versions(queue)
    for question in read_questions(queue):
        eras = eras_of(versions, queue, question)
        rows = MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.ATTRIBUTION)
        until = {row.pk: datetime.fromisoformat(row.population["until"]) for row in rows}
        moments = {until[row.pk] for row in rows if row.cut == Cut.CLAUSE}
        answers = {moment: read_certified(queue, question, eras, now=moment) for moment in moments}
        for row in rows:
            if row.cut == Cut.CLAUSE:
                found += _check_split(row, answers[until[row.pk]], question)
            else:
                found += _check_shares(queue, row, until[row.pk])
    return found


def _check_split(
    row: MetricSnapshot, answers: Sequence[CertifiedAnswer], question: MeasuredQuestion
) -> Iterator[Difference]:
    chosen = set(question.clauses.get(row.key, ()))
    by_item: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    for answer in answers:
        by_item[answer.item_id].append((answer.vendor_id, bool(chosen & set(answer.code.split(JOIN)))))
    pairs: Counter[str] = Counter()
    for given in by_item.values():
        for (vendor, sees), (other, also) in combinations(given, 2):
            if sees or also:
                name = "within" if vendor == other else "between"
                pairs[name] += 1
                pairs[f"{name} split"] += sees != also
    for name in ("within", "between"):
        stored = (row.tally[name]["pairs"], row.tally[name]["split"])
        again = (pairs[name], pairs[f"{name} split"])
        if stored != again:
            yield Difference(what=f"pairs {name}, clause {row.key}", stored=stored, recomputed=again)


def _check_shares(queue: Queue, row: MetricSnapshot, until: datetime) -> Iterator[Difference]:
    in_force = set(revisions_in_force(read_versions(queue), queue).ids)
    since = datetime.fromisoformat(row.population["since"])
    scores = GoldScore.objects.filter(
        queue=queue,
        question=row.question,
        reference="gold",
        ended_at=None,
        answered_at__gte=since,
        answered_at__lt=until,
    ).select_related("clause_revision__clause")
    rows = [
        (score.item_id, score.labeler_id, _clause(score), float(not score.is_correct))
        for score in scores
        if score.clause_revision_id is None or score.clause_revision_id in in_force
    ]
    if row.tally["answers"] != len(rows):
        yield Difference(what="answers of the attribution", stored=row.tally["answers"], recomputed=len(rows))
    elif row.tally["components"]:
        again = _components(rows)
        same = all(is_close(one, two, tolerance=ROUGH) for one, two in zip(row.tally["components"], again, strict=True))
        if not same:
            yield Difference(what="variances of the attribution", stored=row.tally["components"], recomputed=again)


def _clause(score: GoldScore) -> str:
    return score.clause_revision.clause.code if score.clause_revision else ""


def _components(rows: Sequence[tuple[int, int, str, float]]) -> list[float]:
    """Henderson's first method over dictionaries: sums of squares by factor, and what is expected of each."""
    n, mean = len(rows), sum(row[3] for row in rows) / len(rows)
    sums, table = [], []
    for factor in range(3):
        size: Counter[object] = Counter(row[factor] for row in rows)
        total: defaultdict[object, float] = defaultdict(float)
        for row in rows:
            total[row[factor]] += row[3] - mean
        sums.append(sum(value**2 / size[key] for key, value in total.items()))
        table.append([_crossed(rows, factor, other, size) for other in range(3)] + [float(len(size))])
    sums.append(sum((row[3] - mean) ** 2 for row in rows))
    table.append([float(n)] * 4)
    less = [sum(k**2 for k in Counter(row[other] for row in rows).values()) / n for other in range(3)] + [1.0]
    used = [factor for factor in range(3) if len({row[factor] for row in rows}) > 1] + [3]
    matrix = [[table[one][other] - less[other] for other in used] for one in used]
    solved = dict(zip(used, np.linalg.solve(matrix, [sums[one] for one in used]), strict=True))
    return [float(solved.get(factor, 0)) for factor in range(4)]


def _crossed(rows: Sequence[tuple[int, int, str, float]], factor: int, other: int, size: Counter[object]) -> float:
    cells = Counter((row[factor], row[other]) for row in rows)
    return sum(k**2 / size[key] for (key, _), k in cells.items())
