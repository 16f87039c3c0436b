import json
from pathlib import Path

import pytest

from calibration.analysis.documents import report_document
from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout
from calibration.analysis.sentences import findings, headline
from calibration.stats import Level
from tests.analysis.builders import report_of, written

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = ["hatecheck.csv", "convabuse.csv", "d_product.csv", "rte.csv", "s4_dog.csv"]
needs_data = pytest.mark.skipif(
    not (DATA / "expected.json").exists(), reason="the published data sets are not beside this checkout"
)


@needs_data
@pytest.mark.parametrize("name", FILES)
def test_document_of_published_data(name):
    expected = json.loads((DATA / "expected.json").read_text())[name]

    document = report_document(report_of(DATA / name))

    read = document["input"]
    assert read == {
        **{key: expected[key] for key in ("rows", "ratings", "items", "raters", "categories", "pairable_items")},
        "duplicates": expected["rows"] - expected["ratings"],
    }
    agreement = {key: estimate["value"] for key, estimate in document["agreement"].items()}
    assert agreement["krippendorff_alpha"] == pytest.approx(expected["alpha_nominal"], abs=1e-9)
    assert agreement["gwet_ac1"] == pytest.approx(expected["ac1"], abs=1e-9)
    assert agreement["percent_agreement"] == pytest.approx(expected["percent_agreement_items"], abs=1e-9)
    assert all(estimate["lower"] < estimate["value"] < estimate["upper"] for estimate in document["agreement"].values())


@needs_data
@pytest.mark.parametrize("name", [name for name in FILES if name != "convabuse.csv"])
def test_raters_and_majority_of_published_data(name):
    expected = json.loads((DATA / "expected.json").read_text())[name]

    document = report_document(report_of(DATA / name))

    assert len(document["raters"]) == len(expected["per_rater"])
    for person in document["raters"]:
        known = expected["per_rater"][person["rater"]]
        assert (person["correct"], person["n"]) == (known["correct"], known["n"])
        assert (person["lower"], person["upper"]) == pytest.approx((known["lower"], known["upper"]), abs=1e-9)
        assert sum(n for row in person["errors"].values() for n in row.values()) == known["n"] - known["correct"]
    majority = document["consensus"]["majority"]
    assert majority["accuracy"] == pytest.approx(expected["majority_accuracy_untied"], abs=1e-9)
    assert majority["n"] == expected["majority_untied_items"]
    assert majority["n"] + majority["ties"] == expected["gold_items"]


@needs_data
def test_hatecheck_leads_with_the_two_who_are_below():
    report = report_of(DATA / "hatecheck.csv", target=0.98)

    assert headline(report) == "label_2 and label_7 are below the target of 98 %"
    assert findings(report)[0] == (
        "label_2: 1,783 of 1,861 right against gold, .958 (.950 to .965); "
        "74 of 78 errors: non_hateful where hateful is expected."
    )


def test_document_without_gold_has_no_consensus_and_nobody_is_placed(tmp_path):
    document = report_document(report_of(written(tmp_path, "item,rater,label\n1,a,x\n1,b,y\n2,a,x\n2,b,x\n")))

    assert document["consensus"] == {"majority": None, "dawid_skene": None, "choice": None}
    assert {person["standing"] for person in document["raters"]} == {"not_enough_data"}
    assert {person["accuracy"] for person in document["raters"]} == {None}
    json.dumps(document, allow_nan=False)


def test_document_has_the_fixed_keys(tmp_path):
    document = report_document(report_of(written(tmp_path, "item,rater,label,gold\n1,a,x,x\n1,b,y,x\n")))

    assert list(document)[:5] == ["input", "confidence", "agreement", "raters", "consensus"]
    assert list(document["consensus"])[:2] == ["majority", "dawid_skene"]
    assert list(document["consensus"]["majority"]) == ["accuracy", "n", "ties"]
    assert list(document["consensus"]["dawid_skene"]) == ["accuracy", "n"]
    assert list(document["agreement"]) == ["krippendorff_alpha", "gwet_ac1", "percent_agreement", "fleiss_kappa"]
    assert list(document["agreement"]["gwet_ac1"]) == ["value", "lower", "upper", "status", "n_items"]
    assert list(document["raters"][0]) == [
        "rater",
        "reference",
        "n",
        "correct",
        "accuracy",
        "lower",
        "upper",
        "standing",
        "errors",
    ]
    assert document["confidence"] == {"agreement": 0.95, "raters": 0.9}


