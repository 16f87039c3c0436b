"""Joint answers of a file, and the choice between them."""

import json
from pathlib import Path

import numpy as np
import pytest

from calibration.analysis import joint
from calibration.analysis.documents import report_document
from calibration.analysis.pages import report_page
from calibration.analysis.sentences import joint_words
from tests.analysis.builders import report_of, written

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def file_of(folder, labels, gold):
    rows = [
        f"{item},r{place},{label},{gold[item]}" for item, row in enumerate(labels) for place, label in enumerate(row)
    ]
    return written(folder, "\n".join(["item,rater,label,gold", *rows]) + "\n")


@pytest.mark.skipif(
    not (DATA / "expected.json").exists(), reason="the published data sets are not beside this checkout"
)
@pytest.mark.parametrize(("name", "share"), [("d_product.csv", 0.9397), ("rte.csv", 0.9275), ("s4_dog.csv", 0.8426)])
def test_dawid_skene_is_chosen_on_published_data(name, share):
    consensus = report_document(report_of(DATA / name))["consensus"]

    assert consensus["dawid_skene"]["accuracy"] == pytest.approx(share, abs=0.0015)
    assert list(consensus) == ["majority", "dawid_skene", "one_coin", "glad", "choice"]
    assert consensus["choice"]["aggregator"] == "dawid_skene"


def test_majority_stays_where_no_way_is_better(tmp_path):
    gold = np.arange(40) % 2

    report = report_of(file_of(tmp_path, np.repeat(gold[:, None], 3, axis=1), gold))

    assert report.consensus.choice.aggregator == "majority"
    assert joint_words(report.consensus) == (
        "The majority is right on 40 of 40 gold items; no other way of joining answers is, "
        "by more than chance, more often."
    )
    assert "none is better" in report_page(report, source="r.csv")


def test_little_gold_cannot_choose(tmp_path):
    report = report_of(file_of(tmp_path, [["x", "x"], ["y", "y"]], ["x", "y"]))

    assert joint_words(report.consensus) == (
        "2 gold items with several ratings cannot tell which way of joining answers is best: keep to the majority."
    )
    assert report_document(report)["consensus"]["choice"]["status"] == "too_few"


def test_gold_that_nobody_gave_is_no_error(tmp_path):
    report = report_of(file_of(tmp_path, [["x", "x"]] * 5 + [["y", "y"]] * 5, ["x"] * 9 + ["z"]))

    assert report.consensus.choice.n == 9
    assert report.consensus.by_name["glad"].n == 10
    json.dumps(report_document(report), allow_nan=False)


def test_too_many_cells_leave_dawid_skene_out(tmp_path, monkeypatch):
    monkeypatch.setattr(joint, "_MOST_CELLS", 5)

    report = report_of(file_of(tmp_path, [["x", "x"], ["y", "y"]] * 20, ["x", "y"] * 20))

    assert report_document(report)["consensus"]["dawid_skene"] == {"accuracy": None, "n": 40}
    assert "not computed" in report_page(report, source="r.csv")
