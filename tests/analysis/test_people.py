"""What a file shows about people: pairs of raters, and what kind of errors each makes."""

import pytest

from calibration.analysis import ratings
from calibration.analysis.documents import report_document
from calibration.analysis.errors import BadInput
from calibration.analysis.pages import report_page
from calibration.analysis.sentences import lenience, weakest_words
from calibration.analysis.terminal import terminal_report
from calibration.stats import cohen_kappa
from tests.analysis.builders import report_of, written

# a is always right, b misses half of the harm, c calls a fifth of the harmless items harm.
GIVEN = {
    "a": lambda item: "harm" if item % 4 == 0 else "ok",
    "b": lambda item: "harm" if item % 8 == 0 else "ok",
    "c": lambda item: "harm" if item % 4 == 0 or item % 5 == 0 else "ok",
}
ROWS = "item,rater,label,gold\n" + "".join(
    f"{item},{rater},{give(item)},{GIVEN['a'](item)}\n" for item in range(80) for rater, give in GIVEN.items()
)


def test_pairs_of_raters_are_those_of_their_tables(tmp_path):
    report = report_of(written(tmp_path, ROWS))

    found = {(pair.first, pair.second): pair for pair in report.pairings.most_shared(10)}

    assert list(found) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert (found["a", "b"].n, found["a", "b"].agreed, found["a", "b"].percent) == (80, 70, 0.875)
    assert found["a", "b"].kappa == pytest.approx(cohen_kappa([[10, 10], [0, 60]]).value)
    assert [(pair.first, pair.second) for pair in report.pairings.least_alike(1)] == [("b", "c")]


def test_document_lists_the_pairs_and_says_how_many_were_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("calibration.analysis.documents._MOST_PAIRS", 2)

    pairs = report_document(report_of(written(tmp_path, ROWS)))["pairs"]

    assert (pairs["n"], pairs["left_out"], len(pairs["all"])) == (3, 1, 2)
    assert list(pairs["all"][0]) == ["first", "second", "n", "agreed", "percent", "kappa"]


def test_kappa_of_a_pair_with_one_label_is_unknown(tmp_path):
    rows = "".join(f"{item},{rater},x\n" for item in range(30) for rater in "ab") + "99,c,y\n"

    (pair,) = report_of(written(tmp_path, "item,rater,label\n" + rows)).pairings.most_shared(5)

    assert (pair.percent, pair.kappa) == (1.0, None)


def test_too_many_pairs_are_not_counted_and_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(ratings, "_MOST_PAIRED", 10)

    report = report_of(written(tmp_path, ROWS))

    assert len(report.pairings) == 0
    assert report_document(report)["pairs"] == {"n": None, "left_out": None, "all": []}
    assert "Pairs of raters were not compared" in report_page(report, source="r.csv")
    assert "PAIRS" not in terminal_report(report)


def test_pairs_with_few_items_are_not_compared_in_words(tmp_path):
    report = report_of(written(tmp_path, "item,rater,label\n1,a,x\n1,b,y\n"))

    assert report.pairings.least_alike() == []
    assert "No two raters share 20 items" in report_page(report, source="r.csv")


def test_profiles_tell_false_alarms_from_misses(tmp_path):
    report = report_of(written(tmp_path, ROWS), no_violation="ok")

    b, c, a = (next(p for p in report.profiles if p.rater == name) for name in "bca")

    assert (b.false_positives.value, b.false_negatives.value) == (0, 0.5)
    assert (c.false_positives.value, c.false_negatives.value) == (0.2, 0)
    assert (lenience(b), lenience(c), lenience(a)) == ("lenient", "strict", "even")
    assert weakest_words(b) == "finds 50 % of 20 harm"
    assert a.macro_f1 == a.matthews == 1.0
    assert [p.rater for p in report.profiles] == [p.name for p in report.people]


def test_document_holds_the_profiles(tmp_path):
    profiles = report_document(report_of(written(tmp_path, ROWS)))["profiles"]

    b = next(profile for profile in profiles if profile["rater"] == "b")
    assert b["categories"]["harm"] == {
        "expected": 20,
        "given": 10,
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
    }
    assert b["false_positives"] is None


def test_no_violation_that_nobody_gave_is_refused(tmp_path):
    with pytest.raises(BadInput) as refused:
        report_of(written(tmp_path, ROWS), no_violation="fine")

    assert str(refused.value) == "--no-violation fine: nobody gave that label. The labels are harm, ok."


def test_few_answers_have_no_profile(tmp_path):
    assert report_of(written(tmp_path, "item,rater,label,gold\n1,a,x,x\n1,b,y,x\n")).profiles == ()


def test_page_and_terminal_show_pairs_and_profiles(tmp_path):
    report = report_of(written(tmp_path, ROWS), no_violation="ok", replicates=100)

    page, text = report_page(report, source="r.csv"), terminal_report(report, width=140)

    assert "Pairs of raters: b and c agree least, on 72.5 % of 80 items" in page.replace("\u00a0", " ")
    for heading in ("Further coefficients", "Intervals by bootstrap", "Error profile of each rater"):
        assert f"<summary>{heading}</summary>" in page
    for heading in ("PAIRS OF RATERS", "ERROR PROFILES", "INTERVALS BY BOOTSTRAP", "JOINT ANSWERS"):
        assert heading in text
    assert page.count("<table") == page.count("<caption>")


def test_taxonomy_too_wide_for_a_table_has_no_profiles_and_folds_its_categories(tmp_path):
    rows = "".join(f"{item},{rater},c{item % 60:02},c{item % 60:02}\n" for item in range(120) for rater in "ab")

    report = report_of(written(tmp_path, "item,rater,label,gold\n" + rows))

    assert report.profiles == ()
    assert "<summary>All 60 categories</summary>" in report_page(report, source="r.csv")
    assert "ERROR PROFILES" not in terminal_report(report)


def test_page_folds_all_but_the_first_raters(tmp_path):
    rows = "".join(f"{item},r{place:02},x,x\n" for item in range(3) for place in range(20))

    page = report_page(report_of(written(tmp_path, "item,rater,label,gold\n" + rows)), source="r.csv")

    assert "<summary>The 5 others</summary>" in page
    assert page.index("r14") < page.index("The 5 others") < page.index("r15")
