"""The one check of what comes in: what passes, and which error names what does not."""

import numpy as np
import pytest

from calibration.stats.errors import NotDeclared, NotFinite, OutOfRange, TooLarge, UnlikeLengths
from calibration.stats.inputs import codes, counts, declared, finite, flags, grouped, place_of, row_keys, same_length
from calibration.stats.inputs import share as checked_share


@pytest.mark.parametrize("values", [[0, 1, 2], [0.0, 1.0, 2.0], np.array([0, 1, 2], np.uint8), (0, 1, 2)])
def test_codes_are_whole_numbers_however_they_are_stored(values):
    found = codes(values, name="items", size=3)

    assert found.dtype == np.int64
    assert found.tolist() == [0, 1, 2]


def test_no_code_at_all_is_an_empty_list():
    assert codes([], name="items", size=0).tolist() == []


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ([0, 3], OutOfRange, "items: codes lie between 0 and 2"),
        ([-1, 0], OutOfRange, "items: codes lie between 0 and 2"),
        ([0.5], OutOfRange, "only whole numbers"),
        ([float("nan")], NotFinite, "finite"),
        ([float("inf")], NotFinite, "finite"),
        ([None, 1], NotFinite, "finite"),
        (["a"], OutOfRange, "every entry is a number"),
        ([None, "a"], OutOfRange, "every entry is a number"),
        ([[0, 1]], OutOfRange, "not a table"),
        ([[0, 1], [0]], OutOfRange, "not a table"),
        (0, OutOfRange, "not a table"),
        ([2**60], OutOfRange, "codes lie"),
        ([2.0**60], TooLarge, "2\\^53"),
        ([2**63], TooLarge, "2\\^53"),
        ([2**80], TooLarge, "2\\^53"),
        ([10**400, 1], TooLarge, "2\\^53"),
    ],
)
def test_what_is_no_code_is_refused_by_name(values, error, words):
    with pytest.raises(error, match=words):
        codes(values, name="items", size=3)


def test_minus_one_is_a_missing_label_where_that_is_allowed():
    assert codes([-1, 0], name="labels", size=1, missing=True).tolist() == [-1, 0]
    with pytest.raises(OutOfRange, match="between -1 and 0"):
        codes([-2], name="labels", size=1, missing=True)


def test_counts_are_never_negative_and_never_more_than_sums_can_hold():
    assert counts([[2**52, 2**52 - 1]], name="counts").sum() == 2**53 - 1
    with pytest.raises(OutOfRange, match="never negative"):
        counts([-1], name="counts")
    with pytest.raises(TooLarge, match="Count in parts"):
        counts([2**53 - 1, 1], name="counts")
    with pytest.raises(TooLarge, match="Count in parts"):
        counts([2**62, 2**62, 2**62], name="counts")
    with pytest.raises(OutOfRange, match="rows differ in length"):
        counts([[1, 2], [3]], name="counts")


@pytest.mark.parametrize(
    ("lowest", "highest", "words"),
    [(0, None, "at 0 or above"), (None, -3, "at -3 or below"), (0, 1, "between 0 and 1")],
)
def test_numbers_outside_their_range_are_refused(lowest, highest, words):
    with pytest.raises(OutOfRange, match=words):
        finite([-2.0], name="shares", lowest=lowest, highest=highest)


def test_numbers_that_are_not_finite_are_refused():
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(NotFinite, match="shares"):
            finite([0.5, bad], name="shares")


def test_yes_and_no_come_as_booleans_or_as_zero_and_one():
    assert flags([0, 1, True], name="right").tolist() == [False, True, True]
    with pytest.raises(OutOfRange, match="right"):
        flags([2], name="right")


def test_names_become_codes_and_what_cannot_be_sorted_is_refused():
    assert grouped(["b", "a", "b"], name="raters").tolist() == [1, 0, 1]
    assert grouped([], name="raters").tolist() == []
    with pytest.raises(NotFinite, match="raters"):
        grouped([1.0, np.nan], name="raters")
    with pytest.raises(OutOfRange, match="all names or all numbers"):
        grouped(["a", None], name="raters")
    with pytest.raises(OutOfRange, match="not a table"):
        grouped([["a"], ["b", "c"]], name="raters")


def test_arrays_of_unlike_length_are_named_with_their_lengths():
    with pytest.raises(UnlikeLengths, match="items has 2, raters has 1"):
        same_length(items=np.zeros(2), raters=np.zeros(1))


@pytest.mark.parametrize("value", [0, 1, -0.1, 95, float("nan")])
def test_a_confidence_is_a_share(value):
    with pytest.raises(OutOfRange, match="confidence lies between 0 and 1"):
        checked_share(value, name="confidence")


def test_categories_are_declared_once_and_labels_are_among_them():
    with pytest.raises(OutOfRange, match="declared once"):
        declared(["a", "a"])
    with pytest.raises(NotDeclared, match="'x' is not among the declared categories: a, b"):
        place_of("x", ("a", "b"))


def test_a_long_taxonomy_is_told_in_part():
    with pytest.raises(NotDeclared, match="c11 and 488 more"):
        place_of("x", [f"c{number}" for number in range(500)])


def test_pairs_of_very_large_codes_keep_keys_of_their_own():
    first, second = np.array([0, 2**40, 2**40]), np.array([2**40, 0, 0])

    keys = row_keys(first, second)

    assert keys[1] == keys[2] != keys[0]
    assert row_keys(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []
