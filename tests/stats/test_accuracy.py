import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from calibration.stats import (
    BetaPrior,
    Standing,
    Status,
    answers_needed,
    answers_to_settle,
    clustered_standing,
    fit_prior,
    group_answers_to_settle,
    interval_answers,
    standing,
    stratified_standing,
)

PLANNED = ((0.95, 0.98), (0.9, 0.95), (0.85, 0.95), (0.8, 0.9))


@pytest.mark.parametrize(
    ("hits", "n", "expected"),
    [(1783, 1861, "below"), (1803, 1867, "below"), (1816, 1861, "not_enough_data"), (1844, 1854, "meets")],
)
def test_standings_of_hatecheck_people(hits, n, expected):
    """METHODS, section 3: label_2, label_7, label_9 and label_1 against .98."""
    assert standing(hits, n, target=0.98).standing.value == expected


def test_meets_at_95_percent_needs_59_flawless_answers():
    """METHODS, section 4."""
    assert standing(58, 58, target=0.95).standing is Standing.NOT_ENOUGH_DATA
    assert standing(59, 59, target=0.95).standing is Standing.MEETS


def test_under_twenty_answers_nothing_can_be_told():
    nineteen = standing(0, 19, target=0.95)

    assert nineteen.standing is Standing.NOT_ENOUGH_DATA
    assert nineteen.accuracy.status is Status.TOO_FEW
    assert standing(0, 20, target=0.95).standing is Standing.BELOW


def test_no_answer_has_no_accuracy():
    assert standing(0, 0, target=0.95).accuracy.status is Status.EMPTY


def test_target_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        standing(1, 2, target=95)


@pytest.mark.parametrize(
    ("target", "accuracy", "answers"), [(0.98, 0.95, 226), (0.95, 0.90, 169), (0.95, 0.85, 52), (0.90, 0.80, 78)]
)
def test_planner_of_the_exact_one_sided_test(target, accuracy, answers):
    """METHODS, section 3, "how many?": alpha .05, power .8."""
    assert answers_needed(accuracy, target=target) == answers


def test_planner_refuses_an_accuracy_on_target():
    with pytest.raises(ValueError, match="never be told"):
        answers_needed(0.95, target=0.95)


def test_about_38_more_answers_settle_12_of_14():
    """SCREENS, "Look and voice": the sentence of the worked example."""
    assert answers_to_settle(12, 14, target=0.95) == 38


def test_settled_and_unsettlable_standings():
    assert answers_to_settle(1783, 1861, target=0.98) == 0
    assert answers_to_settle(95, 100, target=0.95) is None
    assert answers_to_settle(0, 0, target=0.95) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_answers_to_settle_keeps_its_word(sample):
    """The chance that the standing is settled after so many more, summed over all outcomes, is .8 at least."""
    hits, n = sample
    more = answers_to_settle(hits, n, target=0.9, limit=600)
    if not more:
        return
    outcomes = np.arange(more + 1)
    chances = binom.pmf(outcomes, more, hits / n)

    settled = [standing(hits + int(x), n + more, target=0.9).standing is not Standing.NOT_ENOUGH_DATA for x in outcomes]

    assert chances[settled].sum() >= 0.8


def test_independent_answers_of_a_group_settle_as_a_persons_do():
    person, alone = standing(46, 50, target=0.98), standing(12, 14, target=0.95)

    assert group_answers_to_settle(person.accuracy, target=0.98) == answers_to_settle(46, 50, target=0.98)
    assert group_answers_to_settle(alone.accuracy, target=0.95) == 38


