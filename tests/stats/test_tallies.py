import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from calibration.stats import AgreementTally, ConfusionTally, DuplicateRating, krippendorff_alpha

tables = arrays.arrays(np.int64, st.tuples(st.integers(0, 20), st.just(3)), elements=st.integers(0, 4))
cells = arrays.arrays(np.int64, (3, 4), elements=st.integers(0, 50))
NAMES = ["ok", "spam", "scam"]


@settings(deadline=None)
@given(tables, tables)
def test_adding_tallies_equals_tallying_the_sum(left, right):
    added = AgreementTally.from_counts(left, NAMES) + AgreementTally.from_counts(right, NAMES)

    assert added == AgreementTally.from_counts(np.concatenate([left, right]), NAMES)


def test_pooled_tally_is_not_the_mean_of_its_parts():
    """Why tallies are added: two days of opposite prevalence (DESIGN, section 4)."""
    monday = AgreementTally.from_counts([[2, 0]] * 45 + [[1, 1]] * 5, ["ok", "spam"])
    tuesday = AgreementTally.from_counts([[0, 2]] * 45 + [[1, 1]] * 5, ["ok", "spam"])

    mean = (krippendorff_alpha(monday).value + krippendorff_alpha(tuesday).value) / 2

    assert mean < 0
    assert krippendorff_alpha(monday + tuesday).value == pytest.approx(0.8, abs=0.01)


@given(tables)
def test_tally_survives_a_json_field(counts):
    tally = AgreementTally.from_counts(counts, NAMES)

    assert AgreementTally.from_json(json.loads(json.dumps(tally.to_json()))) == tally


def test_patterns_with_one_rating_are_kept():
    tally = AgreementTally.from_counts([[1, 0], [1, 0], [1, 1], [0, 0]], ["ok", "spam"])

    assert (tally.n_items, tally.n_pairable, tally.n_ratings) == (3, 1, 4)
    assert tally.shares.tolist() == [0.75, 0.25]


@given(arrays.arrays(np.int64, st.tuples(st.integers(1, 30), st.just(14)), elements=st.integers(0, 3)))
def test_many_categories_are_grouped_as_few_are(counts):
    """Fourteen categories do not fit the table of keys, so rows are sorted instead."""
    tally = AgreementTally.from_counts(counts, [str(v) for v in range(14)])

    rows, items = np.unique(counts[counts.any(axis=1)], axis=0, return_counts=True)
    assert tally.patterns.tolist() == rows.tolist()
    assert tally.items.tolist() == items.tolist()


def test_repeated_rating_keeps_the_last_or_the_first_row_or_is_refused():
    triples = ([1, 1, 1], ["a", "b", "a"], ["ok", "ok", "spam"], ["ok", "spam"])

    last, first = (AgreementTally.from_triples(*triples, duplicates=which) for which in ("last", "first"))
    with pytest.raises(DuplicateRating) as caught:
        AgreementTally.from_triples(*triples, duplicates="error")

    assert last.patterns.tolist() == [[1, 1]]
    assert first.patterns.tolist() == [[2, 0]]
    assert caught.value.row == 2


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.sampled_from(NAMES)), min_size=1, max_size=40),
    st.permutations(range(5)),
)
def test_renaming_raters_changes_nothing(triples, names):
    items, raters, labels = zip(*triples, strict=True)

    renamed = AgreementTally.from_triples(items, [names[rater] for rater in raters], labels, NAMES)

    assert renamed == AgreementTally.from_triples(items, raters, labels, NAMES)


def test_codes_of_cannot_tell_are_missing():
    assert AgreementTally.from_codes([0, 0, 1], [1, -1, -1], ["ok", "spam"]).patterns.tolist() == [[0, 1]]


def test_code_out_of_range_is_refused():
    with pytest.raises(ValueError, match="between -1 and 1"):
        AgreementTally.from_codes([0], [2], ["ok", "spam"])


def test_undeclared_label_is_refused():
    with pytest.raises(ValueError, match="'scam' is not among the declared categories: ok, spam"):
        AgreementTally.from_triples([1], [1], ["scam"], ["ok", "spam"])


def test_tallies_of_other_categories_do_not_add():
    with pytest.raises(ValueError, match="same categories"):
        AgreementTally.empty(["ok", "spam"]) + AgreementTally.empty(["spam", "ok"])


def test_negative_counts_and_categories_declared_twice_are_refused():
    with pytest.raises(ValueError, match="never negative"):
        AgreementTally.from_counts([[-1, 2]], ["ok", "spam"])
    with pytest.raises(ValueError, match="declared once"):
        AgreementTally.empty(["ok", "ok"])


@given(cells, cells)
def test_adding_confusions_adds_their_cells(left, right):
    one, two = (
        ConfusionTally.from_cells(
            [(NAMES[row], [*NAMES, None][column], int(n)) for (row, column), n in np.ndenumerate(counts)], NAMES
        )
        for counts in (left, right)
    )

    assert (one + two).counts.tolist() == (left + right).tolist()
    assert (one + two).right == np.trace(left + right)
    assert ConfusionTally.from_json(json.loads(json.dumps(one.to_json()))) == one


def test_error_kinds_are_told_apart():
    tally = ConfusionTally.from_cells(
        [("ok", "ok", 90), ("ok", "spam", 4), ("spam", "ok", 3), ("spam", "scam", 2), ("scam", None, 1)], NAMES
    )

    assert tally.false_positives("ok") == 4
    assert tally.false_negatives("ok") == 3
    assert tally.wrong_selections("ok") == 2
    assert tally.cannot_tell == 1
    assert tally.wrong == 10
    assert tally.errors() == {"ok": {"spam": 4}, "spam": {"ok": 3, "scam": 2}, "scam": {"cannot tell": 1}}
    assert tally.false_positive_rate("ok").n == 94
    assert tally.false_negative_rate("ok").rounded(2)[0] == 0.5
    assert tally.recall("ok").rounded(3)[0] == 0.957
    assert tally.precision("ok").rounded(3)[0] == 0.968


def test_several_accepted_answers_are_right_and_an_error_is_booked_under_the_first():
    tally = ConfusionTally.from_answers(
        [(("spam", "scam"), "scam"), (("spam", "scam"), "ok"), (("ok", None), None), (("ok",), None)], NAMES
    )

    assert (tally.right, tally.wrong, tally.cannot_tell) == (2, 2, 2)
    assert tally.errors() == {"ok": {"cannot tell": 2}, "spam": {"ok": 1}}


def test_cannot_tell_alone_is_not_an_expected_answer():
    with pytest.raises(ValueError, match="names at least one category"):
        ConfusionTally.from_answers([((None,), "ok")], NAMES)


def test_rates_of_an_empty_confusion_are_empty():
    tally = ConfusionTally.empty(NAMES)

    assert tally.accuracy().value is None
    assert tally.errors() == {}
