"""Recomputing every stored figure by another route: labels in Python loops, `krippendorff`, formulas written out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import isclose, sqrt
from typing import Literal

import krippendorff
import numpy as np

from calibration.enums import Cut, DisputeState, Metric
from calibration.models import EvidenceRow, GoldAnswer, GoldScore, MetricSnapshot, Placement, Watch
from calibration.queries.clauses import Eras, eras_of, read_versions, revisions_in_force
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion, read_questions
from calibration.queries.watch_figures import cusum_of
from calibration.queries.watching import last_decisions
from calibration.stats import AgreementTally, ConfusionTally
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label, Queue

TOLERANCE = 1e-9
Z = 1.959963984540054
_Vendor = tuple[int, str]
COUNTED = {SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A stored figure that its recomputation does not confirm."""

    what: str
    stored: object
    recomputed: object


@dataclass(frozen=True, slots=True)
class _Rating:
    item_id: int
    era: int
    language: str
    vendor: _Vendor
    code: str
    done_at: datetime
    label_id: int


def check_snapshots(queue_id: int) -> tuple[Difference, ...]:
    """Every agreement and accuracy snapshot, score and watch of a queue against a recomputation from its labels."""
    queue = Queue.objects.get(pk=queue_id)
    versions = read_versions(queue)
    found: list[Difference] = []
    for question in read_questions(queue):
        ratings = _read_ratings(queue, question, eras_of(versions, queue, question))
        found += _check_agreement(queue, question, ratings, eras_of(versions, queue, question).current)
        found += _check_accuracy(queue, question, set(revisions_in_force(versions, queue).ids))
    found += _check_scores(queue)
    found += _check_watches(queue, set(revisions_in_force(versions, queue).ids))
    return tuple(found)


def _read_ratings(queue: Queue, question: MeasuredQuestion, eras: Eras) -> list[_Rating]:
    era_of = dict(zip(eras.version_ids, eras.eras, strict=True))
    placed = set(Placement.objects.filter(slot__queue=queue).values_list("slot_id", flat=True))
    labels = Label.objects.filter(queue=queue).select_related("slot", "item", "labeler__vendor").order_by("id")
    revised = {label.revises_id for label in labels}
    ratings = []
    for label in labels:
        code = _code(label.answers.get(question.key))
        is_ordinary = label.slot.origin in COUNTED and label.slot_id not in placed
        is_asked = label.item.answers_needed > 0 or label.slot.origin == SlotOrigin.IMPORTED
        is_current = label.pk not in revised and label.slot.state == SlotState.DONE and label.item.withdrawn_at is None
        if is_ordinary and is_asked and is_current and code is not None and code != CANNOT_TELL:
            ratings.append(
                _Rating(
                    item_id=label.item_id,
                    era=era_of[label.policy_version_id],
                    language=label.item.language,
                    vendor=(label.labeler.vendor_id, str(label.labeler.vendor.public_id)),
                    code=code,
                    done_at=label.slot.done_at or label.created_at,
                    label_id=label.pk,
                )
            )
    return ratings


def _code(value: object) -> str | None:
    return "+".join(sorted(map(str, value))) if isinstance(value, list) else None if value is None else str(value)


def _check_agreement(
    queue: Queue, question: MeasuredQuestion, ratings: Sequence[_Rating], current: int
) -> list[Difference]:
    wanted = _agreement_items(question, ratings, current)
    rows = MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.AGREEMENT)
    stored = {(row.cut, row.key): row for row in rows}
    found = _missing(question, Metric.AGREEMENT, set(stored), {key for key, items in wanted.items() if items})
    for key, row in stored.items():
        items = list(wanted.get(key, {}).values())
        level = question.level if key[0] not in {Cut.CATEGORY, Cut.CLAUSE} else "nominal"
        found += _compare_agreement(row, items, level)
    return found


