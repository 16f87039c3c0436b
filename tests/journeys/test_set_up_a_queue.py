"""From an empty database to a first result by the other way in: a queue that two people label, over HTTP."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from calibration.services.refresh import refresh_queue
from labeling.models import ImportRun, Queue
from labeling.services.imports import run_import
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_user

pytestmark = pytest.mark.django_db

POLICY = {
    "name": "Ads",
    "description": "",
    "clauses": "1.1 Counterfeit\nGoods that pretend to be of a brand.",
    "categories": "no_violation | Fine | 0 | | no violation\ncounterfeit | Counterfeit | 2 | 1.1 |\n",
}
PEOPLE = """Name, user name, vendor, role, queues
Lena, lena, In-house, labeler, Ads posts
Anna, anna, In-house, labeler, Ads posts"""
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _uploads(tmp_path, settings):
    settings.UPLOAD_DIR = tmp_path


def test_an_administrator_sets_up_a_queue_and_two_people_make_the_first_result():
    client = client_for(make_user("ada", roles=[Role.ADMINISTRATOR]))

    # One click takes the role that the way needs; there is no policy yet, and the page says where one is made.
    way = client.post(reverse("calibration:begin"), {"way": "queue"}, follow=True)
    assert reverse("labeling:new_policy") in way.content.decode()
    client.post(reverse("labeling:new_policy"), POLICY)
    assert "Next: Set up a queue" in home(client)

    # The form of a new queue is sent as it stands, but for its name.
    client.post(
        reverse("labeling:new_queue"),
        filled(client.get(reverse("labeling:new_queue")), name="Ads posts", base_answers=2),
    )
    queue = Queue.objects.get()
    assert "Next: Bring in items" in home(client)

    # Four items come from a file; its columns are guessed.
    items = SimpleUploadedFile("items.csv", b"id,text\n1,Real bag\n2,Fake watch\n3,Fake shoes\n4,A pen\n")
    client.post(reverse("labeling:new_import"), {"queue": queue.public_id, "kind": "items", "file": items})
    run = ImportRun.objects.get()
    client.post(reverse("labeling:start_import", args=[run.public_id]), {"external_id": "id", "text": "text"})
    run_import(run.pk)
    assert "Next: Add the people who label" in home(client)

    # Two people are pasted, with the queue that they are certified for, and each sets a password by a link.
    roster = client.post(reverse("people:add_many"), {"text": PEOPLE}, follow=True)
    [address] = set(re.findall(r'action="([^"]+/confirm/)"', roster.content.decode()))
    digest = re.search(r'name="digest" value="([^"]+)"', roster.content.decode()).group(1)
    slips = client.post(address, {"digest": digest})
    links = sorted(set(re.findall(r"http://testserver(/welcome/[^\s\"<,]+)", html.unescape(slips.content.decode()))))
    people = [Client() for _ in links]
    for person, link in zip(people, links, strict=True):
        person.post(link, {"password": PASSWORD, "again": PASSWORD})
    assert "Next: Let them label" in home(client)

    # They sign in and label what is there, both all four items, and differ on one.
    for number, username in enumerate(("lena", "anna")):
        person = Client()
        person.post(reverse("account_login"), {"login": username, "password": PASSWORD})
        label_all(person, queue, differs=bool(number))
    refresh_queue(queue.pk, now=clock.now())

    # The first result is there: agreement, and the check-list has no way left to go.
    agreement = client.get(reverse("calibration:agreement")).content.decode()
    assert "Ads posts" in agreement
    assert "Next: " not in home(client)
    assert "What needs a decision" in home(client)


def home(client: Client) -> str:
    return client.get(reverse("calibration:home")).content.decode()


def filled(response, **changes: object) -> dict[str, object]:
    """What a browser sends of a form that nobody touched, with these changes."""
    form = response.context["form"]
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    policy = form.fields["policy"].queryset.get()
    return {name: value for name, value in {**values, "policy": policy.pk, **changes}.items() if value is not None}


def label_all(person: Client, queue: Queue, *, differs: bool) -> None:
    for number in range(4):
        claimed = person.post(f"/api/v1/queues/{queue.public_id}/claim", "{}", content_type="application/json").json()
        text = str(claimed["item"]["content"])
        says = "counterfeit" if "Fake" in text or (differs and "pen" in text) else "no_violation"
        answered = person.post(
            f"/api/v1/assignments/{claimed['id']}/submit",
            {"token": claimed["token"], "answers": {"category": says}},
            content_type="application/json",
            headers={"Idempotency-Key": f"{number}"},
        )
        assert answered.status_code == 201
