from functools import cache
from math import ceil

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import bisect, minimize
from scipy.stats import beta, betabinom, binom, binomtest
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from calibration.stats import (
    BetaPrior,
    Standing,
    answers_needed,
    answers_to_settle,
    clustered_standing,
    fit_prior,
    group_answers_to_settle,
    standing,
)
from tests.reference.published_sets import WITH_GOLD, columns
from tests.reference.ratings import over_many, quietly

TRIALS = st.integers(1, 600).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TARGETS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.98])


def stands(hits, n, target):
    """A standing by two one-sided exact tests at 5 %."""
    if n < 20:
        return Standing.NOT_ENOUGH_DATA
    if binomtest(hits, n, target, alternative="less").pvalue < 0.05:
        return Standing.BELOW
    is_above = binomtest(hits, n, target, alternative="greater").pvalue <= 0.05
    return Standing.MEETS if is_above else Standing.NOT_ENOUGH_DATA


@pytest.mark.oracle("standing", by="SciPy's binomial test")
@over_many
@given(trials=TRIALS, target=TARGETS)
def test_standing(trials, target):
    assert standing(*trials, target=target).standing == stands(*trials, target)


@pytest.mark.oracle("standing", by="SciPy's binomial test")
@pytest.mark.parametrize("name", WITH_GOLD)
def test_standings_of_published_files(name):
    found = columns(name)
    right = found["labels"] == found["gold"][found["items"]]
    for rater in range(found["n_raters"]):
        mine = right[(found["raters"] == rater) & (found["gold"][found["items"]] >= 0)]
        if len(mine):
            assert standing(int(mine.sum()), len(mine), target=0.9).standing == stands(int(mine.sum()), len(mine), 0.9)


@st.composite
def answers(draw):
    """Right or wrong answers of some labelers to some items; labelers and items differ."""
    n = draw(st.integers(20, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labelers = rng.integers(draw(st.integers(2, 12)), size=n)
    items = rng.integers(draw(st.sampled_from([5, 30, 10_000])), size=n)
    skill = rng.beta(18, 2, size=12)
    right = rng.random(n) < skill[labelers] - (items % 3 == 0) * draw(st.sampled_from([0.0, 0.4]))
    assume(0 < right.sum() < n and len(np.unique(labelers)) > 1)
    return right, labelers, items


@pytest.mark.oracle("clustered_standing", by="statsmodels, two-way clustered variance; SciPy's beta")
@over_many
@given(drawn=answers())
def test_clustered_standing(drawn):
    right, labelers, items = drawn
    n, share = len(right), right.mean()
    groups = [pd.factorize(labelers)[0], pd.factorize(items)[0]]

    def variance(by):
        options = {"groups": by, "use_correction": True, "df_correction": False}
        fitted = sm.OLS(right.astype(float), np.ones(n)).fit(cov_type="cluster", cov_kwds=options)
        return float(fitted.cov_params()[0, 0])

    single = share * (1 - share) / n
    by_labeler, by_item = (quietly(lambda by=by: variance(by)) for by in groups)
    spread = max(by_labeler + by_item - single, by_labeler, by_item, single)
    degrees = max((groups[0] if by_labeler >= by_item else groups[1]).max(), 1)
    few = (student.ppf(0.95, n - 1) / student.ppf(0.95, degrees)) ** 2
    size = min(n * single / spread * few, n)

    ours = clustered_standing(right, labelers, items, target=0.9)

    assert ours.accuracy.value == pytest.approx(share)
    assert ours.accuracy.lower == pytest.approx(beta.ppf(0.05, share * size, size - share * size + 1), abs=1e-6)
    assert ours.accuracy.upper == pytest.approx(beta.ppf(0.95, share * size + 1, size - share * size), abs=1e-6)


@cache
def settling_hits(n, target):
    """The least hits of n whose exact lower bound reaches the target, the most whose upper bound stays under it."""
    hits = np.arange(n + 1)
    lower, upper = quietly(lambda: proportion_confint(hits, n, alpha=0.1, method="beta"))
    meets, fails = np.nan_to_num(lower, nan=0.0) >= target, np.nan_to_num(upper, nan=1.0) < target
    return (hits[meets].min() if meets.any() else n + 1), (hits[fails].max() if fails.any() else -1)


def first_to_settle(hits, n, accuracy, target, limit, *, least=20):
    """The first number of further answers with which exact bounds settle the standing with probability .8."""
    for more in range(1, limit + 1):
        meets, fails = settling_hits(n + more, target)
        rises = accuracy > target
        chance = binom.sf(meets - hits - 1, more, accuracy) if rises else binom.cdf(fails - hits, more, accuracy)
        if n + more >= (least if n else 0) and chance >= 0.8:
            return more
    return None


@pytest.mark.oracle("answers_needed", by="SciPy's binomial over statsmodels' exact bounds")
@over_many
@given(accuracy=st.floats(0.5, 0.999), target=st.sampled_from([0.7, 0.8, 0.9]))
def test_answers_needed(accuracy, target):
    assume(abs(accuracy - target) > 0.1)

    assert answers_needed(accuracy, target=target) == first_to_settle(0, 0, accuracy, target, 1000)


@pytest.mark.oracle("answers_to_settle", by="SciPy's binomial over statsmodels' exact bounds")
@over_many
@given(trials=st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), target=TARGETS)
def test_answers_to_settle(trials, target):
    hits, n = trials
    is_settled = stands(hits, n, target) is not Standing.NOT_ENOUGH_DATA

    ours = answers_to_settle(hits, n, target=target, limit=200)

    assert ours == (0 if is_settled else first_to_settle(hits, n, hits / n, target, 200))


GROUPS = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=20
)


