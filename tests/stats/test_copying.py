"""Shared wrong answers against chance."""

import numpy as np
import pytest
from scipy.stats import binom, nbinom, poisson

from calibration.stats import CopyingPairs, DuplicateRating, copying_pairs
from calibration.stats.copying import inflation, matching_chance
from calibration.stats.errors import NotFinite, OutOfRange, TooLarge, UnlikeLengths
from tests.stats.copied import PAIR, Drawn, draw_ratings

UNKNOWN = -1


def search(drawn: Drawn, *, gold: bool = True, **options) -> CopyingPairs:
    known = drawn.truth if gold else np.full_like(drawn.truth, UNKNOWN)
    return copying_pairs(drawn.items, drawn.raters, drawn.labels, known, **drawn.sizes(), **options)


def pairs_of(found: CopyingPairs):
    return list(zip(found.first.tolist(), found.second.tolist(), strict=True))


def leading(found: CopyingPairs, n=1):
    return [pairs_of(found)[place] for place in found.order[:n]]


def counted_by_hand(drawn: Drawn):
    """Shared items, both wrong, same wrong of each pair, in plain loops."""
    given = dict(zip(zip(drawn.items.tolist(), drawn.raters.tolist(), strict=True), drawn.labels.tolist(), strict=True))
    counts = {}
    for one in range(drawn.n_raters):
        for other in range(one + 1, drawn.n_raters):
            shared = [i for i in range(len(drawn.truth)) if (i, one) in given and (i, other) in given]
            both = [i for i in shared if drawn.truth[i] not in {given[i, one], given[i, other]}]
            counts[one, other] = (len(shared), len(both), sum(given[i, one] == given[i, other] for i in both))
    return counts


def test_counts_against_gold_are_those_of_plain_loops():
    drawn = draw_ratings(3, people=9, n_items=80, per_item=4, accuracy=0.7)

    found = search(drawn)

    counts = zip(found.shared.tolist(), found.both_wrong.tolist(), found.same_wrong.tolist(), strict=True)
    assert dict(zip(pairs_of(found), counts, strict=True)) == {
        pair: row for pair, row in counted_by_hand(drawn).items() if row[0]
    }


def test_a_pair_that_copies_comes_first_and_is_found():
    found = search(draw_ratings(1, people=20, n_items=400, per_item=20, copied=0.6))

    assert leading(found) == [PAIR]
    assert [pairs_of(found)[place] for place in np.flatnonzero(found.found)] == [PAIR]


def test_a_pair_that_copies_is_found_without_gold_where_three_rated_each_item():
    drawn = draw_ratings(2, people=12, n_items=6000, per_item=3, copied=0.8, spread=0.02)

    found = search(drawn, gold=False)

    assert leading(found) == [PAIR]
    assert found.found[found.order[0]]
    assert (found.references == UNKNOWN).all()


def test_where_many_agree_their_answer_is_the_reference():
    drawn = draw_ratings(1, people=20, n_items=400, per_item=20, copied=0.6, accuracy=0.93)

    found = search(drawn, gold=False)

    is_told = found.references >= 0
    assert is_told.mean() > 0.9
    assert (found.references[is_told] == drawn.truth[is_told]).mean() > 0.98
    assert leading(found) == [PAIR]


def test_agreeing_on_right_answers_raises_nothing():
    items, raters = np.repeat(np.arange(300), 6), np.tile(np.arange(6), 300)
    labels = np.where((raters > 1) & (items % 5 == raters - 2), 1, 0)

    found = copying_pairs(items, raters, labels, np.zeros(300, int), n_items=300, n_raters=6, n_categories=2)

    assert found.same_wrong[pairs_of(found).index((0, 1))] == 0
    assert not found.found.any()
    assert (found.p_value == 1).all()


def test_an_item_that_everybody_gets_wrong_tells_nothing():
    """Ten people err alike on 30 hard items, and alone elsewhere: chance is what the item makes it."""
    rng = np.random.default_rng(5)
    items, raters = np.repeat(np.arange(300), 10), np.tile(np.arange(10), 300)
    error = np.where(items < 30, 0.7, 0.02)
    labels = (rng.random(3000) < error).astype(int)

    found = copying_pairs(items, raters, labels, np.zeros(300, int), n_items=300, n_raters=10, n_categories=2)

    assert found.same_wrong.min() > 5
    assert not found.found.any()
    assert found.same_wrong.sum() == pytest.approx(found.expected.sum(), rel=0.1)


def test_two_people_with_the_same_lean_do_not_look_as_if_they_copied():
    """Two of twelve miss a third of all violations, each by themselves."""
    rng = np.random.default_rng(8)
    items, raters = np.repeat(np.arange(500), 12), np.tile(np.arange(12), 500)
    truth = rng.integers(0, 3, 500)
    misses = (raters < 2) & (truth[items] > 0) & (rng.random(6000) < 0.33)
    slips = rng.random(6000) < 0.03
    labels = np.where(misses, 0, np.where(slips, rng.integers(0, 3, 6000), truth[items]))

    found = copying_pairs(items, raters, labels, truth, n_items=500, n_raters=12, n_categories=3)

    both = pairs_of(found).index((0, 1))
    assert found.same_wrong[both] > 20
    assert found.expected[both] > 20
    assert not found.found[both]


