import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats import dawid_skene, majority

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


def test_ties_stay_ties_and_unrated_items_have_no_winner():
    joint = majority([0, 0, 1, 1, 1], [0, 1, 2, 2, -1], n_items=3, n_categories=3)

    assert joint.winner.tolist() == [-1, 2, -1]
    assert joint.tied.tolist() == [True, False, False]


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
    assert model.converged


def test_codes_out_of_range_are_refused():
    with pytest.raises(ValueError, match="Item codes"):
        majority([3], [0], n_items=3, n_categories=2)
    with pytest.raises(ValueError, match="Label codes"):
        majority([0], [2], n_items=3, n_categories=2)
    with pytest.raises(ValueError, match="Rater codes"):
        dawid_skene([0], [9], [0], n_items=1, n_raters=1, n_categories=2)
