import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats import DuplicateRating, OutOfRange, glad, majority, one_coin

SIZES = {"n_items": 8, "n_raters": 5, "n_categories": 3}
MODELS = [one_coin, glad]

votes = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=60,
    unique_by=lambda vote: vote[:2],
)


def simulated(abilities, ease, *, n_categories=3, seed=5):
    """Everybody rates everything, right with the probability of GLAD; wrong ones fall on any other category alike."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_categories, len(ease))
    right = rng.random((len(abilities), len(ease))) < 1 / (1 + np.exp(-np.outer(abilities, ease)))
    other = (truth + rng.integers(1, n_categories, right.shape)) % n_categories
    items, raters = np.tile(np.arange(len(ease)), len(abilities)), np.repeat(np.arange(len(abilities)), len(ease))
    return truth, (items, raters, np.where(right, truth, other).ravel())


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None)
@given(votes)
def test_penalised_log_likelihood_never_falls(model, ratings):
    found = model(*zip(*ratings, strict=True), **SIZES, max_steps=60)

    assert (np.diff(found.log_likelihood) >= -1e-9).all()
    assert found.posterior.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("model", MODELS)
@settings(deadline=None)
@given(votes, st.permutations(range(5)), st.permutations(range(3)))
def test_renaming_raters_and_categories_changes_no_posterior(model, ratings, raters_now, labels_now):
    items, raters, labels = (np.array(column) for column in zip(*ratings, strict=True))

    renamed = model(items, np.array(raters_now)[raters], np.array(labels_now)[labels], **SIZES, max_steps=20)

    plain = model(items, raters, labels, **SIZES, max_steps=20)
    assert renamed.posterior[:, labels_now] == pytest.approx(plain.posterior, abs=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_both_beat_the_majority_where_few_are_able(model):
    truth, ratings = simulated([3, 3, 0.1, 0.1, 0.1, 0.1], np.ones(400))

    found = model(*ratings, n_items=400, n_raters=6, n_categories=3)

    joint = majority(ratings[0], ratings[2], n_items=400, n_categories=3)
    assert (found.winner == truth).mean() > (joint.winner == truth).mean() + 0.1
    assert found.converged


def test_one_coin_finds_the_accuracy_of_each_rater():
    wanted = np.array([0.95, 0.8, 0.6, 0.9, 0.7])
    _, ratings = simulated(np.log(wanted / (1 - wanted)), np.ones(5000))

    found = one_coin(*ratings, n_items=5000, n_raters=5, n_categories=3)

    assert found.accuracy == pytest.approx(wanted, abs=0.02)


def test_one_coin_of_ratings_that_are_all_alike_trusts_everybody():
    found = one_coin([0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 0, 0], n_items=2, n_raters=2, n_categories=2)

    assert found.winner.tolist() == [1, 0]
    assert found.accuracy.min() > 0.99


def test_glad_tells_able_raters_and_hard_items():
    abilities, ease = np.linspace(0.2, 3, 12), np.tile([0.3, 2.0], 150)
    _, ratings = simulated(abilities, ease)

    found = glad(*ratings, n_items=300, n_raters=12, n_categories=3)

    assert np.corrcoef(found.ability, abilities)[0, 1] > 0.95
    assert np.median(found.difficulty[::2]) > 2 * np.median(found.difficulty[1::2])


def test_an_unrated_item_has_what_is_known_before_any_rating():
    ratings = ([1, 1, 1], [0, 1, 2], [1, 1, 0])

    coins = one_coin(*ratings, n_items=2, n_raters=3, n_categories=2)
    model = glad(*ratings, n_items=2, n_raters=3, n_categories=2)

    assert coins.posterior[0].tolist() == coins.prior.tolist()
    assert model.posterior[0].tolist() == [0.5, 0.5]
    assert model.difficulty[0] == pytest.approx(np.exp(-1))
    assert (coins.winner[0], model.winner[0]) == (-1, -1)


@pytest.mark.parametrize("model", MODELS)
def test_two_people_who_differ_leave_a_tie(model):
    found = model([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], n_items=2, n_raters=2, n_categories=2)

    assert found.winner.tolist() == [-1, -1]


@pytest.mark.parametrize("model", MODELS)
def test_degenerate_ratings_are_joined_or_refused_in_words(model):
    nothing = model([], [], [], n_items=2, n_raters=0, n_categories=2)
    one_category = model([0, 0], [0, 1], [0, 0], n_items=1, n_raters=2, n_categories=1)
    many = model(
        np.arange(1000) // 2, np.arange(1000), np.zeros(1000, int), n_items=500, n_raters=1000, n_categories=500
    )

    assert nothing.winner.tolist() == [-1, -1]
    assert one_category.posterior.tolist() == [[1]]
    assert set(many.winner.tolist()) == {0}
    with pytest.raises(OutOfRange, match="labels: codes lie between -1 and 1"):
        model([0], [0], [2], n_items=1, n_raters=1, n_categories=2)
    with pytest.raises(DuplicateRating):
        model([0, 0], [0, 0], [1, 0], n_items=1, n_raters=1, n_categories=2)
