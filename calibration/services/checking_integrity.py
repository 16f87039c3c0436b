"""Recomputing what suspicions say of people: labels in Python loops, tests by SciPy's own functions."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from statistics import median

import numpy as np
from scipy.stats import binomtest, fisher_exact

from calibration.enums import GoldState, Purpose, Reference, SuspicionKind, SuspicionState
from calibration.models import GoldAnswer, GoldItem, GoldScore, Placement, Suspicion
from calibration.queries.questions import CANNOT_TELL
from calibration.services.checking_accuracy import answer_code
from calibration.services.differences import Difference, is_close
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label, Queue

ABOUT_PEOPLE = (SuspicionKind.COPYING, SuspicionKind.SPEEDING, SuspicionKind.LONG_RUNS)
WORKED = {SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED}
FLOOR, FRACTION, TOLERATED, OWN_MEDIAN = 5.0, 0.25, 0.25, 5
FEW = 5

_Facts = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class _Answer:
    item_id: int
    labeler_id: int
    code: str | None
    at: datetime
    is_dated: bool
    label_id: int
    seconds: float | None
    is_right: bool | None


@dataclass(frozen=True)
class _Counted:
    """What was answered before a search, in the order of time, and what gold expected: several answers, or none now."""

    answers: list[_Answer]
    known: dict[int, str]
    left_out: set[int]


def check_integrity(queue: Queue) -> list[Difference]:
    """The counts behind each open suspicion about people.

    What a search found under other gold is left to the next one: how many items had gold then stands in the facts.
    """
    found: list[Difference] = []
    rows = Suspicion.objects.filter(queue=queue, kind__in=ABOUT_PEOPLE, state=SuspicionState.OPEN)
    by_search: defaultdict[tuple[str, datetime], list[Suspicion]] = defaultdict(list)
    for row in rows.select_related("labeler", "other"):
        by_search[row.question, row.computed_at].append(row)
    for (question, at), suspicions in by_search.items():
        counted = _count(queue, question, suspicions[0].population, at)
        gold_items = len({answer.item_id for answer in counted.answers} & set(counted.known))
        for row in suspicions:
            if row.facts["gold_items"] == gold_items:
                found += _compare(row, _RECOUNTS[SuspicionKind(row.kind)](row, counted))
    return found


def _compare(row: Suspicion, again: Mapping[str, float | str]) -> Iterable[Difference]:
    who = " and ".join(str(person) for person in (row.labeler, row.other) if person is not None)
    for name, value in again.items():
        kept = row.facts[name]
        same = kept == value if isinstance(value, str) else is_close(kept, value, tolerance=1e-3)
        if not same:
            yield Difference(what=f"{name} of {row.kind} of {who}", stored=kept, recomputed=value)


def _copying(row: Suspicion, counted: _Counted) -> _Facts:
    by_item: defaultdict[int, dict[int, _Answer]] = defaultdict(dict)
    for answer in counted.answers:
        if answer.code not in {None, CANNOT_TELL} and answer.item_id not in counted.left_out:
            by_item[answer.item_id][answer.labeler_id] = answer
    pair = (row.labeler_id or 0, row.other_id or 0)
    shared = both_wrong = same = first = 0
    for item_id, given in by_item.items():
        if not set(pair) <= set(given):
            continue
        codes = [str(answer.code) for answer in given.values()]
        others = [str(answer.code) for labeler_id, answer in given.items() if labeler_id not in pair]
        reference = counted.known.get(item_id) or _reference(codes, others)
        if reference is None:
            continue
        mine, theirs = (given[person] for person in pair)
        shared += 1
        both_wrong += reference not in {mine.code, theirs.code}
        is_same = mine.code == theirs.code != reference
        same += is_same
        first += is_same and mine.is_dated and theirs.is_dated and mine.at < theirs.at
    return {"shared": shared, "both_wrong": both_wrong, "same_wrong": same, "answered_first": first, "n": shared}


def _reference(codes: Sequence[str], others: Sequence[str]) -> str | None:
    """What many agree on with a lead of half of them, of few what more than half of the others say."""
    if len(codes) > FEW:
        ranked = [*Counter(codes).most_common(2), ("", 0)]
        (code, most), (_, second) = ranked[0], ranked[1]
        return code if 2 * (most - second) >= len(codes) else None
    if not others:
        return None
    code, most = Counter(others).most_common(1)[0]
    return code if 2 * most > len(others) else None


def _speeding(row: Suspicion, counted: _Counted) -> _Facts:
    timed = [answer for answer in counted.answers if answer.seconds is not None]
    by_item: defaultdict[int, list[float]] = defaultdict(list)
    for answer in timed:
        by_item[answer.item_id].append(answer.seconds or 0.0)
    everything = median(answer.seconds or 0.0 for answer in timed)
    usual = {item: median(times) if len(times) >= OWN_MEDIAN else everything for item, times in by_item.items()}
    own = [answer for answer in timed if answer.labeler_id == row.labeler_id]
    hurried = sum((a.seconds or 0.0) < min(FLOOR, FRACTION * usual[a.item_id]) for a in own)
    mine = [answer.is_right for answer in own if answer.is_right is not None]
    rest = [a.is_right for a in timed if a.is_right is not None and a.labeler_id != row.labeler_id]
    table = [[sum(mine), len(mine) - sum(mine)], [sum(rest), len(rest) - sum(rest)]]
    return {
        "n": len(own),
        "hurried": hurried,
        "seconds": median(answer.seconds or 0.0 for answer in own),
        "usual_seconds": median(usual[answer.item_id] for answer in own),
        "scored": len(mine),
        "right": sum(mine),
        "rest_accuracy": sum(rest) / max(len(rest), 1),
        "p_hurry": float(binomtest(hurried, len(own), TOLERATED, alternative="greater").pvalue),
        "p_accuracy": float(fisher_exact(np.array(table), alternative="less").pvalue),
    }


def _long_run(row: Suspicion, counted: _Counted) -> _Facts:
    own = [
        a for a in counted.answers if a.labeler_id == row.labeler_id and a.seconds is not None and a.code is not None
    ]
    runs = [list(run) for _, run in groupby(own, key=lambda answer: answer.code)]
    longest = max((run for run in runs if run[0].code == row.facts["code"]), key=len, default=[])
    times = sum(answer.code == row.facts["code"] for answer in own)
    return {"n": len(own), "length": len(longest), "given_times": times}


_RECOUNTS = {
    SuspicionKind.COPYING: _copying,
    SuspicionKind.SPEEDING: _speeding,
    SuspicionKind.LONG_RUNS: _long_run,
}


def _count(queue: Queue, question: str, population: Mapping[str, object], at: datetime) -> _Counted:
    known, left_out = _gold(queue, question, population, at)
    since = datetime.fromisoformat(str(population["since"]))
    right = _verdicts(queue, question, population, at)
    labels = Label.objects.filter(queue=queue, created_at__lt=at).select_related(
        "slot", "item", "policy_version", "slot__placement"
    )
    firsts: dict[int, Label] = {}
    revised: set[int] = set()
    for label in labels.order_by("created_at", "id"):
        firsts.setdefault(label.slot_id, label)
        revised.add(label.revises_id or 0)
    began = _began(firsts.values())
    answers = []
    for label in labels:
        first = firsts[label.slot_id]
        is_imported = label.slot.origin == SlotOrigin.IMPORTED
        given_at = label.slot.done_at if is_imported and label.slot.done_at else first.created_at
        if label.pk in revised or not _counts(label, population) or given_at < since:
            continue
        seconds = None if is_imported else max((given_at - began[first.pk]).total_seconds(), 0.0)
        code = answer_code(label.answers.get(question))
        verdict = right.get((label.item_id, label.labeler_id))
        is_dated = not is_imported or given_at < label.slot.created_at
        answers.append(_Answer(label.item_id, label.labeler_id, code, given_at, is_dated, label.pk, seconds, verdict))
    return _Counted(sorted(answers, key=lambda answer: (answer.at, answer.label_id)), known, left_out)


def _counts(label: Label, population: Mapping[str, object]) -> bool:
    placement: Placement | None = getattr(label.slot, "placement", None)
    is_work = label.slot.origin in WORKED if placement is None else placement.purpose == Purpose.GOLD
    is_done = label.slot.state == SlotState.DONE and label.item.withdrawn_at is None
    versions = population["versions"]
    return is_work and is_done and isinstance(versions, list) and label.policy_version.number in versions


def _began(firsts: Iterable[Label]) -> dict[int, datetime]:
    """When each first answer was begun: at its claim, or at the person's answer before it if that was later."""
    by_person: defaultdict[int, list[Label]] = defaultdict(list)
    for label in firsts:
        by_person[label.labeler_id].append(label)
    began: dict[int, datetime] = {}
    for labels in by_person.values():
        before: datetime | None = None
        for label in sorted(labels, key=lambda one: (one.created_at, one.pk)):
            began[label.pk] = label.claimed_at if before is None else max(label.claimed_at, before)
            before = label.created_at
    return began


