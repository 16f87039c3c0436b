"""Bootstrap over items: the same values as the coefficients, intervals like the jackknife's, plain loops as oracle."""

import numpy as np
import pytest
from scipy.stats import t as student

from calibration.stats import (
    AgreementTally,
    Status,
    bootstrap_items,
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from calibration.stats.jackknife import scaled_interval

MEASURES = {
    "krippendorff_alpha": krippendorff_alpha,
    "gwet_ac1": gwet_ac1,
    "brennan_prediger": brennan_prediger,
    "fleiss_kappa": fleiss_kappa,
    "percent_agreement": percent_agreement,
}


def ragged(n: int = 400, *, seed: int = 3) -> AgreementTally:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, n)
    rows = [rng.multinomial(1 + rng.integers(0, 4), np.where(np.arange(4) == t, 0.7, 0.1)) for t in truth]
    return AgreementTally.from_counts(rows, ["1", "2", "3", "4"])


@pytest.mark.parametrize("coefficient", list(MEASURES))
def test_the_value_is_the_coefficient_and_the_interval_is_near_the_jackknifes(coefficient):
    tally = ragged()
    exact = MEASURES[coefficient](tally)

    found = bootstrap_items(tally, coefficient, replicates=4000)

    assert found.value == pytest.approx(exact.value)
    assert found.lower == pytest.approx(exact.lower, abs=0.01)
    assert found.upper == pytest.approx(exact.upper, abs=0.01)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_each_level_of_alpha(level):
    tally = ragged()
    exact = krippendorff_alpha(tally, level=level)

    found = bootstrap_items(tally, level=level, replicates=4000)

    assert found.value == pytest.approx(exact.value)
    assert found.lower == pytest.approx(exact.lower, abs=0.015)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_replicate_is_alpha_of_the_items_drawn(level):
    tally = ragged(40)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(tally.n_items, tally.items / tally.n_items, size=500)
    by_hand = [
        krippendorff_alpha(
            AgreementTally.from_patterns(zip(tally.patterns.tolist(), row.tolist(), strict=True), tally.categories),
            level=level,
        ).value
        for row in drawn
    ]

    found = bootstrap_items(tally, level=level, replicates=500, seed=0)

    n = tally.n_pairable
    error = np.std(by_hand) * np.sqrt(n / (n - 1))
    expected = scaled_interval(found.value, error, quantile=student.ppf(0.975, n - 1), n=n)
    assert (found.lower, found.upper) == pytest.approx(expected)


def test_the_same_seed_gives_the_same_bounds():
    assert bootstrap_items(ragged(), seed=7) == bootstrap_items(ragged(), seed=7)


def test_what_cannot_be_told_says_why():
    assert bootstrap_items(AgreementTally.empty(["a", "b"])).status is Status.EMPTY
    assert bootstrap_items(AgreementTally.from_counts([[1, 0]], ["a", "b"])).status is Status.NO_OVERLAP
    assert bootstrap_items(AgreementTally.from_counts([[2, 0]], ["a", "b"])).status is Status.ONE_CATEGORY
    assert bootstrap_items(AgreementTally.from_counts([[1, 1]], ["a", "b"])).status is Status.TOO_FEW


def test_fewer_than_a_hundred_replicates_are_refused():
    with pytest.raises(ValueError, match="100 replicates"):
        bootstrap_items(ragged(), replicates=99)
