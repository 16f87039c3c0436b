"""Importing by program."""

import json
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from pytest_django import Settings

from labeling.api import imports
from labeling.api.imports import import_items
from labeling.models import Item, Label
from qaplatform.people.enums import Role
from qaplatform.people.queries.accesses import read_access
from tests.builders import api_client_for, make_queue, make_user, make_vendor
from tests.labeling.descriptions import check_against_description

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings: Settings):
    settings.UPLOAD_DIR = tmp_path


@pytest.fixture
def quinn():
    return api_client_for(make_user("quinn", roles=[Role.QA_MANAGER]), scopes=["import"])


def lines(*records: dict[str, object]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def post(client, queue, body: bytes, *, to: str = "items"):
    address = reverse(f"labeling:api_import_{to}", args=[queue.public_id])
    return client.post(address, body, content_type="application/x-ndjson")


def test_items_are_imported_and_counted(quinn) -> None:
    queue = make_queue()
    body = lines({"external_id": "a", "text": "One"}, {"external_id": "b", "text": "Two"})

    first, again = post(quinn, queue, body), post(quinn, queue, body)

    assert (first.status_code, first.json()["rows"]) == (200, {"read": 2, "new": 2, "changed": 0, "same": 0})
    assert (again.status_code, again.json()["rows"]["same"]) == (200, 2)


def test_errors_come_by_line_and_nothing_is_written(quinn) -> None:
    answer = post(quinn, make_queue(), lines({"external_id": "a", "text": "One"}, {"external_id": "b"}))

    assert (answer.status_code, answer.json()["state"], answer.json()["error_count"]) == (422, "refused", 1)
    assert answer.json()["errors"][0]["line"] == 2
    assert Item.objects.count() == 0


def test_an_empty_body_is_refused(quinn) -> None:
    answer = post(quinn, make_queue(), b"")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "The file is empty. Each line must be one JSON object."


def test_labels_are_imported(quinn) -> None:
    queue = make_queue()
    body = lines({"item": "a", "labeler": "r1", "category": "spam", "labeled_at": "2026-01-05T10:00:00Z"})

    answer = post(quinn, queue, body, to="labels")

    assert (answer.status_code, answer.json()["rows"]["new"]) == (200, 1)
    assert Label.objects.get().answers == {"category": "spam"}


def test_a_chunked_body_is_read_to_its_end(rf) -> None:
    queue = make_queue()
    user = make_user(roles=[Role.QA_MANAGER])
    request = rf.post("/", HTTP_TRANSFER_ENCODING="chunked")
    request.environ["wsgi.input"] = BytesIO(lines({"external_id": "a", "text": "One"}))
    request.user, request.access = user, read_access(user)

    answer = import_items(request, queue.public_id)

    assert answer.status_code == 200
    assert Item.objects.count() == 1


def test_the_state_of_an_import_can_be_asked(quinn) -> None:
    done = post(quinn, make_queue(), lines({"external_id": "a", "text": "One"})).json()

    answer = quinn.get(reverse("labeling:api_import_state", args=[done["id"]]))

    assert answer.json() == done


def test_what_becomes_of_a_body_is_as_described(quinn) -> None:
    queue = make_queue()
    bodies = [
        lines({"external_id": "a", "text": "One"}),
        lines({"external_id": "a", "text": "One"}, {"external_id": "b"}),
        lines({"name": "a"}),
        b"",
    ]

    answers = [post(quinn, queue, body) for body in bodies]

    assert [answer.status_code for answer in answers] == [200, 422, 422, 422]
    for answer in answers:
        check_against_description(answer, "/api/v1/queues/{queue_id}/items")


def test_imported_labels_are_told_as_described(quinn) -> None:
    body = lines({"item": "a", "labeler": "r1", "category": "spam", "labeled_at": "2026-01-05T10:00:00Z"})

    done = post(quinn, make_queue(), body, to="labels")
    asked = quinn.get(reverse("labeling:api_import_state", args=[done.json()["id"]]))

    check_against_description(done, "/api/v1/queues/{queue_id}/labels")
    check_against_description(asked, "/api/v1/imports/{import_id}", method="get")


def test_a_large_body_is_taken_in_later_as_described(quinn, monkeypatch) -> None:
    monkeypatch.setattr(imports, "IMPORTED_AT_ONCE", 10)

    answer = post(quinn, make_queue(), lines({"external_id": "a", "text": "One"}))

    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    check_against_description(answer, "/api/v1/queues/{queue_id}/items")


def test_a_refusal_is_told_as_described(quinn) -> None:
    answer = quinn.get(reverse("labeling:api_import_state", args=[uuid4()]))

    assert answer.status_code == 404
    check_against_description(answer, "/api/v1/imports/{import_id}", method="get")


def test_a_token_without_the_scope_finds_nothing() -> None:
    client = api_client_for(make_user(roles=[Role.QA_MANAGER]), scopes=["label"])

    assert post(client, make_queue(), lines({"external_id": "a", "text": "One"})).status_code == 404


def test_a_manager_of_one_vendor_finds_nothing() -> None:
    client = api_client_for(make_user(roles=[Role.QA_MANAGER], vendor=make_vendor()), scopes=["import"])

    assert post(client, make_queue(), lines({"external_id": "a", "text": "One"})).status_code == 404
