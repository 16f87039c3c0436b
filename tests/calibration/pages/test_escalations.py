"""The pages of the escalation role: by clock, content withheld until an act that is written down."""

import pytest
from django.test import Client

from labeling.models import Escalation, Item
from labeling.services.assignments import claim_assignment, skip_assignment
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user

pytestmark = pytest.mark.django_db
SECRET = "a frightful text"


@pytest.fixture
def queue():
    return make_queue("Spam")


@pytest.fixture
def eve() -> Client:
    return client_for(make_user("eve", roles=[Role.ESCALATION]))


def escalate(queue, *, reason: str = "illegal", note: str = "") -> Escalation:
    [item] = make_items(queue, content={"text": f"{SECRET} {Item.objects.count()}"})
    labeler = make_labeler(queues=[queue])
    held = claim_assignment(queue, labeler)
    skip_assignment(held.id, held.token, labeler, reason=reason, note=note)
    return Escalation.objects.get(item=item)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_oldest_stands_first_and_nothing_is_shown(queue, eve):
    old, new = escalate(queue, note="first"), escalate(queue, note="second")

    listed = page(eve, "/escalations/")

    assert listed.index(str(old.public_id)) < listed.index(str(new.public_id))
    assert SECRET not in listed
    assert SECRET not in page(eve, f"/escalations/{old.public_id}/")
    assert SECRET not in page(eve, "/")


def test_looking_is_an_act_of_its_own_written_down_before(queue, eve):
    row = escalate(queue)

    shown = eve.post(f"/agreement/items/{row.item.public_id}/uncover/", HTTP_HX_REQUEST="true").content.decode()

    assert SECRET in shown
    assert TrailEntry.objects.filter(action="item.uncovered", target_id=row.item.public_id).count() == 1
    assert "Looked at the content" in page(eve, f"/escalations/{row.public_id}/")


def test_a_decision_is_kept_with_its_note_and_stands_in_the_history(queue, eve):
    row = escalate(queue)
    address = f"/escalations/{row.public_id}/"

    refused = eve.post(address, {"outcome": "restored", "note": ""})
    eve.post(address, {"outcome": "restored", "note": "Satire of a newspaper"})

    assert refused.status_code == 422
    assert "Satire of a newspaper" in page(eve, "/escalations/handled/")
    assert "Nothing waits" in page(eve, "/escalations/")
    row.item.refresh_from_db()
    assert row.item.withdrawn_at is None


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ESCALATION])
def test_for_everybody_else_there_is_nothing(queue, role):
    row = escalate(queue)
    client = client_for(make_user(roles=[role]))

    answers = {client.get(address).status_code for address in ("/escalations/", f"/escalations/{row.public_id}/")}

    assert answers == {404}


def test_as_many_questions_for_three_as_for_one(queue, eve, count_queries):
    escalate(queue)
    one = count_queries(lambda: page(eve, "/escalations/"))
    escalate(queue)
    escalate(queue)

    assert count_queries(lambda: page(eve, "/escalations/")) == one
