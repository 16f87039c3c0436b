import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta
from statsmodels.stats.proportion import proportion_confint

from calibration.stats import (
    BetaPrior,
    ConfusionTally,
    clause_splits,
    costs_by_expected,
    f1_estimate,
    fit_facets,
    interval_answers,
    macro_f1,
    profile_estimate,
    proportion,
    retest,
    retraining_effect,
    standing,
    stratified_standing,
    variance_shares,
)
from tests.reference.ratings import over_many, quietly

CLAUSES = st.lists(
    st.tuples(*(st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))) for _ in range(2))),
    min_size=1,
    max_size=4,
)


@pytest.mark.oracle("retraining_effect", by="weights in a loop; statsmodels, Wilson; SciPy, an integral")
@over_many
@given(clauses=CLAUSES, run=st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_retraining_effect(clauses, run):
    prior = BetaPrior(18, 2)
    (pre_right, pre_n), (post_right, post_n) = (np.array(side).T for side in zip(*clauses))

    ours = retraining_effect(pre_right, pre_n, post_right, post_n, prior=prior, run_right=run[0], run_n=run[1])

    both = [(one, other) for one, other in clauses if one[1] and other[1]]
    counted = [sum(part[place][1] for part in both) for place in (0, 1)]
    if min(counted) < 30:
        assert (ours.status.value, ours.effect.value, ours.p_improved) == ("too_few", None, None)
        return
    weights = [one[1] * other[1] / (one[1] + other[1]) for one, other in both]
    shares, sizes = [], []
    for place in (0, 1):
        parts = [weight / sum(weights) for weight in weights]
        shares.append(sum(part * pair[place][0] / pair[place][1] for part, pair in zip(parts, both)))
        sizes.append(1 / sum(part**2 / pair[place][1] for part, pair in zip(parts, both)))
    (low_pre, high_pre), (low_post, high_post) = (
        proportion_confint(share * size, size, method="wilson") for share, size in zip(shares, sizes)
    )
    effect = shares[1] - shares[0]
    lower = effect - ((shares[1] - low_post) ** 2 + (high_pre - shares[0]) ** 2) ** 0.5
    upper = effect + ((high_post - shares[1]) ** 2 + (shares[0] - low_pre) ** 2) ** 0.5
    assert (ours.effect.value, ours.effect.lower, ours.effect.upper) == pytest.approx((effect, lower, upper), abs=1e-6)
    before, after = (beta(x * n + 0.5, (1 - x) * n + 0.5) for x, n in zip(shares, sizes))
    marks = sorted({before.mean(), after.mean()})
    improved = quad(lambda x: before.pdf(x) * after.sf(x), 1e-9, 1 - 1e-9, points=marks, limit=400)[0]
    assert ours.p_improved == pytest.approx(improved, abs=0.003)
    right, n = pre_right.sum() + run[0], pre_n.sum() + run[1]
    assert ours.naive == pytest.approx(post_right.sum() / post_n.sum() - right / n)
    assert ours.expected_by_regression == pytest.approx((right + 18) / (n + 20) - right / n)


def mixed(rng, *, balanced):
    """Ratings with an effect of item, labeler and clause."""
    items, raters = np.repeat(np.arange(40), 6), np.tile(np.arange(6), 40)
    clauses = items % 4
    keep = np.ones(240, bool) if balanced else rng.random(240) < 0.7
    values = rng.normal(0, 1, 40)[items] + rng.normal(0, 0.7, 6)[raters] + rng.normal(0, 0.5, 4)[clauses]
    values += rng.normal(0, 1, 240)
    return items[keep], raters[keep], clauses[keep], values[keep]


@pytest.mark.oracle("variance_shares", by="statsmodels, sums of squares of dummy regressions, solved for")
@over_many
@given(seed=st.integers(0, 10**6), balanced=st.booleans())
def test_components_of_variance(seed, balanced):
    rng = np.random.default_rng(seed)
    *factors, values = mixed(rng, balanced=balanced)

    ours = variance_shares(*factors, values, rng=rng, replicates=2)

    n, mean = len(values), np.full((len(values), len(values)), 1 / len(values))
    tables = [np.asarray(pd.get_dummies(factor), float) for factor in factors] + [np.eye(n)]
    fitted = [quietly(lambda t=table: sm.OLS(values, t).fit().fittedvalues) for table in tables[:3]] + [values]
    sums = [((found - values.mean()) ** 2).sum() for found in fitted]
    projections = [table @ np.linalg.pinv(table) - mean for table in tables]
    expected = [[np.trace(projection @ table @ table.T) for table in tables] for projection in projections]
    components = np.linalg.solve(np.array(expected), np.array(sums))
    assert ours.components == pytest.approx(tuple(components), abs=1e-6)
    kept = np.maximum(components, 0)
    told = [part.value for part in (ours.item, ours.labeler, ours.clause, ours.remainder)]
    assert told == pytest.approx(list(kept / kept.sum()), abs=1e-6)


@pytest.mark.oracle("clause_splits", by="pairs of answers one by one")
@over_many
@given(seed=st.integers(0, 10**6))
def test_pairs_that_a_clause_splits(seed):
    rng = np.random.default_rng(seed)
    items, groups = rng.integers(15, size=60), rng.integers(2, size=60)
    names = rng.random((60, 2)) < 0.5

    ours = clause_splits(items, groups, names)

    for clause in range(2):
        counted = {True: [0, 0], False: [0, 0]}
        for a in range(60):
            for b in range(a + 1, 60):
                if items[a] == items[b] and (names[a, clause] or names[b, clause]):
                    pair = counted[bool(groups[a] == groups[b])]
                    pair[0] += names[a, clause] != names[b, clause]
                    pair[1] += 1
        for estimate, (split, n) in ((ours[clause].within, counted[True]), (ours[clause].between, counted[False])):
            assert estimate.value == (pytest.approx(split / n) if n else None)


@pytest.mark.oracle("retest", by="answers one by one")
@over_many
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.booleans()), min_size=1))
def test_answers_given_again(rows):
    last, same, stable = {}, [], []
    for rater, content, label, wrong in rows:
        if (rater, content) in last:
            before, erred = last[rater, content]
            same.append(before == label)
            if erred:
                stable.append(before == label)
        last[rater, content] = (label, wrong)

    ours = retest(*map(list, zip(*rows)))

    for estimate, found in ((ours.same, same), (ours.stable, stable)):
        assert (estimate.n, estimate.value) == (len(found), pytest.approx(np.mean(found)) if found else None)


