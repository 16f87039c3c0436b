"""Pages of audits: bad input gets a sentence, and a page asks as often for three rows as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import Audit, AuditedLabel
from labeling.enums import SlotOrigin
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from tests.builders import client_for, make_queue, make_user
from tests.calibration.audits.builders import (
    Office,
    decide,
    draw,
    judge,
    make_disagreement,
    make_imported_audit,
    make_office,
    skip,
)

pytestmark = pytest.mark.django_db


def words_of(response: object) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def fields_of(office: Office, **changes: object) -> dict[str, object]:
    return {
        "name": "Week 47",
        "question": "category",
        "draw": "random",
        "n": "5",
        "source": "all",
        "auditors": [str(office.olga.public_id)],
    } | changes


def address(name: str, *args: object) -> str:
    return reverse(f"calibration:{name}", args=args)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "This field is required."),
        ({"auditors": []}, "Choose at least one auditor."),
        ({"n": "0"}, "greater than or equal to 1"),
        ({"n": "2001"}, "less than or equal to 2000"),
        ({"since": "2026-11-10", "until": "2026-11-01"}, "The period ends before it begins."),
        ({"since": "2031-01-01"}, "No decision fits: widen the period"),
        ({"source": "imported"}, "No decision fits"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_half_done(changes, sentence):
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 6)

    response = client_for(office.quinn).post(address("new_audit"), fields_of(office, **changes))

    assert response.status_code == 422
    assert sentence in words_of(response)
    assert not Audit.objects.exists()
    assert not Labeler.objects.filter(user=office.olga).exists()


def test_the_form_says_what_it_would_tell_before_it_is_complete():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 6)
    fields = fields_of(office, n="100", name="", auditors=[])

    page = words_of(client_for(office.quinn).post(address("preview_audit"), fields))

    assert "There are 6 decisions to draw from. 6 will be drawn." in page
    assert "Choose at least one auditor." in page


def test_auditors_are_chosen_beforehand():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 6)

    page = client_for(office.quinn).get(address("new_audit")).content.decode()

    assert page.count(" checked") == 2
    assert "quinn" in page


def test_a_queue_without_questions_leads_to_them():
    queue = make_queue()
    queue.schemas.all().delete()

    page = words_of(client_for(make_user(roles=[Role.QA_MANAGER])).get(address("new_audit")))

    assert "This queue asks nothing yet" in page


def test_giving_to_whoever_has_it_is_refused_in_place():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 2)
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    olga = Labeler.objects.get(user=office.olga)
    fields = {"unfinished": str(olga.public_id), "to": str(office.olga.public_id)}

    response = client_for(office.quinn).post(address("reassign_audit", audit.public_id), fields)

    assert response.status_code == 422
    assert "has these decisions already" in words_of(response)


def test_reassigning_over_http_says_who_got_how_many():
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 2)
    audit = draw(office.queue, [office.olga], 2, actor=office.quinn).audit
    olga = Labeler.objects.get(user=office.olga)
    fields = {"unfinished": str(olga.public_id), "to": str(office.oskar.public_id)}

    page = client_for(office.quinn).post(address("reassign_audit", audit.public_id), fields, follow=True)

    assert "oskar was given 2." in words_of(page)


def test_an_imported_audit_says_that_nobody_knows_how_it_was_chosen():
    office = make_office()
    labels = decide(office.queue, office.lena, ["spam"] * 3, origin=SlotOrigin.IMPORTED)
    audit = make_imported_audit(office, labels, right=[True, True, False])
    quinn = client_for(office.quinn)

    page = words_of(quinn.get(address("audit", audit.public_id)))
    listed = words_of(quinn.get(address("audits") + f"?queue={office.queue.public_id}"))

    assert "nobody knows how the decisions in the file were chosen" in page
    assert "Auditors Auditor" not in page
    assert "nobody knows how the decisions in the file were chosen" in listed


def test_references_are_never_pooled_in_the_list_of_a_queue():
    office = make_office()
    labels = decide(office.queue, office.lena, ["spam"] * 3, origin=SlotOrigin.IMPORTED)
    make_imported_audit(office, labels, right=[True, True, False])
    make_disagreement(office.queue, office.lena, actor=office.quinn)

    page = words_of(client_for(office.quinn).get(address("audits") + f"?queue={office.queue.public_id}"))

    assert "Blind audit category" in page
    assert "Audit with the answer in view category" in page


def test_whoever_gave_an_answer_reads_that_somebody_else_decides():
    office = make_office()
    row = make_disagreement(office.queue, office.lena, actor=office.quinn)
    user = row.auditor.user
    user.memberships.update(role=Role.QA_MANAGER)

    page = words_of(client_for(user).get(address("disagreement", row.public_id)))
    posted = client_for(user).post(
        address("decide_disagreement", row.public_id), {"outcome": "stands", "reason": "Mine."}
    )

    assert "Somebody else decides" in page
    assert posted.status_code == 409
    assert AuditedLabel.objects.get().is_correct is False


def test_a_wrong_choice_on_a_disagreement_keeps_what_was_typed():
    office = make_office()
    row = make_disagreement(office.queue, office.lena, actor=office.quinn)
    fields = {"outcome": "overturned", "accepted": ["spam"], "reason": "It asks for a code"}

    response = client_for(office.quinn).post(address("decide_disagreement", row.public_id), fields)

    assert response.status_code == 422
    assert "then the decision stands" in words_of(response)
    assert "It asks for a code" in words_of(response)


def test_the_policy_owner_finds_what_the_policy_does_not_settle():
    office = make_office()
    row = make_disagreement(office.queue, office.lena, actor=office.quinn)
    paul = client_for(make_user("paul", roles=[Role.POLICY_OWNER]))
    fields = {"outcome": "unclear", "reason": "Clause 1.1 does not say"}

    client_for(office.quinn).post(address("decide_disagreement", row.public_id), fields)

    page = words_of(paul.get(address("disagreements") + "?state=unclear"))
    assert row.item.external_id in page
    assert "The policy is unclear" in page


def grow(office: Office) -> None:
    """One more audit of each kind, a disagreement that waits and one that was decided, somebody who skipped."""
    make_disagreement(office.queue, office.lena, actor=office.quinn)
    decide(office.queue, office.marco, ["spam"] * 4)
    audit = draw(office.queue, [office.olga, office.quinn], 4, actor=office.quinn).audit
    judge(office.olga, audit.audit_queue, "scam")
    skip(office.olga, audit.audit_queue)
    labels = decide(office.queue, office.lena, ["spam"] * 2, origin=SlotOrigin.IMPORTED)
    make_imported_audit(office, labels, right=[True, False])


def test_pages_ask_as_often_for_three_rows_as_for_one():
    office = make_office()
    grow(office)
    pages = pages_of(office)
    once = counts_of(pages)
    grow(office)
    grow(office)

    assert counts_of(pages) == once


def counts_of(pages: dict[str, tuple[Client, str]]) -> dict[str, int]:
    return {name: statements(client, url) for name, (client, url) in pages.items()}


def statements(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def pages_of(office: Office) -> dict[str, tuple[Client, str]]:
    quinn, olga = client_for(office.quinn), client_for(office.olga)
    audit = Audit.objects.filter(origin="drawn").latest("id")
    row = AuditedLabel.objects.filter(is_correct=False, audit__origin="drawn").earliest("pk")
    return {
        "audits": (quinn, address("audits")),
        "audits of a queue": (quinn, address("audits") + f"?queue={office.queue.public_id}"),
        "audits of an auditor": (olga, address("audits")),
        "audit": (quinn, address("audit", audit.public_id)),
        "new audit": (quinn, address("new_audit")),
        "disagreements": (quinn, address("disagreements")),
        "disagreement": (quinn, address("disagreement", row.public_id)),
        "home of an auditor": (olga, "/"),
    }
