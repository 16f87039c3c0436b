"""The coverage simulations of tests/bench in small: 400 draws a case, so that .95 comes out at .92 to .98."""

import pytest

from calibration.stats import krippendorff_alpha
from tests.stats.coverage import (
    DRAWN,
    ENOUGH,
    JACKKNIFED,
    TOO_RARE,
    coverage,
    kappa_coverage,
    labeler_coverage,
    told_as_rare,
)


@pytest.mark.parametrize("case", ENOUGH[:5], ids=str)
def test_intervals_over_items_hold_the_truth(case):
    found = coverage(case, JACKKNIFED, times=400)

    assert {name: share for name, share in found.items() if not 0.92 <= share <= 0.98} == {}


def test_intervals_of_drawn_items_hold_the_truth():
    found = coverage(ENOUGH[1], DRAWN, times=400)

    assert {name: share for name, share in found.items() if not 0.92 <= share <= 0.98} == {}


@pytest.mark.parametrize("case", TOO_RARE, ids=str)
def test_rarer_categories_are_told_by_the_status(case):
    assert told_as_rare(case, krippendorff_alpha, times=400) > 0.9


def test_intervals_of_cohens_kappa_hold_the_truth():
    assert 0.92 <= kappa_coverage(items=50, skill=0.9, times=400) <= 0.98


def test_intervals_over_labelers_hold_the_truth():
    assert 0.91 <= labeler_coverage(labelers=15, items=200, times=200) <= 0.99
