import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.polynomial.hermite_e import hermegauss
from scipy.optimize import minimize
from scipy.stats import pearsonr
from statsmodels.stats.multitest import multipletests

from calibration.stats import fit_2pl, item_rest, leak_scores, suspected_gold
from tests.reference.ratings import over_many, quietly


@st.composite
def answers(draw):
    """Right or wrong, some raters on some items; rows are raters, NaN where nobody answered."""
    m, n = draw(st.integers(4, 14)), draw(st.integers(3, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    skill, ease = rng.normal(size=(m, 1)), rng.normal(size=n)
    right = (rng.random((m, n)) < 1 / (1 + np.exp(-skill - ease - 1))).astype(float)
    right[rng.random((m, n)) < draw(st.sampled_from([0.0, 0.3]))] = np.nan
    assume((~np.isnan(right)).any(axis=0).all())
    return right


def triples(right):
    raters, items = np.nonzero(~np.isnan(right))
    return items, raters, right[raters, items].astype(bool)


def sizes(right):
    return {"n_items": right.shape[1], "n_raters": right.shape[0]}


@pytest.mark.oracle("suspected_gold", by="its formula in loops; chances of every outcome multiplied out; statsmodels")
@over_many
@given(right=answers(), k=st.integers(2, 4))
def test_suspected_gold(right, k):
    items, raters, is_right = triples(right)

    ours = suspected_gold(items, raters, is_right, **sizes(right), n_categories=k)

    usual = (np.nansum(right) + 0.5) / (np.isfinite(right).sum() + 1)
    chances = np.ones(right.shape[1])
    for item in range(right.shape[1]):
        score = weight = 0.0
        outcomes = {0: 1.0}
        for rater in np.flatnonzero(~np.isnan(right[:, item])):
            others = np.delete(right[rater], item)
            others = others[~np.isnan(others)]
            skill = (others.sum() + 5 * usual) / (len(others) + 5)
            says = max(np.log(skill * (k - 1) / (1 - skill)), 0)
            score += says if right[rater, item] == 0 else -says
            weight += says
            moved = {}
            for wrong, chance in outcomes.items():
                moved[wrong] = moved.get(wrong, 0) + chance * skill
                moved[wrong + 1] = moved.get(wrong + 1, 0) + chance * (1 - skill)
            outcomes = moved
        wrong = (right[:, item] == 0).sum()
        chances[item] = sum(chance for times, chance in outcomes.items() if times >= wrong)
        assert ours.score[item] == pytest.approx(score / max(weight, 1e-12) ** 0.5, abs=1e-6)
        assert (ours.n[item], ours.right[item]) == (np.isfinite(right[:, item]).sum(), (right[:, item] == 1).sum())
    assert ours.p_value == pytest.approx(chances, abs=1e-9)
    enough = ours.n >= 3
    rejected = np.zeros(len(chances), bool)
    if enough.any():
        rejected[enough] = multipletests(ours.p_value[enough], alpha=0.05, method="fdr_bh")[0]
    assert ours.found.tolist() == (rejected & (ours.score > 0)).tolist()
    assert (np.diff(ours.score[ours.order]) <= 1e-9).all()


@pytest.mark.oracle("item_rest", by="SciPy's correlation")
@over_many
@given(right=answers())
def test_item_rest(right):
    ours = item_rest(*triples(right), **sizes(right), least=3)

    for item in range(right.shape[1]):
        pairs = []
        for row in right:
            rest = np.delete(row, item)
            rest = rest[~np.isnan(rest)]
            if not np.isnan(row[item]) and len(rest):
                pairs.append((row[item], rest.mean()))
        assert ours.n[item] == len(pairs)
        if ours.status[item].value == "ok":
            assert ours.correlation[item] == pytest.approx(pearsonr(*zip(*pairs)).statistic, abs=1e-9)
        elif len(pairs) >= 3:
            assert min(np.ptp(column) for column in zip(*pairs)) < 1e-6


@pytest.mark.oracle("fit_2pl", by="the marginal likelihood written out, maximised by SciPy")
@over_many
@given(right=answers())
def test_two_parameter_model_is_the_likeliest(right):
    points, weights = hermegauss(31)
    weights = weights / weights.sum()
    hit, miss = np.nan_to_num(right), np.nan_to_num(1 - right)
    n = right.shape[1]

    def loss(point):
        log_a, ease = point[:n], point[n:]
        chance = 1 / (1 + np.exp(-(np.exp(log_a)[:, None] * points + ease[:, None])))
        by_node = np.exp(hit @ np.log(chance) + miss @ np.log1p(-chance))
        return -np.log(by_node @ weights).sum() + (log_a**2).sum() / (2 * 0.5**2) + (ease**2).sum() / (2 * 3.0**2)

    ours = fit_2pl(*triples(right), **sizes(right), tolerance=1e-10)

    log_a = np.log(ours.discrimination)
    reached = loss(np.concatenate([log_a, -ours.difficulty * ours.discrimination]))
    assert ours.log_likelihood[-1] == pytest.approx(-reached, abs=1e-3)
    theirs = quietly(lambda: minimize(loss, np.zeros(2 * n), method="L-BFGS-B")).fun
    assert reached <= theirs + 0.01
    assert (np.diff(ours.log_likelihood) > -1e-9).all()
    theta = 0.7
    chance = 1 / (1 + np.exp(-ours.discrimination * (theta - ours.difficulty)))
    assert ours.information(theta)[0] == pytest.approx(ours.discrimination**2 * chance * (1 - chance))


@pytest.mark.oracle("leak_scores", by="a simulation: one leak among 60 items")
def test_a_leak_is_named_and_hardly_anything_else():
    named, wrong, first = 0, 0, 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        items, exposure = np.repeat(np.arange(60), 20), np.tile(np.arange(20.0), 60)
        knows = (items == 7) & (exposure >= 10)
        right = rng.random(1200) < np.where(knows, 0.99, 0.85)
        seconds = np.exp(rng.normal(np.where(knows, 1.2, 3.0), 0.4))

        ours = leak_scores(items, exposure + rng.random(1200), right, seconds, n_items=60)

        named += bool(ours.found[7])
        wrong += int(ours.found.sum() - ours.found[7])
        first += int(ours.score.argmax()) == 7
    assert named >= 95
    assert first >= 95
    assert wrong <= 10


@pytest.mark.oracle("leak_scores", by="its halves in loops")
@over_many
@given(seed=st.integers(0, 10**6), n=st.integers(8, 25))
def test_halves_of_a_leak(seed, n):
    rng = np.random.default_rng(seed)
    right, seconds = rng.random(n) < 0.7, rng.uniform(1, 60, n)
    moments = rng.permutation(n).astype(float)

    ours = leak_scores(np.zeros(n, int), moments, right, seconds, n_items=1)

    early = moments < n // 2
    assert ours.gain[0] == pytest.approx(right[~early].mean() - right[early].mean())
    assert ours.faster[0] == pytest.approx(1 - np.median(seconds[~early]) / np.median(seconds[early]))
