"""Signs of copying, haste and inattention, for a person to look into: they count for nothing and open no flag."""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.enums import SuspicionKind
from calibration.models import SamplingPlan, Suspicion
from calibration.queries.clauses import Eras, RevisionsInForce, eras_of, read_versions, revisions_in_force
from calibration.queries.integrity import (
    ORDERED_SLOTS,
    SHARED_SLOTS,
    TIMED_SLOTS,
    Work,
    integrity_population,
    read_work,
)
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.suspicions import how_many
from calibration.queries.windows import window_start
from calibration.stats import CopyingPairs, LongRuns, Speeders, copying_pairs, long_runs, speeders
from calibration.stats.errors import TooLarge
from labeling.models import Queue

logger = logging.getLogger(__name__)

# What is too fast to have been read: under so many seconds, and under this share of what the item usually takes; and
# how large a share of somebody's answers may be so.
FLOOR, FRACTION, TOLERATED = 5.0, 0.25, 0.25
# Answers, and pairs of answers, that a page shows.
MOST_ROWS, MOST_PAIRS = 200, 100
LEAST_ANSWERS = 20
LEAST_P = 1e-300
# The parts of the answers that a table of times shows: up to the fastest tenth, a quarter, and so on.
PARTS = (0.1, 0.25, 0.5, 0.75, 0.9)

_SLOTS = {
    SuspicionKind.COPYING: SHARED_SLOTS,
    SuspicionKind.SPEEDING: TIMED_SLOTS,
    SuspicionKind.LONG_RUNS: ORDERED_SLOTS,
}

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Searched:
    """A queue's answers to its main question, and what they were read by."""

    queue: Queue
    question: MeasuredQuestion
    eras: Eras
    revisions: RevisionsInForce
    work: Work
    since: datetime
    now: datetime


def find_suspicions(queue: Queue, *, now: datetime) -> list[Suspicion]:
    """Unsaved suspicions about people of a queue from its last 90 days, by its main question."""
    question = main_question(queue)
    if question is None:
        return []
    versions, since = read_versions(queue), window_start(now)
    eras, revisions = eras_of(versions, queue, question), revisions_in_force(versions, queue)
    work = read_work(queue, question.key, eras=eras, revisions=revisions, since=since, until=now)
    searched = _Searched(queue, question, eras, revisions, work, since, now)
    return [*_copying(searched), *_speeding(searched), *_long_runs(searched)] if work.item.size else []


def main_question(queue: Queue) -> MeasuredQuestion | None:
    """The plan's question, else the first: one finding a person is enough, and other answers hang on this one."""
    questions = read_questions(queue)
    wanted = SamplingPlan.objects.filter(queue=queue).values_list("question", flat=True).first()
    return next((question for question in questions if question.key == wanted), questions[0] if questions else None)


def _copying(searched: _Searched) -> list[Suspicion]:
    """Pairs that stand out; none where there are more pairs than memory holds, which takes nothing from the rest."""
    try:
        pairs = _pairs(searched.work)
    except TooLarge as error:
        logger.warning("Copying is not looked for in queue %s: %s", searched.queue.public_id, error)
        return []
    return [_copying_one(searched, pairs, place) for place in pairs.order.tolist() if pairs.found[place]]


def _pairs(work: Work) -> CopyingPairs:
    return copying_pairs(
        work.item,
        work.labeler,
        work.labels,
        work.known,
        n_items=len(work.item_ids),
        n_raters=len(work.labeler_ids),
        n_categories=max(len(work.codes), 1),
        exclude_items=work.is_left_out,
    )


def _copying_one(searched: _Searched, pairs: CopyingPairs, place: int) -> Suspicion:
    work, people = searched.work, (int(pairs.first[place]), int(pairs.second[place]))
    shared, same, expected = int(pairs.shared[place]), int(pairs.same_wrong[place]), float(pairs.expected[place])
    items, references = _same_wrong(work, pairs.references, people)
    mine, theirs = (_answers_of(work, person, items) for person in people)
    mine_first, theirs_first = _first(work, mine, theirs), _first(work, theirs, mine)
    words = (
        f"Of {shared:,} items that both answered they gave the same wrong answer on {same}, where people who err as"
        f" they do would on {expected:.1f}. {_by_chance(pairs.p_value[place] * len(pairs), len(pairs), 'pairs')}"
        f"{_order_words(mine_first, theirs_first, same)}"
    )
    facts = {
        "n": shared,
        "shared": shared,
        "both_wrong": int(pairs.both_wrong[place]),
        "same_wrong": same,
        "expected_same": round(expected, 4),
        "answered_first": mine_first,
        "pairs": len(pairs),
        "inflation": round(pairs.inflation, 4),
        "gold_items": _gold_items(work),
        "labels": work.label_id[np.concatenate([mine[:MOST_PAIRS], theirs[:MOST_PAIRS]])].tolist(),
        "expected": {str(work.item_ids[item]): work.codes[references[item]] for item in items.tolist()[:MOST_PAIRS]},
        "stands_out": True,
    }
    found = _suspicion(searched, SuspicionKind.COPYING, float(pairs.p_value[place]), words, facts)
    found.labeler_id, found.other_id = (int(work.labeler_ids[person]) for person in people)
    return found


