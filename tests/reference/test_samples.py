from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import beta
from scipy.stats import t as student
from statsmodels.stats.weightstats import DescrStatsW

from calibration.stats import (
    combined_share,
    draw_sample,
    effective_size,
    equal_shares,
    proportion,
    weighted_share,
)
from tests.reference.ratings import over_many


def shares_by_hand(sizes, n):
    """One after the other in rounds; in the last round the largest strata come first."""
    shares, left = [0] * len(sizes), min(n, sum(sizes))
    while left:
        open_strata = [place for place, size in enumerate(sizes) if shares[place] < size]
        if left < len(open_strata):
            open_strata = sorted(open_strata, key=lambda place: -sizes[place])[:left]
        for place in open_strata:
            shares[place] += 1
            left -= 1
    return shares


@pytest.mark.oracle("equal_shares", by="a loop, one unit at a time")
@over_many
@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=8), n=st.integers(8, 200))
def test_equal_shares(sizes, n):
    assert equal_shares(sizes, n).tolist() == shares_by_hand(sizes, n)


@pytest.mark.oracle("draw_sample", by="how often each unit comes in 4,000 draws")
def test_units_are_drawn_as_often_as_their_probability_says():
    strata = ["a"] * 40 + ["b"] * 10 + ["c"] * 3
    drawn = [draw_sample(strata, 15, seed=seed) for seed in range(4000)]

    times = np.bincount(np.concatenate([sample.positions for sample in drawn]), minlength=len(strata))

    chance = dict(zip(drawn[0].positions.tolist(), drawn[0].probabilities, strict=True))
    by_stratum = {strata[place]: p for place, p in chance.items()}
    expected = np.array([by_stratum[name] for name in strata])
    error = np.sqrt(expected * (1 - expected) / 4000)
    assert (np.abs(times / 4000 - expected) <= 4.5 * error).all()


@pytest.mark.oracle("draw_sample", by="how often each unit comes in 4,000 draws")
@over_many
@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=6), n=st.integers(6, 80), seed=st.integers(0, 10**6))
def test_each_stratum_gives_its_share_with_its_probability(sizes, n, seed):
    strata = np.repeat(np.arange(len(sizes)), sizes)

    ours = draw_sample(strata, n, seed=seed)

    shares = shares_by_hand(sizes, n)
    assert np.bincount(strata[ours.positions], minlength=len(sizes)).tolist() == shares
    expected = [Fraction(shares[stratum], sizes[stratum]) for stratum in strata[ours.positions]]
    assert ours.probabilities == pytest.approx(np.array(expected, float))
    assert len(set(ours.positions.tolist())) == len(ours.positions)


@st.composite
def samples(draw):
    n = draw(st.integers(4, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hits = rng.random(n) < draw(st.floats(0.05, 0.95))
    chances = rng.choice([0.05, 0.2, 0.5, 1.0], size=n)
    return hits, chances, rng.integers(draw(st.integers(2, 20)), size=n)


@pytest.mark.oracle("weighted_share", "effective_size", by="statsmodels, value; a loop over clusters, interval")
@over_many
@given(drawn=samples(), seed=st.integers(0, 100))
def test_weighted_share(drawn, seed):
    hits, chances, clusters = drawn
    assume(len(set(clusters)) > 1 and 0 < hits.sum() < len(hits))
    n, weights = len(hits), 1 / chances

    ours = weighted_share(hits, chances, clusters, replicates=100, seed=seed)

    value = DescrStatsW(hits.astype(float), weights=weights).mean
    assert ours.value == pytest.approx(value)
    names = sorted(set(clusters))
    totals = [sum(weights[clusters == name]) for name in names]
    found = [sum((weights * hits)[clusters == name]) for name in names]
    rng, shares = np.random.default_rng(seed), []
    for _ in range(100):
        times = rng.multinomial(len(names), [1 / len(names)] * len(names))
        shares.append(sum(times * found) / sum(times * totals))
    variance = np.var(shares) * len(names) / (len(names) - 1)
    size = min(value * (1 - value) / variance, n) if variance > 0 else effective_size(chances)
    few = (student.ppf(0.975, n - 1) / student.ppf(0.975, len(names) - 1)) ** 2
    size = min(size * few, n)
    assert ours.lower == pytest.approx(beta.ppf(0.025, value * size, size - value * size + 1), abs=1e-7)
    assert ours.upper == pytest.approx(beta.ppf(0.975, value * size + 1, size - value * size), abs=1e-7)


@pytest.mark.oracle("effective_size", by="fractions, written out")
@over_many
@given(parts=st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_effective_size(parts):
    weights = [Fraction(40, part) for part in parts]

    ours = effective_size([part / 40 for part in parts])

    assert ours == pytest.approx(float(sum(weights) ** 2 / sum(weight**2 for weight in weights)))


COUNTS = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.oracle(
    "combined_share", by="pooled counts, value; equation 3 of Zou and Donner 2008 written out, interval"
)
@over_many
@given(counts=st.lists(COUNTS, min_size=1, max_size=6))
def test_combined_share(counts):
    parts = [proportion(hits, n) for hits, n in counts]

    ours = combined_share(parts)

    total = sum(n for _, n in counts)
    value = sum(hits for hits, _ in counts) / total
    below = sum((n / total * (part.value - part.lower)) ** 2 for part, (_, n) in zip(parts, counts)) ** 0.5
    above = sum((n / total * (part.upper - part.value)) ** 2 for part, (_, n) in zip(parts, counts)) ** 0.5
    assert (ours.value, ours.lower, ours.upper) == pytest.approx((value, max(value - below, 0), min(value + above, 1)))