def test_qa_decisions_are_a_reference_of_their_own(tmp_path):
    path = written(tmp_path, "item,rater,label,gold,qa\n1,a,x,x,x\n2,a,x,,y\n3,b,y,,\n")

    document = report_document(report_of(path, Layout(qa="qa")))

    people = {(person["rater"], person["reference"]): person for person in document["raters"]}
    assert (people["a", "gold"]["correct"], people["a", "gold"]["n"]) == (1, 1)
    assert (people["a", "audit_seen"]["correct"], people["a", "audit_seen"]["n"]) == (1, 2)
    assert people["a", "audit_seen"]["errors"] == {"y": {"x": 1}}
    assert people["b", "audit_seen"]["n"] == 0


def test_qa_marks_of_right_and_wrong_are_understood(tmp_path):
    path = written(tmp_path, "item,rater,label,qa\n1,a,spam,agree\n2,a,ok,disagree\n3,a,ok,agree\n")

    (person,) = report_document(report_of(path, Layout(qa="qa")))["raters"]

    assert (person["correct"], person["n"], person["errors"]) == (2, 3, {"not stated": {"ok": 1}})


def test_cut_measures_each_value_on_its_own(tmp_path):
    rows = "".join(f"{i},a,x,x,V1\n{i},b,{'x' if i % 2 else 'y'},x,V2\n{i},c,x,x,V1\n" for i in range(10))
    path = written(tmp_path, "item,rater,label,gold,vendor\n" + rows)

    by = report_document(report_of(path, Layout(by=("vendor",))))["by"]["vendor"]

    assert by["V1"]["agreement"]["percent_agreement"]["value"] == 1
    assert by["V2"]["agreement"]["percent_agreement"]["status"] == "no_overlap"
    assert (by["V2"]["accuracy"]["correct"], by["V2"]["accuracy"]["n"]) == (5, 10)


def test_small_samples_come_last(tmp_path):
    rows = "".join(f"{i},many,{'x' if i % 4 else 'y'},x\n" for i in range(40)) + "0,few,y,x\n1,few,y,x\n"

    people = report_of(written(tmp_path, "item,rater,label,gold\n" + rows)).people

    assert [person.name for person in people] == ["many", "few"]


def test_ordinal_labels_that_are_numbers_need_no_order(tmp_path):
    path = written(
        tmp_path, "item,rater,label\n" + "".join(f"{i},a,{i % 12}\n{i},b,{(i + 1) % 12}\n" for i in range(48))
    )

    assert report_of(path, level=Level.ORDINAL).tally.categories == tuple(map(str, range(12)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"level": Level.ORDINAL}, "--level ordinal needs --order least,...,most: the labels are x, y."),
        ({"level": Level.INTERVAL}, "--level interval needs labels that are numbers: the labels are x, y."),
        ({"order": ("x",)}, "--order leaves out y. Name every label once, from least to most."),
        ({"order": ("x", "y", "x")}, "--order names a label twice. Name every label once, from least to most."),
    ],
)
def test_level_that_does_not_fit_is_refused(tmp_path, settings, sentence):
    path = written(tmp_path, "item,rater,label\n1,a,x\n1,b,y\n")

    with pytest.raises(BadInput) as refused:
        report_of(path, **settings)

    assert str(refused.value) == sentence


def test_gold_that_everybody_contradicts_is_doubted(tmp_path):
    rows = "".join(f"{i},{r},x,{'y' if i == 3 else 'x'}\n" for i in range(9) for r in "abc")

    (suspect,) = report_of(written(tmp_path, "item,rater,label,gold\n" + rows)).suspect_gold

    assert (suspect.item, suspect.gold, suspect.given, suspect.against, suspect.n) == ("3", "y", "x", 3, 3)
    assert suspect.stands_out


def test_who_meets_the_gold_and_has_few_qa_decisions_is_not_said_to_meet_the_target(tmp_path):
    rows = "".join(f"{item},{rater},x,x,{'x' if item < 3 else ''}\n" for item in range(60) for rater in "ab")
    report = report_of(written(tmp_path, f"item,rater,label,gold,qa\n{rows}"), Layout(qa="qa"), target=0.9)

    assert headline(report) == "Nobody is shown to be below the target of 90 %"
    assert "For 2 raters there is not enough data yet: a and b." in findings(report)
