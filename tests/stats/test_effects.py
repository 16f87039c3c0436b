"""Effects of retraining: by hand, by properties, and over simulated people who went through the running check."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from calibration.stats import (
    BeforeAfter,
    BetaPrior,
    Change,
    OutOfRange,
    Status,
    UnlikeLengths,
    retraining_effect,
    wilson,
)
from tests.stats.retraining import effects_of, flagged_people

PRIOR = BetaPrior(47, 3)
SIDES = st.tuples(st.integers(0, 40), st.integers(30, 60), st.integers(0, 40), st.integers(30, 60)).map(
    lambda t: (min(t[0], t[1]), t[1], min(t[2], t[3]), t[3])
)


def effect(*sides, **more):
    return retraining_effect(*([side] for side in sides), prior=PRIOR, **more)


def test_one_clause_by_newcombe_of_1998():
    """Table II (a), method 10: 56/70 against 48/80 is .2 (.0524 to .3339)."""
    found = effect(48, 80, 56, 70)

    assert found.effect.rounded(4) == (0.2, 0.0524, 0.3339)


@settings(deadline=None)
@given(SIDES)
def test_one_clause_has_the_interval_from_both_wilson_intervals(sides):
    pre_right, pre_n, post_right, post_n = sides
    before, after = pre_right / pre_n, post_right / post_n
    (low, high), (lower, upper) = wilson(pre_right, pre_n), wilson(post_right, post_n)

    found = effect(*sides).effect

    assert found.value - found.lower == pytest.approx(np.hypot(after - lower, high - before))
    assert found.upper - found.value == pytest.approx(np.hypot(upper - after, before - low))


@settings(deadline=None)
@given(SIDES)
def test_probability_is_that_of_draws_from_both_posteriors(sides):
    pre_right, pre_n, post_right, post_n = sides
    rng = np.random.default_rng(0)
    before, after = (
        beta.rvs(right + 0.5, n - right + 0.5, size=20_000, random_state=rng)
        for right, n in ((pre_right, pre_n), (post_right, post_n))
    )

    assert effect(*sides).p_improved == pytest.approx((after > before).mean(), abs=0.02)


def test_another_mix_of_clauses_is_no_effect():
    """The hard clause comes 60 times before and 20 times after; on each clause nothing changed."""
    found = retraining_effect([54, 48], [60, 80], [90, 12], [100, 20], prior=PRIOR)

    assert 102 / 120 - 102 / 140 > 0.1
    assert found.effect.value == pytest.approx(0)


def test_weights_are_those_of_mantel_and_haenszel():
    found = retraining_effect([20, 30], [30, 40], [28, 33], [35, 36], prior=PRIOR)

    weights = np.array([30 * 35 / 65, 40 * 36 / 76])
    by_clause = np.array([28 / 35 - 20 / 30, 33 / 36 - 30 / 40])
    assert found.effect.value == pytest.approx(weights @ by_clause / weights.sum())


def test_a_clause_that_one_side_lacks_is_left_out():
    with_it = retraining_effect([40, 3], [50, 20], [45, 0], [50, 0], prior=PRIOR)
    without = retraining_effect([40], [50], [45], [50], prior=PRIOR)

    assert (with_it.effect, with_it.pre.n) == (without.effect, 50)


def test_the_order_of_clauses_changes_nothing():
    ahead = retraining_effect([20, 30], [30, 40], [28, 33], [35, 36], prior=PRIOR)
    back = retraining_effect([30, 20], [40, 30], [33, 28], [36, 35], prior=PRIOR)

    assert back.effect.rounded(12) == ahead.effect.rounded(12)


@settings(deadline=None)
@given(SIDES)
def test_before_and_after_exchanged_turn_the_sign(sides):
    one, other = effect(*sides), effect(*sides[2:], *sides[:2])

    assert one.effect.value == -other.effect.value
    assert one.p_improved + other.p_improved == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("sides", [(29, 29, 60, 60), (60, 60, 29, 29), (0, 0, 0, 0), (5, 5, 0, 0)])
def test_under_thirty_on_a_side_nothing_is_told(sides):
    found = effect(*sides)

    assert (found.status, found.effect.value, found.p_improved) == (Status.TOO_FEW, None, None)
    assert found.change is Change.NOT_ENOUGH_DATA


def test_no_clause_at_all_tells_nothing():
    found = retraining_effect([], [], [], [], prior=PRIOR)

    assert (found.status, found.pre.status) == (Status.TOO_FEW, Status.EMPTY)


def test_words_of_too_few_say_how_many_more():
    assert effect(40, 48, 10, 12).words == (
        "Not enough data yet: 12 answers were checked after the retraining, and 30 are needed. 18 more will tell."
    )
    assert effect(5, 6, 30, 40).words.startswith("The effect cannot be told: 6 answers were checked before")
    assert effect(40, 48, 10, 12).more_after == 18


def test_words_lead_with_the_figure():
    found = effect(39, 48, 56, 60, run_right=28, run_n=40)

    assert found.words == (
        "12 points better than before: .93 of 60 against .81 of 48, on the same clauses; improved with probability "
        ".97. Set against all answers before, those that raised the flag among them, it would read +17: about 6 "
        "points of that were to be expected anyway, because people are flagged at their worst. Those answers are left "
        "out above."
    )
    assert found.change is Change.IMPROVED


def test_words_of_chance_say_how_many_more_would_settle_it():
    assert effect(83, 100, 29, 31).words.endswith("That can be chance; about 47 more answers would settle it.")
    unsettled = "That can be chance, and the first 100 answers will probably not settle it."
    assert effect(83, 100, 27, 31).words.endswith(unsettled)
    assert effect(80, 100, 32, 40).words.startswith("No different from before: .80 of 40 against .80 of 100")
    assert effect(95, 100, 30, 40).change is Change.WORSE


def test_so_many_more_answers_do_settle_it():
    """As it looks, with the answers before as they are: told in 80 % of draws with the answers that it names."""
    found = effect(83, 100, 29, 31)
    n = 31 + found.more_after
    after = np.random.default_rng(2).binomial(n, 29 / 31, 400)

    told = [effect(83, 100, post, n).change is Change.IMPROVED for post in after]

    assert 0.65 < np.mean(told) < 0.95


def test_peers_are_set_beside_it_on_the_same_clauses():
    peers = BeforeAfter([360, 80], [400, 100], [380, 90], [400, 100])

    found = retraining_effect([30, 10], [40, 12], [38, 11], [40, 12], prior=PRIOR, peers=peers)

    weights = np.array([20, 6])
    assert found.peers.value == pytest.approx(weights @ [0.05, 0.1] / 26)
    assert found.beyond_peers.value == pytest.approx(found.effect.value - found.peers.value)
    assert "Others in the queue changed by +6 points in the same time." in found.words


def test_few_peers_tell_nothing():
    found = effect(30, 40, 38, 40, peers=BeforeAfter([9], [10], [10], [10]))

    assert (found.peers, found.beyond_peers) == (None, None)


@pytest.mark.parametrize(
    ("sides", "more", "error"),
    [
        (([41], [40], [1], [40]), {}, OutOfRange),
        (([1], [40], [41], [40]), {}, OutOfRange),
        (([1, 2], [40], [1], [40]), {}, UnlikeLengths),
        (([1], [40], [1], [40]), {"run_right": 3, "run_n": 2}, OutOfRange),
        (([1], [40], [1], [40]), {"confidence": 1.0}, OutOfRange),
        (([1], [40], [1], [40]), {"peers": BeforeAfter([1, 1], [2, 2], [1, 1], [2, 2])}, UnlikeLengths),
    ],
)
def test_impossible_counts_are_refused(sides, more, error):
    with pytest.raises(error):
        retraining_effect(*sides, prior=PRIOR, **more)


@pytest.fixture(scope="module")
def unchanged():
    """Two hundred people who fell from .95 to .85, were flagged, and did not change by the retraining."""
    rng = np.random.default_rng(11)
    return effects_of(flagged_people(np.full(200, 0.85), rng, before=np.full(200, 0.95)))


def test_retraining_without_effect_is_seldom_shown_as_improved(unchanged):
    assert len(unchanged) > 190
    assert np.mean([found.change is Change.IMPROVED for found in unchanged]) <= 0.09


def test_retraining_without_effect_has_none_on_average(unchanged):
    values = np.array([found.effect.value for found in unchanged])

    assert abs(values.mean()) < 4 * values.std() / len(values) ** 0.5
    assert np.mean([found.naive for found in unchanged]) > 0.01


def test_eight_points_are_often_found():
    rng = np.random.default_rng(12)

    found = effects_of(flagged_people(np.full(100, 0.85), rng, before=np.full(100, 0.95), gain=0.08))

    assert np.mean([each.change is Change.IMPROVED for each in found]) > 0.4
