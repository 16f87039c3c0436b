import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from calibration.stats import Status, fit_2pl, item_rest

answers = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 5), st.booleans()),
    min_size=1,
    max_size=40,
    unique_by=lambda answer: answer[:2],
)


def draw(seed, *, items, raters, share=1.0):
    rng = np.random.default_rng(seed)
    ability, difficulty = rng.normal(size=raters), rng.normal(-0.5, 1, items)
    discrimination = np.exp(rng.normal(0.1, 0.4, items))
    units, persons = np.nonzero(rng.random((items, raters)) < share)
    right = rng.random(len(units)) < expit(discrimination[units] * (ability[persons] - difficulty[units]))
    return units, persons, right, difficulty, discrimination, ability


@settings(deadline=None, max_examples=200)
@given(answers)
def test_penalised_log_likelihood_never_falls_and_everything_is_finite(given_answers):
    items, raters, right = zip(*given_answers, strict=True)

    fit = fit_2pl(items, raters, right, n_items=7, n_raters=6, max_steps=60)

    assert (np.diff(fit.log_likelihood) >= -1e-9).all()
    assert np.isfinite(fit.difficulty).all()
    assert np.isfinite(fit.ability).all()
    assert (fit.discrimination > 0).all()


def test_what_was_drawn_is_recovered():
    units, persons, right, difficulty, discrimination, ability = draw(1, items=40, raters=800, share=0.6)

    fit = fit_2pl(units, persons, right, n_items=40, n_raters=800)

    assert fit.converged
    assert np.corrcoef(fit.difficulty, difficulty)[0, 1] > 0.98
    assert np.corrcoef(np.log(fit.discrimination), np.log(discrimination))[0, 1] > 0.85
    assert np.corrcoef(fit.ability, ability)[0, 1] > 0.87
    assert np.abs(fit.difficulty - difficulty).mean() < 0.2
    assert (fit.discrimination / discrimination).mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_log_likelihood_is_the_integral_over_abilities(seed):
    units, persons, right, *_ = draw(seed, items=6, raters=15, share=0.8)

    fit = fit_2pl(units, persons, right, n_items=6, n_raters=15, nodes=61, tolerance=1e-12)

    a, c = fit.discrimination, -fit.discrimination * fit.difficulty
    total = -0.5 * ((np.log(a) / 0.5) ** 2 + (c / 3) ** 2).sum()
    for person in range(15):
        own = persons == person
        total += np.log(_marginal(a[units[own]], c[units[own]], right[own]))
    assert fit.log_likelihood[-1] == pytest.approx(total, abs=1e-6)


