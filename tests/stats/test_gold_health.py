import numpy as np
import pytest
from scipy.stats import t as student

from calibration.stats import InvalidInput, leak_scores, suspected_gold
from tests.stats.planted_gold import DATA, precisions, read_published

SEEDS = range(10)
# Average precision of planted wrong gold, tenth and fifth of all items, at least: by weight, and by raw error rate.
PUBLISHED = {
    ("hatecheck", 0.1): (0.999, 0.999),
    ("hatecheck", 0.2): (0.999, 0.999),
    ("d_product", 0.1): (0.77, 0.68),
    ("d_product", 0.2): (0.87, 0.81),
    ("rte", 0.1): (0.87, 0.80),
    ("rte", 0.2): (0.92, 0.88),
    ("s4_dog", 0.1): (0.74, 0.80),
    ("s4_dog", 0.2): (0.84, 0.89),
}


def draw_answers(seed, *, items=40, raters=12, share=0.6, accuracy=0.9):
    rng = np.random.default_rng(seed)
    units, persons = np.nonzero(rng.random((items, raters)) < share)
    return units, persons, rng.random(len(units)) < accuracy


def suspect(units, persons, right, *, items=40, raters=12, **options):
    return suspected_gold(units, persons, right, n_items=items, n_raters=raters, **options)


def chances_by_hand(units, persons, right, *, strength=5):
    usual = (right.sum() + 0.5) / (len(right) + 1)
    found = []
    for row, person in enumerate(persons):
        others = [other for other in range(len(persons)) if persons[other] == person and other != row]
        found.append((sum(right[other] for other in others) + strength * usual) / (len(others) + strength))
    return np.array(found)


@pytest.mark.parametrize("seed", range(20))
def test_score_is_the_weight_against_over_its_root(seed):
    units, persons, right = draw_answers(seed, accuracy=0.8)
    weights = np.maximum(np.log(3 * (skill := chances_by_hand(units, persons, right)) / (1 - skill)), 0)

    found = suspect(units, persons, right, n_categories=4)

    for item in range(40):
        own = units == item
        if own.any():
            signed = np.where(right[own], -weights[own], weights[own]).sum()
            assert found.score[item] == pytest.approx(signed / np.sqrt(weights[own].sum()))
            assert found.expected[item] == pytest.approx((1 - skill[own]).sum())


@pytest.mark.parametrize("seed", range(20))
def test_chance_is_that_of_the_convolved_coins(seed):
    units, persons, right = draw_answers(seed, accuracy=0.7)
    wrong_chance = 1 - chances_by_hand(units, persons, right)

    found = suspect(units, persons, right)

    for item in range(40):
        counts = np.ones(1)
        for chance in wrong_chance[units == item]:
            counts = np.convolve(counts, [1 - chance, chance])
        wrong = int((~right[units == item]).sum())
        assert found.p_value[item] == pytest.approx(counts[wrong:].sum(), rel=1e-9)


def test_small_chances_keep_their_digits():
    units, persons, right = draw_answers(1, items=60, raters=30, share=1, accuracy=0.99)
    right[units == 7] = False

    found = suspect(units, persons, right, items=60, raters=30)

    assert 0 < found.p_value[7] < 1e-30


def test_chance_beyond_the_exact_size_is_close_to_the_exact_one():
    rng = np.random.default_rng(5)
    units, persons = np.repeat([0, 1], 450), np.tile(np.arange(450), 2)
    right = rng.random(900) < 0.9
    right[:450] = np.arange(450) >= 60

    found = suspect(units, persons, right, items=2, raters=450)

    counts = np.ones(1)
    for chance in 1 - chances_by_hand(units, persons, right)[:450]:
        counts = np.convolve(counts, [1 - chance, chance])
    assert found.p_value[0] == pytest.approx(counts[60:].sum(), rel=0.02)


def test_items_without_answers_come_last_and_are_never_found():
    units, persons, right = draw_answers(3)
    right[units == 4] = False

    found = suspect(units, persons, right, items=45)

    assert found.order[0] == 4
    assert sorted(found.order[-5:].tolist()) == [40, 41, 42, 43, 44]
    assert found.found[4]
    assert not found.found[40:].any()
    assert (found.p_value[40:] == 1).all()


