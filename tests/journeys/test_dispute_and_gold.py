"""A dispute that somebody else decides, gold that is corrected and approved again, and work paused in an emergency."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import Dispute, EmergencyPause, GoldItem, GoldScore
from labeling.services.assignments import claim_assignment
from qaplatform.people.enums import Role
from tests.builders import client_for, give_role, make_items, make_user
from tests.calibration.builders import make_gold
from tests.calibration.loop.builders import make_floor, wrong_row
from tests.calibration.policy_changes import adopt, publish

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(strip_tags(page.content.decode()).split())


def open_page(client: Client, name: str, *args: object) -> str:
    return read(client, reverse(f"calibration:{name}", args=args))


def act(client: Client, name: str, *args: object, **fields: object) -> str:
    page = client.post(reverse(f"calibration:{name}", args=args), fields, follow=True)
    return " ".join(strip_tags(page.content.decode()).split())


def link_of(client: Client, name: str) -> str:
    """The address of the first link to a flag, as the first page offers it."""
    found = re.search(rf'href="({reverse(name)}[^"]+)"', client.get("/").content.decode())
    assert found is not None
    return found.group(1)


def test_a_labeler_disputes_somebody_else_decides_and_everybody_reads_the_outcome():
    floor = make_floor()
    vera = make_user("vera")
    give_role(vera, Role.VENDOR_MANAGER, vendor=floor.team.vendor)
    lena, theo, quinn, quentin = (client_for(who) for who in (floor.lena, floor.theo, floor.quinn, floor.quentin))
    first, second = wrong_row(floor.flag), wrong_row(floor.flag, 1)

    # Lena's first page says it first; the flag says how many working days are left, and shows every item.
    assert "Your quality flag in Spam" in open_page(lena, "home")
    address = link_of(lena, "calibration:flags")
    # Flagged two days ago: at weekends these were no working days.
    assert re.search(r"\b[345] working days left", read(lena, address))

    # She disputes one item; her team lead disputes another for her.
    act(lena, "dispute_item", first.public_id, **{f"row-{first.pk}-reason": "It warns of spam"})
    filed = act(theo, "dispute_item", second.public_id, **{f"row-{second.pk}-reason": "The clause is unclear here"})
    assert "Somebody who had no part in it decides within five working days" in filed
    assert "Two of the" in filed
    assert "errors are disputed." in filed

    # Quinn has decided the flag, so she cannot decide the disputes, and reads who can.
    act(quinn, "decide_flag", floor.flag.public_id, **{"decision-decision": "coach", "decision-reason": "Misses"})
    shown = read(quinn, address)
    assert "You filed it, decided this flag, or wrote or approved the gold" in shown
    assert "may decide: quentin." in shown

    # Quentin finds the gold wrong. A second person confirms; everybody who answered it is scored again.
    dispute = Dispute.objects.get(evidence=first)
    prefix = f"dispute-{dispute.pk}"
    act(
        quentin,
        "decide_dispute",
        dispute.public_id,
        **{
            f"{prefix}-outcome": "gold_corrected",
            f"{prefix}-accepted": ["no_violation"],
            f"{prefix}-reason": "It warns",
        },
    )
    assert "Confirm the correction" not in read(quentin, address)
    assert "everybody who answered it is scored again" in act(quinn, "confirm_correction", dispute.public_id)
    after = read(lena, address)
    assert "The evidence has changed" in after
    assert "counts as right now" in after

    # The other one is overturned. It stays so when its gold is corrected later.
    other = Dispute.objects.get(evidence=second)
    prefix = f"dispute-{other.pk}"
    named = {f"{prefix}-outcome": "overturned", f"{prefix}-reason": "Unclear indeed"}
    act(quentin, "decide_dispute", other.public_id, **named)
    assert not GoldScore.objects.filter(label=second.score.label, ended_at=None).exists()

    # Whoever was told of the flag reads the outcome on their first page.
    for who in (lena, theo, client_for(vera)):
        page = open_page(who, "home")
        assert "Decided on quality flags" in page
        assert "Coaching decided by quinn" in page
        assert "Dispute decided by quentin" in page
        assert "counts as right now, not as wrong" in page


def test_work_is_paused_in_an_emergency_told_at_once_and_goes_on():
    floor = make_floor()
    make_items(floor.queue, 3)
    lena, quinn, quentin = (client_for(who) for who in (floor.lena, floor.quinn, floor.quentin))
    claim_assignment(floor.queue, floor.lena)

    # Quinn finds the way on the flag's page; one person stops work for a day at most.
    assert "Emergency pause" in open_page(quinn, "flag", floor.flag.public_id)
    assert "paid" in act(quinn, "pause", floor.lena.public_id, hours=24, reason="Content was copied out")

    # Lena is told at once, with the reason, that the time is paid; the workspace hands nothing out.
    told = open_page(lena, "home")
    assert "Your work is paused, and the time is paid" in told
    assert "Content was copied out" in told
    claim = f"/api/v1/queues/{floor.queue.public_id}/claim"
    assert lena.post(claim, "{}", content_type="application/json").status_code == 204
    assert "Your work is paused" in open_page(lena, "flag", floor.flag.public_id)

    # Quentin looks into it and ends it; Lena works again, and reads that it is over.
    pause = EmergencyPause.objects.get()
    ended = act(quentin, "end_pause", pause.public_id, **{"second-reason": "It was somebody else"})
    assert "The pause is over: lena works again." in ended
    assert lena.post(claim, "{}", content_type="application/json").status_code == 200
    assert "Emergency pause ended by quentin" in open_page(lena, "home")


def test_gold_of_a_changed_clause_is_suspended_and_approved_again_by_two_people():
    floor = make_floor()
    paul, quinn = make_user("paul", roles=[Role.POLICY_OWNER]), floor.quinn
    revision = floor.queue.policy_version.revisions.get(clause__code="1.1")
    golds = [make_gold(floor.queue, clause_revision=revision) for _ in range(3)]

    adopt(floor.queue, publish(floor.queue, changes="1.1"))

    # The list says what is suspended and why, with the clause as it was and as it is.
    assert "3 gold items hang on a clause that means something else by now" in open_page(client_for(paul), "gold")
    listed = open_page(client_for(paul), "gold_again")
    assert "What Spam is." in listed
    assert "What Spam is. Also in jest." in listed

    # Paul says that they still hold, all at once; he cannot approve them himself. Quinn does, all at once.
    queue = str(floor.queue.public_id)
    assert "3 answers are proposed again" in act(client_for(paul), "propose_gold_again", queue=queue, which="all")
    assert "is for a second person" in act(client_for(paul), "approve_gold_again", queue=queue, which="all")
    assert "3 answers are approved under the new text, and live again." in act(
        client_for(quinn), "approve_gold_again", queue=queue, which="all"
    )
    assert GoldItem.objects.filter(pk__in=[gold.pk for gold in golds], state="live").count() == 3
