import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats import DuplicateRating, OutOfRange, TooLarge, UnlikeLengths, dawid_skene, majority

votes = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=60,
    unique_by=lambda vote: vote[:2],
)


def fit(items, raters, labels, **changes):
    return dawid_skene(items, raters, labels, **{"n_items": 8, "n_raters": 5, "n_categories": 3, **changes})


@settings(deadline=None)
@given(votes)
def test_penalised_log_likelihood_never_falls(ratings):
    model = fit(*zip(*ratings, strict=True), max_steps=60)

    assert (np.diff(model.log_likelihood) >= -1e-9).all()
    assert model.posterior.sum(axis=1) == pytest.approx(1)
    assert model.confusion.sum(axis=2) == pytest.approx(1)


@settings(deadline=None)
@given(votes, st.permutations(range(5)))
def test_renaming_raters_changes_no_posterior(ratings, names):
    items, raters, labels = zip(*ratings, strict=True)

    renamed = fit(items, [names[rater] for rater in raters], labels, max_steps=30)

    assert renamed.posterior == pytest.approx(fit(items, raters, labels, max_steps=30).posterior, abs=1e-8)


def test_many_ratings_of_an_item_do_not_vanish():
    """1,500 raters who guess: the product of their probabilities is below the least number that a float holds."""
    labels = np.random.default_rng(2).integers(0, 2, (20, 1500)).ravel()
    items, raters = np.repeat(np.arange(20), 1500), np.tile(np.arange(1500), 20)

    model = dawid_skene(items, raters, labels, n_items=20, n_raters=1500, n_categories=2, max_steps=3)

    assert model.posterior.sum(axis=1) == pytest.approx(1)
    assert np.isfinite(model.log_likelihood).all()


def test_ties_stay_ties_and_unrated_items_have_no_winner():
    joint = majority([0, 0, 1, 1, 1], [0, 1, 2, 2, -1], n_items=3, n_categories=3)

    assert joint.winner.tolist() == [-1, 2, -1]
    assert joint.tied.tolist() == [True, False, False]
    assert joint.posterior.tolist() == [[0.5, 0.5, 0], [0, 0, 1], [0, 0, 0]]


def test_two_people_who_differ_on_everything_leave_a_tie():
    model = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], n_items=2, n_raters=2, n_categories=2)

    assert model.winner.tolist() == [-1, -1]


def test_a_rater_who_is_always_opposite_is_turned_round():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 200)
    good = np.where(rng.random((3, 200)) < 0.9, truth, 1 - truth)
    labels = np.concatenate([good.ravel(), 1 - truth])
    items, raters = np.tile(np.arange(200), 4), np.repeat(np.arange(4), 200)

    model = dawid_skene(items, raters, labels, n_items=200, n_raters=4, n_categories=2)

    votes = majority(items, labels, n_items=200, n_categories=2)
    assert (model.winner == truth).mean() > 0.98
    assert (votes.winner == truth).mean() < 0.9


def test_nothing_rated_converges_to_nothing():
    model = dawid_skene([], [], [], n_items=2, n_raters=0, n_categories=2)

    assert model.winner.tolist() == [-1, -1]
    assert model.posterior.tolist() == [[0.5, 0.5]] * 2
    assert model.converged


def test_unrated_items_have_the_prior_and_change_nothing():
    items, raters, labels = [1, 1, 3, 3, 3], [0, 1, 0, 1, 2], [0, 0, 1, 1, 0]

    spread = dawid_skene(items, raters, labels, n_items=5, n_raters=3, n_categories=2)

    packed = dawid_skene([0, 0, 1, 1, 1], raters, labels, n_items=2, n_raters=3, n_categories=2)
    assert spread.posterior[[1, 3]].tolist() == packed.posterior.tolist()
    assert spread.posterior[0].tolist() == spread.prior.tolist()
    assert spread.winner[[0, 2, 4]].tolist() == [-1] * 3


def test_many_categories_are_joined_like_few():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 500, 300)
    labels = np.where(rng.random((5, 300)) < 0.8, truth, rng.integers(0, 500, (5, 300)))
    items, raters = np.tile(np.arange(300), 5), np.repeat(np.arange(5), 300)

    model = dawid_skene(items, raters, labels.ravel(), n_items=300, n_raters=5, n_categories=500, max_steps=5)

    assert (model.winner == truth).mean() > 0.95
    assert model.posterior.sum(axis=1) == pytest.approx(1)


def test_bad_ratings_are_refused_by_name():
    with pytest.raises(OutOfRange, match="items: codes lie between 0 and 2"):
        majority([3], [0], n_items=3, n_categories=2)
    with pytest.raises(OutOfRange, match="labels: codes lie between -1 and 1"):
        majority([0], [2], n_items=3, n_categories=2)
    with pytest.raises(OutOfRange, match="at least one category"):
        majority([], [], n_items=0, n_categories=0)
    with pytest.raises(OutOfRange, match="raters: codes lie between 0 and 0"):
        dawid_skene([0], [9], [0], n_items=1, n_raters=1, n_categories=2)
    with pytest.raises(UnlikeLengths, match="items has 2, raters has 1"):
        dawid_skene([0, 0], [0], [0], n_items=1, n_raters=1, n_categories=2)
    with pytest.raises(OutOfRange, match="smoothing"):
        dawid_skene([0], [0], [0], n_items=1, n_raters=1, n_categories=2, smoothing=0)


@pytest.mark.parametrize("second", [0, 1])
def test_a_rater_who_repeats_an_item_is_refused(second):
    with pytest.raises(DuplicateRating) as found:
        dawid_skene([0, 1, 0, 0], [0, 0, 1, 0], [0, 1, 1, second], n_items=2, n_raters=2, n_categories=2)

    assert found.value.row == 3


def test_tables_that_no_memory_holds_are_refused_in_words():
    with pytest.raises(TooLarge, match="1000000 raters with 500 categories"):
        dawid_skene([0], [0], [0], n_items=1, n_raters=1_000_000, n_categories=500)