@pytest.mark.parametrize(
    ("gold", "sizes"),
    [
        (True, {"people": 18, "n_items": 300, "per_item": 18, "hardness": 1.0}),
        (True, {"people": 18, "n_items": 3000, "per_item": 3}),
        (False, {"people": 18, "n_items": 3000, "per_item": 3}),
        (False, {"people": 18, "n_items": 1500, "per_item": 5}),
        (False, {"people": 18, "n_items": 600, "per_item": 10}),
    ],
)
def test_nobody_is_found_where_nobody_copies(gold, sizes):
    """The rate over 200 seeds stands in tests/bench/test_integrity.py; here eight."""
    found = [search(draw_ratings(seed, **sizes), gold=gold).found.any() for seed in range(8)]

    assert sum(found) <= 1


def test_the_true_pair_is_mostly_among_the_first_five_of_1770():
    """Eight seeds at 50 % copying; the shares over 200 seeds stand in tests/bench/test_integrity.py."""
    hits = [PAIR in leading(search(draw_ratings(seed, copied=0.5)), 5) for seed in range(8)]

    assert sum(hits) >= 4


def test_numbering_people_anew_changes_nothing_but_their_numbers():
    drawn = draw_ratings(4, people=10, n_items=200, per_item=4, copied=0.5, accuracy=0.8)
    numbers = np.random.default_rng(1).permutation(10)
    again = Drawn(drawn.items, numbers[drawn.raters], drawn.labels, drawn.truth, 10, 5)
    back = np.argsort(numbers)

    for gold in (True, False):
        before, after = search(drawn, gold=gold), search(again, gold=gold)

        mine = dict(zip(pairs_of(before), before.p_value.tolist(), strict=True))
        theirs = {
            tuple(sorted(back[list(pair)].tolist())): p
            for pair, p in zip(pairs_of(after), after.p_value.tolist(), strict=True)
        }
        assert theirs == pytest.approx(mine)


def test_excluded_items_and_missing_answers_count_for_nothing():
    drawn = draw_ratings(6, people=8, n_items=120, per_item=8, accuracy=0.7)
    is_out = np.arange(120) % 3 == 0
    labels = np.where(drawn.raters == 7, -1, drawn.labels)

    excluded = search(drawn, exclude_items=is_out)
    missing = copying_pairs(drawn.items, drawn.raters, labels, drawn.truth, **drawn.sizes())

    assert set(excluded.shared.tolist()) == {80}
    assert 7 not in set(missing.second.tolist())
    assert set(missing.shared.tolist()) == {120}


def test_nothing_in_common_gives_no_pairs():
    found = copying_pairs([0, 1], [0, 1], [0, 1], [0, 0], n_items=2, n_raters=2, n_categories=2)

    assert len(found) == 0
    assert found.order.tolist() == []


def test_nothing_at_all_gives_no_pairs():
    assert len(copying_pairs([], [], [], [], n_items=0, n_raters=0, n_categories=2)) == 0


def test_two_raters_without_gold_cannot_be_told_apart_from_honest_ones():
    found = copying_pairs([0, 0, 1, 1], [0, 1] * 2, [0, 0, 1, 0], [-1, -1], n_items=2, n_raters=2, n_categories=2)

    assert len(found) == 0


def test_many_categories_are_no_harder():
    found = search(draw_ratings(1, people=12, n_items=400, per_item=6, copied=0.8, accuracy=0.8, k=500))

    assert leading(found) == [PAIR]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"items": [0, 0, 9]}, OutOfRange),
        ({"items": [0, 0, np.nan]}, NotFinite),
        ({"raters": [0, 1]}, UnlikeLengths),
        ({"raters": [0, 0, 1]}, DuplicateRating),
        ({"labels": [0, 2, 0]}, OutOfRange),
        ({"reference_labels": [0]}, UnlikeLengths),
        ({"exclude_items": [True]}, UnlikeLengths),
        ({"q": 0.0}, OutOfRange),
        ({"q": np.nan}, OutOfRange),
    ],
)
def test_bad_input_is_refused_by_name(change, error):
    good = {"items": [0, 0, 1], "raters": [0, 1, 1], "labels": [0, 1, 0], "reference_labels": [0, 0]}

    with pytest.raises(error):
        copying_pairs(**(good | change), n_items=2, n_raters=2, n_categories=2)


def test_more_pairs_than_memory_holds_are_refused():
    n = 20_000

    with pytest.raises(TooLarge, match="20,000 raters are too many"):
        copying_pairs(np.zeros(n, int), np.arange(n), np.zeros(n, int), [0], n_items=1, n_raters=n, n_categories=2)


@pytest.mark.parametrize("same", [0, 1, 3, 7])
def test_tail_is_that_of_the_distribution_with_the_same_two_moments(same):
    mean = 2.0

    assert matching_chance([same], [mean], [1.5])[0] == pytest.approx(binom.sf(same - 1, 8, 0.25))
    assert matching_chance([same], [mean], [2.0])[0] == pytest.approx(poisson.sf(same - 1, mean))
    assert matching_chance([same], [mean], [4.0])[0] == pytest.approx(nbinom.sf(same - 1, 2, 0.5))


def test_more_than_any_trial_allows_is_as_unlikely_as_all_of_them():
    assert 0 < matching_chance([9], [2.0], [1.5])[0] < 1e-4


def test_a_pair_that_shares_far_too_much_hardly_widens_what_chance_does():
    expected, variance = np.full(100, 4.0), np.full(100, 4.0)
    same = np.random.default_rng(1).normal(4, 2, 100)

    usual = inflation(same, expected, variance)
    with_one = inflation(np.append(same[1:], 90.0), expected, variance)

    assert usual >= 1
    assert with_one < usual + 0.1
    assert inflation(4 + 2 * (same - 4), expected, variance) > 2
    assert inflation(4 + 2 * (same - 4)[:19], expected[:19], variance[:19]) == 1.0