def test_fewer_answers_than_the_least_are_ordered_but_not_found():
    units, persons, right = draw_answers(3, share=1)
    few = (units == 4) & (persons < 2)
    right[few] = False
    kept = (units != 4) | few

    found = suspect(units[kept], persons[kept], right[kept])

    assert (found.n[4], found.score[4]) == (2, found.score.max())
    assert not found.found[4]


def test_one_slip_does_not_outrank_many_who_disagree():
    units, persons, right = draw_answers(8, share=1, accuracy=0.97)
    right[units == 4] = np.arange(12) >= 9
    one = (units == 9) & (persons == 0)
    right[one] = False
    kept = (units != 9) | one

    found = suspect(units[kept], persons[kept], right[kept])

    assert found.order.tolist().index(4) < found.order.tolist().index(9)


def test_whoever_is_no_better_than_chance_has_no_say():
    units, persons, right = draw_answers(2, share=1, accuracy=0.97)
    right[persons == 0] = np.arange(40) % 3 == 0
    right[(persons != 0) & (units == 5)] = True

    found = suspect(units, persons, right)

    without = suspect(units[persons != 0], persons[persons != 0], right[persons != 0])
    assert found.skill[0] < 0.5
    assert np.sign(found.score[5]) == np.sign(without.score[5])
    assert found.score[5] == pytest.approx(without.score[5], rel=0.05)


def test_renaming_raters_and_mixing_rows_changes_nothing():
    units, persons, right = draw_answers(6)
    rng = np.random.default_rng(1)
    names, rows = rng.permutation(12), rng.permutation(len(units))

    mixed = suspect(units[rows], names[persons][rows], right[rows])

    found = suspect(units, persons, right)
    assert mixed.score == pytest.approx(found.score)
    assert mixed.p_value == pytest.approx(found.p_value)
    assert mixed.order.tolist() == found.order.tolist()


def test_everybody_right_or_nobody_answering_finds_nothing():
    units, persons, right = draw_answers(6)

    flawless = suspect(units, persons, np.ones_like(right))
    empty = suspected_gold([], [], [], n_items=3, n_raters=0)

    assert not flawless.found.any()
    assert (flawless.score <= 0).all()
    assert empty.order.tolist() == [0, 1, 2]
    assert not empty.found.any()


@pytest.mark.parametrize(
    "change",
    [
        {"items": [0, 2]},
        {"raters": [0, -1]},
        {"is_right": [0, 2]},
        {"is_right": [True]},
        {"is_right": [1, float("nan")]},
        {"items": [0, 0], "raters": [1, 1]},
        {"n_categories": 1},
        {"strength": 0},
    ],
)
def test_bad_answers_to_gold_are_refused_with_a_sentence(change):
    given = {"items": [0, 1], "raters": [0, 1], "is_right": [1, 0], "n_items": 2, "n_raters": 2, **change}

    with pytest.raises(ValueError, match=r"\.$"):
        suspected_gold(given.pop("items"), given.pop("raters"), given.pop("is_right"), **given)


@pytest.mark.skipif(not DATA.exists(), reason="the published data sets are not beside this checkout")
@pytest.mark.parametrize(("name", "share"), PUBLISHED)
def test_planted_wrong_gold_comes_first_in_published_data(name, share):
    published = read_published(name)

    measured = [precisions(published, share=share, seed=seed) for seed in SEEDS]

    least, most_raw = PUBLISHED[name, share]
    weighted, raw = np.mean(measured, axis=0)
    assert weighted >= least
    assert raw <= most_raw + 0.001


def draw_exposures(seed, *, items=30, people=18, leaked=None):
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(items), people)
    persons = np.concatenate([rng.permutation(people) for _ in range(items)])
    when = rng.random(len(units)) * 30
    skill, pace = rng.beta(19, 1, people), rng.normal(3, 0.4, people)
    right = rng.random(len(units)) < skill[persons]
    seconds = np.exp(pace[persons] - 0.02 * when + rng.normal(0, 0.5, len(units)))
    if leaked is not None:
        known = (units == leaked) & (when > 15)
        right[units == leaked] = known[units == leaked] | (rng.random(people) < 0.5)
        seconds[known] = 3
    return units, when, right, seconds, persons


@pytest.mark.parametrize("seed", range(5))
def test_a_leaked_item_stands_out_and_is_the_first(seed):
    units, when, right, seconds, persons = draw_exposures(seed, people=36, leaked=11)

    leak = leak_scores(units, when, right, seconds, n_items=30, raters=persons)

    assert np.argmax(leak.score) == 11
    assert leak.found[11]
    assert leak.faster[11] > 0.5


