"""Every page says which reference it shows, and another is a click away."""

import pytest
from django.urls import reverse

from calibration.enums import Reference
from qaplatform.people.enums import Role
from tests.builders import client_for, give_role, make_queue, make_user, make_vendor
from tests.calibration.auditing import audit_answers
from tests.calibration.builders import make_plan
from tests.calibration.pages.worlds import count, make_staff, make_world

pytestmark = pytest.mark.django_db


def said(client, name, query="", **named):
    answer = client.get(reverse(f"calibration:{name}", kwargs=named) + query)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return " ".join(body.decode().split())


@pytest.fixture
def world():
    world = make_world()
    audit_answers(world.queue, world.people[0], [True] * 21 + [False] * 9, reference=Reference.AUDIT_SEEN)
    count(world.queue)
    return world


def test_people_scorecard_and_overview_show_gold_first_and_audits_when_asked(world):
    quinn, person = client_for(make_staff(Role.QA_MANAGER)), world.people[0].public_id
    pages = [("people", {}), ("scorecard", {"public_id": person}), ("overview", {})]

    by_gold = [said(quinn, name, **named) for name, named in pages]
    by_audit = [said(quinn, name, "?reference=audit_seen", **named) for name, named in pages]

    assert all("against gold" in page and ".75" in page for page in by_gold)
    assert all("against audits that saw the answer" in page and ".70" in page for page in by_audit)
    assert all("flatter" in page for page in by_audit)


def test_exports_name_their_reference(world):
    quinn, person = client_for(make_staff(Role.QA_MANAGER)), world.people[0].public_id
    exports = [("people_export", {}), ("scorecard_export", {"public_id": person}), ("overview_export", {})]

    for name, named in exports:
        assert ",gold," in said(quinn, name, **named)
        assert ",audit_seen," in said(quinn, name, "?reference=audit_seen", **named)


def test_where_nobody_has_gold_the_page_says_who_has_audits():
    world = make_world(gold=0)
    audit_answers(world.queue, world.people[0], [True] * 5, reference=Reference.AUDIT_SEEN)
    count(world.queue)
    quinn = client_for(make_staff(Role.QA_MANAGER))

    assert "against audits that saw the answer" in said(quinn, "people")
    page = said(quinn, "people", "?reference=gold")
    assert "Nobody here has gold answers yet; 1 person has audits with the answer in view." in page
    assert "Show those" in page


def test_before_any_gold_the_list_does_not_blame_the_filters():
    make_world(gold=0)
    other = make_queue("Quiet")
    make_plan(other)
    quinn = client_for(make_staff(Role.QA_MANAGER))

    page = said(quinn, "people", f"?queue={other.public_id}")

    assert "Nobody fits these filters" not in page
    assert "Nobody here has gold answers yet." in page


def test_an_unknown_reference_is_not_found(world):
    quinn = client_for(make_staff(Role.QA_MANAGER))

    assert quinn.get(reverse("calibration:people") + "?reference=consensus").status_code == 404


def test_a_vendor_manager_of_two_vendors_sees_both_figures(world):
    manager = make_user(roles=[Role.VENDOR_MANAGER], vendor=world.vendor)
    give_role(manager, Role.VENDOR_MANAGER, vendor=world.rival.vendor)
    give_role(manager, Role.VENDOR_MANAGER, vendor=make_vendor())

    page = said(client_for(manager), "home")

    assert world.vendor.name in page
    assert world.rival.vendor.name in page
