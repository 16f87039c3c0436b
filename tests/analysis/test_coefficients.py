"""All coefficients of a file, those of sets, and intervals by resampling."""

import json

import pytest

from calibration.analysis.documents import report_document
from calibration.analysis.errors import BadInput
from calibration.analysis.sentences import findings, headline, told_coefficients
from calibration.stats import AgreementTally, Level, brennan_prediger, gwet_ac2, set_alpha
from tests.analysis.builders import report_of, written

SCALE = "item,rater,label\n" + "".join(
    f"{item},{rater},{1 + min(item % 4 + (place == 2 and item % 3 == 0), 3)}\n"
    for item in range(60)
    for place, rater in enumerate("abc")
)
SETS = [(["x"], ["x"]), (["x", "y"], ["y", "x"]), (["x"], ["x", "y"]), ([], []), ([], ["y"])] * 8


def sets_file(folder):
    records = [
        {"item": item, "rater": rater, "label": chosen}
        for item, pair in enumerate(SETS)
        for rater, chosen in zip("ab", pair, strict=True)
    ]
    return written(folder, json.dumps(records), "sets.json")


def test_nominal_labels_have_every_coefficient_once(tmp_path):
    report = report_of(written(tmp_path, SCALE))

    assert list(report.coefficients) == [
        "krippendorff_alpha",
        "gwet_ac1",
        "gwet_ac2",
        "brennan_prediger",
        "fleiss_kappa",
        "percent_agreement",
        "pooled_agreement",
    ]
    assert report.coefficients["gwet_ac2"].value == report.coefficients["gwet_ac1"].value
    assert "gwet_ac2" not in told_coefficients(report)
    assert report.coefficients["brennan_prediger"] == brennan_prediger(report.tally)


@pytest.mark.parametrize(
    ("level", "weights"), [("ordinal", "ordinal"), ("interval", "quadratic"), ("ratio", "quadratic")]
)
def test_labels_with_an_order_have_weighted_coefficients(tmp_path, level, weights):
    report = report_of(written(tmp_path, SCALE), level=Level(level))

    found = report.coefficients
    values = None if level == "ordinal" else [1.0, 2.0, 3.0, 4.0]
    assert found["gwet_ac2"] == gwet_ac2(report.tally, weights=weights, values=values)
    assert found["gwet_ac2"].value > found["gwet_ac1"].value
    assert found["brennan_prediger_weighted"].value > found["brennan_prediger"].value
    assert found["fleiss_kappa_weighted"].value > found["fleiss_kappa"].value
    assert found["krippendorff_alpha_nominal"].value < found["krippendorff_alpha"].value
    assert "gwet_ac2" in told_coefficients(report)


def test_sets_lead_with_the_alpha_that_knows_near_misses(tmp_path):
    report = report_of(sets_file(tmp_path), separator="|")

    tally = AgreementTally.from_counts(
        [[0, 2, 0, 0], [0, 0, 2, 0], [0, 1, 1, 0], [2, 0, 0, 0], [1, 0, 0, 1]] * 8, ["", "x", "x|y", "y"]
    )
    assert report.headline == set_alpha(tally, separator="|")
    assert report.headline.value > report.agreement.krippendorff_alpha.value
    assert headline(report) == "Raters agree with alpha .486"
    assert findings(report)[1].startswith("Agreement: alpha (of sets) .486")


def test_categories_of_sets_are_their_members(tmp_path):
    x, y = report_of(sets_file(tmp_path), separator="|").categories

    assert (x.name, x.n_ratings, x.agreement.value) == ("x", 48, 1.0)
    assert (y.name, y.n_ratings, y.agreement.value) == ("y", 32, 0.5)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"level": Level.ORDINAL},
            "--multi and --level ordinal do not go together: sets of labels have no order.",
        ),
        ({"order": ("x", "y")}, "--multi and --order do not go together: sets of labels have no order."),
    ],
)
def test_sets_have_no_order(tmp_path, settings, sentence):
    with pytest.raises(BadInput) as refused:
        report_of(sets_file(tmp_path), separator="|", **settings)

    assert str(refused.value) == sentence


def test_bootstrap_is_the_same_each_time_and_lies_around_the_value(tmp_path):
    path = written(tmp_path, SCALE)

    document = report_document(report_of(path, replicates=200))

    assert document["bootstrap"]["replicates"] == 200
    for name, resampled in document["bootstrap"]["items"].items():
        assert resampled["value"] == pytest.approx(document["coefficients"][name]["value"])
        assert resampled["lower"] < resampled["value"] < resampled["upper"]
    assert report_document(report_of(path, replicates=200))["bootstrap"] == document["bootstrap"]
    assert "bootstrap" not in report_document(report_of(path))
