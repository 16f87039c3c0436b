"""Figures for programs: with n, interval, reference and population, and only for those whom they concern."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calibration.services.refresh import refresh_queue
from calibration.stats import Estimate, answers_to_settle, group_answers_to_settle
from qaplatform.people.enums import Role
from tests.builders import api_client_for, client_for, make_items, make_labeler, make_team, make_user, make_vendor
from tests.calibration.builders import NOON, add_label, answer_gold, make_gold, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_plan().queue


@pytest.fixture
def labeler(queue):
    labeler = make_labeler("Ines", team=make_team(make_vendor("North")), queues=[queue])
    answer_gold(queue, labeler, [True] * 20 + [False] * 10)
    item = make_items(queue, answers_needed=2, content={"text": "Free coins"}, external_id="post-1")[0]
    add_label(item, labeler, "spam", at=NOON)
    add_label(item, make_labeler("=cmd()", vendor=labeler.vendor), "scam", at=NOON)
    refresh_queue(queue.pk, now=NOON + timedelta(hours=1))
    return labeler


def manager():
    return make_user(roles=[Role.QA_MANAGER])


def get(user, address, **parameters):
    return api_client_for(user, scopes=["read"]).get(address, parameters)


def test_agreement_comes_with_n_interval_and_population(queue, labeler):
    body = get(manager(), f"/api/v1/queues/{queue.public_id}/metrics", cut="vendor").json()

    assert body["question"] == "category"
    [figure] = body["figures"]
    assert figure["name"] == "North"
    assert (figure["percent"]["value"], figure["percent"]["n"], figure["n_items"]) == (0.0, 1, 1)
    assert figure["population"]["versions"] == [1]


def test_accuracy_names_its_reference(queue, labeler):
    answer = get(manager(), f"/api/v1/queues/{queue.public_id}/metrics", metric="accuracy", cut="labeler")

    [figure] = answer.json()["figures"]
    assert (figure["name"], figure["n"], figure["correct"], figure["reference"]) == ("Ines", 30, 20, "gold")
    assert figure["accuracy"]["lower"] == pytest.approx(0.488, abs=5e-4)
    assert figure["false_negatives"] == 10


def test_the_scorecard_shows_watch_errors_and_what_would_settle_it(labeler):
    body = get(manager(), f"/api/v1/labelers/{labeler.public_id}/scorecard").json()

    [card] = body["queues"]
    assert (body["name"], body["accuracy"]["n"], card["watch"]["level"]) == ("Ines", 30, "alarm")
    assert card["error_kinds"]["false_negatives"] == 10
    assert card["standings"][0]["standing"] == "below"


def test_what_is_open_says_how_many_answers_would_settle_it(queue, labeler):
    """Ines stands below at 20 of 30; Olek has 16 of 18, so that he and the two together are open."""
    olek = make_labeler("Olek", vendor=labeler.vendor, queues=[queue])
    answer_gold(queue, olek, [True] * 16 + [False] * 2)
    refresh_queue(queue.pk, now=NOON + timedelta(hours=2))
    metrics = f"/api/v1/queues/{queue.public_id}/metrics"

    by_cut = {
        cut: {row["name"]: row for row in get(manager(), metrics, metric="accuracy", cut=cut).json()["figures"]}
        for cut in ("labeler", "vendor")
    }
    card = get(manager(), f"/api/v1/labelers/{olek.public_id}/scorecard").json()

    more = answers_to_settle(16, 18, target=0.95)
    assert more > 0
    assert {name: row["answers_to_settle"] for name, row in by_cut["labeler"].items()} == {"Ines": 0, "Olek": more}
    assert (card["answers_to_settle"], card["queues"][0]["answers_to_settle"]) == (more, more)
    group = by_cut["vendor"]["North"]
    judged = Estimate.from_json({**group["accuracy"], "n_ratings": 48, "method": ""})
    assert group["answers_to_settle"] == group_answers_to_settle(judged, target=0.95) > 0


def test_flags_are_listed_with_what_was_found(queue, labeler):
    body = get(manager(), "/api/v1/flags", state="open", queue=str(queue.public_id)).json()

    [flag] = body["results"]
    assert (flag["labeler_name"], flag["cause"], flag["error_kind"]) == ("Ines", "cusum", "false_negative")
    assert flag["population"]["reference"] == "gold"


def test_gold_is_for_those_who_look_after_it_alone(labeler):
    vendor_manager = make_user(roles=[Role.VENDOR_MANAGER], vendor=labeler.vendor)

    mine = get(manager(), "/api/v1/gold", page_size=7)
    theirs = get(vendor_manager, "/api/v1/gold")

    assert len(mine.json()["results"]) == 7
    assert mine.json()["results"][0]["accepted"] == ["spam"]
    assert theirs.status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/queues/{queue}/metrics",
        "/api/v1/labelers/{labeler}/scorecard",
        "/api/v1/flags",
        "/api/v1/gold",
        "/api/v1/exports",
    ],
)
def test_an_unknown_parameter_is_refused(queue, labeler, address):
    answer = get(manager(), address.format(queue=queue.public_id, labeler=labeler.public_id), order_by="password")

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("There is no parameter order_by. Parameters: ")


def test_a_value_that_does_not_exist_is_refused_with_those_that_do(queue, labeler):
    answer = get(manager(), "/api/v1/flags", state="sad")

    assert (answer.status_code, answer.json()["detail"]) == (400, {"parameter": "state"})


def test_another_vendors_manager_finds_nothing(queue, labeler):
    other = make_labeler(vendor=make_vendor("South"), queues=[queue])
    stranger = make_user(roles=[Role.VENDOR_MANAGER], vendor=other.vendor)
    metrics = f"/api/v1/queues/{queue.public_id}/metrics"

    assert get(stranger, f"/api/v1/labelers/{labeler.public_id}/scorecard").status_code == 404
    assert get(stranger, metrics).status_code == 404
    assert get(stranger, metrics, metric="accuracy", cut="labeler").json()["figures"] == []
    assert get(stranger, metrics, metric="accuracy", cut="vendor").json()["figures"] == []
    assert get(stranger, "/api/v1/flags").json()["results"] == []
    assert get(stranger, "/api/v1/exports", queue=str(queue.public_id)).status_code == 404


def test_a_labeler_sees_the_own_flag_and_no_scorecard(labeler):
    flags = get(labeler.user, "/api/v1/flags").json()["results"]
    scorecard = get(labeler.user, f"/api/v1/labelers/{labeler.public_id}/scorecard")

    assert len(flags) == 1
    assert scorecard.status_code == 404


def test_a_token_without_the_scope_is_refused(queue):
    client = api_client_for(manager(), scopes=["label"])

    assert client.get("/api/v1/flags").status_code == 404


def test_the_csv_export_is_long_and_inert_in_spreadsheets(queue, labeler):
    client = client_for(manager())

    answer = client.get("/api/v1/exports", {"queue": str(queue.public_id)}, headers={"Accept": "text/csv"})

    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    ordinary = [row for row in rows if row["external_id"] == "post-1"]
    gold = [row for row in rows if row["slot"] == "gold"]
    assert [row["answer_category"] for row in ordinary] == ["spam", "scam"]
    assert ordinary[1]["labeler_name"] == "'=cmd()"
    assert len(gold) == 30
    assert (gold[0]["reference"], gold[0]["expected"], gold[0]["is_correct"]) == ("gold", "spam", "True")


def test_the_jsonl_export_leaves_withdrawn_items_out(queue, labeler):
    item = queue.items.get(external_id="post-1")
    item.withdrawn_at = NOON
    item.save()

    answer = get(manager(), "/api/v1/exports", queue=str(queue.public_id), **{"as": "jsonl"})

    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert len(rows) == 30
    assert {row["slot"] for row in rows} == {"gold"}


def test_lists_take_the_same_number_of_queries_for_one_row_and_for_three(queue, labeler, django_assert_num_queries):
    client = client_for(manager())
    address = f"/api/v1/queues/{queue.public_id}/metrics?metric=accuracy&cut=labeler"
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(2):
        answer_gold(queue, make_labeler(), [True])
    refresh_queue(queue.pk, now=NOON + timedelta(hours=2))
    make_gold(queue)

    with django_assert_num_queries(len(one)):
        client.get(address)
