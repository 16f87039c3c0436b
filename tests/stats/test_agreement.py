import warnings

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import t as student

from calibration.stats import (
    AgreementTally,
    Level,
    SetDistance,
    Status,
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    pooled_agreement,
    set_alpha,
    set_distances,
    specific_agreement,
)
from tests.stats import published
from tests.stats.builders import tally_of_counts, tally_of_raters, tally_of_table

COEFFICIENTS = [krippendorff_alpha, gwet_ac1, fleiss_kappa, percent_agreement, pooled_agreement]
tables = arrays.arrays(np.int64, st.tuples(st.integers(3, 12), st.integers(2, 4)), elements=st.integers(0, 3))


def value_of(estimate, digits=5):
    return round(estimate.value, digits)


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorff_example_c(level, alpha):
    assert value_of(krippendorff_alpha(tally_of_raters(published.KRIPPENDORFF_C), level=level), 3) == alpha


def test_alpha_of_krippendorff_examples_a_and_b():
    assert value_of(krippendorff_alpha(tally_of_raters(published.KRIPPENDORFF_A)), 3) == 0.095
    assert value_of(krippendorff_alpha(tally_of_raters(published.KRIPPENDORFF_B)), 3) == 0.692


def test_alpha_of_wikipedia_coders():
    tally = tally_of_raters(published.WIKIPEDIA_CODERS)

    assert value_of(krippendorff_alpha(tally), 3) == 0.691
    assert value_of(krippendorff_alpha(tally, level="interval"), 3) == 0.811


def test_fleiss_kappa_of_the_textbook_table_and_of_fleiss_patients():
    assert value_of(fleiss_kappa(tally_of_counts(published.FLEISS_TEXTBOOK))) == 0.20993
    assert value_of(fleiss_kappa(tally_of_counts(published.FLEISS_PATIENTS)), 3) == 0.430


def test_coefficients_of_the_paradox_table():
    tally = tally_of_table(published.PARADOX)

    assert value_of(gwet_ac1(tally)) == 0.94078
    assert value_of(krippendorff_alpha(tally), 4) == -0.0247


def test_coefficients_of_the_three_by_three_table():
    tally = tally_of_table(published.COHEN_TABLE)

    assert value_of(gwet_ac1(tally)) == 0.57597
    assert value_of(fleiss_kappa(tally)) == 0.48718


def test_coefficients_of_gwets_four_raters():
    tally = tally_of_raters(published.KRIPPENDORFF_C)

    assert value_of(gwet_ac1(tally)) == 0.77544
    assert value_of(fleiss_kappa(tally)) == 0.76117
    assert value_of(krippendorff_alpha(tally)) == 0.74342


@pytest.mark.parametrize(("prevalence", "kappa", "ac1"), [(0.5, 0.81, 0.81), (0.01, 0.14, 0.89)])
def test_ac1_stays_where_kappa_falls_for_rare_harms(prevalence, kappa, ac1):
    """Two raters with sensitivity and specificity .95 (METHODS, section 2)."""
    n = 1_000_000
    both, none = prevalence * 0.95**2 + (1 - prevalence) * 0.05**2, prevalence * 0.05**2 + (1 - prevalence) * 0.95**2
    rows = [((0, 2), round(n * both)), ((2, 0), round(n * none)), ((1, 1), round(n * (1 - both - none)))]
    tally = AgreementTally.from_patterns(rows, ["ok", "harm"])

    assert value_of(fleiss_kappa(tally), 2) == kappa
    assert value_of(gwet_ac1(tally), 2) == pytest.approx(ac1, abs=0.011)


@settings(max_examples=200, deadline=None)
@given(tables, st.sampled_from(list(Level)))
def test_alpha_equals_the_krippendorff_library(counts, level):
    assume((counts[counts.sum(axis=1) >= 2].sum(axis=0) > 0).sum() >= 2)
    k = counts.shape[1]

    ours = krippendorff_alpha(AgreementTally.from_counts(counts, [str(v) for v in range(k)]), level=level)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = krippendorff.alpha(value_counts=counts, value_domain=list(range(k)), level_of_measurement=str(level))
    assert ours.value == pytest.approx(theirs, abs=1e-9)


def bounds_by_hand(value, left, n_pairable):
    """The shares p of the way from 1 down to -1 for which (d - p)^2 = t^2 p (1 - p) / m, the jackknife giving m."""
    n, left = len(left), np.array(left)
    variance = (n - 1) / n * ((left - left.mean()) ** 2).sum() / 4
    down = min((1 - value) / 2, 1)
    independent = down * (1 - down) / variance if variance > 1e-24 and down < 1 - 1e-12 else n_pairable
    square = student.ppf(0.975, n - 1) ** 2 / independent
    low, high = sorted(np.roots([1 + square, -2 * down - square, down**2]).real)
    return min(1 - 2 * high, value), min(1 - 2 * low, 1)


