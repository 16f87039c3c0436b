"""The import pages."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from labeling.models import ImportRun, Item, Label, Queue
from labeling.services.imports import run_import
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings: Settings):
    settings.UPLOAD_DIR = tmp_path


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


def send(client, queue: Queue, content: bytes, *, kind: str = "items", name: str = "file.csv") -> ImportRun:
    file = SimpleUploadedFile(name, content)
    client.post(reverse("labeling:new_import"), {"queue": queue.public_id, "kind": kind, "file": file})
    return ImportRun.objects.latest("id")


def page(client, run: ImportRun, name: str = "import") -> str:
    return client.get(reverse(f"labeling:{name}", args=[run.public_id])).content.decode()


def test_labels_with_other_column_names_are_imported_after_the_columns_are_confirmed(quinn) -> None:
    queue = make_queue()
    run = send(quinn, queue, b"case,who,verdict\np1,r1,spam\np2,r1,scam\n", kind="labels")

    shown = page(quinn, run)
    chosen = {"item": "case", "labeler": "who", "answer:category": "verdict", "vendor_else": "Acme", "make_items": "on"}
    answer = quinn.post(reverse("labeling:start_import", args=[run.public_id]), chosen)
    waiting = page(quinn, run)
    run_import(run.pk)

    assert "Which column is which?" in shown
    assert "verdict" in shown
    assert answer.status_code == 302
    assert "You may leave this page" in waiting
    assert "2 rows are new" in page(quinn, run)
    assert "hx-get" not in page(quinn, run, "import_progress")
    assert Label.objects.count() == 2


def test_a_column_that_was_forgotten_is_asked_for(quinn) -> None:
    run = send(quinn, make_queue(), b"case,who,verdict\np1,r1,spam\n", kind="labels")

    answer = quinn.post(
        reverse("labeling:start_import", args=[run.public_id]),
        {"item": "case", "labeler": "who", "vendor_else": "Acme"},
    )

    assert answer.status_code == 422
    assert "Choose the column that holds the label." in answer.content.decode()
    run.refresh_from_db()
    assert run.state == "uploaded"


def test_problems_are_listed_by_line(quinn) -> None:
    run = send(quinn, make_queue(), b"id,text\na,\nb,fine\n")
    quinn.post(reverse("labeling:start_import", args=[run.public_id]), {"external_id": "id", "text": "text"})
    run_import(run.pk)

    shown = page(quinn, run)

    assert "Nothing was imported" in shown
    assert "1 problem was found" in shown
    assert "The item has no content." in shown
    assert Item.objects.count() == 0


def test_a_file_that_is_no_text_is_refused_on_the_spot(quinn) -> None:
    run = send(quinn, make_queue(), b"PK\x03\x04", name="sheet.csv")
    quinn.get(reverse("labeling:import", args=[run.public_id]))

    assert "This is a spreadsheet or zip file, not text." in page(quinn, run)


def test_a_file_can_be_discarded_before_it_starts(quinn, tmp_path) -> None:
    run = send(quinn, make_queue(), b"id,text\na,b\n")

    quinn.post(reverse("labeling:discard_import", args=[run.public_id]))

    assert ImportRun.objects.count() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_started_file_is_not_started_again(quinn) -> None:
    run = send(quinn, make_queue(), b"id,text\na,b\n")
    columns = {"external_id": "id", "text": "text"}
    quinn.post(reverse("labeling:start_import", args=[run.public_id]), columns)
    run_import(run.pk)

    answer = quinn.post(reverse("labeling:start_import", args=[run.public_id]), columns)

    assert answer.status_code == 302
    assert Item.objects.count() == 1


def test_hostile_content_is_shown_as_text(quinn) -> None:
    run = send(quinn, make_queue(), b"id,text\na,<script>alert(1)</script>\n")

    shown = page(quinn, run)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown


def test_a_list_of_imports_asks_the_database_as_often_for_three_as_for_one(quinn) -> None:
    queue = make_queue()
    send(quinn, queue, b"id,text\na,b\n")
    quinn.get(reverse("labeling:imports"))
    for_one = queries_of_list(quinn)

    send(quinn, queue, b"id,text\nc,d\n")
    send(quinn, make_queue(), b"id,text\na,b\n")

    assert queries_of_list(quinn) == for_one


def queries_of_list(client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("labeling:imports"))
    return len(queries)


@pytest.mark.parametrize("name", ["import", "import_progress"])
@pytest.mark.parametrize("role", [Role.LABELER, Role.VENDOR_MANAGER, Role.TEAM_LEAD, Role.POLICY_OWNER])
def test_others_find_nothing(quinn, name: str, role: Role) -> None:
    run = send(quinn, make_queue(), b"id,text\na,b\n")
    other = client_for(make_user(roles=[role], vendor=make_vendor()))

    found = other.get(reverse(f"labeling:{name}", args=[run.public_id]))
    missing = other.get(reverse(f"labeling:{name}", args=[uuid4()]))

    assert (found.status_code, missing.status_code) == (404, 404)


def test_a_labeler_cannot_import() -> None:
    lena = client_for(make_labeler("lena"))

    assert lena.get(reverse("labeling:new_import")).status_code == 404