def _first(work: Work, one: Ints, other: Ints) -> int:
    """On how many items the one is known to have answered before the other."""
    dated = work.is_dated[one] & work.is_dated[other]
    return int((dated & (work.at[one] < work.at[other])).sum())


def _order_words(mine_first: int, theirs_first: int, same: int) -> str:
    """Who came first; empty where no moments are known."""
    told = mine_first + theirs_first
    which = f"the {same}" if told == same else f"the {told:,} whose order is known"
    return f" On {max(mine_first, theirs_first)} of {which} the same one of the two answered first." if told else ""


def _same_wrong(work: Work, references: Ints, people: tuple[int, int]) -> tuple[Ints, dict[int, int]]:
    """Items on which both gave the same wrong answer, in the order of the first's answers, and what it was held to."""
    labels, told = work.labels, {}
    mine, theirs = ({int(work.item[row]): int(labels[row]) for row in _rows_of(work, person)} for person in people)
    both = [
        item for item, code in mine.items() if code >= 0 and theirs.get(item) == code and not work.is_left_out[item]
    ]
    others = np.flatnonzero(np.isin(work.item, both) & ~np.isin(work.labeler, people) & (labels >= 0))
    said: dict[int, list[int]] = {item: [] for item in both}
    for row in others.tolist():
        said[int(work.item[row])].append(int(labels[row]))
    for item in both:
        reference = int(references[item]) if references[item] >= 0 else _said_by_most(said[item])
        if reference not in {-1, mine[item]}:
            told[item] = reference
    return np.array(list(told), np.int64), told


def _said_by_most(said: list[int]) -> int:
    """What more than half of one to three others say; -1 without them, or where more people say unlike things."""
    if not 1 <= len(said) <= 3:
        return -1
    code, n = Counter(said).most_common(1)[0]
    return code if 2 * n > len(said) else -1


def _speeding(searched: _Searched) -> list[Suspicion]:
    work = searched.work
    timed = np.flatnonzero(np.isfinite(work.seconds))
    found = speeders(
        work.labeler[timed],
        work.seconds[timed],
        work.item[timed],
        work.verdict[timed],
        n_raters=len(work.labeler_ids),
        n_items=len(work.item_ids),
        floor=FLOOR,
        fraction=FRACTION,
        tolerated=TOLERATED,
    )
    return [_speeding_one(searched, found, person) for person in found.order.tolist() if found.found[person]]


def _speeding_one(searched: _Searched, found: Speeders, person: int) -> Suspicion:
    work = searched.work
    n, hurried = int(found.n[person]), int(found.hurried[person])
    scored, right = int(found.scored[person]), int(found.right[person])
    rest = float(found.rest_accuracy[person])
    words = (
        f"{found.seconds[person]:.1f} s an answer in the median, where {found.usual_seconds[person]:.0f} s is usual for"
        f" the same items; {hurried / n:.0%} of {n:,} answers took under {FLOOR:.0f} s and"
        f" under a quarter of the item's usual time. Right on {right / scored:.1%} of {scored:,} gold answers, the"
        f" others on {rest:.1%}."
        f" By chance alone, {how_many(1000 * float(found.p_accuracy[person]))} of 1,000 people would be as far behind."
    )
    timed = np.isfinite(work.seconds)
    own = timed & (work.labeler == person)
    wrong = np.flatnonzero(own & (work.verdict == 0))[-MOST_ROWS:]
    facts = {
        "n": n,
        "hurried": hurried,
        "seconds": round(float(found.seconds[person]), 3),
        "usual_seconds": round(float(found.usual_seconds[person]), 3),
        "scored": scored,
        "right": right,
        "rest_accuracy": round(rest, 6),
        "p_hurry": float(found.p_hurry[person]),
        "p_accuracy": float(found.p_accuracy[person]),
        "people": int(np.count_nonzero(found.tested)),
        "hurrying": int(np.count_nonzero(found.hurries)),
        "times": _times(work, own, timed & (work.labeler != person)),
        "gold_items": _gold_items(work),
        "labels": work.label_id[wrong].tolist(),
        "stands_out": True,
    }
    row = _suspicion(searched, SuspicionKind.SPEEDING, float(found.p_value[person]), words, facts)
    row.labeler_id = int(work.labeler_ids[person])
    return row


