"""Recomputing what the page of a file of decisions tells at once, in plain loops over the file's labels."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from calibration.enums import Reference
from calibration.models import AuditedLabel, GoldScore, SamplingPlan
from calibration.queries.agreement import main_questions
from calibration.queries.first_results import ResultRow, first_result
from calibration.queries.questions import CANNOT_TELL
from calibration.services.checking_accuracy import (
    ROUGH,
    AnyScore,
    clustered_by_hand,
    exact_by_hand,
    standing_by_hand,
)
from calibration.services.checking_weights import chances_by_hand, rounded_chance, weighted_by_hand
from calibration.services.differences import Difference, is_close
from labeling.models import ImportRun, Label, Queue

# The latest files of a queue: older ones show what snapshots and scores, which are all compared, show too.
LATEST = 5
USUAL_TARGET = 0.95
Parts = tuple[float | None, float | None, float | None]


def check_first_results(queue: Queue) -> list[Difference]:
    """Decisions, checks, shares, bounds and standings of the latest files, by each reference."""
    found: list[Difference] = []
    ids = Label.objects.filter(queue=queue, import_run__isnull=False).order_by().values("import_run").distinct()
    for run in ImportRun.objects.filter(pk__in=ids).order_by("-pk")[:LATEST]:
        for reference in (Reference.GOLD, Reference.AUDIT_BLIND, Reference.AUDIT_SEEN):
            found += _check(run, queue, reference)
    return found


def _check(run: ImportRun, queue: Queue, reference: Reference) -> Iterator[Difference]:
    told = first_result(run, asked=reference, queue=queue.public_id)
    labels = _labels(run, queue)
    scores = _scores(labels, queue, reference)
    target = _target(queue)
    people: Counter[str] = Counter(str(label.labeler.public_id) for label in labels)
    vendors: Counter[str] = Counter(str(label.labeler.vendor.public_id) for label in labels)
    by_person, by_vendor = defaultdict(list), defaultdict(list)
    for score in scores:
        by_person[str(score.labeler.public_id)].append(score)
        by_vendor[str(score.labeler.vendor.public_id)].append(score)
    name = f"the result of the file {run.file_name} against {reference}"
    yield from _compare(told.total, len(labels), scores, target=target, name=f"{name}, all of {queue}")
    for row in told.vendors:
        key = str(row.key)
        yield from _compare(row, vendors[key], by_vendor[key], target=target, name=f"{name}, vendor {row.name}")
    for row in told.people:
        key = str(row.key)
        yield from _compare(row, people[key], by_person[key], target=target, name=f"{name}, {row.name}")
    listed = {str(row.key) for row in told.people}
    for key in sorted(people.keys() - listed):
        yield Difference(what=f"{name}, labeler {key}", stored=None, recomputed="missing")


def _labels(run: ImportRun, queue: Queue) -> list[Label]:
    """The file's decisions as they stand: not replaced, and on items that are still in work."""
    replaced = set(Label.objects.filter(queue=queue, revises__isnull=False).values_list("revises_id", flat=True))
    rows = Label.objects.filter(import_run=run, queue=queue).select_related("labeler__vendor", "item")
    return [label for label in rows if label.pk not in replaced and label.item.withdrawn_at is None]


def _scores(labels: Sequence[Label], queue: Queue, reference: Reference) -> list[AnyScore]:
    ids, asked = {label.pk for label in labels}, main_questions([queue]).get(queue.pk)
    gold = GoldScore.objects.filter(queue=queue, question=asked, reference=reference, ended_at=None, is_base=True)
    audits = AuditedLabel.objects.filter(queue=queue, question=asked, reference=reference, ended_at=None)
    judged = [row for row in audits.select_related("labeler__vendor") if row.judged_at and row.expected != CANNOT_TELL]
    every: list[AnyScore] = [*gold.select_related("labeler__vendor"), *judged]
    return [score for score in every if score.label_id in ids]


def _target(queue: Queue) -> float:
    plan = SamplingPlan.objects.filter(queue=queue).first()
    return plan.target if plan else USUAL_TARGET


def _compare(
    row: ResultRow, decisions: int, scores: Sequence[AnyScore], *, target: float, name: str
) -> Iterator[Difference]:
    right = sum(bool(score.is_correct) for score in scores)
    counted, told = (decisions, len(scores), right), (row.decisions, row.n, row.right)
    if counted != told:
        yield Difference(what=f"counts, {name}", stored=told, recomputed=counted)
        return
    again, standing = _judged(scores, right, target=target, is_person=row.is_person)
    shown: Parts = (row.accuracy.value, row.accuracy.lower, row.accuracy.upper)
    for part, stored, value in zip(("value", "lower", "upper"), shown, again, strict=True):
        if not is_close(stored, value, tolerance=ROUGH):
            yield Difference(what=f"{part}, {name}", stored=stored, recomputed=value)
    if row.standing != standing:
        yield Difference(what=f"standing, {name}", stored=row.standing, recomputed=standing)


def _judged(scores: Sequence[AnyScore], right: int, *, target: float, is_person: bool) -> tuple[Parts, str]:
    """Share, bounds and standing; weighted and without a standing where decisions had unlike chances to be checked."""
    n = len(scores)
    lower, upper = exact_by_hand(right, n) if is_person else clustered_by_hand(scores)
    plain: Parts = (right / n if n else None, lower, upper)
    audited = [score for score in scores if isinstance(score, AuditedLabel)]
    chance_of = chances_by_hand(audited)
    if len({rounded_chance(chance_of[score.pk]) for score in audited}) < 2:
        return plain, standing_by_hand(lower, upper, n, target) if n else ""
    weighted = weighted_by_hand(audited, chance_of)
    if weighted["value"] is None:
        return plain, ""
    return (weighted["value"], weighted["lower"], weighted["upper"]), ""
