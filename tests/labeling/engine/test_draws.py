"""Draws that can be repeated."""

from collections import Counter
from statistics import mean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from labeling.engine.draws import allot_vendors, draw_answers_needed, draw_rank, draw_share

seeds = st.integers(-(2**63), 2**63 - 1)


@given(seeds, st.text("abß-0"))
def test_a_draw_repeats_and_stays_in_its_range(seed, key):
    assert draw_share(seed, key) == draw_share(seed, key)
    assert 0 <= draw_share(seed, key) < 1


def test_shares_are_spread_evenly():
    shares = [draw_share(1, str(key)) for key in range(10_000)]

    assert abs(mean(shares) - 0.5) < 0.01
    assert abs(pstdev(shares) - 12**-0.5) < 0.01


def test_overlap_is_met_by_its_rate():
    drawn = [draw_answers_needed(1, str(key), base=1, rate=0.1, size=3) for key in range(10_000)]

    assert set(drawn) == {1, 3}
    assert 900 < drawn.count(3) < 1100


def test_the_rank_tells_nothing_of_the_overlap():
    overlap = [key for key in map(str, range(10_000)) if draw_answers_needed(1, key, base=1, rate=0.1, size=3) == 3]

    assert abs(mean(draw_rank(1, key) for key in overlap) - 0.5) < 0.04


shares = st.dictionaries(st.integers(1, 50), st.floats(0.01, 1), min_size=1, max_size=6)


@given(seeds, st.text("ab-0"), st.integers(0, 12), shares)
def test_every_vendor_gets_its_exact_part_of_an_item_up_to_rounding(seed, key, slots, parts):
    allotted = Counter(allot_vendors(seed, key, slots, parts))
    total = sum(parts.values())

    assert allotted.total() == slots
    for vendor, part in parts.items():
        assert abs(allotted[vendor] - slots * part / total) < 1 + 1e-6


def test_over_many_items_every_vendor_gets_its_share_of_first_and_of_second_answers():
    items = [allot_vendors(1, str(key), 2, {1: 0.7, 2: 0.2, 3: 0.1}) for key in range(10_000)]

    for place in (0, 1):
        answers = Counter(item[place] for item in items)
        assert [abs(answers[vendor] / 10_000 - part) < 0.015 for vendor, part in ((1, 0.7), (2, 0.2), (3, 0.1))] == [
            True
        ] * 3


def test_an_items_answers_go_to_different_vendors_where_no_share_exceeds_one_of_them():
    items = [allot_vendors(1, str(key), 2, {1: 0.5, 2: 0.3, 3: 0.2}) for key in range(1_000)]

    assert all(len(set(item)) == 2 for item in items)


def test_the_vendor_tells_nothing_of_the_overlap():
    overlap = [key for key in map(str, range(10_000)) if draw_answers_needed(1, key, base=1, rate=0.1, size=3) == 3]

    assert abs(mean(allot_vendors(1, key, 1, {1: 0.5, 2: 0.5})[0] for key in overlap) - 1.5) < 0.05
