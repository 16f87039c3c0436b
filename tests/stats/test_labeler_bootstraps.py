"""Bootstrap over labelers: each replicate against plain loops over the pairs of labelers that were drawn."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import t as student

from calibration.stats import (
    AgreementTally,
    OutOfRange,
    Status,
    TooLarge,
    bootstrap_items,
    bootstrap_labelers,
    krippendorff_alpha,
)
from calibration.stats.jackknife import scaled_interval

CATEGORIES = ["0", "1", "2"]


def sparse_ratings(n_items=60, n_raters=10, *, seed=5, spread=0.25):
    """Each item rated by 2 to 4 people of unlike skill."""
    rng = np.random.default_rng(seed)
    skill = rng.uniform(0.9 - spread, 0.9, n_raters)
    rows = []
    for item in range(n_items):
        for rater in rng.choice(n_raters, rng.integers(2, 5), replace=False):
            right = rng.random() < skill[rater]
            rows.append((item, rater, str(item % 3 if right else rng.integers(3))))
    items, raters, labels = (np.array(column) for column in zip(*rows, strict=True))
    return items, raters, labels


def replicate_by_hand(rows, drawn, coefficient, level):
    """Agreement of the labelers drawn, in loops over items and ordered pairs of different labelers."""
    observed, compared, totals, shares = 0.0, 0.0, np.zeros(3), np.zeros(3)
    pairs = []
    for item in np.unique(rows[0]):
        rated = [(drawn[r], int(label)) for r, label in zip(*(c[rows[0] == item] for c in rows[1:]), strict=True)]
        m = len(rated)
        for often, code in rated:
            totals[code] += often * (m > 1)
            shares[code] += often / m
        weight = 1 / (m - 1) if coefficient == "krippendorff_alpha" else 1 / (m * (m - 1))
        pairs += [(weight * a * b, c, k) for (a, c), (b, k) in permutations(rated, 2)]
    distances = distances_by_hand(totals, level)
    for weight, c, k in pairs:
        observed += weight * (distances[c, k] if coefficient == "krippendorff_alpha" else c == k)
        compared += weight
    n, pi = totals.sum(), shares / shares.sum()
    if coefficient == "krippendorff_alpha":
        return 1 - observed / compared * n * (n - 1) / (totals @ distances @ totals)
    chance = {
        "gwet_ac1": (pi * (1 - pi)).sum() / 2,
        "fleiss_kappa": (pi**2).sum(),
        "brennan_prediger": 1 / 3,
        "percent_agreement": 0,
    }
    return (observed / compared - chance[coefficient]) / (1 - chance[coefficient])


def distances_by_hand(totals, level):
    places = np.arange(3.0)
    if level == "nominal":
        return 1 - np.eye(3)
    scores = np.cumsum(totals) - totals / 2 if level == "ordinal" else places
    return np.subtract.outer(scores, scores) ** 2


@pytest.mark.parametrize(
    ("coefficient", "level"),
    [
        ("krippendorff_alpha", "nominal"),
        ("krippendorff_alpha", "ordinal"),
        ("krippendorff_alpha", "interval"),
        ("gwet_ac1", "nominal"),
        ("fleiss_kappa", "nominal"),
        ("brennan_prediger", "nominal"),
        ("percent_agreement", "nominal"),
    ],
)
def test_replicates_are_the_coefficient_of_the_labelers_drawn(coefficient, level):
    rows = sparse_ratings()
    drawn = np.random.default_rng(1).multinomial(10, np.full(10, 0.1), size=100)
    by_hand = [replicate_by_hand(rows, often, coefficient, level) for often in drawn]

    found = bootstrap_labelers(
        *rows, CATEGORIES, coefficient, level=level, replicates=100, rng=np.random.default_rng(1)
    )

    least = 0.0 if coefficient == "percent_agreement" else -1.0
    error = np.std(by_hand) * np.sqrt(10 / 9)
    expected = scaled_interval(found.value, error, quantile=student.ppf(0.975, 9), n=10, least=least)
    assert found.value == pytest.approx(replicate_by_hand(rows, np.ones(10), coefficient, level))
    assert (found.lower, found.upper) == pytest.approx(expected)


def test_people_who_differ_widen_the_interval_over_labelers_and_not_the_one_over_items():
    alike, unlike = sparse_ratings(2000, spread=0), sparse_ratings(2000, spread=0.6)

    widths = {
        name: [
            (over.upper - over.lower)
            for over in (
                bootstrap_labelers(*rows, CATEGORIES, rng=np.random.default_rng(0)),
                bootstrap_items(AgreementTally.from_triples(*rows, CATEGORIES)),
            )
        ]
        for name, rows in {"alike": alike, "unlike": unlike}.items()
    }

    assert widths["unlike"][0] > 4 * widths["unlike"][1]
    assert widths["alike"][0] < 2 * widths["alike"][1]


def test_the_value_is_alpha_and_names_of_labelers_do_not_matter():
    items, raters, labels = sparse_ratings()
    names = np.array([f"person {9 - rater}" for rater in raters])

    found = bootstrap_labelers(items, names, labels, CATEGORIES, rng=np.random.default_rng(0))

    tally = AgreementTally.from_triples(items, raters, labels, CATEGORIES)
    assert found.value == pytest.approx(krippendorff_alpha(tally).value)
    assert (found.n, found.n_ratings) == (tally.n_pairable, tally.n_ratings)


def test_few_labelers_have_a_value_without_an_interval():
    found = bootstrap_labelers(*sparse_ratings(n_raters=7), rng=np.random.default_rng(0))

    assert (found.lower, found.status) == (None, Status.TOO_FEW)
    assert found.value is not None


def test_labelers_who_agree_throughout_keep_the_coefficients_own_bounds():
    items, raters = np.repeat(np.arange(60), 2), np.arange(120) % 10
    labels = np.repeat(np.arange(60) % 2, 2)

    found = bootstrap_labelers(items, raters, labels, rng=np.random.default_rng(0))

    assert (found.value, found.upper) == (1.0, 1.0)
    assert 0.8 < found.lower < 1


def test_what_cannot_be_bootstrapped_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(OutOfRange, match="100 replicates"):
        bootstrap_labelers([0, 0], [0, 1], ["a", "b"], replicates=99, rng=rng)
    with pytest.raises(TooLarge, match="leave out items"):
        bootstrap_labelers(np.zeros(30_000), np.arange(30_000), np.zeros(30_000), rng=rng)


def test_nothing_to_compare_says_why():
    rng = np.random.default_rng(0)

    assert bootstrap_labelers([], [], [], ["a", "b"], rng=rng).status is Status.EMPTY
    assert bootstrap_labelers([0, 1], [0, 1], ["a", "b"], rng=rng).status is Status.NO_OVERLAP
    assert bootstrap_labelers([0, 0], [0, 1], ["a", "a"], rng=rng).status is Status.ONE_CATEGORY