def _times(work: Work, own: NDArray[np.bool_], others: NDArray[np.bool_]) -> list[dict[str, float]]:
    """Seconds within which a part of the answers was given, the person's and the others'."""
    mine, theirs = np.quantile(work.seconds[own], PARTS), np.quantile(work.seconds[others], PARTS)
    return [
        {"part": part, "own": round(float(one), 3), "others": round(float(other), 3)}
        for part, one, other in zip(PARTS, mine, theirs, strict=True)
    ]


def _long_runs(searched: _Searched) -> list[Suspicion]:
    work = searched.work
    rows = np.flatnonzero(~work.is_imported)
    found = long_runs(
        work.labeler[rows],
        work.code[rows],
        n_raters=len(work.labeler_ids),
        n_categories=max(len(work.codes), 1),
        least=LEAST_ANSWERS,
    )
    return [_long_run(searched, found, person, rows) for person in found.order.tolist() if found.found[person]]


def _long_run(searched: _Searched, found: LongRuns, person: int, rows: Ints) -> Suspicion:
    work, length = searched.work, int(found.length[person])
    code = work.codes[found.label[person]]
    people = int(np.count_nonzero(found.n >= LEAST_ANSWERS))
    own = rows[(work.labeler[rows] == person) & (work.code[rows] >= 0)]
    start = int(np.flatnonzero(own == rows[found.start[person]])[0])
    run = own[start : start + length]
    words = (
        f"“{searched.question.name_of(code)}” {length:,} times in a row, an answer that makes up"
        f" {found.times[person] / found.n[person]:.0%} of {found.n[person]:,}. In 95 % of random orders of the same"
        f" answers no such run is longer than {found.limit[person]:,}."
        f" {_by_chance(found.p_value[person] * people, people, 'people')}"
    )
    facts = {
        "n": int(found.n[person]),
        "length": length,
        "code": code,
        "given_times": int(found.times[person]),
        "limit": int(found.limit[person]),
        "people": people,
        "began": float(work.at[run[0]]),
        "ended": float(work.at[run[-1]]),
        "gold_items": _gold_items(work),
        "labels": work.label_id[run[:MOST_ROWS]].tolist(),
        "stands_out": True,
    }
    row = _suspicion(searched, SuspicionKind.LONG_RUNS, float(found.p_value[person]), words, facts)
    row.labeler_id = int(work.labeler_ids[person])
    return row


def _suspicion(
    searched: _Searched, kind: SuspicionKind, p_value: float, words: str, facts: dict[str, Any]
) -> Suspicion:
    population = integrity_population(
        searched.queue,
        searched.question.key,
        slots=_SLOTS[kind],
        eras=searched.eras,
        revisions=searched.revisions,
        since=searched.since,
        until=searched.now,
    )
    return Suspicion(
        queue=searched.queue,
        question=searched.question.key,
        kind=kind,
        score=-log10(max(p_value, LEAST_P)),
        p_value=p_value,
        words=words,
        facts=facts,
        population=population.as_json(),
        found_at=searched.now,
        computed_at=searched.now,
    )


def _rows_of(work: Work, person: int) -> Ints:
    return np.flatnonzero(work.labeler == person)


def _answers_of(work: Work, person: int, items: Ints) -> Ints:
    """The rows of a person's answers to some items, in the order of the items."""
    rows = _rows_of(work, person)
    row_of = dict(zip(work.item[rows].tolist(), rows.tolist(), strict=True))
    return np.array([row_of[item] for item in items.tolist()], np.int64)


def _gold_items(work: Work) -> int:
    """How many items had gold in force: a recomputation that finds another number is of other gold."""
    return int((work.known >= 0).sum())


def _by_chance(chance: float, looked_at: int, of_what: str) -> str:
    """How many of those that were looked at would look like this if nothing were wrong with any."""
    return f"By chance, {how_many(chance)} of {looked_at:,} {of_what} would look like this."