def _gold(
    queue: Queue, question: str, population: Mapping[str, object], at: datetime
) -> tuple[dict[int, str], set[int]]:
    accepted = {}
    answers = GoldAnswer.objects.filter(
        gold__queue=queue, gold__state=GoldState.LIVE, question=question, approved_at__lte=at
    ).select_related("gold", "clause_revision__clause")
    for answer in answers:
        is_in_force = answer.replaced_at is None or answer.replaced_at > at
        if is_in_force and _is_counted(answer, population):
            accepted[answer.gold.item_id] = answer.accepted
    gold = set(GoldItem.objects.filter(queue=queue, created_at__lte=at).values_list("item_id", flat=True))
    known = {item: answers[0] for item, answers in accepted.items() if len(answers) == 1}
    return known, gold - set(known)


def _verdicts(
    queue: Queue, question: str, population: Mapping[str, object], at: datetime
) -> dict[tuple[int, int], bool]:
    scores = GoldScore.objects.filter(queue=queue, question=question, reference=Reference.GOLD, scored_at__lte=at)
    found: dict[tuple[int, int], bool] = {}
    for score in scores.select_related("clause_revision__clause"):
        has_ended = score.ended_at is not None and score.ended_at <= at
        if not has_ended and _is_counted(score, population):
            key = score.item_id, score.labeler_id
            found[key] = found.get(key, True) and bool(score.is_correct)
    return found


def _is_counted(row: GoldAnswer | GoldScore, population: Mapping[str, object]) -> bool:
    revision, clauses = row.clause_revision, population["clauses"]
    return revision is None or (isinstance(clauses, list) and f"{revision.clause.code} r{revision.number}" in clauses)
