"""Two raters and all pairs of raters: published tables, and each pair against its own table."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.stats import Status, TooLarge, cohen_kappa, rater_pairs, scott_pi
from tests.stats.published import COHEN_TABLE, PARADOX

RATINGS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 4), st.sampled_from("xyz")),
    min_size=2,
    max_size=60,
    unique_by=lambda r: r[:2],
)


@pytest.mark.parametrize(("weights", "kappa"), [("identity", 0.4915), ("linear", 0.4737), ("quadratic", 0.4545)])
def test_kappa_of_the_three_by_three_table(weights, kappa):
    assert cohen_kappa(COHEN_TABLE, weights=weights).rounded(4)[0] == kappa


def test_kappa_and_pi_of_the_paradox_table():
    assert cohen_kappa(PARADOX).rounded(4)[0] == -0.0234
    assert round(scott_pi(COHEN_TABLE), 5) == 0.48718


def test_the_interval_of_kappa_covers_as_often_as_it_says():
    rng = np.random.default_rng(5)
    shares = np.array([[0.5, 0.1], [0.08, 0.32]])
    truth = cohen_kappa(np.round(shares * 10_000)).value

    covered = 0
    for _ in range(2000):
        found = cohen_kappa(rng.multinomial(150, shares.ravel()).reshape(2, 2))
        covered += found.lower <= truth <= found.upper

    assert 0.93 <= covered / 2000 <= 0.97


def test_a_table_without_items_or_with_one_category_says_so():
    assert cohen_kappa([[0, 0], [0, 0]]).status is Status.EMPTY
    assert cohen_kappa([[9, 0], [0, 0]]).status is Status.ONE_CATEGORY
    assert scott_pi([[9, 0], [0, 0]]) is None
    assert scott_pi([[0, 0], [0, 0]]) is None


def test_perfect_agreement_claims_no_interval_without_width():
    found = cohen_kappa([[90, 0], [0, 50]])

    assert (found.value, found.upper, found.status) == (1.0, 1.0, Status.OK)
    assert 0.9 < found.lower < 0.95


def test_one_item_has_a_kappa_without_an_interval_and_few_ratings_of_a_category_are_told():
    assert cohen_kappa([[0, 1], [0, 0]]).status is Status.TOO_FEW
    assert cohen_kappa([[90, 3], [2, 5]]).status is Status.FEW_POSITIVES


@pytest.mark.parametrize(
    ("table", "words"), [([[1, 2, 3], [4, 5, 6]], "square"), ([[1, -1], [0, 3]], "never negative")]
)
def test_a_table_that_is_none_is_refused(table, words):
    with pytest.raises(ValueError, match=words):
        cohen_kappa(table)


def test_pairs_say_where_no_kappa_is_defined_and_where_items_are_few():
    one_category = rater_pairs([0, 0], ["a", "b"], ["x", "x"], "xy")
    few = rater_pairs([0, 0, 1, 1], ["a", "b"] * 2, ["x", "x", "y", "x"], "xy")
    many = rater_pairs(np.repeat(np.arange(20), 2), ["a", "b"] * 20, ["x", "x", "y", "x"] * 10, "xy")

    assert [pairs.statuses for pairs in (one_category, few, many)] == [
        (Status.ONE_CATEGORY,),
        (Status.TOO_FEW,),
        (Status.OK,),
    ]


def test_an_item_that_very_many_rated_is_refused_before_memory_ends():
    with pytest.raises(TooLarge, match="leave out items"):
        rater_pairs(np.zeros(30_000, np.int64), np.arange(30_000), np.zeros(30_000, np.int64))


@given(RATINGS)
def test_each_pair_is_what_its_own_table_gives(ratings):
    items, raters, labels = (np.array(column) for column in zip(*ratings, strict=True))

    pairs = rater_pairs(items, raters, labels, "xyz")

    given_by = {name: {i: "xyz".index(label) for i, r, label in ratings if str(r) == name} for name in pairs.raters}
    names = [(pairs.raters[a], pairs.raters[b]) for a, b in zip(pairs.first, pairs.second, strict=True)]
    meeting = [(a, b) for a, b in combinations(pairs.raters, 2) if given_by[a].keys() & given_by[b].keys()]
    assert names == meeting
    for place, (one, other) in enumerate(names):
        shared = given_by[one].keys() & given_by[other].keys()
        _assert_pair(pairs, place, [(given_by[one][item], given_by[other][item]) for item in shared])


def _assert_pair(pairs, place, answers):
    table = np.zeros((3, 3))
    for row, column in answers:
        table[row, column] += 1
    assert pairs.n[place] == len(answers)
    assert pairs.agreed[place] == np.trace(table)
    kappa, pi = cohen_kappa(table), scott_pi(table)
    assert pairs.kappa[place] == pytest.approx(math.nan if kappa.value is None else kappa.value, nan_ok=True)
    assert pairs.pi[place] == pytest.approx(math.nan if pi is None else pi, nan_ok=True)


def test_names_and_order_of_items_change_nothing():
    items, raters, labels = [1, 1, 2, 2, 3, 3, 3], list("ababbac"), list("xyxxyyx")
    turned = [6, 2, 4, 0, 1, 5, 3]

    one = rater_pairs(items, raters, labels)
    other = rater_pairs(*([column[place] for place in turned] for column in (items, raters, labels)))

    assert one.agreed.tolist() == other.agreed.tolist()
    assert one.kappa == pytest.approx(other.kappa, nan_ok=True)


def test_pairs_with_too_little_in_common_are_left_out():
    pairs = rater_pairs([1, 1, 2, 2, 3], list("ababc"), list("xxyyx"), least=2)

    assert [(pairs.raters[a], pairs.raters[b]) for a, b in zip(pairs.first, pairs.second, strict=True)] == [("a", "b")]


def test_no_overlap_gives_no_pair():
    assert len(rater_pairs([1, 2], ["a", "b"], ["x", "x"])) == 0


def test_an_undeclared_label_is_refused():
    with pytest.raises(ValueError, match="'z' is not among the declared categories"):
        rater_pairs([1, 1], ["a", "b"], ["x", "z"], ["x", "y"])
