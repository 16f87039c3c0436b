"""Samples with known probabilities: drawing, weighting, and the interval of a weighted share."""

import numpy as np
import pytest

from calibration.stats import (
    NotEnoughData,
    Status,
    draw_sample,
    effective_size,
    equal_shares,
    weighted_share,
)

# Three strata by risk: 20,000 decisions, 824 of them wrong (4.12 %).
SIZES = (14_000, 5_000, 1_000)
WRONG = (138, 371, 315)
DRAWN = 288


def risky_population():
    """Strata and errors of 20,000 decisions, the riskier the rarer."""
    strata = np.repeat(["low", "middle", "high"], SIZES)
    wrong = np.concatenate([np.arange(size) < errors for size, errors in zip(SIZES, WRONG, strict=True)])
    return strata, wrong


def test_equal_shares_take_all_of_a_small_stratum_and_share_the_rest():
    assert equal_shares([100, 2, 50], 11).tolist() == [5, 2, 4]
    assert equal_shares([10, 10, 10], 9).tolist() == [3, 3, 3]
    assert equal_shares([4, 1], 99).tolist() == [4, 1]


def test_fewer_than_one_a_stratum_is_refused():
    with pytest.raises(ValueError, match="at least one of each"):
        equal_shares([5, 5, 5], 2)


def test_each_stratum_gives_its_share_with_the_probability_that_it_had():
    strata = np.repeat(["a", "b"], [90, 10])

    sample = draw_sample(strata, 30, seed=7)

    drawn = strata[sample.positions]
    assert ((drawn == "a").sum(), (drawn == "b").sum()) == (20, 10)
    assert sample.probabilities[drawn == "a"] == pytest.approx(20 / 90)
    assert sample.probabilities[drawn == "b"] == pytest.approx(1.0)


def test_the_same_seed_draws_the_same_and_another_seed_others():
    strata = np.zeros(1000)

    first, again, other = (draw_sample(strata, 20, seed=seed).positions.tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert len(set(first)) == 20


def test_every_unit_is_drawn_as_often_as_its_probability_says():
    strata = np.repeat([0, 1], [40, 10])
    runs = 4000

    times = np.zeros(50)
    for seed in range(runs):
        times[draw_sample(strata, 12, seed=seed).positions] += 1

    expected = np.repeat([6 / 40, 6 / 10], [40, 10])
    error = np.sqrt(expected * (1 - expected) / runs)
    assert (np.abs(times / runs - expected) < 4.5 * error).all()


def test_drawing_from_nothing_is_refused():
    with pytest.raises(NotEnoughData):
        draw_sample([], 3, seed=0)


def test_weighted_share_is_the_ratio_of_inverse_probabilities():
    hits, p = np.array([1, 0, 1, 1]), np.array([0.5, 0.1, 1.0, 0.25])

    found = weighted_share(hits, p, [1, 2, 3, 4])

    assert found.value == pytest.approx((2 + 1 + 4) / (2 + 10 + 1 + 4))


def test_equal_probabilities_give_the_plain_share():
    assert weighted_share([1, 1, 0, 1], [0.2] * 4, range(4)).value == pytest.approx(0.75)


def test_the_order_and_the_scale_of_probabilities_change_nothing():
    rng = np.random.default_rng(3)
    hits, p, clusters = rng.random(60) < 0.9, rng.choice([0.1, 0.4], 60), rng.integers(0, 12, 60)
    turned = rng.permutation(60)

    one = weighted_share(hits, p, clusters)
    other = weighted_share(hits[turned], p[turned] / 2, clusters[turned])

    assert other.rounded(6) == one.rounded(6)


def test_bootstrap_of_single_units_agrees_with_the_linearised_variance():
    rng = np.random.default_rng(11)
    hits, p = rng.random(400) < 0.8, rng.choice([0.1, 0.3, 1.0], 400)
    w = 1 / p
    value = (w @ hits) / w.sum()
    linearised = ((w * (hits - value)) ** 2).sum() / w.sum() ** 2 * 400 / 399

    found = weighted_share(hits, p, range(400), replicates=4000)

    assert found.upper - found.lower == pytest.approx(2 * 1.96 * linearised**0.5, rel=0.08)


def test_units_of_one_cluster_count_as_less_than_strangers():
    hits = np.repeat(np.arange(20) % 4 > 0, 10)

    apart = weighted_share(hits, [0.1] * 200, range(200))
    together = weighted_share(hits, [0.1] * 200, np.repeat(range(20), 10))

    assert together.upper - together.lower > 2 * (apart.upper - apart.lower)


def test_all_right_still_has_an_interval():
    found = weighted_share([1] * 30, [0.1] * 30, range(30))

    assert found.value == 1.0
    assert found.lower == pytest.approx(0.884, abs=0.001)
    assert found.upper == 1.0


def test_few_units_and_single_clusters_say_so():
    assert weighted_share([], [], []).status is Status.EMPTY
    assert weighted_share([1, 0, 1], [1, 1, 1], [1, 2, 3]).status is Status.TOO_FEW
    alone = weighted_share([1] * 30, [1] * 30, [4] * 30)
    assert (alone.value, alone.lower, alone.status) == (1.0, None, Status.TOO_FEW)


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match="inclusion probability"):
        weighted_share([1], [p], [0])