def _marginal(a, c, right):
    signs = np.where(right, 1, -1)
    return quad(lambda theta: norm.pdf(theta) * expit(signs * (a * theta + c)).prod(), -10, 10)[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_end_is_a_maximum(seed):
    units, persons, right, *_ = draw(seed, items=5, raters=20)
    rng = np.random.default_rng(seed)

    fit = fit_2pl(units, persons, right, n_items=5, n_raters=20, nodes=61, tolerance=1e-13, max_steps=5000)

    best = _penalised(np.log(fit.discrimination), -fit.discrimination * fit.difficulty, units, persons, right)
    for _ in range(10):
        log_a = np.log(fit.discrimination) + rng.normal(0, 0.02, 5)
        c = -fit.discrimination * fit.difficulty + rng.normal(0, 0.02, 5)
        assert _penalised(log_a, c, units, persons, right) <= best + 1e-7


def _penalised(log_a, c, units, persons, right):
    thetas = np.linspace(-9, 9, 2001)
    chance = expit(np.exp(log_a)[units][:, None] * thetas + c[units][:, None])
    log_each = np.log(np.where(right[:, None], chance, 1 - chance))
    total = -0.5 * ((log_a / 0.5) ** 2 + (c / 3) ** 2).sum()
    for person in np.unique(persons):
        density = np.exp(log_each[persons == person].sum(axis=0)) * norm.pdf(thetas)
        total += np.log(density.sum() * (thetas[1] - thetas[0]))
    return total


def test_items_that_everybody_gets_right_stay_finite_and_easy():
    fit = fit_2pl(np.repeat(range(3), 20), np.tile(range(20), 3), [1] * 40 + [0] * 20, n_items=4, n_raters=20)

    assert np.isfinite(fit.difficulty).all()
    assert fit.difficulty[0] < -2
    assert fit.difficulty[2] > 2
    assert fit.n.tolist() == [20, 20, 20, 0]
    assert (fit.difficulty[3], fit.discrimination[3]) == (0, 1)


def test_information_is_highest_at_the_difficulty():
    units, persons, right, *_ = draw(3, items=8, raters=200)
    fit = fit_2pl(units, persons, right, n_items=8, n_raters=200)

    at = fit.information(fit.difficulty)

    assert np.diag(at) == pytest.approx(fit.discrimination**2 / 4)
    assert (fit.information(fit.difficulty + 0.5).diagonal() < np.diag(at)).all()
    assert fit.information(0.0).shape == (1, 8)


def test_no_answers_converge_at_the_priors():
    fit = fit_2pl([], [], [], n_items=2, n_raters=2)

    assert fit.converged
    assert fit.ability == pytest.approx([0, 0])
    assert fit.discrimination.tolist() == [1, 1]


@pytest.mark.parametrize("seed", range(20))
def test_item_rest_is_the_correlation_with_the_rest(seed):
    units, persons, right, *_ = draw(seed, items=12, raters=25, share=0.7)

    found = item_rest(units, persons, right, n_items=12, n_raters=25)

    for item in range(12):
        own = units == item
        rest = [right[(persons == person) & ~own].mean() for person in persons[own]]
        if found.status[item] == Status.OK:
            assert found.correlation[item] == pytest.approx(np.corrcoef(right[own], rest)[0, 1])
    assert Status.OK in found.status


def test_item_rest_says_why_it_cannot_be_told():
    units = np.repeat(range(4), [12, 12, 3, 0])
    persons = np.concatenate([np.arange(12), np.arange(12), np.arange(3)])
    right = np.concatenate([np.arange(12) < 11, np.arange(12) % 2, np.ones(3)])

    found = item_rest(units, persons, right, n_items=4, n_raters=13)

    assert found.status == (Status.OK, Status.OK, Status.TOO_FEW, Status.EMPTY)
    assert found.n.tolist() == [12, 12, 3, 0]
    assert found.correlation[2:].tolist() == [0, 0]


def test_item_rest_of_an_item_that_everybody_gets_right_cannot_be_told():
    units, persons = np.repeat(range(2), 12), np.tile(np.arange(12), 2)

    found = item_rest(units, persons, [1] * 12 + [0, 1] * 6, n_items=2, n_raters=12)

    assert found.status == (Status.ONE_CATEGORY, Status.ONE_CATEGORY)


def test_somebody_with_no_other_item_is_left_out():
    found = item_rest([0, 0, 1], [0, 1, 1], [1, 0, 1], n_items=2, n_raters=2, least=1)

    assert found.n.tolist() == [1, 1]
    assert found.status == (Status.ONE_CATEGORY, Status.ONE_CATEGORY)


@pytest.mark.parametrize("measure", [item_rest, fit_2pl])
@pytest.mark.parametrize(
    ("items", "raters", "right"),
    [([0, 3], [0, 1], [1, 0]), ([0, 1], [0, 9], [1, 0]), ([0, 1], [0, 1], [1]), ([0, 0], [1, 1], [1, 0])],
)
def test_bad_answers_are_refused_with_a_sentence(measure, items, raters, right):
    with pytest.raises(ValueError, match=r"\.$"):
        measure(items, raters, right, n_items=2, n_raters=2)


def test_an_integral_takes_two_nodes():
    with pytest.raises(ValueError, match="two nodes"):
        fit_2pl([0], [0], [1], n_items=1, n_raters=1, nodes=1)


def test_information_at_no_number_is_refused():
    fit = fit_2pl([0], [0], [1], n_items=1, n_raters=1)

    with pytest.raises(ValueError, match="finite"):
        fit.information(float("nan"))
