"""Corrections for those who measured: published sizes, inverse of the error, and when there is nothing to correct."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.stats import (
    Estimate,
    NotEnoughData,
    OutOfRange,
    Status,
    corrected_for_auditor,
    corrected_prevalence,
    proportion,
)


def test_an_auditor_of_95_makes_a_true_97_measure_92_3():
    measured = Estimate(0.97 * 0.95 + 0.03 * 0.05, None, None, 0.95, 500, Status.OK)

    assert round(measured.value, 3) == 0.923
    assert corrected_for_auditor(measured, 0.95).value == pytest.approx(0.97)


def test_one_in_a_hundred_looks_like_2_83():
    found = 0.01 * 0.85 + 0.99 * 0.02

    assert round(found, 4) == 0.0283
    measured = Estimate(found, None, None, 0.95, 10_000, Status.OK)
    assert corrected_prevalence(measured, sensitivity=0.85, specificity=0.98).value == pytest.approx(0.01)


@given(st.floats(0, 1), st.floats(0.6, 1), st.floats(0.6, 1))
def test_the_correction_undoes_the_error(truth, sensitivity, specificity):
    share = truth * sensitivity + (1 - truth) * (1 - specificity)
    measured = Estimate(share, None, None, 0.95, 100, Status.OK)

    found = corrected_prevalence(measured, sensitivity=sensitivity, specificity=specificity)

    assert found.value == pytest.approx(truth, abs=1e-9)


def test_bounds_are_corrected_too_and_stay_shares():
    found = corrected_for_auditor(proportion(92, 100), 0.9)

    assert found.value == found.upper == 1.0
    assert found.lower == pytest.approx((proportion(92, 100).lower + 0.9 - 1) / 0.8)


def test_better_than_the_auditor_can_measure_claims_no_interval():
    found = corrected_for_auditor(proportion(998, 1000), 0.9)

    assert (found.lower, found.upper, found.status) == (None, None, Status.TOO_FEW)


def test_an_auditor_who_is_mostly_wrong_turns_the_bounds_round():
    found = corrected_for_auditor(proportion(20, 100), 0.1)

    assert found.lower < found.value < found.upper


@pytest.mark.parametrize("accuracy", [0.5, 0.46, 0.54])
def test_an_auditor_like_a_coin_is_refused(accuracy):
    with pytest.raises(NotEnoughData, match="coin"):
        corrected_for_auditor(proportion(50, 100), accuracy)


@pytest.mark.parametrize("accuracy", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(accuracy):
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        corrected_for_auditor(proportion(50, 100), accuracy)


def test_what_was_not_measured_stays_undefined():
    assert corrected_for_auditor(proportion(0, 0), 0.95).status is Status.EMPTY
    assert corrected_for_auditor(proportion(0, 0), 0.95).value is None


def test_interval_covers_the_prevalence_where_the_error_rates_are_estimated_too():
    """Prevalence 10 %, sensitivity .85 and specificity .95 known from 60 and 200 answers; 2,000 draws."""
    rng = np.random.default_rng(4)
    hits = 0
    plain = 0
    for found, right, left in zip(
        rng.binomial(2000, 0.1 * 0.85 + 0.9 * 0.05, 2000),
        rng.binomial(60, 0.85, 2000),
        rng.binomial(200, 0.95, 2000),
        strict=True,
    ):
        rates = {"sensitivity": right / 60, "specificity": left / 200}
        whole = corrected_prevalence(proportion(int(found), 2000), **rates, positives=60, negatives=200)
        taken_as_known = corrected_prevalence(proportion(int(found), 2000), **rates)
        hits += whole.lower is not None and whole.lower <= 0.1 <= whole.upper
        plain += taken_as_known.lower is not None and taken_as_known.lower <= 0.1 <= taken_as_known.upper

    assert 0.93 <= hits / 2000 <= 0.98
    assert plain / 2000 < 0.8


def test_error_rates_of_no_answers_are_refused():
    with pytest.raises(OutOfRange):
        corrected_prevalence(proportion(5, 10), sensitivity=0.9, specificity=0.9, positives=0, negatives=10)