def test_columns_of_unlike_length_are_refused():
    with pytest.raises(ValueError, match="clusters has 1"):
        weighted_share([1, 0], [0.5, 0.5], [1])


def test_effective_size_falls_with_unlike_weights():
    assert effective_size([0.3] * 10) == pytest.approx(10)
    assert effective_size([1.0, 0.1]) == pytest.approx((1 + 10) ** 2 / (1 + 100))


def test_a_risk_weighted_audit_reads_13_percent_unweighted_and_the_truth_weighted():
    """METHODS section 3: 288 drawn by risk read 13.3 % where 4.12 % are wrong; 38 errors are found instead of 12."""
    strata, wrong = risky_population()
    plain, weighted, found, by_chance = [], [], [], []
    for seed in range(400):
        sample = draw_sample(strata, DRAWN, seed=seed)
        drawn = wrong[sample.positions]
        plain.append(drawn.mean())
        found.append(drawn.sum())
        weighted.append(weighted_share(drawn, sample.probabilities, range(DRAWN), replicates=2).value)
        by_chance.append(wrong[draw_sample(np.zeros(len(wrong)), DRAWN, seed=seed).positions].sum())

    assert wrong.mean() == pytest.approx(0.0412)
    assert np.mean(plain) == pytest.approx(0.133, abs=0.002)
    assert np.mean(weighted) == pytest.approx(0.0412, abs=0.0012)
    assert np.mean(found) == pytest.approx(38, abs=1)
    assert np.mean(by_chance) == pytest.approx(12, abs=1)


@pytest.mark.parametrize("stratified", [False, True], ids=["at random", "by category"])
def test_the_interval_covers_the_truth_as_often_as_it_says(stratified):
    """30 people of unlike skill with better and worse days; at least 93 of 100 intervals hold the truth."""
    covered, runs = 0, 150
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        person = np.repeat(np.arange(30), 200)
        day = person * 100 + np.tile(np.repeat(np.arange(20), 10), 30)
        skill = np.clip(rng.normal(0.95, 0.02, 30)[person] + rng.normal(0, 0.02, 3000)[day], 0, 1)
        right = rng.random(len(person)) < skill
        category = np.where(right, rng.random(len(person)) < 0.2, rng.random(len(person)) < 0.8)
        sample = draw_sample(category if stratified else np.zeros(len(person)), 120, seed=seed)
        chosen = sample.positions
        found = weighted_share(right[chosen], sample.probabilities, day[chosen], replicates=200)
        covered += found.lower <= right.mean() <= found.upper

    assert covered >= 0.93 * runs
