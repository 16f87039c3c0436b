"""What deserves a look: gold that may be wrong, raters who copy, hurry, or give one answer."""

import numpy as np
import pytest

from calibration.analysis import ratings
from calibration.analysis.documents import report_document
from calibration.analysis.layouts import Layout
from calibration.analysis.pages import report_page
from calibration.analysis.sentences import findings
from calibration.analysis.terminal import terminal_report
from tests.analysis.builders import report_of, written

PEOPLE = [f"p{place}" for place in range(8)]


def drawn(seed=1, items=240):
    """(item, rater, label, gold) of eight people who are right in 85 %; p1 gives what p0 gave on half of the items."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 3, items)
    labels = np.where(rng.random((items, 8)) < 0.85, gold[:, None], rng.integers(0, 3, (items, 8)))
    labels[: items // 2, 1] = labels[: items // 2, 0]
    return gold, labels


def file_of(folder, gold, labels, seconds=None):
    """A row an item and person, with the seconds where there are some."""
    rows = [
        f"{item},{rater},{labels[item, place]},{gold[item]}"
        + ("" if seconds is None else f",{seconds[item, place]:.1f}")
        for item in range(len(gold))
        for place, rater in enumerate(PEOPLE)
    ]
    header = "item,rater,label,gold" + ("" if seconds is None else ",took")
    return written(folder, "\n".join([header, *rows]) + "\n")


def test_gold_that_good_raters_contradict_comes_first(tmp_path):
    gold, labels = drawn()
    wrong = gold.copy()
    wrong[[7, 90]] = (wrong[[7, 90]] + 1) % 3

    report = report_of(file_of(tmp_path, wrong, labels))

    assert sorted(one.item for one in report.suspect_gold if one.stands_out) == ["7", "90"]
    assert any(said.startswith("2 gold items may be wrong: ") for said in findings(report))


def test_gold_without_contradiction_is_not_mentioned(tmp_path):
    gold = np.arange(40) % 3

    report = report_of(file_of(tmp_path, gold, np.repeat(gold[:, None], 8, axis=1)))

    assert report.suspect_gold == ()
    assert "Gold that may be wrong" not in report_page(report, source="r.csv")


def test_pair_that_shares_wrong_answers_is_found(tmp_path):
    report = report_of(file_of(tmp_path, *drawn()))

    (pair,) = report.copying.found
    assert (pair.first, pair.second, pair.shared) == ("p0", "p1", 240)
    assert pair.same_wrong > 2 * pair.expected
    assert report.copying.n_compared == 28
    assert f"p0 and p1 gave the same wrong answer on {pair.same_wrong} items" in " ".join(findings(report))


def test_pairs_are_not_compared_where_items_have_too_many_ratings(tmp_path, monkeypatch):
    monkeypatch.setattr(ratings, "_MOST_PAIRED", 10)

    document = report_document(report_of(file_of(tmp_path, *drawn()), replicates=100))

    assert document["copying"] == {"n_compared": None, "found": []}
    assert document["bootstrap"]["raters"] == {}


def test_who_hurries_and_errs_is_found_and_who_only_hurries_is_not(tmp_path):
    gold, labels = drawn()
    rng = np.random.default_rng(2)
    seconds = rng.gamma(4, 8, labels.shape) + 8
    seconds[:, 6:] = 2
    labels[:, 6] = gold
    labels[:120, 7] = (gold[:120] + 1) % 3

    report = report_of(file_of(tmp_path, gold, labels, seconds), Layout(time="took"))

    (found,) = report.speeding.found
    assert (found.rater, found.hurried, found.n, found.scored) == ("p7", 240, 240, 240)
    assert report.speeding.n_tested == 8
    assert any(said.startswith("p7 hurries through many answers") for said in findings(report))
    assert report_document(report)["speeding"]["found"][0]["rater"] == "p7"


def test_speed_is_not_looked_at_without_times(tmp_path):
    assert report_document(report_of(file_of(tmp_path, *drawn())))["speeding"] is None


def test_answers_without_a_time_do_not_count(tmp_path):
    path = written(tmp_path, "item,rater,label,took\n1,a,x,\n1,b,x,\n")

    assert report_of(path, Layout(time="took")).speeding.found == ()


def test_rater_who_always_gives_one_answer_is_found(tmp_path):
    rows = "".join(f"{i},{r},{'x' if r == 'c' or i % 2 else 'y'}\n" for i in range(60) for r in "abc")

    (found,) = report_of(written(tmp_path, "item,rater,label\n" + rows)).one_answer

    assert (found.rater, found.label, found.share, found.expected) == ("c", "x", 1.0, 0.5)


@pytest.mark.parametrize("kind", ["page", "terminal"])
def test_suspicions_are_shown(tmp_path, kind):
    gold, labels = drawn()
    seconds = np.full(labels.shape, 30.0)
    seconds[:, 7] = 2
    labels[::6, 7] = (gold[::6] + 1) % 3
    gold[7] = (gold[7] + 1) % 3

    report = report_of(file_of(tmp_path, gold, labels, seconds), Layout(time="took"))
    shown = report_page(report, source="r.csv") if kind == "page" else terminal_report(report)

    for heading in ("The same wrong answers", "In a hurry, and wrong more often", "Gold that may be wrong"):
        assert (heading if kind == "page" else heading.upper()) in shown
