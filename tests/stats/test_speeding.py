"""Hurry with lower accuracy, and long runs of one answer."""

from itertools import combinations, groupby

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from calibration.stats import long_runs, speeders
from calibration.stats.errors import NotFinite, OutOfRange, UnlikeLengths

PEOPLE, ITEMS = 12, 200


def draw(seed, *, hurried=(), wrong=()):
    """200 items answered by all of 12 people: some of them in 3 seconds, some of them wrong in a quarter."""
    rng = np.random.default_rng(seed)
    raters, items = np.repeat(np.arange(PEOPLE), ITEMS), np.tile(np.arange(ITEMS), PEOPLE)
    seconds = np.where(np.isin(raters, hurried), 3.0, 40.0) * rng.lognormal(0, 0.4, len(raters))
    error = np.where(np.isin(raters, wrong), 0.25, 0.05)
    return raters, seconds, items, (rng.random(len(raters)) > error).astype(int)


def search(seed=1, **who):
    return speeders(*draw(seed, **who), n_raters=PEOPLE, n_items=ITEMS)


def test_who_hurries_and_errs_is_found():
    found = search(hurried=[4], wrong=[4])

    assert np.flatnonzero(found.found).tolist() == [4]
    assert found.order[0] == 4
    assert found.seconds[4] < 4
    assert found.usual_seconds[4] > 30


def test_speed_alone_is_no_finding():
    found = search(hurried=[4])

    assert found.p_hurry[4] < 1e-6
    assert not found.found.any()


def test_errors_alone_are_no_finding():
    found = search(wrong=[4])

    assert found.p_accuracy[4] < 1e-6
    assert not found.found.any()


def test_one_who_hurries_beside_another_who_errs_is_no_finding():
    assert not search(hurried=[4], wrong=[5]).found.any()


def test_tests_are_those_of_scipy():
    raters, seconds, items, right = draw(3, hurried=[2], wrong=[2])
    found = speeders(raters, seconds, items, right, n_raters=PEOPLE, n_items=ITEMS)

    mine = raters == 2
    rest = [int(right[~mine].sum()), int((1 - right[~mine]).sum())]
    table = [[int(right[mine].sum()), int((1 - right[mine]).sum())], rest]
    hurry = binomtest(int(found.hurried[2]), ITEMS, 0.25, alternative="greater").pvalue
    assert found.p_accuracy[2] == pytest.approx(fisher_exact(table, alternative="less").pvalue)
    assert found.p_hurry[2] == pytest.approx(hurry)
    assert found.p_value[2] == max(found.p_hurry[2], found.p_accuracy[2])


def test_an_item_that_everybody_answers_quickly_hurries_nobody():
    raters, seconds, items, right = draw(1)
    seconds = np.where(items < 120, 2.0, seconds)

    found = speeders(raters, seconds, items, right, n_raters=PEOPLE, n_items=ITEMS)

    assert found.hurried.sum() == 0


def test_accuracy_is_judged_among_those_who_hurry_alone():
    """Twelve people, one of whom hurries: a chance of one in fifty is enough there, and would not be among twelve."""
    raters, seconds, items, right = draw(1, hurried=[4])
    right = np.where(raters == 4, items >= 20, items >= 11).astype(int)

    found = speeders(raters, seconds, items, right, n_raters=PEOPLE, n_items=ITEMS)

    assert 0.05 / PEOPLE < found.p_accuracy[4] < 0.05
    assert np.flatnonzero(found.hurries).tolist() == [4]
    assert np.flatnonzero(found.found).tolist() == [4]


def test_few_answers_are_not_tested():
    raters, seconds, items, right = draw(1, hurried=[4], wrong=[4])
    scored = np.where((raters == 4) & (items >= 19), -1, np.where(raters == 4, 0, right))

    found = speeders(raters, seconds, items, scored, n_raters=PEOPLE, n_items=ITEMS)

    assert found.scored[4] == 19
    assert not found.tested[4]
    assert found.p_value[4] == 1
    assert not found.found.any()


def test_nobody_to_compare_with_is_no_finding():
    found = speeders(np.zeros(50, int), np.ones(50), np.arange(50), np.zeros(50, int), n_raters=1, n_items=50)

    assert not found.tested.any()
    assert not found.found.any()


def test_no_answers_at_all():
    found = speeders([], [], [], [], n_raters=2, n_items=0)

    assert found.n.tolist() == [0, 0]
    assert found.p_value.tolist() == [1, 1]