def test_without_a_leak_p_values_are_even_and_hardly_anything_is_found():
    p_values, found = [], 0
    for seed in range(100):
        units, when, right, seconds, persons = draw_exposures(seed)
        leak = leak_scores(units, when, right, seconds, n_items=30, raters=persons)
        p_values.append(leak.p_value)
        found += leak.found.any()

    under = (np.concatenate(p_values) < 0.05).mean()

    assert under == pytest.approx(0.05, abs=0.02)
    assert found <= 12


def test_chance_of_a_rise_is_that_of_permuted_exposures():
    units, when, right, seconds, _ = draw_exposures(4)
    rng = np.random.default_rng(0)

    leak = leak_scores(units, when, right, seconds, n_items=30)

    permuted = [leak_scores(units, rng.permutation(when), right, seconds, n_items=30).score for _ in range(400)]
    chance = (np.array(permuted) >= leak.score).mean(axis=0)
    assert np.abs(leak.p_value - chance).max() < 0.1
    assert np.abs(leak.p_value - chance).mean() < 0.03


def test_score_is_the_rise_over_its_moderated_standard_error():
    units, when, right, seconds, _ = draw_exposures(9, items=2)
    right[::7] = False
    items = [np.flatnonzero(units == item)[when[units == item].argsort()] for item in (0, 1)]
    pace = np.clip(np.log(seconds) - np.median(np.log(seconds)), -2, 2)

    leak = leak_scores(units, when, right, seconds, n_items=2)

    faster = np.concatenate([pace[rows].mean() - pace[rows] for rows in items])
    surer = np.concatenate([right[rows] - right[rows].mean() for rows in items])
    better = (faster / faster.std() + 0.5 * surer / surer.std()).reshape(2, 18)
    squares = (np.diff(better) ** 2).sum(axis=1) / 2
    variance = (20 * squares.sum() / 34 + squares) / (20 + 17)
    rising = np.arange(18) - 8.5
    assert leak.score == pytest.approx(better @ rising / np.sqrt(variance * (rising @ rising)))
    assert leak.p_value == pytest.approx(student.sf(leak.score, 37))


def test_halves_are_compared_in_the_order_of_time():
    leak = leak_scores([0] * 9, [9, 8, 7, 6, 5, 4, 3, 2, 1], [1, 1, 1, 1, 1, 0, 0, 0, 0], range(1, 10), n_items=2)

    assert leak.gain.tolist() == [1.0, 0.0]
    assert leak.faster[0] == pytest.approx(1 - 3 / 7.5)
    assert leak.n.tolist() == [9, 0]
    assert (leak.score[1], leak.p_value[1]) == (0, 1)


def test_what_everybody_learns_is_no_leak():
    units, when, right, seconds, _ = draw_exposures(2)
    hurried = seconds * np.exp(-0.1 * when)

    leak = leak_scores(units, when, right, hurried, n_items=30)

    assert not leak.found.any()
    assert (leak.p_value < 0.05).mean() < 0.2


def test_answers_that_are_all_alike_show_no_trend():
    leak = leak_scores([0] * 10, range(10), [1] * 10, [5] * 10, n_items=1)

    assert leak.score.tolist() == [0.0]
    assert leak.p_value[0] == pytest.approx(0.5)
    assert not leak.found[0]


def test_nothing_answered_finds_nothing():
    leak = leak_scores([], [], [], [], n_items=2)

    assert leak.n.tolist() == [0, 0]
    assert leak.p_value.tolist() == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": [1, 0]},
        {"seconds": [1, float("inf")]},
        {"moments": [1, float("nan")]},
        {"moments": [1]},
        {"items": [0, 5]},
        {"raters": [0]},
    ],
)
def test_bad_exposures_are_refused_with_a_sentence(change):
    given = {"items": [0, 1], "moments": [0, 1], "is_right": [1, 0], "seconds": [4, 5], "raters": [0, 1], **change}

    with pytest.raises(ValueError, match=r"\.$") as refused:
        leak_scores(
            given["items"], given["moments"], given["is_right"], given["seconds"], n_items=2, raters=given["raters"]
        )

    assert isinstance(refused.value, InvalidInput) or "seconds" in str(refused.value)
