import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from calibration.stats import NotEnoughData, Status, clopper_pearson, proportion, wilson

samples = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(samples)
def test_intervals_equal_scipy(sample):
    hits, n = sample
    test = binomtest(hits, n)

    assert wilson(hits, n) == pytest.approx(test.proportion_ci(0.95, method="wilson"), abs=1e-9)
    assert clopper_pearson(hits, n) == pytest.approx(test.proportion_ci(0.9, method="exact"), abs=1e-9)


def test_wilson_of_newcombe():
    """Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20."""
    assert wilson(81, 263).rounded(4) == (0.2553, 0.3662)
    assert wilson(0, 20).rounded(4) == (0.0, 0.1611)


def test_wilson_half_width_at_95_percent_is_five_points_at_82_answers():
    """METHODS, section 3: 5 points 82, 2 points 465, with the accuracy in the middle of the data."""
    for n, points in ((82, 0.05), (465, 0.02)):
        lower, upper = wilson(0.95 * n, n)

        assert (upper - lower) / 2 == pytest.approx(points, abs=0.0005)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_interval_without_a_trial_is_refused(interval):
    with pytest.raises(NotEnoughData, match="at least one trial"):
        interval(0, 0)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_more_hits_than_trials_are_refused(interval):
    with pytest.raises(ValueError, match="hits lie between 0 and n"):
        interval(3, 2)


def test_proportion_of_nothing_is_empty():
    assert proportion(0, 0).status is Status.EMPTY
