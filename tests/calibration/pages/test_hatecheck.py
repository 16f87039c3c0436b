"""A published data set, imported: the people page shows the standings that were published with the methods."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from labeling.enums import SlotOrigin
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_external_labeler, make_policy, make_queue, make_user, make_vendor
from tests.calibration.builders import make_plan
from tests.calibration.pages.worlds import count, write_gold, write_labels

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "hatecheck.csv"
# Enough to see each standing; what the others answered changes nothing about these.
RATERS = ("label_1", "label_2", "label_7", "label_9")
CATEGORIES = {"hateful": "hateful", "non_hateful": "no_violation"}

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.exists(), reason="the published data sets are not beside this checkout"),
]


def import_hatecheck():
    with DATA.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rater"] in RATERS]
    queue = make_queue("HateCheck", policy=make_policy(categories=("no_violation", "hateful")))
    make_plan(queue, target=0.98)
    expected = {row["item"]: CATEGORIES[row["gold"]] for row in rows}
    at = clock.now() - timedelta(days=2)
    golds = dict(zip(expected, write_gold(queue, list(expected.values()), at=at), strict=True))
    vendor = make_vendor("Annotators")
    raters = {name: make_external_labeler(name, vendor=vendor) for name in RATERS}
    given = [(golds[row["item"]].item, raters[row["rater"]], CATEGORIES[row["label"]]) for row in rows]
    write_labels(queue, given, at=at, origin=SlotOrigin.IMPORTED)
    count(queue)


def test_people_of_hatecheck_stand_as_published():
    import_hatecheck()

    answer = client_for(make_user(roles=[Role.QA_MANAGER])).get(reverse("calibration:people"))

    rows = answer.context["page"].object_list
    found = {row.name: (row.correct, row.n, row.standing) for row in rows}
    assert found["label_1"][2] == "meets"
    assert found["label_2"] == (1783, 1861, "below")
    assert found["label_7"] == (1803, 1867, "below")
    assert found["label_9"] == (1816, 1861, "not_enough_data")
