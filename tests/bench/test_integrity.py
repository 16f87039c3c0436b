"""How often copying and haste are found, and how often for nothing; and how fast.

make bench ARGS="tests/bench/test_integrity.py -s"
"""

import os
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from calibration.demo.cast import Part
from calibration.demo.findings import gold_rows
from calibration.demo.plans import FULL
from calibration.demo.worlds import QueueWorld, draw_world
from calibration.services.integrity import FLOOR, FRACTION, TOLERATED, find_suspicions
from calibration.stats import copying_pairs, long_runs, rater_pairs, speeders
from qaplatform import clock
from tests.stats.copied import PAIR, Drawn, draw_ratings

pytestmark = pytest.mark.bench

SEEDS = 200
NULL_WORLDS = {
    "gold, 60 people, 130 items each": (True, {}),
    "gold, 18 people, all of 300 items, very unlike difficulty": (
        True,
        {"people": 18, "n_items": 300, "per_item": 18, "hardness": 1.0},
    ),
    "gold, 18 people, 3 of them an item": (True, {"people": 18, "n_items": 3000, "per_item": 3}),
    "no gold, 18 people, 3 an item": (False, {"people": 18, "n_items": 3000, "per_item": 3}),
    "no gold, 18 people, 3 an item, .85 right": (
        False,
        {"people": 18, "n_items": 3000, "per_item": 3, "accuracy": 0.85},
    ),
    "no gold, 18 people, 5 an item": (False, {"people": 18, "n_items": 1500, "per_item": 5}),
    "no gold, 18 people, 10 an item": (False, {"people": 18, "n_items": 600, "per_item": 10}),
    "no gold, 6 people, 3 an item": (False, {"people": 6, "n_items": 1500, "per_item": 3}),
}


def told(*lines):
    print("\n" + "\n".join(lines))  # noqa: T201


def search(drawn: Drawn, *, gold=True):
    known = drawn.truth if gold else np.full_like(drawn.truth, -1)
    return copying_pairs(drawn.items, drawn.raters, drawn.labels, known, **drawn.sizes())


def first_five(found):
    return [(int(found.first[place]), int(found.second[place])) for place in found.order[:5]]


def first_five_by_agreement(drawn: Drawn):
    pairs = rater_pairs(drawn.items, drawn.raters, drawn.labels)
    best = np.argsort(-(pairs.agreed / pairs.n), kind="stable")[:5]
    names = [int(name) for name in pairs.raters]
    return [tuple(sorted((names[pairs.first[place]], names[pairs.second[place]]))) for place in best]


def test_true_pair_among_the_first_five_of_1770():
    """METHODS, section 5: 57 % and 75 % of runs at 30 % and 50 % copying, raw agreement at most 8 %.

    60 people answer the same 130 gold items in five categories; accuracy .90 on average with a spread of .05,
    difficulty gamma with variance .5, errors of one's own kind. Rater 1 takes a share of answers from rater 0.
    """
    lines = ["| copied | true pair among the first five | found at 5 % | by raw agreement |", "|---|---|---|---|"]
    shares = {}
    for copied in (0.3, 0.5):
        hits = Counter()
        for seed in range(SEEDS):
            drawn = draw_ratings(seed, copied=copied)
            found = search(drawn)
            place = np.flatnonzero((found.first == PAIR[0]) & (found.second == PAIR[1]))[0]
            hits["five"] += PAIR in first_five(found)
            hits["found"] += bool(found.found[place])
            hits["raw"] += PAIR in first_five_by_agreement(drawn)
        shares[copied] = {name: n / SEEDS for name, n in hits.items()}
        row = shares[copied]
        lines.append(f"| {copied:.0%} | {row['five']:.1%} | {row['found']:.1%} | {row.get('raw', 0):.1%} |")
    told(*lines)

    assert shares[0.3]["five"] > 0.5
    assert shares[0.5]["five"] > 0.7
    assert max(row.get("raw", 0) for row in shares.values()) <= 0.08


def test_runs_with_a_false_pair_where_nobody_copies():
    """A false discovery rate of 5 % is, where nobody copies, a chance of 5 % of any pair at all."""
    lines, shares = ["| world | runs with a pair found | widened by |", "|---|---|---|"], {}
    for name, (gold, sizes) in NULL_WORLDS.items():
        found = [search(draw_ratings(seed, **sizes), gold=gold) for seed in range(SEEDS)]
        shares[name] = np.mean([one.found.any() for one in found])
        lines.append(f"| {name} | {shares[name]:.1%} | {np.mean([one.inflation for one in found]):.2f} |")
    told(*lines)

    assert max(shares.values()) < 0.1