@settings(max_examples=60, deadline=None)
@given(tables, st.sampled_from(list(Level)))
def test_interval_of_alpha_equals_a_jackknife_that_leaves_out_each_item_by_hand(counts, level):
    pairable = counts[counts.sum(axis=1) >= 2]
    names = [str(v) for v in range(counts.shape[1])]
    others = [np.delete(pairable, row, axis=0) for row in range(len(pairable))]
    assume(len(pairable) > 2 and all((other.sum(axis=0) > 0).sum() >= 2 for other in others))

    whole = krippendorff_alpha(AgreementTally.from_counts(counts, names), level=level)

    assume(whole.value < 1)
    left = [krippendorff_alpha(AgreementTally.from_counts(o, names), level=level).value for o in others]
    assert (whole.lower, whole.upper) == pytest.approx(bounds_by_hand(whole.value, left, len(pairable)), abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_interval_of_ac1_and_kappa_equals_a_jackknife_by_hand(counts):
    rated = counts[counts.sum(axis=1) > 0]
    names = [str(v) for v in range(counts.shape[1])]
    others = [np.delete(rated, row, axis=0) for row in range(len(rated))]
    for coefficient in (gwet_ac1, fleiss_kappa):
        whole = coefficient(AgreementTally.from_counts(counts, names))
        left = [coefficient(AgreementTally.from_counts(other, names)).value for other in others]
        if whole.value is None or whole.value == 1 or None in left:
            continue
        n_pairable = int((rated.sum(axis=1) >= 2).sum())
        assert (whole.lower, whole.upper) == pytest.approx(bounds_by_hand(whole.value, left, n_pairable), abs=1e-7)


def test_jackknife_of_nominal_alpha_agrees_with_the_closed_delta_form():
    """The closed form of METHODS, section 2, on many items, where both agree to one part in a hundred."""
    counts = np.repeat(published.FLEISS_TEXTBOOK, 40, axis=0)
    c, m = counts.astype(float), counts.sum(axis=1).astype(float)
    n, totals = m.sum(), c.sum(axis=0)
    d = (m**2 - (c**2).sum(axis=1)) / (m - 1)
    observed, chance = d.sum(), n**2 - (totals**2).sum()
    g = -(m * observed / chance + (n - 1) * d / chance - (n - 1) * observed / chance**2 * (2 * n * m - 2 * c @ totals))
    error = np.sqrt(((g - g.mean()) ** 2).sum())

    alpha = krippendorff_alpha(tally_of_counts(counts.tolist()))

    # Of many items the score interval is as long as the symmetric one, but for its second order.
    assert (alpha.upper - alpha.lower) / 2 == pytest.approx(student.ppf(0.975, len(counts) - 1) * error, rel=0.01)


@settings(max_examples=60, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_of_items_and_categories_changes_nothing(counts, random):
    names = [str(v) for v in range(counts.shape[1])]
    rows, columns = list(range(len(counts))), list(range(len(names)))
    random.shuffle(rows)
    random.shuffle(columns)
    shuffled = AgreementTally.from_counts(counts[rows][:, columns], [names[column] for column in columns])
    tally = AgreementTally.from_counts(counts, names)
    for coefficient in COEFFICIENTS:
        before, after = coefficient(tally), coefficient(shuffled)

        assert after.status is before.status
        assert after.rounded(9) == before.rounded(9)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_nothing_rated_is_empty_and_one_rating_an_item_is_no_overlap(coefficient):
    empty = coefficient(AgreementTally.empty(["ok", "spam"]))
    alone = coefficient(AgreementTally.from_counts([[1, 0], [0, 1]], ["ok", "spam"]))

    assert (empty.value, empty.status) == (None, Status.EMPTY)
    assert (alone.value, alone.status) == (None, Status.NO_OVERLAP)


def test_one_category_has_no_alpha_and_no_kappa_but_percent_and_ac1():
    tally = AgreementTally.from_counts([[2, 0]] * 30, ["ok", "spam"])

    assert krippendorff_alpha(tally).status is Status.ONE_CATEGORY
    assert fleiss_kappa(tally).status is Status.ONE_CATEGORY
    assert krippendorff_alpha(tally).value is None
    assert percent_agreement(tally).value == 1
    assert gwet_ac1(tally).value == 1


def test_ac1_with_one_declared_category_is_undefined():
    assert gwet_ac1(AgreementTally.from_counts([[2], [3]], ["ok"])).status is Status.ONE_CATEGORY


def test_ac1_knows_the_declared_categories_and_not_only_those_seen():
    counts = [[2, 0]] * 40 + [[0, 2]] * 40 + [[1, 1]] * 20

    two = gwet_ac1(AgreementTally.from_counts(counts, ["a", "b"]))
    four = gwet_ac1(AgreementTally.from_counts([[*row, 0, 0] for row in counts], ["a", "b", "c", "d"]))

    assert value_of(two, 3) == 0.6
    assert value_of(four, 3) == 0.76


def test_unanimous_items_do_not_claim_an_interval_without_width():
    alpha = krippendorff_alpha(AgreementTally.from_counts([[2, 0]] * 20 + [[0, 2]] * 20, ["ok", "spam"]))

    assert alpha.value == 1
    assert alpha.upper == 1
    assert 0.75 < alpha.lower < 0.9


def test_one_item_gives_a_value_without_an_interval():
    estimate = percent_agreement(AgreementTally.from_counts([[2, 1]], ["ok", "spam"]))

    assert (value_of(estimate, 3), estimate.lower, estimate.upper, estimate.status) == (
        0.333,
        None,
        None,
        Status.TOO_FEW,
    )


def test_few_ratings_of_a_rare_category_warn_and_still_give_the_value():
    """2 % prevalence, overlap 2, 100 items: intervals cover .72 (METHODS, section 2)."""
    tally = AgreementTally.from_counts([[2, 0]] * 96 + [[0, 2]] * 1 + [[1, 1]] * 3, ["ok", "harm"])

    alpha = krippendorff_alpha(tally)

    assert alpha.status is Status.FEW_POSITIVES
    assert alpha.value is not None


def test_level_interval_refuses_categories_that_are_not_numbers():
    with pytest.raises(ValueError, match="needs categories that are numbers: ok, spam"):
        krippendorff_alpha(AgreementTally.from_counts([[2, 1]], ["ok", "spam"]), level="interval")


def test_level_ratio_refuses_negative_numbers():
    with pytest.raises(ValueError, match="not negative"):
        krippendorff_alpha(AgreementTally.from_counts([[2, 1]], ["-1", "1"]), level="ratio")


def test_unknown_level_is_refused():
    with pytest.raises(ValueError, match="'cardinal' is not a valid Level"):
        krippendorff_alpha(AgreementTally.from_counts([[2, 1]], ["a", "b"]), level="cardinal")


def test_specific_agreement_of_each_category():
    """Positive and negative agreement 2a / (2a + b + c) (Cicchetti and Feinstein 1990): 2*40/(80+14), 2*46/(92+14)."""
    tally = AgreementTally.from_counts([[0, 2]] * 40 + [[2, 0]] * 46 + [[1, 1]] * 14, ["ok", "spam"])

    assert value_of(specific_agreement(tally, "spam"), 4) == 0.8511
    assert value_of(specific_agreement(tally, "ok"), 4) == 0.8679


def test_specific_agreement_on_a_category_that_nobody_gave_is_not_blamed_on_missing_overlap():
    tally = AgreementTally.from_counts([[2, 0], [2, 0]], ["ok", "spam"])

    assert specific_agreement(tally, "spam").status is Status.TOO_FEW


@pytest.mark.parametrize(("weights", "ac2"), [("ordinal", 0.89894), ("linear", 0.85874), ("quadratic", 0.914)])
def test_ac2_of_gwets_four_raters(weights, ac2):
    found = gwet_ac2(tally_of_raters(published.KRIPPENDORFF_C), weights=weights)

    assert found.value == pytest.approx(ac2, abs=5e-6)


def test_unweighted_ac2_is_ac1():
    tally = tally_of_raters(published.KRIPPENDORFF_C)

    assert gwet_ac2(tally, weights="identity").rounded(9) == gwet_ac1(tally).rounded(9)


def test_weighted_kappa_of_two_raters_is_scotts_weighted_pi():
    table = np.array(published.COHEN_TABLE)
    shares = (table.sum(axis=0) + table.sum(axis=1)) / (2 * table.sum())
    weights = 1 - np.abs(np.subtract.outer(range(3), range(3))) / 2
    chance = shares @ weights @ shares

    found = fleiss_kappa(tally_of_table(published.COHEN_TABLE), weights="linear")

    assert found.value == pytest.approx(((weights * table).sum() / table.sum() - chance) / (1 - chance))


def test_brennan_prediger_takes_chance_from_the_declared_categories():
    rows = [[2, 0, 0]] * 6 + [[1, 1, 0]] * 2 + [[0, 2, 0]] * 2

    assert brennan_prediger(AgreementTally.from_counts(rows, ["a", "b", "c"])).value == pytest.approx(
        (0.8 - 1 / 3) / (2 / 3)
    )
    assert brennan_prediger(AgreementTally.from_counts(rows, ["a", "b", "c"]), weights="linear").value == pytest.approx(
        (0.9 - 5 / 9) / (4 / 9)
    )


def test_alpha_of_sets_that_are_single_categories_is_nominal_alpha():
    tally = AgreementTally.from_counts([[2, 0, 0]] * 4 + [[1, 1, 0]] * 2 + [[0, 0, 2]] * 3, ["", "a", "b"])

    for distance in SetDistance:
        assert set_alpha(tally, distance=distance).value == pytest.approx(krippendorff_alpha(tally).value)


def test_two_empty_sets_agree():
    assert set_distances([frozenset(), frozenset()], "masi").tolist() == [[0, 0], [0, 0]]


def test_distances_of_sets_by_hand():
    sets = [frozenset("ab"), frozenset("abc"), frozenset("bd"), frozenset("x")]

    assert set_distances(sets, "jaccard")[0].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert set_distances(sets, "masi")[0].tolist() == pytest.approx([0, 1 - 2 / 3 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1])
