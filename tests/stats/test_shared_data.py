import csv
import json
from pathlib import Path

import numpy as np
import pytest

from calibration.stats import (
    AgreementTally,
    choose_aggregator,
    clopper_pearson,
    dawid_skene,
    glad,
    gwet_ac1,
    krippendorff_alpha,
    majority,
    one_coin,
    percent_agreement,
    pooled_agreement,
    standing,
)

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
FILES = ["hatecheck.csv", "convabuse.csv", "d_product.csv", "rte.csv", "s4_dog.csv"]

pytestmark = pytest.mark.skipif(
    not (DATA / "expected.json").exists(), reason="the published data sets are not beside this checkout"
)


def rows_of(name):
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def codes_of(rows, column):
    return np.unique([row[column] for row in rows], return_inverse=True)


def expected_of(name):
    return json.loads((DATA / "expected.json").read_text())[name]


@pytest.mark.parametrize("name", FILES)
def test_agreement_of_published_data(name):
    expected = expected_of(name)
    rows = rows_of(name)

    tally = AgreementTally.from_triples(*[[row[column] for row in rows] for column in ("item", "rater", "label")])

    assert (tally.n_ratings, tally.n_items, tally.n_pairable) == (
        expected["ratings"],
        expected["items"],
        expected["pairable_items"],
    )
    assert krippendorff_alpha(tally).value == pytest.approx(expected["alpha_nominal"], abs=1e-9)
    assert gwet_ac1(tally).value == pytest.approx(expected["ac1"], abs=1e-9)
    assert percent_agreement(tally).value == pytest.approx(expected["percent_agreement_items"], abs=1e-9)
    assert pooled_agreement(tally).value == pytest.approx(expected["percent_agreement_pooled"], abs=1e-9)


@pytest.mark.parametrize("name", [name for name in FILES if name != "convabuse.csv"])
def test_bounds_of_each_rater_of_published_data(name):
    for person in expected_of(name)["per_rater"].values():
        bounds = clopper_pearson(person["correct"], person["n"])

        assert bounds == pytest.approx((person["lower"], person["upper"]), abs=1e-9)


def test_standings_of_hatecheck():
    """METHODS, section 3: target .98, all ratings."""
    people = expected_of("hatecheck.csv")["per_rater"]

    standings = {name: standing(p["correct"], p["n"], target=0.98).standing.value for name, p in people.items()}

    meets = dict.fromkeys(["label_1", "label_3", "label_4", "label_5", "label_6", "label_8", "label_10"], "meets")
    assert standings == {**meets, "label_2": "below", "label_7": "below", "label_9": "not_enough_data"}


@pytest.mark.parametrize(("name", "joint"), [("d_product.csv", 0.9397), ("rte.csv", 0.9275), ("s4_dog.csv", 0.8426)])
def test_consensus_of_published_data(name, joint):
    """Majority without ties from expected.json; Dawid-Skene of METHODS, section 5."""
    rows, expected = rows_of(name), expected_of(name)
    (units, items), (persons, raters) = codes_of(rows, "item"), codes_of(rows, "rater")
    categories, labels = codes_of(rows, "label")
    gold = np.zeros(len(units), int)
    gold[items] = np.searchsorted(categories, [row["gold"] for row in rows])
    sizes = {"n_items": len(units), "n_categories": len(categories)}

    votes = majority(items, labels, **sizes)
    model = dawid_skene(items, raters, labels, n_raters=len(persons), **sizes)

    assert (~votes.tied).sum() == expected["majority_untied_items"]
    assert (votes.winner == gold)[~votes.tied].mean() == pytest.approx(expected["majority_accuracy_untied"], abs=1e-9)
    assert (model.winner == gold).mean() == pytest.approx(joint, abs=0.0015)
    assert model.converged
    assert (np.diff(model.log_likelihood) >= 0).all()


@pytest.mark.parametrize(
    ("name", "coins", "able"),
    [("d_product.csv", 0.9084, 0.9283), ("rte.csv", 0.925, 0.925), ("s4_dog.csv", 0.8302, 0.834)],
)
def test_one_coin_and_glad_of_published_data(name, coins, able):
    """What crowd-kit 1.4.2 finds on the same files, with 1,000 steps and 100 steps of its gradient."""
    rows = rows_of(name)
    (units, items), (persons, raters) = codes_of(rows, "item"), codes_of(rows, "rater")
    categories, labels = codes_of(rows, "label")
    gold = np.zeros(len(units), int)
    gold[items] = np.searchsorted(categories, [row["gold"] for row in rows])
    sizes = {"n_items": len(units), "n_raters": len(persons), "n_categories": len(categories)}

    models = [one_coin(items, raters, labels, **sizes), glad(items, raters, labels, **sizes)]

    assert [(model.winner == gold).mean() for model in models] == pytest.approx([coins, able], abs=0.0015)
    assert all(model.converged for model in models)


@pytest.mark.parametrize(("name", "right"), [("d_product.csv", 7816), ("rte.csv", 742), ("s4_dog.csv", 680)])
def test_choice_on_published_gold(name, right):
    """Every item is gold here; one that the votes leave tied earns the majority a share."""
    rows = rows_of(name)
    (units, items), (persons, raters) = codes_of(rows, "item"), codes_of(rows, "rater")
    categories, labels = codes_of(rows, "label")
    gold = np.zeros(len(units), int)
    gold[items] = np.searchsorted(categories, [row["gold"] for row in rows])
    sizes = {"n_items": len(units), "n_categories": len(categories)}
    models = {
        name: fit(items, raters, labels, n_raters=len(persons), **sizes).posterior
        for name, fit in (("dawid_skene", dawid_skene), ("one_coin", one_coin), ("glad", glad))
    }
    fits = {"majority": majority(items, labels, **sizes).posterior, **models}

    choice = choose_aggregator(fits, range(len(units)), gold)

    assert choice.aggregator == "dawid_skene"
    assert choice.chosen.right == pytest.approx(right, abs=0.0015 * len(units))
