"""Intraclass correlation: the published table, its properties, and what is undefined."""

import numpy as np
import pytest

from calibration.stats import Icc, Status, intraclass_correlation

# Shrout and Fleiss 1979, table 2: six targets, four judges.
JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize(
    ("form", "value"),
    [("1,1", 0.1657), ("2,1", 0.2898), ("3,1", 0.7148), ("1,k", 0.4428), ("2,k", 0.6201), ("3,k", 0.9093)],
)
def test_the_six_forms_of_shrout_and_fleiss(form, value):
    assert intraclass_correlation(JUDGES, form).rounded(4)[0] == value


@pytest.mark.parametrize(
    ("form", "bounds"), [("1,1", (-0.133, 0.723)), ("2,1", (0.019, 0.761)), ("3,1", (0.342, 0.946))]
)
def test_intervals_of_the_table(form, bounds):
    """As printed by the R package psych, ICC(), for the same table."""
    assert intraclass_correlation(JUDGES, form).rounded(3)[1:] == bounds


def test_a_constant_difference_between_judges_counts_for_all_forms_but_the_fixed():
    moved = np.array(JUDGES) + np.array([0, 10, 0, 0])

    assert intraclass_correlation(moved, Icc.FIXED).value == pytest.approx(0.7148, abs=1e-4)
    assert intraclass_correlation(moved, Icc.RANDOM).value < 0.2


@pytest.mark.parametrize("form", list(Icc))
def test_order_and_scale_change_nothing(form):
    table = np.array(JUDGES, float)

    assert intraclass_correlation(3 * table[::-1, ::-1] + 7, form).value == pytest.approx(
        intraclass_correlation(table, form).value
    )


@pytest.mark.parametrize("form", ["1,1", "2,1", "3,1"])
def test_intervals_cover_as_often_as_they_say(form):
    rng = np.random.default_rng(11)
    truth, covered = 0.5, 0
    for _ in range(2000):
        scores = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4))
        found = intraclass_correlation(scores, form)
        covered += found.lower <= truth <= found.upper

    assert 0.93 <= covered / 2000 <= 0.97


def test_what_cannot_be_told_says_why():
    assert intraclass_correlation([]).status is Status.EMPTY
    assert intraclass_correlation([[1, 2, 3]]).status is Status.TOO_FEW
    assert intraclass_correlation([[4, 4], [4, 4]]).status is Status.ONE_CATEGORY


def test_judges_who_agree_in_all_claim_no_interval():
    found = intraclass_correlation([[1, 1], [2, 2], [3, 3]])

    assert (found.value, found.lower, found.status) == (1.0, None, Status.TOO_FEW)


@pytest.mark.parametrize("missing", [np.nan, np.inf])
def test_a_missing_score_is_refused(missing):
    with pytest.raises(ValueError, match="finite"):
        intraclass_correlation([[1, missing], [2, 3]])