def test_the_copying_pair_and_the_speeder_of_the_demo_over_200_seeds():
    counts = Counter()
    for seed in range(SEEDS):
        for drawn in draw_world(replace(FULL, seed=seed)).queues:
            counts.update(_found_in(drawn))
    told("| found in the demo | of 200 seeds |", "|---|---|", *(f"| {name} | {n} |" for name, n in counts.items()))

    assert counts["the copying pair comes first of its queue"] >= 0.98 * SEEDS
    assert counts["the speeder is the only one found"] >= 0.98 * SEEDS
    assert counts["another pair is found, of two queues"] <= 0.05 * 2 * SEEDS


@pytest.mark.django_db
def test_full_demo_from_the_database(full_demo):
    began = time.process_time()
    found = [row for rows in full_demo.queues for row in find_suspicions(rows.queue, now=clock.now())]
    taken = time.process_time() - began

    told(f"searched both queues in {taken:.1f} s of CPU", *(f"{row.kind}: {row.words}" for row in found))
    people = [(row.kind, {one.user.username for one in (row.labeler, row.other) if one is not None}) for row in found]
    assert people == [("speeding", {"felix"}), ("copying", {"goran", "hana"})]


@pytest.mark.parametrize(("per_item", "gold"), [(3, False), (3, True), (10, False), (10, True), (1000, True)])
def test_all_pairs_of_1000_raters_at_a_million_ratings(per_item, gold):
    rng = np.random.default_rng(1)
    n_items = 999_999 // per_item
    raters = (rng.integers(0, 1000, n_items)[:, None] + 7 * np.arange(per_item) % 1000).ravel() % 1000
    raters = raters if per_item < 1000 else np.tile(np.arange(1000), n_items)
    items = np.repeat(np.arange(n_items), per_item)
    truth = rng.integers(0, 5, n_items)
    labels = np.where(rng.random(len(items)) < 0.9, truth[items], rng.integers(0, 5, len(items)))

    began = time.process_time()
    search(Drawn(items, raters, labels, truth, 1000, 5), gold=gold)
    taken = time.process_time() - began

    told(f"{per_item} an item, {'gold' if gold else 'no gold'}: {taken:.1f} s (load {os.getloadavg()[0]:.1f})")
    assert taken < 15


def _found_in(drawn: QueueWorld) -> Counter[str]:
    """What is found among the drawn rows of a queue, as the product searches the stored ones."""
    answers, book, n_people = drawn.answers, drawn.gold, len(drawn.people)
    numbers = np.arange(book.first, book.first + book.n_items)
    known, left_out = np.full(len(drawn.items.truth), -1), np.zeros(len(drawn.items.truth), np.bool_)
    known[numbers] = np.where(book.also >= 0, -1, book.expected)
    left_out[numbers[book.also >= 0]] = True
    pairs = copying_pairs(
        answers.item,
        answers.person,
        answers.given,
        known,
        n_items=len(known),
        n_raters=n_people,
        n_categories=len(drawn.queue.codes),
        exclude_items=left_out,
    )
    named = [{int(pairs.first[place]), int(pairs.second[place])} for place in pairs.order]
    found = [pair for pair, place in zip(named, pairs.order, strict=True) if pairs.found[place]]
    copying = {person for person, part in drawn.planted.parts.items() if part in {Part.IS_COPIED, Part.COPIES}}
    counts = Counter({"another pair is found, of two queues": sum(pair != copying for pair in found) > 0})
    if copying:
        counts["the copying pair comes first of its queue"] += named[0] == copying
        counts["the copying pair is found at 5 %"] += copying in found
    counts.update(_speeders_in(drawn))
    runs = long_runs(answers.person, answers.given + 1, n_raters=n_people, n_categories=len(drawn.queue.codes) + 1)
    counts["somebody's run is found, of two queues"] += bool(runs.found.any())
    return counts


def _speeders_in(drawn: QueueWorld) -> Counter[str]:
    answers, rows = drawn.answers, gold_rows(drawn)
    verdict = np.full(len(answers.item), -1)
    verdict[np.flatnonzero(answers.is_gold)] = rows.is_right
    found = speeders(
        answers.person,
        answers.seconds,
        answers.item,
        verdict,
        n_raters=len(drawn.people),
        n_items=len(drawn.items.truth),
        floor=FLOOR,
        fraction=FRACTION,
        tolerated=TOLERATED,
    )
    hasty = np.flatnonzero(found.found).tolist()
    planted = [person for person, part in drawn.planted.parts.items() if part == Part.SPEEDS]
    if planted:
        return Counter({"the speeder is the only one found": int(hasty == planted)})
    return Counter({"somebody is found to speed where nobody does": int(bool(hasty))})
