"""Error profiles: against formulas written out, and what is undefined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from calibration.stats import (
    ConfusionTally,
    Leaning,
    Status,
    cost_weighted_error,
    costs_by_expected,
    detection,
    f1_estimate,
    f1_score,
    macro_f1,
    matthews_correlation,
    profile_estimate,
    wilson,
)

COUNTS = st.tuples(*[st.integers(1, 60)] * 4)


def binary(a: int, b: int, c: int, d: int) -> ConfusionTally:
    """`a` clean and left, `b` clean and called spam, `c` spam and left, `d` spam and called so."""
    return ConfusionTally.from_cells(
        [("ok", "ok", a), ("ok", "spam", b), ("spam", "ok", c), ("spam", "spam", d)], ["ok", "spam"]
    )


@given(COUNTS)
def test_two_categories_by_their_formulas(counts):
    a, b, c, d = counts
    tally = binary(*counts)

    assert f1_score(tally, "spam") == pytest.approx(2 * d / (2 * d + b + c))
    assert macro_f1(tally) == pytest.approx((2 * d / (2 * d + b + c) + 2 * a / (2 * a + b + c)) / 2)
    product = (d + b) * (d + c) * (a + b) * (a + c)
    assert matthews_correlation(tally) == pytest.approx((d * a - b * c) / product**0.5)


def test_correlation_of_three_categories_is_that_of_their_indicators():
    """Gorodkin's K-category correlation as covariances of one-hot columns."""
    rng = np.random.default_rng(2)
    expected, given_ = rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    given_ = np.where(rng.random(300) < 0.6, expected, given_)
    names = np.array(["a", "b", "c"])
    x, y = np.eye(3)[expected], np.eye(3)[given_]
    covariance = lambda one, other: ((one - one.mean(0)) * (other - other.mean(0))).sum()  # noqa: E731

    found = matthews_correlation(ConfusionTally.from_pairs(names[expected], names[given_], list(names)))

    assert found == pytest.approx(covariance(x, y) / (covariance(x, x) * covariance(y, y)) ** 0.5)


def test_cannot_tell_lowers_the_correlation():
    sure = ConfusionTally.from_pairs(list("aabb"), list("aabb"), ["a", "b"])
    unsure = ConfusionTally.from_pairs(list("aabb"), ["a", None, "b", None], ["a", "b"])

    assert matthews_correlation(unsure) < matthews_correlation(sure) == 1.0


@given(COUNTS)
def test_detection_by_its_formula(counts):
    a, b, c, d = counts
    hit, false = norm.ppf((d + 0.5) / (c + d + 1)), norm.ppf((b + 0.5) / (a + b + 1))

    found = detection(binary(*counts), "ok")

    assert (found.sensitivity, found.criterion) == pytest.approx((hit - false, -(hit + false) / 2))


def test_who_misses_is_lenient_and_who_calls_too_much_is_strict():
    assert detection(binary(50, 0, 20, 30), "ok").criterion > 0 > detection(binary(30, 20, 0, 50), "ok").criterion


def test_perfect_answers_stay_finite():
    assert detection(binary(50, 0, 0, 50), "ok").sensitivity == pytest.approx(4.66, abs=0.01)


def test_what_was_never_expected_is_undefined():
    clean_only = ConfusionTally.from_pairs(["ok"] * 3, ["ok"] * 3, ["ok", "spam"])

    assert detection(clean_only, "ok") is None
    assert f1_score(clean_only, "spam") is None
    assert matthews_correlation(clean_only) is None
    assert macro_f1(ConfusionTally.empty(["ok", "spam"])) is None


def test_costs_weigh_errors_and_the_diagonal_is_free():
    tally = binary(90, 8, 2, 0)

    assert cost_weighted_error(tally, {}).value == pytest.approx(0.1)
    assert cost_weighted_error(tally, {("spam", "ok"): 10.0}).value == pytest.approx(0.28)
    assert cost_weighted_error(tally, {("ok", "spam"): 0.0, ("spam", "ok"): 0.0}).lower is None


def test_the_interval_of_a_cost_covers_as_often_as_it_says():
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(2000):
        found = cost_weighted_error(binary(*rng.multinomial(400, [0.6, 0.1, 0.05, 0.25])), {("spam", "ok"): 4.0})
        covered += found.lower <= 0.3 <= found.upper

    assert 0.93 <= covered / 2000 <= 0.97


