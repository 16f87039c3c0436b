"""Recomputing the health of gold and what suspicions say of it: labels in Python loops, formulas written out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import StatisticsError, correlation

from calibration.enums import Reference, SuspicionKind, SuspicionState
from calibration.models import Dispute, GoldHealth, GoldScore, Suspicion
from calibration.queries.suspicions import ABOUT_GOLD
from calibration.services.checking_accuracy import answer_code
from calibration.services.differences import Difference, is_close
from labeling.models import Queue

STRENGTH = 5
LEAST_RATERS = 10


@dataclass(frozen=True, slots=True)
class _Answer:
    gold_id: int
    labeler_id: int
    label_id: int
    is_right: bool


def check_gold_health(queue: Queue) -> list[Difference]:
    """Counts, difficulty, item-rest and disputes of each gold item, and the counts of each suspicion about gold."""
    found: list[Difference] = []
    stored = defaultdict(list)
    for row in GoldHealth.objects.filter(gold__queue=queue).select_related("gold__item"):
        stored[row.question].append(row)
    for question, rows in stored.items():
        answers = _answers(queue, question, rows[0].computed_at, rows[0].population["clauses"])
        found += _check_rows(rows, answers)
    return found + _check_suspicions(queue)


def _answers(queue: Queue, question: str, at: datetime, clauses: Sequence[str]) -> list[_Answer]:
    """What counted when the health was counted: right or wrong is read from the labels, not from the scores."""
    scores = GoldScore.objects.filter(
        queue=queue, question=question, reference=Reference.GOLD, scored_at__lte=at, answered_at__lt=at
    ).select_related("label", "gold_answer", "clause_revision__clause")
    found = []
    for score in scores:
        has_ended = score.ended_at is not None and score.ended_at <= at
        revision = score.clause_revision
        is_in_force = revision is None or f"{revision.clause.code} r{revision.number}" in clauses
        if not has_ended and is_in_force:
            given = answer_code(score.label.answers.get(question)) or ""
            right = given in score.gold_answer.accepted
            found.append(_Answer(score.gold_answer.gold_id, score.labeler_id, score.label_id, right))
    return found


def _check_rows(rows: Sequence[GoldHealth], answers: Sequence[_Answer]) -> list[Difference]:
    by_gold, by_labeler = _grouped(answers)
    disputes = _disputes(rows)
    wrong = sum(not answer.is_right for answer in answers)
    usual = wrong / len(answers) if answers else 0.0
    found = [
        Difference(what=f"health of gold {gold_id}", stored=None, recomputed=len(own))
        for gold_id, own in sorted(by_gold.items())
        if gold_id not in {row.gold_id for row in rows}
    ]
    for row in rows:
        own = by_gold.get(row.gold_id, [])
        missed = sum(not answer.is_right for answer in own)
        again = {
            "n": (row.n, len(own)),
            "right": (row.right, len(own) - missed),
            "difficulty": (row.difficulty, (missed + STRENGTH * usual) / (len(own) + STRENGTH)),
            "item-rest": (row.discrimination, _item_rest(own, by_labeler)),
            "disputes": (row.disputes, disputes.get(row.gold_id, 0)),
        }
        found += [
            Difference(what=f"{name} of gold {row.gold.item}", stored=kept, recomputed=value)
            for name, (kept, value) in again.items()
            if not is_close(kept, value, tolerance=1e-6)
        ]
    return found


def _grouped(answers: Iterable[_Answer]) -> tuple[dict[int, list[_Answer]], dict[int, list[_Answer]]]:
    by_gold: defaultdict[int, list[_Answer]] = defaultdict(list)
    by_labeler: defaultdict[int, list[_Answer]] = defaultdict(list)
    for answer in answers:
        by_gold[answer.gold_id].append(answer)
        by_labeler[answer.labeler_id].append(answer)
    return by_gold, by_labeler


def _item_rest(own: Iterable[_Answer], by_labeler: Mapping[int, Sequence[_Answer]]) -> float | None:
    here, elsewhere = [], []
    for answer in own:
        others = [other.is_right for other in by_labeler[answer.labeler_id] if other is not answer]
        if others:
            here.append(float(answer.is_right))
            elsewhere.append(sum(others) / len(others))
    if len(here) < LEAST_RATERS:
        return None
    try:
        return correlation(here, elsewhere)
    except StatisticsError:  # one of the two is constant
        return None


def _disputes(rows: Sequence[GoldHealth]) -> dict[int, int]:
    found: defaultdict[int, int] = defaultdict(int)
    wanted = {row.gold_id: row for row in rows}
    disputes = Dispute.objects.filter(evidence__score__gold_answer__gold__in=wanted).select_related(
        "evidence__score__gold_answer"
    )
    for dispute in disputes:
        gold_id = dispute.evidence.score.gold_answer.gold_id
        found[gold_id] += dispute.filed_at <= wanted[gold_id].computed_at
    return found


def _check_suspicions(queue: Queue) -> list[Difference]:
    found: list[Difference] = []
    counted: dict[tuple[str, datetime], dict[int, list[_Answer]]] = {}
    rows = Suspicion.objects.filter(queue=queue, kind__in=ABOUT_GOLD, state=SuspicionState.OPEN)
    for row in rows.select_related("gold__item"):
        search = row.question, row.computed_at
        if search not in counted:
            counted[search], _ = _grouped(_answers(queue, *search, row.population["clauses"]))
        own = counted[search].get(row.gold_id or 0, [])
        if row.kind == SuspicionKind.LEAKED_GOLD:
            own = [answer for answer in own if answer.label_id in row.facts["labels"]]
        again = {"n": len(own)}
        if row.kind == SuspicionKind.WRONG_GOLD:
            again["wrong"] = sum(not answer.is_right for answer in own)
        found += [
            Difference(what=f"{name} of the suspicion of {row.gold}", stored=row.facts[name], recomputed=value)
            for name, value in again.items()
            if row.facts[name] != value
        ]
    return found
