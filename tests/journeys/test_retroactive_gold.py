"""Gold that nobody had to write: three people differ, one decides, another approves, a fourth meets it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.models import GoldItem, GoldScore, ItemAdjudication, Placement
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from labeling.models import Slot
from labeling.services.assignments import claim_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import answer, client_for, make_items, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import make_plan

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=6)


def test_an_item_that_split_three_people_becomes_gold_for_the_fourth():
    queue, team = make_queue("Messages"), make_team()
    make_plan(queue, gold_rate=0.5)
    quinn, quentin = (make_user(name, roles=[Role.QA_MANAGER]) for name in ("quinn", "quentin"))
    three = [make_labeler(name, team=team, queues=[queue]) for name in ("lena", "marco", "petra")]
    [item] = make_items(queue, external_id="m-17", content={"text": "Send the code."}, answers_needed=3)

    # Three people answer, each something else.
    for labeler, category in zip(three, ("spam", "scam", "no_violation"), strict=True):
        assignment = claim_assignment(queue, labeler)
        submit_label(assignment.id, labeler, token=assignment.token, answers=answer(category))
    refresh_queue(queue.pk, now=clock.now() + LATER)

    # Quinn finds it among the disputed items, decides, and proposes it as gold; she cannot approve it herself.
    listed = client_for(quinn).get(
        reverse("calibration:disputed_items"), {"queue": queue.public_id, "question": "category"}
    )
    address = reverse("calibration:disputed_item", args=[item.public_id])
    assert f"{address}?question=category" in listed.content.decode()
    page = client_for(quinn).get(address).content.decode()
    assert "lena" not in page
    scam = queue.policy_version.revisions.get(clause__code="1.2")
    decision = {
        "accepted": ["scam"],
        "reason": "It asks for a code.",
        "propose_gold": "on",
        "clause_revision": scam.pk,
        "pool": "monitoring",
    }
    done = client_for(quinn).post(address, decision, follow=True).content.decode()
    assert "waits for somebody else&#x27;s approval" in done
    gold = GoldItem.objects.get(made_from=item)
    approval = reverse("calibration:approve_gold", args=[gold.answers.get().public_id])
    refused = client_for(quinn).post(approval, follow=True).content.decode()
    assert "Ask a second person" in refused

    # Quentin approves. The three have met the content, so it is placed with the fourth alone.
    client_for(quentin).post(approval)
    fourth = make_labeler("nadia", queues=[queue])
    make_items(queue, 3)
    place_gold(queue, now=clock.now())
    assert [placed.slot.reserved_for for placed in Placement.objects.all()] == [fourth]

    # She meets it as any item, and her answer alone is scored.
    assignment = claim_assignment(queue, fourth, draw=lambda: 0.0)
    assert assignment.content == {"text": "Send the code."}
    submit_label(assignment.id, fourth, token=assignment.token, answers=answer("scam"))
    refresh_queue(queue.pk, now=clock.now() + LATER)
    [score] = GoldScore.objects.all()
    assert (score.labeler, score.item, score.is_correct) == (fourth, gold.item, True)

    # Where it came from stands on its page; the decision changed nobody's figure.
    shown = client_for(quinn).get(reverse("calibration:gold_item", args=[gold.public_id])).content.decode()
    assert "From an adjudicated item" in shown
    assert "3 people had answered it before" in shown
    assert ItemAdjudication.objects.get().gold == gold
    assert Slot.objects.filter(item=item, labeler=fourth).count() == 0
