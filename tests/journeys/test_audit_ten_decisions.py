"""Ten decisions are audited: drawn, judged blind by two, a disagreement decided, gold made of it, the figure right."""

import json
import re
from collections.abc import Mapping
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.enums import GoldState
from calibration.models import Audit, AuditedLabel, GoldItem
from calibration.tasks import refresh_scope
from labeling.models import Slot
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, User
from tests.builders import client_for, grant_skill, make_items, make_queue, make_user
from tests.calibration.audits.builders import decide, make_office

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 30


def words_of(page: object) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


def read(client: Client, name: str, *args: object) -> str:
    page = client.get(reverse(f"calibration:{name}", args=args))
    assert page.status_code == 200
    return words_of(page)


def act(client: Client, page_name: str, /, *args: object, **fields: object) -> str:
    """Post a form as a browser does, and read the page that follows."""
    return words_of(client.post(reverse(f"calibration:{page_name}", args=args), fields, follow=True))


def post(client: Client, address: str, body: Mapping[str, object]) -> object:
    return client.post(
        f"/api/v1/{address}",
        json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )


def judge_all(client: Client, queue: object, *, spam_is: str) -> None:
    """Answer what waits: spam in what talks of a prize, else nothing; one text is judged otherwise than it was."""
    while (claimed := post(client, f"queues/{queue.public_id}/claim", {})).status_code == 200:
        held = claimed.json()
        is_first = held["item"]["content"]["body"]["text"] == spam_is
        body = {"token": held["token"], "answers": {"category": "scam" if is_first else "spam"}, "rationale": "Read it"}
        assert post(client, f"assignments/{held['id']}/submit", body).status_code == 201


def go_on_working(user: User) -> None:
    """An answer elsewhere: what was answered before can no longer be taken back."""
    queue = make_queue(f"Other work of {user}")
    grant_skill(Labeler.objects.get(user=user), queue)
    make_items(queue, 1)
    client = client_for(user)
    held = post(client, f"queues/{queue.public_id}/claim", {}).json()
    answered = post(
        client, f"assignments/{held['id']}/submit", {"token": held["token"], "answers": {"category": "spam"}}
    )
    assert answered.status_code == 201


def test_ten_decisions_are_audited(real_worker):
    office = make_office()
    decide(office.queue, office.lena, ["spam"] * 24)
    decide(office.queue, office.marco, ["spam"] * 6)
    paul = make_user("paul", roles=[Role.POLICY_OWNER])
    olga, oskar, quinn, quentin = (client_for(who) for who in (office.olga, office.oskar, office.quinn, office.quentin))

    # Quinn is told before drawing how much ten decisions tell, and how many each of the two gets.
    fields = {
        "name": "Spam, week 47",
        "question": "category",
        "draw": "labeler",
        "n": "10",
        "source": "all",
        "auditors": [str(office.olga.public_id), str(office.oskar.public_id)],
    }
    preview = act(quinn, "preview_audit", **fields)
    assert "There are 30 decisions to draw from, in 2 groups. 10 will be drawn." in preview
    assert "Each auditor gets 5," in preview
    assert re.search(
        r"If 95 % of all decisions are right, the interval will run from about \d\d\.\d % to \d\d\.\d %", preview
    )

    # She draws them: five of each person, with the probability that each had.
    drawn = act(quinn, "new_audit", **fields)
    assert "Drawn: 10 decisions, 10 of them given to auditors." in drawn
    audit = Audit.objects.get()
    chances = set(AuditedLabel.objects.values_list("labeler__display_name", "inclusion_probability"))
    assert chances == {("lena", 5 / 24), ("marco", 5 / 6)}

    # Both find them on their first page and judge them blind; one decision of lena's, they say, is a scam.
    row = AuditedLabel.objects.filter(labeler=office.lena).earliest("pk")
    for client, user in ((olga, office.olga), (oskar, office.oskar)):
        assert "Spam, week 47" in words_of(client.get("/"))
        judge_all(client, audit.audit_queue, spam_is=row.item.content["text"])
        go_on_working(user)
    assert not Slot.objects.filter(queue=audit.audit_queue, state="open").exists()

    # The worker judges what can no longer be taken back.
    refresh_scope.delay(audit.audit_queue_id)
    assert wait_until(lambda: AuditedLabel.objects.filter(judged_at__isnull=False).count() == 10, seconds=SECONDS)

    # The figure is what a pencil says: 4 of lena's 5 stand for 24 decisions, marco's 5 for 6.
    by_hand = (4 * 24 / 5 + 5 * 6 / 5) / (24 + 6)
    assert f"{by_hand:.2f}".lstrip("0") == ".84"
    page = read(quinn, "audit", audit.public_id)
    assert "Share of right decisions .84 (" in page
    assert "Unweighted, the judged decisions would read .90" in page
    assert "1 disagreement waits for a decision and counts as an error until then." in page

    # Quentin decides the disagreement without a name before him, and proposes the item as gold.
    row.refresh_from_db()
    listed = read(quentin, "disagreements")
    assert "Spam Scam" in listed
    asked = read(quentin, "disagreement", row.public_id)
    assert row.item.content["text"] in asked
    assert "What Scam is." in asked
    assert "Read it" in asked
    assert not {"lena", "olga", "oskar"} & set(asked.split())
    decided = act(
        quentin,
        "decide_disagreement",
        row.public_id,
        outcome="overturned",
        accepted=["scam"],
        reason="It asks for a code",
        propose_gold="on",
        pool="training",
        clause_revision=str(row.clause_revision_id),
    )
    assert "Overturned: the decision was wrong. The item is proposed as gold" in decided

    # Whoever proposed it cannot approve it; the policy owner does.
    gold = GoldItem.objects.get()
    answer = gold.answers.get()
    assert "Whoever wrote the answer cannot approve it" in act(quentin, "approve_gold", answer.public_id)
    assert "Approved: the gold is live." in act(client_for(paul), "approve_gold", answer.public_id)
    gold.refresh_from_db()
    assert (gold.state, answer.accepted, gold.made_from) == (GoldState.LIVE, ["scam"], row.item)

    # The error is an error now, and nothing waits any more.
    assert "No disagreement waits" in read(quinn, "disagreements")
    assert "Share of right decisions .84 (" in read(quinn, "audit", audit.public_id)

    # Quinn closes the audit; only then do the auditors read the figure.
    assert "Figures come when the audit is closed" in read(olga, "audit", audit.public_id)
    assert "Closed." in act(quinn, "close_audit", audit.public_id)
    assert "Share of right decisions .84 (" in read(olga, "audit", audit.public_id)