def test_answers_that_hang_together_need_more_to_settle():
    """Ten people with ten answers each, one of whom is wrong on nine: these tell as much as 8 independent ones."""
    right = np.ones(100, bool)
    right[1:10] = False
    judged = clustered_standing(right, np.arange(100) // 10, np.arange(100), target=0.97).accuracy

    assert answers_to_settle(91, 100, target=0.97) == 0
    assert group_answers_to_settle(judged, target=0.97) > 1000
    assert group_answers_to_settle(judged, target=0.3) == 0


def test_group_of_few_answers_needs_twenty_at_least():
    judged = clustered_standing([True] * 6, [0, 1] * 3, range(6), target=0.5).accuracy

    assert group_answers_to_settle(judged, target=0.5) == 14


def test_clustered_standing_of_a_team_on_target_is_rarely_below():
    """METHODS, section 3: 150 labelers, mean .95, sd .02, 100 gold: plain Clopper-Pearson is falsely below in 10 %."""
    rng = np.random.default_rng(20250101)
    size = 0.95 * 0.05 / 0.02**2 - 1
    plain = clustered = 0
    for _ in range(200):
        truth = rng.beta(0.95 * size, 0.05 * size, 150)
        right = (rng.random((150, 100)) < truth[:, None]).ravel()
        people, items = np.repeat(np.arange(150), 100), np.arange(15_000)
        clustered += clustered_standing(right, people, items, target=0.95).standing is Standing.BELOW
        plain += standing(int(right.sum()), 15_000, target=0.95).standing is Standing.BELOW

    assert plain >= 14
    assert clustered <= 14
    assert clustered < plain


def test_answers_that_hang_together_by_item_widen_the_interval():
    items = np.repeat(np.arange(40), 10)
    right = (items % 8 != 0).astype(int)
    people = np.tile(np.arange(10), 40)

    team = clustered_standing(right, people, items, target=0.8)

    alone = standing(int(right.sum()), 400, target=0.8)
    assert team.accuracy.upper - team.accuracy.lower > 2.5 * (alone.accuracy.upper - alone.accuracy.lower)


def test_a_team_of_one_is_that_person():
    assert clustered_standing([1] * 30, ["a"] * 30, range(30), target=0.9) == standing(30, 30, target=0.9)


def test_prior_of_a_group_is_found_and_shrinks_small_samples():
    rng = np.random.default_rng(7)
    n = rng.integers(20, 200, 400)
    truth = rng.beta(38, 2, 400)
    hits = rng.binomial(n, truth)

    prior = fit_prior(hits, n)

    assert prior.mean == pytest.approx(0.95, abs=0.01)
    assert prior.a + prior.b == pytest.approx(40, rel=0.35)
    raw_error = np.sqrt(((hits / n - truth) ** 2).mean())
    assert np.sqrt(((prior.shrink(hits, n) - truth) ** 2).mean()) < 0.85 * raw_error


def test_shrinking_cuts_the_error_at_ten_gold_as_published():
    """METHODS, section 3: empirical Bayes cuts RMSE 2.3x at 10 gold."""
    rng = np.random.default_rng(11)
    truth = rng.beta(0.95 * 117, 0.05 * 117, 2000)
    hits = rng.binomial(10, truth)
    n = np.full(2000, 10)

    shrunk = fit_prior(hits, n).shrink(hits, n)

    ratio = np.sqrt(((hits / n - truth) ** 2).mean()) / np.sqrt(((shrunk - truth) ** 2).mean())
    assert ratio > 2


def test_prior_of_nobody_is_flat():
    assert fit_prior([0, 0], [0, 0]) == BetaPrior(1.0, 1.0)


def test_prior_of_flawless_people_is_finite():
    prior = fit_prior([20] * 5, [20] * 5)

    assert 0.95 < prior.mean < 1


def test_one_standing_over_queues_is_that_of_the_sum():
    found = stratified_standing([475, 270], [500, 300], [0.9, 0.8])

    assert found == standing(745, 800, target=(0.9 * 500 + 0.8 * 300) / 800)
    assert found.standing is Standing.MEETS


def test_one_standing_of_nothing_is_none():
    assert stratified_standing([0], [0], [0.95]) is None
    assert stratified_standing([], [], []) is None


def test_one_standing_has_one_entry_a_queue():
    with pytest.raises(ValueError, match="hits has 2, n has 1"):
        stratified_standing([1, 2], [2], [0.9])


def test_planned_numbers_are_those_of_the_methods():
    """METHODS, section 3: told from the target at level .05 with power .8; and half widths at .95."""
    told = [answers_needed(accuracy, target=target) for accuracy, target in PLANNED]

    assert told == [226, 169, 52, 78]
    assert [interval_answers(points) for points in (0.05, 0.02)] == [82, 465]


@pytest.mark.parametrize(("half", "accuracy"), [(0.0, 0.95), (0.5, 0.95), (0.05, 1.0), (float("nan"), 0.95)])
def test_a_half_width_that_cannot_be_is_refused(half, accuracy):
    with pytest.raises(ValueError, match="half width"):
        interval_answers(half, accuracy=accuracy)
