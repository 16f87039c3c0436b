"""A queue's answers are shared among vendors, one of which has nobody yet: what waits for whom, and the way out."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from labeling.queries.requeues import unfinished_rearrangement_ids
from labeling.services.assignments import Assignment, Nothing, claim_assignment
from labeling.services.rearranging import carry_out_rearrangement
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Spam",
    "base_answers": 2,
    "overlap_percent": 0,
    "overlap_size": 2,
    "lease_minutes": 5,
    "priority": 0,
    "state": "active",
    "order": "mixed",
    "reaches_waiting": "on",
}


def test_a_manager_shares_a_queue_and_finds_whom_it_waits_for():
    north, south = make_vendor("North"), make_vendor("South")
    queue = make_queue("Spam")
    nora, sami = make_labeler(vendor=north, queues=[queue]), make_labeler(vendor=south)
    make_items(queue, 4)
    ada = client_for(make_user("ada", roles=[Role.ADMINISTRATOR, Role.QA_MANAGER]))

    # As it was set up, the one person who is certified can take everything.
    assert "Any vendor no language given 4 1 of 1" in page_of(queue, ada)

    # Each item is to have one answer of each vendor; it reaches the items that are in.
    shares = {f"share_{vendor.public_id.hex}": 50 for vendor in (north, south)}
    saved = ada.post(reverse("labeling:queue_settings", args=[queue.public_id]), SETTINGS | shares)
    assert saved.status_code == 302
    for rearrangement_id in unfinished_rearrangement_ids():
        carry_out_rearrangement(rearrangement_id, now=clock.now())

    # Half of it now waits for nobody, and the page says so and what to do.
    told = page_of(queue, ada)
    assert "South no language given 4 0 of 0" in told
    assert "North no language given 4 1 of 1" in told
    assert "Nobody of South is certified for Skill of Spam. Certify people of South, or give them no share" in told
    assert isinstance(claim_assignment(queue, sami), Nothing)

    # Somebody of South is certified: nothing waits in vain any more.
    certify = reverse("people:certify", args=[sami.user.public_id])
    ada.post(certify, {"skill": queue.skill.pk, "reason": "Knows it"})
    told = page_of(queue, ada)
    assert "South no language given 4 1 of 1" in told
    assert "Nobody of South" not in told
    assert isinstance(claim_assignment(queue, sami), Assignment)
    assert isinstance(claim_assignment(queue, nora), Assignment)


def page_of(queue, client):
    page = client.get(reverse("labeling:queue", args=[queue.public_id])).content.decode()
    return " ".join(strip_tags(page.replace("<", " <")).split())