@pytest.mark.oracle("group_answers_to_settle", by="SciPy's beta, root by bisection; the oracle of answers_to_settle")
@over_many
@given(drawn=answers(), target=TARGETS)
def test_group_answers_to_settle(drawn, target):
    judged = clustered_standing(*drawn, target=target)
    value, bounds, n = judged.accuracy.value, judged.accuracy, judged.n

    def gap(size):
        hits, missed = value * size, size - value * size
        is_high = value >= 0.5
        return (
            beta.ppf(0.05, hits, missed + 1) - bounds.lower
            if is_high
            else bounds.upper - beta.ppf(0.95, hits + 1, missed)
        )

    size = n if gap(n) <= 0 else 1.0 if gap(1.0) >= 0 else bisect(gap, 1.0, n)
    hits, whole = round(value * size), max(round(size), 1)
    first = first_to_settle(min(hits, whole), whole, value, target, 200, least=0)

    ours = group_answers_to_settle(bounds, target=target, limit=200)

    is_settled = judged.standing is not Standing.NOT_ENOUGH_DATA
    assert ours == (0 if is_settled else None if first is None else max(ceil(first * n / size - 1e-9), 20 - n))


@pytest.mark.oracle("fit_prior", by="SciPy's beta-binomial, maximised by Nelder and Mead")
@over_many
@given(group=GROUPS)
def test_prior_of_a_group_is_the_likeliest(group):
    hits, n = np.array(group).T

    ours = fit_prior(hits, n)

    def loss(point):
        mean, size = 1 / (1 + np.exp(-point[0])), np.exp(point[1])
        return -betabinom.logpmf(hits, n, mean * size, (1 - mean) * size).sum()

    ends = [(-9, 9), (0, np.log(10_000))]
    starts = [(0, 3), (2, 7)]
    best = min(quietly(lambda s=start: minimize(loss, s, method="Nelder-Mead", bounds=ends)).fun for start in starts)
    assert -betabinom.logpmf(hits, n, ours.a, ours.b).sum() <= best + 1e-3


@pytest.mark.oracle("BetaPrior", by="SciPy, mean of the beta posterior")
@over_many
@given(group=GROUPS, a=st.floats(0.1, 50), b=st.floats(0.1, 50))
def test_shrunk_shares_are_posterior_means(group, a, b):
    hits, n = np.array(group).T

    ours = BetaPrior(a, b).shrink(hits, n)

    assert ours == pytest.approx(beta.mean(a + hits, b + n - hits))
    assert BetaPrior(a, b).mean == pytest.approx(beta.mean(a, b))