def test_no_answer_has_no_cost_and_one_has_no_interval():
    assert cost_weighted_error(ConfusionTally.empty(["ok", "spam"]), {}).status is Status.EMPTY
    assert cost_weighted_error(binary(0, 1, 0, 0), {}).status is Status.TOO_FEW


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_a_cost_that_is_none_is_refused(cost):
    with pytest.raises(ValueError, match="A cost lies between"):
        cost_weighted_error(binary(1, 1, 1, 1), {("ok", "spam"): cost})


def test_an_undeclared_category_is_refused():
    with pytest.raises(ValueError, match="'scam' is not among"):
        detection(binary(1, 1, 1, 1), "scam")


def test_f1_interval_is_that_of_jaccards_share():
    tally = binary(50, 5, 5, 40)

    found = f1_estimate(tally, "spam")

    lower, upper = wilson(40, 50)
    assert found.value == pytest.approx(f1_score(tally, "spam"))
    assert (found.lower, found.upper, found.n) == pytest.approx((2 * lower / (1 + lower), 2 * upper / (1 + upper), 50))
    assert f1_estimate(ConfusionTally.empty(["ok", "spam"]), "spam").status is Status.EMPTY


def test_f1_intervals_cover():
    """True F1 of .8 x .1 hits, .02 misses and .02 false alarms, of 400 answers."""
    rng, hits = np.random.default_rng(4), 0
    for cells in rng.multinomial(400, [0.86, 0.02, 0.02, 0.1], size=400):
        found = f1_estimate(binary(*cells), "spam")
        hits += found.lower <= 0.2 / 0.24 <= found.upper

    assert 0.92 <= hits / 400 <= 0.98


def test_profile_intervals_hold_their_value_and_cover():
    rng, hits = np.random.default_rng(5), 0
    truth = matthews_correlation(binary(860, 20, 20, 100))
    for cells in rng.multinomial(400, [0.86, 0.02, 0.02, 0.1], size=200):
        found = profile_estimate(binary(*cells), matthews_correlation, rng=rng, replicates=200)
        hits += found.lower <= truth <= found.upper

    assert 0.89 <= hits / 200 <= 0.99
    assert found.lower <= found.value <= found.upper


def test_profile_without_value_says_why():
    rng = np.random.default_rng(0)

    assert profile_estimate(ConfusionTally.empty(["a", "b"]), macro_f1, rng=rng).status is Status.EMPTY
    assert profile_estimate(binary(9, 0, 0, 0), matthews_correlation, rng=rng).status is Status.ONE_CATEGORY
    assert profile_estimate(binary(9, 1, 1, 5), macro_f1, rng=rng).status is Status.TOO_FEW


@pytest.mark.parametrize(
    ("cells", "leaning", "words"),
    [
        ((95, 5, 30, 70), Leaning.LENIENT, "is lenient: when in doubt, lets it pass"),
        ((70, 30, 5, 95), Leaning.STRICT, "is strict: when in doubt, calls a violation"),
        ((90, 10, 10, 90), Leaning.NEITHER, "leans to neither side"),
    ],
)
def test_criterion_in_words(cells, leaning, words):
    found = detection(binary(*cells), "ok")

    assert (found.leaning, found.words.endswith(f"{words}.")) == (leaning, True)


def test_the_error_of_the_criterion_is_that_of_draws():
    rng = np.random.default_rng(6)
    drawn = [
        detection(binary(200 - alarms, alarms, 200 - hits, hits), "ok").criterion
        for alarms, hits in zip(rng.binomial(200, 0.1, 4000), rng.binomial(200, 0.8, 4000), strict=True)
    ]

    assert detection(binary(180, 20, 40, 160), "ok").error == pytest.approx(np.std(drawn), rel=0.05)


def test_costs_by_expected_category():
    tally = ConfusionTally.from_cells(
        [("ok", "ok", 90), ("ok", "spam", 4), ("spam", "ok", 2), ("spam", None, 1)], ["ok", "spam"]
    )

    costs = costs_by_expected(tally, {"spam": 10.0, "gone": 3.0})

    assert cost_weighted_error(tally, costs).value == pytest.approx((4 + 20 + 10) / 97)
