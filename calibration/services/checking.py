"""Recomputing every stored figure by another route: labels in Python loops, `krippendorff`, formulas written out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import isclose
from typing import Literal

import krippendorff
import numpy as np

from calibration.enums import Cut, DisputeState, Metric
from calibration.models import EvidenceRow, GoldScore, MetricSnapshot, Placement, Watch
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion, read_questions
from calibration.queries.watch_figures import cusum_of
from calibration.queries.watching import last_decisions
from calibration.services.checking_accuracy import (
    answer_code,
    check_accuracy,
    check_audits,
    check_scores,
    check_standings,
)
from calibration.services.checking_attribution import check_attribution
from calibration.services.checking_consensus import check_consensus
from calibration.services.checking_effects import check_effects
from calibration.services.checking_first_results import check_first_results
from calibration.services.checking_gold_health import check_gold_health
from calibration.services.checking_integrity import check_integrity
from calibration.services.checking_meanings import read_meanings
from calibration.services.differences import Difference, is_close
from calibration.stats import AgreementTally
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label, Queue

_Vendor = tuple[int, str]
# What else is stored of a queue, each subject in a file of its own.
SUBJECTS: tuple[Callable[[Queue], Sequence[Difference]], ...] = (
    check_gold_health,
    check_first_results,
    check_consensus,
    check_effects,
    check_attribution,
    check_integrity,
)
COUNTED = {SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED}


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
    """Every agreement and accuracy snapshot, score, standing and watch of a queue against its labels."""
    queue = Queue.objects.get(pk=queue_id)
    meanings = read_meanings(queue)
    found: list[Difference] = []
    for question in read_questions(queue):
        ratings = _read_ratings(queue, question, meanings.eras(question))
        found += _check_agreement(queue, question, ratings, meanings.current_era(question))
        found += check_accuracy(queue, question, meanings.in_force())
    found += check_scores(queue)
    found += check_audits(queue)
    found += check_standings(queue)
    found += _check_watches(queue, meanings.in_force())
    for check in SUBJECTS:
        found += check(queue)
    return tuple(found)


def _read_ratings(queue: Queue, question: MeasuredQuestion, era_of: Mapping[int, int]) -> list[_Rating]:
    placed = set(Placement.objects.filter(slot__queue=queue).values_list("slot_id", flat=True))
    labels = Label.objects.filter(queue=queue).select_related("slot", "item", "labeler__vendor").order_by("id")
    revised = {label.revises_id for label in labels}
    ratings = []
    for label in labels:
        code = answer_code(label.answers.get(question.key))
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
        if not is_close(stored, again):
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
        for score in rows.select_related("label__slot").order_by("answered_at", "id"):
            counts = score.clause_revision_id is None or score.clause_revision_id in revisions
            if counts and not _is_undated(score.label):
                level, n = max(level + cusum.steps[not score.is_correct], 0.0), n + 1
        if n != watch.n or not isclose(level, watch.statistic, abs_tol=1e-6):
            stored = (watch.n, watch.statistic)
            found.append(Difference(what=f"watch of {watch.labeler}", stored=stored, recomputed=(n, level)))
    return found


def _is_undated(label: Label) -> bool:
    """Whether an import had no date for it and so gave it its own moment."""
    return label.slot.origin == SlotOrigin.IMPORTED and label.created_at >= label.slot.created_at


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
