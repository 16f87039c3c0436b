"""Where differences come from: by hand, against balanced analysis of variance, and over drawn worlds."""

import numpy as np
import pytest

from calibration.stats import (
    NotEnoughData,
    OutOfRange,
    SplitKind,
    Status,
    UnlikeLengths,
    clause_splits,
    fit_facets,
    retest,
    variance_shares,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def balanced(seed=0):
    """40 items by 10 people, items in 4 clauses; standard deviations 1, .5, .8 and 1."""
    draw = rng(seed)
    item, person = np.repeat(np.arange(40), 10), np.tile(np.arange(10), 40)
    clause = item % 4
    value = draw.normal(0, 1, 40)[item] + draw.normal(0, 0.5, 10)[person] + draw.normal(0, 0.8, 4)[clause]
    return item, person, clause, value + draw.normal(0, 1, 400)


def anova(value):
    """Mean squares of items within clauses, people and clauses, solved for their variances, in a balanced table."""
    table = value.reshape(40, 10)
    mean, by_item, by_person = table.mean(), table.mean(axis=1), table.mean(axis=0)
    by_clause = np.array([by_item[np.arange(40) % 4 == clause].mean() for clause in range(4)])
    person = 40 * ((by_person - mean) ** 2).sum() / 9
    clause = 100 * ((by_clause - mean) ** 2).sum() / 3
    item = 10 * ((by_item - by_clause[np.arange(40) % 4]) ** 2).sum() / 36
    rest = ((table - by_item[:, None] - by_person[None, :] + mean) ** 2).sum() / (39 * 9)
    return (item - rest) / 10, (person - rest) / 40, (clause - item) / 100, rest


@pytest.mark.parametrize("seed", range(5))
def test_balanced_data_give_the_components_of_the_analysis_of_variance(seed):
    item, person, clause, value = balanced(seed)

    found = variance_shares(item, person, clause, value, rng=rng(), replicates=2)

    assert found.components == pytest.approx(anova(value))


def test_components_are_right_on_average_in_unbalanced_data():
    """A tenth of the items has many ratings, people do unlike numbers of them, clauses are of unlike size."""
    draw, found = rng(5), []
    for _ in range(300):
        item = draw.choice(60, size=400, p=np.r_[np.full(6, 0.08), np.full(54, 0.52 / 54)])
        person = draw.choice(12, size=400, p=np.arange(1, 13) / 78)
        clause = np.minimum(item // 8, 5)
        value = draw.normal(0, 1, 60)[item] + draw.normal(0, 0.7, 12)[person] + draw.normal(0, 0.7, 6)[clause]
        shares = variance_shares(item, person, clause, value + draw.normal(0, 1, 400), rng=draw, replicates=1)
        found.append(shares.components)

    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / len(found) ** 0.5
    assert (abs(means - [1, 0.49, 0.49, 1]) < 4 * errors).all()


def test_an_item_with_weight_two_counts_as_two_items():
    """The bootstrap's weights against rows that are really there twice."""
    item, person, clause, value = balanced()
    kept = item < 20
    rows = [array[kept] for array in (item, person, clause, value)]
    again = [np.concatenate([rows[0], rows[0] + 20]), *(np.tile(row, 2) for row in rows[1:])]

    class Twice:
        """Draws each item twice."""

        def multinomial(self, n, _chances, size):
            return np.full((size, n), 2)

    weighted = variance_shares(*rows, rng=Twice(), replicates=3)
    doubled = variance_shares(*again, rng=rng(), replicates=1)

    assert weighted.item.upper == pytest.approx(max(doubled.item.value, weighted.item.value))
    assert weighted.labeler.upper == pytest.approx(max(doubled.labeler.value, weighted.labeler.value))


def test_shares_sum_to_one_and_lie_in_their_intervals():
    found = variance_shares(*balanced(), rng=rng(), replicates=100)

    parts = (found.item, found.labeler, found.clause, found.remainder)
    assert sum(part.value for part in parts) == pytest.approx(1)
    assert all(0 <= part.lower <= part.value <= part.upper <= 1 for part in parts)
    assert (found.status, found.n_items, found.n_ratings) == (Status.OK, 40, 400)


def test_names_of_items_and_people_change_nothing():
    item, person, clause, value = balanced()
    order = rng(3).permutation(400)
    renamed = rng(4).permutation(10)[person]

    first = variance_shares(item, person, clause, value, rng=rng(), replicates=1)
    second = variance_shares(item[order], renamed[order], clause[order], value[order], rng=rng(), replicates=1)

    assert second.components == pytest.approx(first.components)


def test_a_factor_with_one_level_has_no_share():
    item, person, _, value = balanced()
    found = variance_shares(item, person, np.zeros(400, int), value, rng=rng(), replicates=20)

    assert (found.clause.value, found.components[2], found.status) == (0, 0, Status.OK)
    assert found.components[3] == pytest.approx(anova(value)[3])


def test_nothing_to_share_is_a_status():
    assert variance_shares([], [], [], [], rng=rng()).status is Status.EMPTY
    assert variance_shares([0, 1], [0, 1], [0, 0], [1, 1], rng=rng()).status is Status.ONE_CATEGORY
    assert variance_shares([0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 0, 1], rng=rng()).status is Status.TOO_FEW
    few = variance_shares(*(array[:100] for array in balanced()), rng=rng())
    assert (few.status, few.item.lower, few.item.value is not None) == (Status.TOO_FEW, None, True)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (([0, 1], [0], [0, 0], [1, 0]), UnlikeLengths),
        (([0, 1], [0, -1], [0, 0], [1, 0]), OutOfRange),
    ],
)
def test_impossible_ratings_are_refused(arguments, error):
    with pytest.raises(error):
        variance_shares(*arguments, rng=rng())