@pytest.mark.oracle("fit_facets", by="the slope of its penalised likelihood, by numeric differences")
@over_many
@given(seed=st.integers(0, 10**6), ridge=st.floats(0.5, 4))
def test_facets_stand_at_the_top_of_their_likelihood(seed, ridge):
    rng = np.random.default_rng(seed)
    items, raters = np.repeat(np.arange(8), 4), np.tile(np.arange(4), 8)
    wrong = rng.random(32) < 0.3
    assume(wrong.any() and not wrong.all())

    ours = fit_facets(items, raters, items % 3, wrong, ridge=ridge)

    def value(point):
        mean, labeler, clause, item = point[0], point[1:5], point[5:8], point[8:]
        logit = mean + labeler[raters] + clause[items % 3] + item[items]
        return (wrong * logit - np.logaddexp(0, logit)).sum() - ridge / 2 * (point[1:] ** 2).sum()

    at = np.concatenate([[ours.mean], ours.labeler, ours.clause, ours.item])
    steps = np.eye(len(at)) * 1e-5
    slopes = [(value(at + step) - value(at - step)) / 2e-5 for step in steps]
    assert np.abs(slopes).max() < 0.01


QUEUES = st.lists(
    st.tuples(
        st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        st.sampled_from([0.8, 0.9, 0.95]),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.oracle("stratified_standing", by="sums written out, judged by `standing`")
@over_many
@given(queues=QUEUES)
def test_one_standing_over_queues(queues):
    hits, n = sum(counts[0] for counts, _ in queues), sum(counts[1] for counts, _ in queues)
    target = sum(counts[1] * goal for counts, goal in queues) / n

    ours = stratified_standing([c[0] for c, _ in queues], [c[1] for c, _ in queues], [goal for _, goal in queues])

    assert (ours.hits, ours.n, ours.target) == (hits, n, pytest.approx(target))
    assert ours.standing == standing(hits, n, target=target).standing


@pytest.mark.oracle("interval_answers", by="statsmodels, Wilson, every n in turn")
@over_many
@given(half=st.floats(0.02, 0.2), accuracy=st.floats(0.5, 0.99))
def test_answers_until_an_interval_is_narrow(half, accuracy):
    ours = interval_answers(half, accuracy=accuracy)

    def width(n):
        lower, upper = proportion_confint(round(accuracy * n), n, method="wilson")
        return (upper - lower) / 2

    assert width(ours) <= half + 1e-9
    assert ours == 1 or all(width(n) > half - 1e-9 for n in range(max(1, ours - 40), ours))


CELLS = st.lists(st.integers(0, 30), min_size=9, max_size=9).filter(lambda cells: sum(cells) > 1)


def table_of(cells):
    names = ["ok", "spam", "scam"]
    rows = [(names[place // 3], names[place % 3], n) for place, n in enumerate(cells)]
    return ConfusionTally.from_cells(rows, names)


@pytest.mark.oracle("f1_estimate", by="statsmodels, Wilson, of Jaccard's share carried over")
@over_many
@given(cells=CELLS)
def test_interval_of_f1(cells):
    tally = table_of(cells)
    hits, either = cells[4], sum(cells[3:6]) + cells[1] + cells[7]

    ours = f1_estimate(tally, "spam")

    if not either:
        assert ours.value is None
        return
    bounds = [2 * share / (1 + share) for share in (hits / either, *proportion_confint(hits, either, method="wilson"))]
    assert (ours.value, ours.lower, ours.upper) == pytest.approx(tuple(bounds), abs=1e-9)


@pytest.mark.oracle("profile_estimate", by="answers drawn and counted, replicate by replicate")
@over_many
@given(cells=CELLS, seed=st.integers(0, 10**6))
def test_bootstrap_of_a_profile(cells, seed):
    tally = table_of(cells)

    ours = profile_estimate(tally, macro_f1, rng=np.random.default_rng(seed), replicates=50)

    flat = tally.counts.ravel()
    times = np.random.default_rng(seed).multinomial(tally.n, flat / tally.n, size=50)
    pairs = [(tally.categories[p // 4], None if p % 4 == 3 else tally.categories[p % 4]) for p in range(12)]
    found = [
        macro_f1(ConfusionTally.from_cells([(*pair, n) for pair, n in zip(pairs, row)], tally.categories))
        for row in times
    ]
    expected = np.quantile([*[x for x in found if x is not None], macro_f1(tally)], [0.025, 0.975])
    assert (ours.lower, ours.upper) == pytest.approx(tuple(expected))


@pytest.mark.oracle("costs_by_expected", by="its rule, pair by pair")
@over_many
@given(costs=st.dictionaries(st.sampled_from(["ok", "spam", "scam", "gone"]), st.floats(0, 9)))
def test_costs_by_what_was_expected(costs):
    tally = ConfusionTally.empty(["ok", "spam", "scam"])

    ours = costs_by_expected(tally, costs)

    for expected in tally.categories:
        for given_ in (*tally.categories, None):
            has_cost = expected in costs and given_ != expected
            assert ours.get((expected, given_)) == (costs[expected] if has_cost else None)
    assert all(expected in tally.categories for expected, _ in ours)
    assert proportion(0, 0).value is None
