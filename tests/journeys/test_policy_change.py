"""A policy changes on Wednesday: written, compared, published, adopted, read, and worked under."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.enums import GoldState
from calibration.models import MetricSnapshot, Watch
from calibration.services.refresh import refresh_queue
from labeling.models import Label, Queue
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler, make_user
from tests.calibration.builders import answer_gold, make_gold, make_plan
from tests.labeling.moves import move_due_queues

pytestmark = pytest.mark.django_db

NEW_TEXT = """1.1 Spam
What Spam is.

1.2 Scam
A lie for money, or for love.

1.3 Impersonation
What Impersonation  is.
"""


def words_of(page) -> str:
    return " ".join(strip_tags(page.content.decode()).split())


def form_on(page) -> dict[str, object]:
    """What the form of the page would send as it stands."""
    form = page.context["form"]
    return {bound.html_name: bound.value() for bound in form if bound.value() not in {None, False}}


def call(client: Client, path: str, body: dict[str, object]):
    key = {"Idempotency-Key": str(uuid4())}
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=key)


def accuracies(queue: Queue) -> list[object]:
    rows = MetricSnapshot.objects.filter(queue=queue, metric="accuracy").order_by("cut", "key", "question")
    return list(rows.values_list("cut", "key", "tally", "estimates"))


def test_a_policy_change_from_the_text_to_the_next_answer():
    plan, lena = make_plan(), make_labeler("lena")
    queue = plan.queue
    lena.skill_grants.create(skill=queue.skill, source="manual")
    spam, scam = (queue.policy_version.revisions.get(clause__code=code) for code in ("1.1", "1.2"))
    start = clock.now() - timedelta(days=2)
    for label in answer_gold(queue, lena, [True] * 20 + [False], start=start):
        label.item.gold.answers.update(clause_revision=spam)
    scam_gold = make_gold(queue, ["scam"], clause_revision=scam)
    make_items(queue, 2)
    refresh_queue(queue.pk, now=clock.now())
    before, watched = accuracies(queue), Watch.objects.get().n
    policy = queue.policy.public_id
    paul, quinn = (
        client_for(make_user("paul", roles=[Role.POLICY_OWNER])),
        client_for(make_user("quinn", roles=[Role.QA_MANAGER])),
    )
    lena_at_work = client_for(lena)
    held = call(lena_at_work, f"queues/{queue.public_id}/claim", {}).json()

    # The owner pastes the whole text; two clauses differ, one in its words, one in white space alone.
    compared = paul.post(reverse("labeling:write_version", args=[policy]), {"text": NEW_TEXT, "base": 1}, follow=True)
    assert "1.2 Scam words changed" in words_of(compared)
    assert "1.3 Impersonation typography only" in words_of(compared)
    review = reverse("labeling:review_version", args=[policy])
    asked = paul.post(review, form_on(compared) | {"note": "Romance scams too.", "do": "publish"})
    assert "1 gold item of clause 1.2 will be suspended" in words_of(asked)
    sent = dict(asked.context["hidden"]) | {"do": "confirm"}
    published = paul.post(review, sent, follow=True)
    assert "Version 2 is published" in words_of(published)

    # The QA manager sees what a move does before anything happens, and confirms it.
    move = reverse("labeling:move_queue", args=[queue.public_id])
    wanted = {"version": 2, "when": "now", "zone": "UTC", "unfinished": "finish", "grace_hours": 24}
    shown = words_of(quinn.post(move, wanted))
    assert "1 clause changes in meaning: 1.2" in shown
    assert "1 gold item" in shown
    assert "1 person has to read" in shown
    quinn.post(move, wanted | {"confirm": "yes"})
    move_due_queues(now=clock.now())
    queue.refresh_from_db()
    assert queue.policy_version.number == 2

    # What Lena has in hand ends under the version that she was given it with; then she reads what changed.
    done = call(
        lena_at_work,
        f"assignments/{held['id']}/submit",
        {"token": held["token"], "answers": {"category": "spam"}, "claim_next": True},
    )
    assert (done.status_code, done.json()["next"]) == (201, None)
    desk = lena_at_work.get(reverse("labeling:workspace", args=[queue.public_id]), follow=True)
    assert "Romance scams too." in words_of(desk)
    assert "1.2" in words_of(desk)
    assert "1.3" not in words_of(desk)
    assert [who.display_name for who in quinn.get(reverse("labeling:reading")).context["readers"][0].have_not] == [
        "lena"
    ]
    lena_at_work.post(reverse("labeling:read_changes", args=[queue.public_id]), {"version": 2})
    held = call(lena_at_work, f"queues/{queue.public_id}/claim", {}).json()
    call(lena_at_work, f"assignments/{held['id']}/submit", {"token": held["token"], "answers": {"category": "scam"}})
    given = Label.objects.filter(labeler=lena, slot__origin="entry").order_by("pk")
    assert list(given.values_list("policy_version__number", flat=True)) == [1, 2]

    # Gold of the changed clause waits for two people; what did not change stands as it stood.
    scam_gold.refresh_from_db()
    assert scam_gold.state == GoldState.SUSPENDED
    refresh_queue(queue.pk, now=clock.now())
    assert accuracies(queue) == before != []
    assert Watch.objects.get().n == watched
