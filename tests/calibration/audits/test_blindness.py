"""An auditor's client learns nothing of what was decided: neither the answer, nor by whom, nor where."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from labeling.models import Label, Slot
from qaplatform import clock
from tests.builders import client_for, make_items, make_team
from tests.calibration.audits.builders import Office, draw, make_office
from tests.calibration.builders import add_label
from tests.labeling.test_twins import plain, record, shape_of

pytestmark = pytest.mark.django_db

SECRETS = ("Lena Leak", "Leaky Vendor", "Leaky Team", "because I am sure", "post-4711", "Week 47")
CONTENT = {"text": "Send the code that you received."}


def decided(office: Office, category: str) -> Label:
    """A decision full of what must not be seen, on an item with the same content each time."""
    [item] = make_items(office.queue, 1, content=CONTENT, answers_needed=0, external_id=f"post-4711-{category}")
    label = add_label(item, office.lena, category, at=clock.now() - timedelta(hours=2))
    Label.objects.filter(pk=label.pk).update(rationale="because I am sure", confidence=0.93)
    return label


@pytest.fixture
def office() -> Office:
    office = make_office()
    vendor = office.lena.vendor
    vendor.name = "Leaky Vendor"
    vendor.save()
    office.lena.team = make_team(vendor, "Leaky Team")
    office.lena.display_name = "Lena Leak"
    office.lena.save()
    return office


def walk(client: Client, queue: object) -> tuple[list[str], list[dict[str, object]]]:
    """The desk, the claim and the answer: every body, and a record of each request."""
    page = client.get(f"/work/{queue.public_id}/").content.decode()
    held, claimed = record(client, f"queues/{queue.public_id}/claim", {})
    body = {"token": held["token"], "answers": {"category": "scam"}}
    answered, submitted = record(client, f"assignments/{held['id']}/submit", body, **{"Idempotency-Key": held["id"]})
    return [page, json.dumps(held), json.dumps(answered)], [plain(claimed), plain(submitted)]


def test_nothing_of_the_decision_reaches_the_client(office):
    decided(office, "impersonation")
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    client = client_for(office.olga)

    bodies, _ = walk(client, audit.audit_queue)
    bodies += [client.get(address).content.decode() for address in ("/work/", "/", "/audits/")]
    bodies += [
        client.get(f"/api/v1/queues/{audit.audit_queue.public_id}/{name}").content.decode()
        for name in ("schema", "policy")
    ]

    assert [(secret, body[:40]) for body in bodies for secret in SECRETS[:5] if secret in body] == []
    assert "impersonation" not in bodies[1] + bodies[2]


def test_decisions_of_unlike_answers_look_alike(office):
    seen = []
    for category in ("no_violation", "impersonation"):
        label = decided(office, category)
        audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
        assert audit.audited.get().label == label
        bodies, records = walk(client_for(office.olga), audit.audit_queue)
        assert json.loads(bodies[1])["item"]["content"]["body"] == CONTENT
        seen.append((shape_of(json.loads(bodies[1])), records))

    assert seen[0] == seen[1]


def test_an_auditor_reads_no_figures_and_no_decisions_before_the_audit_is_closed(office):
    decided(office, "impersonation")
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit
    client = client_for(office.olga)

    page = client.get(f"/audits/{audit.public_id}/").content.decode()

    assert "Figures come when the audit is closed" in page
    assert [secret for secret in SECRETS[:5] if secret in page] == []
    assert client.get("/disagreements/").status_code in {403, 404}
    assert client.get(f"/disagreements/{audit.audited.get().public_id}/").status_code in {403, 404}


def test_an_auditor_does_not_find_audits_of_others(office):
    decided(office, "spam")
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit

    assert client_for(office.oskar).get(f"/audits/{audit.public_id}/").status_code == 404


def test_the_copy_has_an_id_of_its_own(office):
    label = decided(office, "spam")
    audit = draw(office.queue, [office.olga], 1, actor=office.quinn).audit

    copy = Slot.objects.get(queue=audit.audit_queue).item

    assert copy.public_id != label.item.public_id
    assert (copy.external_id, copy.content_hash) == ("", label.item.content_hash)