def _agreement_items(
    question: MeasuredQuestion, ratings: Sequence[_Rating], current: int
) -> dict[tuple[str, str], dict[object, list[str]]]:
    """Codes by item, for each cut and key."""
    cuts: defaultdict[tuple[str, str], defaultdict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    by_item: defaultdict[tuple[int, int], list[_Rating]] = defaultdict(list)
    for rating in ratings:
        by_item[rating.item_id, rating.era].append(rating)
    for (item_id, era), given in by_item.items():
        codes = [rating.code for rating in given]
        day = max(rating.done_at for rating in given).astimezone(UTC).date()
        cuts[Cut.WEEK, f"{day - timedelta(days=day.weekday())}|v{era}"][item_id] += codes
        if era != current:
            continue
        cuts[Cut.QUEUE, ""][item_id] += codes
        cuts[Cut.LANGUAGE, given[0].language][item_id] += codes
        for name, cut, chosen in _collapses(question):
            cuts[cut, name][item_id] += [name if chosen & set(code.split("+")) else "other" for code in codes]
        first: dict[_Vendor, str] = {}
        for rating in given:
            cuts[Cut.VENDOR, rating.vendor[1]][item_id].append(rating.code)
            first.setdefault(rating.vendor, rating.code)
        for one, other in combinations(first, 2):
            cuts[Cut.VENDOR_PAIR, _pair(one, other)][item_id] += [first[one], first[other]]
    return {key: dict(items) for key, items in cuts.items()}


def _pair(one: _Vendor, other: _Vendor) -> str:
    return ":".join(vendor[1] for vendor in sorted((one, other)))


def _collapses(question: MeasuredQuestion) -> Iterable[tuple[str, str, set[str]]]:
    yield from ((code, Cut.CATEGORY, {code}) for code in question.codes)
    yield from ((clause, Cut.CLAUSE, set(codes)) for clause, codes in question.clauses.items())


def _compare_agreement(row: MetricSnapshot, items: Sequence[Sequence[str]], level: str) -> list[Difference]:
    name = f"agreement of {row.question} by {row.cut} {row.key}".strip()
    tally = AgreementTally.from_json(row.tally)
    counted = Counter(tuple(Counter(codes)[category] for category in tally.categories) for codes in items)
    kept = dict(zip(map(tuple, tally.patterns.tolist()), tally.items.tolist(), strict=True))
    found = [] if counted == kept else [Difference(what=f"tally, {name}", stored=kept, recomputed=dict(counted))]
    for figure, compute in (("alpha", _alpha), ("percent", _percent), ("ac1", _ac1), ("fleiss", _fleiss)):
        stored = row.estimates[figure]["value"]
        again = compute(items, tally.categories, level)
        if not _is_close(stored, again):
            found.append(Difference(what=f"{figure}, {name}", stored=stored, recomputed=again))
    return found


def _alpha(items: Sequence[Sequence[str]], categories: Sequence[str], level: str) -> float | None:
    counts = np.array([[list(codes).count(category) for category in categories] for codes in items], dtype=np.int64)
    pairable = counts[counts.sum(axis=1) >= 2] if len(counts) else counts
    if len(pairable) == 0 or np.count_nonzero(pairable.sum(axis=0)) < 2:
        return None
    domain = list(range(len(categories)))
    measurement: Literal["nominal", "ordinal"] = "ordinal" if level == "ordinal" else "nominal"
    return float(krippendorff.alpha(value_counts=pairable, value_domain=domain, level_of_measurement=measurement))


def _pairable(items: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    return [codes for codes in items if len(codes) >= 2]


def _percent(items: Sequence[Sequence[str]], _categories: Sequence[str], _level: str) -> float | None:
    shares = []
    for codes in _pairable(items):
        pairs = list(combinations(codes, 2))
        shares.append(sum(one == other for one, other in pairs) / len(pairs))
    return sum(shares) / len(shares) if shares else None


def _ac1(items: Sequence[Sequence[str]], categories: Sequence[str], level: str) -> float | None:
    observed = _percent(items, categories, level)
    if observed is None or len(categories) < 2:
        return None
    expected = sum(share * (1 - share) for share in _shares(items, categories)) / (len(categories) - 1)
    return (observed - expected) / (1 - expected)


def _fleiss(items: Sequence[Sequence[str]], categories: Sequence[str], level: str) -> float | None:
    observed = _percent(items, categories, level)
    if observed is None or len({code for codes in items for code in codes}) < 2:
        return None
    expected = sum(share**2 for share in _shares(items, categories))
    return (observed - expected) / (1 - expected)


def _shares(items: Sequence[Sequence[str]], categories: Sequence[str]) -> list[float]:
    """Mean over all rated items of each category's share in the item (Gwet 2014)."""
    return [sum(list(codes).count(name) / len(codes) for codes in items) / len(items) for name in categories]


def _check_accuracy(queue: Queue, question: MeasuredQuestion, revisions: set[int]) -> list[Difference]:
    rows = list(MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.ACCURACY))
    scores = GoldScore.objects.filter(queue=queue, question=question.key, ended_at=None, is_base=True, reference="gold")
    kept = [
        score
        for score in scores.select_related("labeler__vendor", "labeler__team", "clause_revision__clause")
        if score.clause_revision_id is None or score.clause_revision_id in revisions
    ]
    found: list[Difference] = []
    for row in rows:
        since = datetime.fromisoformat(row.population["since"])
        counted = [s for s in kept if since <= s.answered_at < row.computed_at and _KEYS[row.cut](s) == row.key]
        found += _compare_accuracy(row, counted)
    return found


_KEYS: Mapping[str, Callable[[GoldScore], str | None]] = {
    Cut.QUEUE: lambda _: "",
    Cut.LABELER: lambda score: str(score.labeler.public_id),
    Cut.VENDOR: lambda score: str(score.labeler.vendor.public_id),
    Cut.TEAM: lambda score: str(score.labeler.team.public_id) if score.labeler.team else None,
    Cut.CLAUSE: lambda score: score.clause_revision.clause.code if score.clause_revision else "none",
}


def _compare_accuracy(row: MetricSnapshot, scores: Sequence[GoldScore]) -> list[Difference]:
    name = f"accuracy of {row.question} by {row.cut} {row.key}".strip()
    tally = ConfusionTally.from_json(row.tally)
    right, n = sum(score.is_correct for score in scores), len(scores)
    stored = (tally.right, tally.n)
    found = [] if stored == (right, n) else [Difference(what=f"tally, {name}", stored=stored, recomputed=(right, n))]
    errors = Counter(
        (s.expected, s.given.replace("_", " ") if s.given == CANNOT_TELL else s.given)
        for s in scores
        if not s.is_correct
    )
    kept = {(expected, given): times for expected, row_ in tally.errors().items() for given, times in row_.items()}
    if dict(errors) != kept:
        found.append(Difference(what=f"errors, {name}", stored=kept, recomputed=dict(errors)))
    accuracy = row.estimates["accuracy"]
    for figure, again in zip(("value", "lower", "upper"), _wilson(right, n), strict=True):
        if not _is_close(accuracy[figure], again):
            found.append(Difference(what=f"{figure}, {name}", stored=accuracy[figure], recomputed=again))
    return found


def _wilson(right: int, n: int) -> tuple[float | None, float | None, float | None]:
    if n == 0:
        return None, None, None
    share = right / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return share, max(centre - half, 0.0), min(centre + half, 1.0)


def _check_scores(queue: Queue) -> list[Difference]:
    """Each score against the label that it names and the gold answer that it was made with."""
    answers = GoldAnswer.objects.in_bulk(GoldScore.objects.filter(queue=queue).values_list("gold_answer_id", flat=True))
    found = []
    for score in GoldScore.objects.filter(queue=queue).select_related("label"):
        accepted = answers[score.gold_answer_id].accepted
        given = _code(score.label.answers.get(score.question)) or ""
        again = (accepted[0], given, given in accepted)
        stored = (score.expected, score.given, score.is_correct)
        if stored != again:
            found.append(Difference(what=f"score of label {score.label.public_id}", stored=stored, recomputed=again))
    return found


def _check_watches(queue: Queue, revisions: set[int]) -> list[Difference]:
    """Each CUSUM step by step, from the scores."""
    plan = getattr(queue, "sampling_plan", None)
    if plan is None:
        return []
    cusum, decided = cusum_of(plan), last_decisions(queue)
    found = []
    for watch in Watch.objects.filter(queue=queue).select_related("labeler"):
        start = max(watch.started_at, decided.get(watch.labeler_id, watch.started_at))
        rows = GoldScore.objects.filter(
            labeler=watch.labeler_id, queue=queue, question=plan.question, ended_at=None, answered_at__gte=start
        ).exclude(pk__in=_disputed(watch))
        level, n = 0.0, 0
        for score in rows.order_by("answered_at", "id"):
            if score.clause_revision_id is None or score.clause_revision_id in revisions:
                level, n = max(level + cusum.steps[not score.is_correct], 0.0), n + 1
        if n != watch.n or not isclose(level, watch.statistic, abs_tol=1e-6):
            stored = (watch.n, watch.statistic)
            found.append(Difference(what=f"watch of {watch.labeler}", stored=stored, recomputed=(n, level)))
    return found


def _disputed(watch: Watch) -> list[int]:
    rows = EvidenceRow.objects.filter(flag__labeler=watch.labeler_id, dispute__state=DisputeState.OPEN)
    return list(rows.values_list("score_id", flat=True))


def _missing(
    question: MeasuredQuestion, metric: Metric, stored: set[tuple[str, str]], wanted: set[tuple[str, str]]
) -> list[Difference]:
    return [
        Difference(what=f"{metric} of {question.key} by {cut} {key}", stored=None, recomputed="missing")
        for cut, key in sorted(wanted - stored)
    ]


def _is_close(stored: float | None, again: float | None) -> bool:
    if stored is None or again is None:
        return stored is again
    return isclose(stored, again, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