def test_hurried_people_are_rarely_found_where_errors_are_chance():
    found = sum(search(seed, hurried=[1, 2, 3]).found.any() for seed in range(40))

    assert found <= 4


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"seconds": [1.0, -1.0]}, OutOfRange),
        ({"seconds": [1.0, np.inf]}, NotFinite),
        ({"seconds": [1.0]}, UnlikeLengths),
        ({"is_right": [1, 2]}, OutOfRange),
        ({"raters": [0, 2]}, OutOfRange),
        ({"floor": 0.0}, OutOfRange),
        ({"floor": np.nan}, OutOfRange),
        ({"fraction": 1.0}, OutOfRange),
        ({"tolerated": 0.0}, OutOfRange),
        ({"q": 2.0}, OutOfRange),
    ],
)
def test_bad_answers_are_refused_by_name(change, error):
    good = {"raters": [0, 1], "seconds": [1.0, 2.0], "items": [0, 0], "is_right": [1, 0]}

    with pytest.raises(error):
        speeders(**(good | change), n_raters=2, n_items=1)


def test_chance_of_a_long_run_bounds_the_share_of_all_orders():
    """Every order of 5 times one label among 12 answers, counted."""
    n, times = 12, 5
    orders = [[int(place in chosen) for place in range(n)] for chosen in combinations(range(n), times)]
    longest = [max(len(list(run)) for label, run in groupby(order) if label) for order in orders]

    for length in (4, 5):
        order = [1] * length + [0, 2, 0, 2, 0, 2, 0] + [1] * (times - length)
        found = long_runs(np.zeros(n, int), order, n_raters=1, n_categories=3, least=1)
        share = np.mean([run >= length for run in longest])

        assert (found.label[0], found.length[0]) == (1, length)
        assert found.p_value[0] / 3 == pytest.approx(share)


def test_longest_run_of_each_rater_is_that_of_plain_loops():
    rng = np.random.default_rng(7)
    raters, labels = rng.integers(0, 5, 400), rng.integers(0, 2, 400)

    found = long_runs(raters, labels, n_raters=5, n_categories=2)

    for rater in range(5):
        own = labels[raters == rater]
        runs = [(label, len(list(run))) for label, run in groupby(own)]
        assert (found.label[rater], found.length[rater]) in runs
        assert found.n[rater] == len(own)
        assert found.times[rater] == (own == found.label[rater]).sum()
        assert raters[found.start[rater]] == rater


def test_a_usual_answer_may_come_often_in_a_row():
    """Nineteen in twenty items are fine: hundred in a row are nothing."""
    rng = np.random.default_rng(2)
    raters = np.repeat(np.arange(10), 1000)
    labels = (rng.random(10_000) > 0.95).astype(int)

    found = long_runs(raters, labels, n_raters=10, n_categories=2)

    assert found.length.max() > 80
    assert not found.found.any()
    assert (found.length <= found.limit * 2).all()


def test_who_gives_one_answer_for_an_hour_is_found():
    rng = np.random.default_rng(3)
    raters, labels = np.repeat(np.arange(10), 1000), (rng.random(10_000) > 0.7).astype(int)
    labels[4300:4360] = 0

    found = long_runs(raters, labels, n_raters=10, n_categories=2)

    assert np.flatnonzero(found.found).tolist() == [4]
    assert found.label[4] == 0
    assert 4300 - 10 < found.start[4] <= 4300
    assert found.length[4] >= 60 > found.limit[4]


def test_nobody_is_found_where_orders_are_random():
    rng = np.random.default_rng(4)
    raters = np.repeat(np.arange(20), 300)
    found = [
        long_runs(raters, (rng.random(6000) > 0.8).astype(int), n_raters=20, n_categories=2).found.any()
        for _ in range(60)
    ]

    assert sum(found) <= 6


def test_limit_is_exceeded_in_one_of_twenty_random_orders():
    rng = np.random.default_rng(5)
    answers = np.repeat([0, 1], [60, 140])
    found = long_runs(np.zeros(200, int), answers, n_raters=1, n_categories=2)

    orders = [rng.permutation(answers) for _ in range(1000)]
    longest = [max(len(list(run)) for label, run in groupby(order) if label) for order in orders]
    assert found.label[0] == 1
    assert 0.02 < np.mean(np.array(longest) > found.limit[0]) < 0.05 + 3 * (0.05 * 0.95 / 1000) ** 0.5


def test_one_answer_only_is_no_surprise():
    found = long_runs(np.zeros(50, int), np.zeros(50, int), n_raters=1, n_categories=2)

    assert found.length.tolist() == [50]
    assert found.p_value.tolist() == [1]
    assert found.limit.tolist() == [50]


def test_missing_answers_are_left_out_and_nobody_has_no_run():
    found = long_runs([0, 0, 0, 0], [1, -1, 1, 0], n_raters=2, n_categories=2, least=1)

    assert found.n.tolist() == [3, 0]
    assert found.length.tolist() == [2, 0]
    assert found.label.tolist() == [1, -1]
    assert found.start.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("change", "error"),
    [({"labels": [0, 2]}, OutOfRange), ({"labels": [0]}, UnlikeLengths), ({"q": 0}, OutOfRange)],
)
def test_bad_runs_are_refused_by_name(change, error):
    with pytest.raises(error):
        long_runs(**({"raters": [0, 0], "labels": [0, 1]} | change), n_raters=1, n_categories=2)
