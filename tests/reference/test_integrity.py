from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, fisher_exact
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

from calibration.stats import (
    SightingPlan,
    copying_pairs,
    counted_auc,
    expected_sightings,
    long_runs,
    showings_due,
    sighting_auc,
    speeders,
    spotted,
)
from tests.reference.ratings import over_many


@st.composite
def shared_items(draw):
    """Labels of raters (columns) on items (rows) with a known answer; -1 where nobody rated."""
    n, m, k = draw(st.integers(10, 40)), draw(st.integers(3, 6)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    truth = rng.integers(k, size=n)
    labels = np.where(rng.random((n, m)) < 0.7, truth[:, None], rng.integers(k, size=(n, m)))
    labels[rng.random((n, m)) < 0.2] = -1
    return labels, truth, k


@pytest.mark.oracle("copying_pairs", by="pair by pair in loops, counts; statsmodels, the false discovery rate")
@over_many
@given(drawn=shared_items())
def test_counts_of_pairs_that_may_copy(drawn):
    labels, truth, k = drawn
    items, raters = np.nonzero(labels >= 0)

    ours = copying_pairs(
        items, raters, labels[items, raters], truth, n_items=len(truth), n_raters=labels.shape[1], n_categories=k
    )

    for place, (a, b) in enumerate(zip(ours.first, ours.second)):
        both = (labels[:, a] >= 0) & (labels[:, b] >= 0)
        wrong = both & (labels[:, a] != truth) & (labels[:, b] != truth)
        same = wrong & (labels[:, a] == labels[:, b])
        counted = (ours.shared[place], ours.both_wrong[place], ours.same_wrong[place])
        assert counted == (both.sum(), wrong.sum(), same.sum())
    if len(ours):
        rejected = multipletests(ours.p_value, alpha=0.05, method="fdr_bh")[0]
        assert ours.found.tolist() == rejected.tolist()


@pytest.mark.oracle("copying_pairs", by="a simulation: independent raters, and one pair that copies")
def test_independent_raters_are_left_alone_and_a_pair_that_copies_is_found():
    false = found = first = 0
    n, m = 300, 10
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth, ease = rng.integers(4, size=n), rng.beta(8, 2, size=n)
        labels = np.where(rng.random((n, m)) < ease[:, None], truth[:, None], rng.integers(4, size=(n, m)))
        items, raters = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
        sizes = {"n_items": n, "n_raters": m, "n_categories": 4}

        alone = copying_pairs(items, raters, labels.ravel(), truth, **sizes)
        labels[:, 1] = np.where(rng.random(n) < 0.5, labels[:, 0], labels[:, 1])
        copied = copying_pairs(items, raters, labels.ravel(), truth, **sizes)

        false += bool(alone.found.any())
        best = copied.order[0]
        first += (copied.first[best], copied.second[best]) == (0, 1)
        found += any(copied.found[(copied.first == 0) & (copied.second == 1)])
    assert false <= 9  # 5 % of 60, and three standard errors
    assert first >= 55
    assert found >= 50


@pytest.mark.oracle("speeders", by="SciPy's binomial test and Fisher's exact test; statsmodels")
@over_many
@given(seed=st.integers(0, 10**6), m=st.integers(2, 5))
def test_speeders(seed, m):
    rng = np.random.default_rng(seed)
    n_items, n = 12, 60 * m
    raters, items = rng.integers(m, size=n), rng.integers(n_items, size=n)
    is_quick = (raters == 0) & (rng.random(n) < 0.6)
    seconds = np.where(is_quick, rng.uniform(0.5, 6, n), rng.uniform(4, 60, n))
    is_right = np.where(rng.random(n) < 0.1, -1, rng.random(n) < np.where(is_quick, 0.5, 0.9))

    ours = speeders(raters, seconds, items, is_right, n_raters=m, n_items=n_items)

    medians = np.array(
        [
            np.median(seconds[items == item]) if (items == item).sum() >= 5 else np.median(seconds)
            for item in range(n_items)
        ]
    )
    hurried = (seconds < 5) & (seconds < 0.25 * medians[items])
    for rater in range(m):
        mine, scored = raters == rater, is_right >= 0
        p_hurry = binomtest(int(hurried[mine].sum()), int(mine.sum()), 0.25, alternative="greater").pvalue
        table = [[(is_right[mine] == value).sum(), (is_right[~mine] == value).sum()] for value in (1, 0)]
        p_right = fisher_exact(table, alternative="less").pvalue
        assert ours.p_hurry[rater] == pytest.approx(p_hurry, abs=1e-9)
        assert ours.p_accuracy[rater] == pytest.approx(p_right, abs=1e-9)
        enough = mine.sum() >= 20 and (mine & scored).sum() >= 20
        assert ours.p_value[rater] == pytest.approx(max(p_hurry, p_right) if enough else 1.0, abs=1e-9)
    hurries = _found(ours.p_hurry, ours.tested)
    assert ours.hurries.tolist() == hurries.tolist()
    assert ours.found.tolist() == _found(ours.p_accuracy, hurries).tolist()


def _found(p_values, among):
    """Who is found among these at a false discovery rate of 5 %."""
    found = np.zeros(len(p_values), bool)
    if among.any():
        found[among] = multipletests(p_values[among], 0.05, "fdr_bh")[0]
    return found


@pytest.mark.oracle("long_runs", by="runs in a loop; the mean number of such runs over 20,000 random orders")
@over_many
@given(labels=st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_longest_runs_and_their_bound(labels):
    ours = long_runs(np.zeros(len(labels), int), labels, n_raters=1, n_categories=3, least=1)

    runs, at = [], 0
    while at < len(labels):
        end = at
        while end < len(labels) and labels[end] == labels[at]:
            end += 1
        runs.append((at, labels[at], end - at))
        at = end
    assert (ours.start[0], ours.label[0], ours.length[0]) in runs
    assert ours.times[0] == labels.count(ours.label[0])


@pytest.mark.oracle("long_runs", by="runs in a loop; the mean number of such runs over 20,000 random orders")
@pytest.mark.parametrize(("n", "times", "length"), [(60, 30, 9), (100, 55, 14), (40, 20, 8)])
def test_chance_of_a_run_is_that_of_random_orders(n, times, length):
    """Mood's mean number of runs of `length` or more; the function gives it for the run that it finds."""
    rng = np.random.default_rng(1)
    labels = np.array([1] * times + [0] * (n - times))
    shuffled = rng.permuted(np.tile(labels, (20_000, 1)), axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(shuffled, length, axis=1).all(axis=2)
    starts = windows & ~np.pad(windows, ((0, 0), (1, 0)))[:, :-1]
    mean, error = starts.sum(axis=1).mean(), starts.sum(axis=1).std() / 20_000**0.5

    order = np.zeros(n, int)
    order[:length] = 1
    order[length + 1 : length + 1 + 2 * (times - length) : 2] = 1
    ours = long_runs(np.zeros(n, int), order, n_raters=1, n_categories=2)

    assert (ours.label[0], ours.length[0], ours.times[0]) == (1, length, times)
    assert ours.p_value[0] == pytest.approx(2 * mean, abs=2 * 4 * error + 1e-6)


PLANS = [
    SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200),
    SightingPlan(team=3, people=10, gold_a_day=3, live_gold=400, overlap_rate=0.3, overlap_size=4),
]


@pytest.mark.oracle("sighting_auc", by="a simulation of what a team sees; scikit-learn, AUC")
@pytest.mark.parametrize("plan", PLANS)
def test_auc_of_counting_sightings(plan):
    rng, days = np.random.default_rng(2), 20
    each = int(plan.gold_a_day * days)
    gold = np.zeros(0)
    for _ in range(200):
        met = np.concatenate([rng.permutation(plan.live_gold)[:each] for _ in range(plan.team)])
        counts = np.bincount(met, minlength=plan.live_gold)
        gold = np.concatenate([gold, counts[counts > 0]])
    several = rng.random(60_000) < plan.overlap_rate
    size = np.where(several, plan.overlap_size, plan.base_answers)
    ordinary = rng.hypergeometric(plan.team, plan.people - plan.team, size)
    ordinary = ordinary[ordinary > 0]

    theirs = roc_auc_score(np.r_[np.ones(len(gold)), np.zeros(len(ordinary))], np.r_[gold, ordinary])

    assert sighting_auc(plan, days=days) == pytest.approx(theirs, abs=0.01)


@pytest.mark.oracle("spotted", by="its words, written out")
@over_many
@given(auc=st.floats(0, 1))
def test_words_of_an_auc(auc):
    away = round(abs(auc - 0.5), 9)

    assert spotted(auc).value == ("hard" if away <= 0.05 else "possible" if abs(auc - 0.5) <= 0.25 else "easy")


@pytest.mark.oracle("counted_auc", by="scikit-learn, AUC")
@over_many
@given(
    gold=st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any),
    ordinary=st.lists(st.integers(0, 500), min_size=1, max_size=6).filter(any),
)
def test_auc_of_counts(gold, ordinary):
    is_gold = np.r_[np.ones(len(gold)), np.zeros(len(ordinary))]
    often = np.r_[np.arange(1, len(gold) + 1), np.arange(1, len(ordinary) + 1)]
    shares = np.r_[np.array(gold) / sum(gold), np.array(ordinary) / sum(ordinary)]

    theirs = roc_auc_score(is_gold, often, sample_weight=shares)

    assert counted_auc(gold, ordinary) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.oracle("expected_sightings", by="chances counted out by binomial coefficients")
@over_many
@given(
    team=st.integers(1, 8),
    others=st.integers(0, 12),
    share=st.floats(0, 1),
    asked=st.tuples(st.integers(1, 3), st.integers(1, 6), st.none() | st.integers(1, 4)),
    counted=st.lists(st.integers(0, 300), max_size=4),
)
def test_sightings_that_are_expected(team, others, share, asked, counted):
    people, (*sizes, cap) = team + others, asked
    plan = SightingPlan(team, people, 5, 200, cap, sizes[0], share, sizes[1])
    weights: dict[int, float] = {}
    for chance, size in zip((1 - share, share), sizes, strict=True):
        answers = min(size, people)
        for often in range(1, answers + 1):
            of_team = comb(team, often) * comb(others, answers - often) / comb(people, answers)
            weights[often] = weights.get(often, 0) + chance * of_team
    total = sum(weights.values())
    parts = {often: 100 * weight / total for often, weight in weights.items()}
    for often, number in enumerate(counted, 1):
        parts[often] = parts.get(often, 0) + number
    met: dict[int, float] = {}
    for often, part in parts.items():
        met[min(often, cap or often)] = met.get(min(often, cap or often), 0) + part / (100 + sum(counted))

    ours = expected_sightings(plan, counted)

    assert [ours[often - 1] if often <= len(ours) else 0 for often in met] == pytest.approx(list(met.values()))
    assert sum(ours) == pytest.approx(1)


@pytest.mark.oracle("showings_due", by="its rule in loops, in fractions")
@over_many
@given(
    met=st.lists(st.integers(0, 60), max_size=5),
    parts=st.lists(st.integers(0, 20), min_size=1, max_size=5).filter(any),
)
def test_showings_that_are_due(met, parts):
    lacking = {}
    for often in range(1, max(len(met), len(parts))):
        wanted = Fraction(sum(parts[often:]), sum(parts)) * sum(met)
        short = wanted - sum(met[often:])
        if short >= Fraction(1, 2):
            lacking[often] = short

    theirs = sorted(lacking, key=lambda often: -lacking[often])

    assert list(showings_due(met, [part / sum(parts) for part in parts])) == theirs