def answers(within, between, n=900, seed=0):
    """Three people an item, the third of another group; of each clause's items, how many see it: by group."""
    draw = rng(seed)
    item, group = np.repeat(np.arange(n), 3), np.tile([0, 0, 1], n)
    topic = draw.integers(0, 3, n)[item]
    chance = np.where(group == 0, np.array(within)[topic], np.array(between)[topic])
    seen = np.where(draw.random(3 * n) < chance, topic, 3)
    return item, group, seen[:, None] == np.arange(3)


def test_a_clause_that_splits_people_of_one_group_is_ambiguous():
    found = clause_splits(*answers([0.95, 0.5, 0.95], [0.95, 0.5, 0.95]))

    assert [split.kind for split in found] == [SplitKind.CLEAR, SplitKind.AMBIGUOUS, SplitKind.CLEAR]
    assert found[1].within.value == pytest.approx(2 / 3, abs=0.06)
    assert found[1].others.value == pytest.approx(0.095, abs=0.04)


def test_a_clause_that_groups_read_differently_is_plural():
    found = clause_splits(*answers([0.97, 0.97, 0.97], [0.97, 0.2, 0.97]))

    assert found[1].kind is SplitKind.PLURAL
    assert found[1].within.value < 0.1
    assert found[1].between.value > 0.6


def test_pairs_by_hand():
    """Item 0: yes, yes, no in group 0 and yes in group 1; item 1: no, no; item 2: yes alone."""
    items, groups = [0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 0, 0, 0]
    named = np.array([1, 1, 0, 1, 0, 0, 1], bool)[:, None]

    [split] = clause_splits(items, groups, named)

    assert (split.within.value, split.within.n_ratings) == (2 / 3, 3)
    assert (split.between.value, split.between.n_ratings) == (1 / 3, 3)
    assert (split.kind, split.others.status) == (SplitKind.NOT_ENOUGH_DATA, Status.NO_OVERLAP)


def test_intervals_of_splits_cover():
    truth, hits = 2 * 0.7 * 0.3 / (1 - 0.3**2), 0
    for seed in range(200):
        draw = rng(seed)
        item = np.repeat(np.arange(150), 2)
        [split] = clause_splits(item, np.zeros(300, int), (draw.random(300) < 0.7)[:, None])
        hits += split.within.lower <= truth <= split.within.upper

    assert 0.91 <= hits / 200 <= 0.99


def test_no_answers_split_nobody():
    [split] = clause_splits([], [], np.zeros((0, 1), bool))

    assert (split.within.status, split.kind) == (Status.NO_OVERLAP, SplitKind.NOT_ENOUGH_DATA)


def test_answers_split_lists_must_fit():
    with pytest.raises(UnlikeLengths):
        clause_splits([0, 1], [0], np.zeros((2, 1), bool))


def test_repeats_are_compared_with_the_answer_before():
    found = retest([0, 0, 0, 1], [5, 5, 5, 5], [2, 2, 1, 2], [True, True, False, True])

    assert (found.same.value, found.same.n) == (0.5, 2)
    assert (found.stable.value, found.stable.n) == (0.5, 2)


def test_without_repeats_there_is_no_stability():
    found = retest([0, 0, 1], [5, 6, 5], [2, 2, 1])

    assert (found.same.status, found.stable.status) == (Status.EMPTY, Status.EMPTY)
    assert retest([], [], []).same.status is Status.EMPTY


def test_facets_find_the_weak_person_and_the_hard_clause():
    draw = rng(8)
    item, person = np.repeat(np.arange(400), 5), np.tile(np.arange(10), 200)
    clause = item % 4
    logit = -3 + 2 * (person == 3) + 1.5 * (clause == 2)
    found = fit_facets(item, person, clause, draw.random(2000) < 1 / (1 + np.exp(-logit)))

    assert (found.labeler.argmax(), found.clause.argmax(), found.converged) == (3, 2, True)
    assert found.labeler[3] - np.delete(found.labeler, 3).mean() == pytest.approx(2, abs=0.6)


def test_facets_are_the_maximum_of_the_penalised_likelihood():
    draw = rng(9)
    item, person, clause = (draw.integers(0, size, 300) for size in (20, 6, 3))
    wrong = draw.random(300) < 0.3
    found = fit_facets(item, person, clause, wrong, ridge=2.0)

    rest = 1 / (1 + np.exp(-(found.mean + found.item[item] + found.labeler[person] + found.clause[clause]))) - wrong
    assert rest.sum() == pytest.approx(0, abs=1e-2)
    assert np.bincount(person, rest) + 2 * found.labeler == pytest.approx(np.zeros(6), abs=1e-2)


def test_facets_of_nothing_are_refused():
    with pytest.raises(NotEnoughData):
        fit_facets([], [], [], [])
    with pytest.raises(ValueError, match="ridge"):
        fit_facets([0], [0], [0], [True], ridge=0)
