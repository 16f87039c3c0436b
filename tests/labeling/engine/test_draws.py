"""Draws that can be repeated."""

from statistics import mean, pstdev

from hypothesis import given
from hypothesis import strategies as st

from labeling.engine.draws import draw_answers_needed, draw_rank, draw_share

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
