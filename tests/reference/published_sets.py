"""Published ratings with gold that lie beside the repository; tests of them are skipped where they do not."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from calibration.stats import AgreementTally

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
_is_there = pytest.mark.skipif(not (DATA / "expected.json").exists(), reason="no published data beside the checkout")
NAMES = [pytest.param(name, marks=_is_there) for name in ("hatecheck", "convabuse", "d_product", "rte", "s4_dog")]
WITH_GOLD = [pytest.param(name, marks=_is_there) for name in ("d_product", "rte", "s4_dog")]


@cache
def columns(name):
    """Items, raters and labels as codes, and the gold label of each item; a repeated rating keeps its last row."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        rows = list({(row["item"], row["rater"]): row for row in csv.DictReader(file)}.values())
    labels = sorted({row["label"] for row in rows} | {row["gold"] for row in rows if row.get("gold")})
    items, item = np.unique([row["item"] for row in rows], return_inverse=True)
    raters, rater = np.unique([row["rater"] for row in rows], return_inverse=True)
    label = np.array([labels.index(row["label"]) for row in rows])
    gold = np.full(len(items), -1)
    for row, place in zip(rows, item, strict=True):
        if row.get("gold"):
            gold[place] = labels.index(row["gold"])
    return {
        "items": item,
        "raters": rater,
        "labels": label,
        "gold": gold,
        "n_items": len(items),
        "n_raters": len(raters),
        "n_categories": len(labels),
    }


def counts_of(name):
    """int[N, K]."""
    found = columns(name)
    k = found["n_categories"]
    cells = np.bincount(found["items"] * k + found["labels"], minlength=found["n_items"] * k)
    return cells.reshape(-1, k)


def agreement_tally(name):
    """The tally of a file by triples, over all its categories."""
    found = columns(name)
    names = [str(code) for code in range(found["n_categories"])]
    return AgreementTally.from_triples(found["items"], found["raters"], found["labels"].astype(str), names)
