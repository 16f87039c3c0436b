"""From a flag to its fair end: reply, dispute, retraining with a second person, an exam, and the certification back."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import Attempt, CalibrationSet, Dispute, GoldScore, SkillSuspension, Watch
from calibration.services.refresh import refresh_queue
from labeling.models import Slot
from qaplatform import clock
from qaplatform.people.models import SkillGrant
from tests.builders import client_for
from tests.calibration.loop.builders import Floor, make_floor, make_golds, wrong_row

pytestmark = pytest.mark.django_db

EXAM_ITEMS = 5
PASS_MARK = 4


def read(client: Client, name: str, *args: object) -> str:
    page = client.get(reverse(f"calibration:{name}", args=args))
    assert page.status_code == 200
    return " ".join(strip_tags(page.content.decode()).split())


def act(client: Client, page_name: str, /, *args: object, **fields: object) -> str:
    """Post a form as a browser does, and read the page that follows."""
    named = {key.replace("__", "-"): value for key, value in fields.items()}
    page = client.post(reverse(f"calibration:{page_name}", args=args), named, follow=True)
    return " ".join(strip_tags(page.content.decode()).split())


def label_one(client: Client, attempt: Attempt, category: str) -> None:
    queue = attempt.calibration_set.training_queue
    claimed = client.post(f"/api/v1/queues/{queue.public_id}/claim", "{}", content_type="application/json")
    assert claimed.status_code == 200
    assignment = claimed.json()
    body = json.dumps({"token": assignment["token"], "answers": {"category": category}})
    submitted = client.post(
        f"/api/v1/assignments/{assignment['id']}/submit",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    assert submitted.status_code == 201


def may_work(floor: Floor) -> bool:
    return SkillGrant.objects.get(labeler=floor.lena).is_active


def test_a_flag_comes_to_its_fair_end():
    floor = make_floor(days_ago=9)
    flag = floor.flag.public_id
    lena, theo, quinn, quentin, tara = (
        client_for(who) for who in (floor.lena, floor.theo, floor.quinn, floor.quentin, floor.tara)
    )

    # Lena finds the flag on her own page, with every item that counted, replies, and disputes one of them.
    assert "My quality flags" in read(lena, "my_quality")
    own = read(lena, "flag", flag)
    assert wrong_row(floor.flag).score.item.content["text"] in own
    assert "Because it is." in own
    assert "Your reply is sent" in act(lena, "reply_to_flag", flag, text="The second week was hard")
    row = wrong_row(floor.flag)
    filed = act(lena, "dispute_item", row.public_id, **{f"row-{row.pk}__reason": "It warns of spam"})
    assert f"Item {row.position} is disputed" in filed

    # Her team lead adds a word. Another vendor's people see nothing: tests/calibration/loop/test_flag_access.py.
    assert "Your reply is sent" in act(theo, "reply_to_flag", flag, text="She took over a new language")

    # Quinn sees who is flagged and why, and decides to retrain. Nothing is suspended by that.
    assert "lena" in read(quinn, "flags")
    decided = act(quinn, "decide_flag", flag, decision__decision="retrain", decision__reason="Eight misses in a row")
    assert "Decided: retraining." in decided
    assert "You proposed it. Another QA manager confirms or rejects it." in decided
    assert may_work(floor)

    # Quentin had no part in it: he decides the dispute for her, and confirms the suspension.
    dispute = Dispute.objects.get()
    named = {f"dispute-{dispute.pk}-outcome": "overturned", f"dispute-{dispute.pk}-reason": "It does warn"}
    assert "The labeler was right" in act(quentin, "decide_dispute", dispute.public_id, **named)
    assert GoldScore.objects.get(pk=row.score_id).ended_why == "dispute overturned"
    suspension = SkillSuspension.objects.get()
    confirmed = act(
        quentin, "confirm_suspension", suspension.public_id, **{"suspension-reason": "The misses are grave"}
    )
    assert "Certification suspended" in confirmed
    assert not may_work(floor)

    # Tara sees that Lena needs a set, builds an exam, and assigns it.
    assert "lena is to be retrained for Spam and has no set yet" in read(tara, "sets")
    golds = make_golds(floor.queue, EXAM_ITEMS)
    built = act(
        tara,
        "new_set",
        name="Spam exam",
        pass_mark=PASS_MARK,
        shows_answers="on",
        items=[str(gold.public_id) for gold in golds],
    )
    assert "Spam exam is ready" in built
    exam = CalibrationSet.objects.get()
    due_on = (clock.now() + timedelta(days=7)).date().isoformat()
    assigned = act(
        tara, "assign_set", exam.public_id, labelers=[str(floor.lena.public_id)], due_on=due_on, confirm="yes"
    )
    assert "is assigned to 1 person" in assigned
    attempt = Attempt.objects.get()

    # Lena does it in the workspace. Nothing is shown before the end.
    assert "Training due" in read(lena, "my_quality")
    for _ in range(EXAM_ITEMS - 1):
        label_one(lena, attempt, "spam")
    refresh_queue(exam.training_queue.pk)
    assert "Expected" not in read(lena, "attempt", attempt.public_id)
    label_one(lena, attempt, "scam")
    refresh_queue(exam.training_queue.pk)

    # She has passed: she reads what was expected, the certification is back, the flag at its end, the check from zero.
    result = read(lena, "attempt", attempt.public_id)
    assert "Passed: 4 of 5 right, 4 pass." in result
    assert "Because it is." in result
    assert may_work(floor)
    assert "Recertified" in read(lena, "flag", flag)
    assert "recertified" in read(quinn, "flag", flag).lower()
    assert Watch.objects.get(labeler=floor.lena, queue=floor.queue).started_why == "recertified"
    assert not Slot.objects.filter(queue=exam.training_queue, state="open").exists()
    assert "Nobody is due or stuck" in read(tara, "sets")
