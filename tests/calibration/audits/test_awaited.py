"""Whoever has yet to judge a decision blind finds its votes on no page."""

from datetime import timedelta

import pytest

from calibration.enums import AuditDraw
from calibration.queries.suspicions import answers_behind
from calibration.services.refresh import refresh_queue
from labeling.models import Item, Label
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.queries.accesses import read_access
from tests.builders import client_for, give_role, make_items
from tests.calibration.audits.builders import count_again, draw, judge, make_imported_audit, make_office
from tests.calibration.builders import add_label
from tests.calibration.suspicions import make_pair_suspicion

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    """One item that two people answered differently, another of the same content, all drawn for olga."""
    office = make_office()
    content = {"text": "Send the code that you received."}
    for item in make_items(office.queue, 2, content=content, answers_needed=2, external_id=""):
        at = clock.now() - timedelta(hours=2)
        add_label(item, office.lena, "spam", at=at)
        add_label(item, office.marco, "scam", at=at)
    refresh_queue(office.queue.pk, now=clock.now())
    return office


def addresses(office):
    asked = f"queue={office.queue.public_id}&question=category"
    return [f"/agreement/items/?{asked}", f"/agreement/items/export/?{asked}", f"/figures/items/?{asked}"]


def shown(client, office):
    """How often each page names an item of the queue."""
    names = [str(item.public_id)[:8] for item in Item.objects.filter(queue=office.queue)]
    bodies = [client.get(address).content.decode() for address in addresses(office)]
    return [sum(name in body for name in names) for body in bodies]


def test_pages_of_agreement_leave_out_what_waits_for_ones_judgement(office):
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit

    before = shown(client_for(office.olga), office)
    assert shown(client_for(office.oskar), office) == [2, 2, 2]
    judge(office.olga, audit.audit_queue, "scam")
    count_again(audit)

    assert before == [0, 0, 0]
    assert shown(client_for(office.olga), office) == [2, 2, 2]


def test_the_page_says_that_something_is_left_out(office):
    draw(office.queue, [office.olga], 1, actor=office.quinn)

    page = client_for(office.olga).get(addresses(office)[0]).content.decode()

    assert "wait for your own judgement" in page
    assert "wait for your own judgement" not in client_for(office.oskar).get(addresses(office)[0]).content.decode()


def test_what_waits_for_ones_judgement_cannot_be_uncovered_elsewhere(office):
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    address = f"/agreement/items/{audit.audited.get().item.public_id}/uncover/"

    assert client_for(office.olga).post(address).status_code == 404
    assert client_for(office.oskar).post(address).status_code == 200


def test_disagreements_and_rows_of_other_audits_leave_it_out_too(office):
    give_role(office.olga, Role.QA_MANAGER)
    label = draw(office.queue, [office.olga], 1, actor=office.quinn, by=AuditDraw.RANDOM).audit.audited.get().label
    other = make_imported_audit(office, [label], right=[False])
    row = other.audited.get()
    rows = f"/figures/rows/?reference=audit_seen&audit={other.public_id}"
    name = str(label.item.public_id)[:8]

    seen = {}
    for user in (office.olga, office.quentin):
        client = client_for(user)
        listed = [name in client.get(address).content.decode() for address in ("/disagreements/", rows)]
        seen[user.username] = [*listed, client.get(f"/disagreements/{row.public_id}/").status_code]

    assert seen == {"olga": [False, False, 404], "quentin": [True, True, 200]}


def test_the_answers_behind_a_suspicion_leave_it_out_too(office):
    give_role(office.olga, Role.QA_MANAGER)
    draw(office.queue, [office.olga], 1, actor=office.quinn)
    labels = list(Label.objects.filter(queue=office.queue).values_list("pk", flat=True))
    facts = {"n": len(labels), "labels": labels}
    suspicion = make_pair_suspicion(office.queue, office.lena, office.marco, facts=facts)

    seen = [len(answers_behind(suspicion, read_access(user))) for user in (office.olga, office.quentin)]

    assert seen == [0, len(labels)]
