"""Correcting gold that 10,000 answers were scored against, and a policy that changes the clause of 10,000 gold items.

make bench ARGS=tests/bench/test_gold_corrections.py

Targets: 15 s until the scores are made anew and the figures counted; 10 s for suspending.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from calibration.enums import Cut, GoldState, Metric
from calibration.models import GoldAnswer, GoldItem, GoldScore, MetricSnapshot
from calibration.services.gold_adoptions import approve_again, propose_again
from calibration.services.gold_corrections import approve_correction, propose_correction
from calibration.services.refresh import refresh_queue
from calibration.services.scoring import score_gold
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Item, Label, Queue, Slot
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler
from tests.bench.measuring import cost_of, load_words, tell
from tests.builders import make_queue, make_user, make_vendor
from tests.calibration.builders import make_gold, make_plan
from tests.calibration.policy_changes import adopt, publish

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

ANSWERS = 10_000
GOLDS = 10_000
CORRECTION_TARGET = 15.0
SUSPENSION_TARGET = 10.0


def answer_by_all(gold: GoldItem) -> None:
    """An imported answer of each of many people, half of them right."""
    queue, vendor, now = gold.queue, make_vendor(), timezone.now()
    people = Labeler.objects.bulk_create(
        Labeler(vendor=vendor, kind=LabelerKind.EXTERNAL, external_id=f"p{n}", display_name=f"Person {n}")
        for n in range(ANSWERS)
    )
    schema = queue.schemas.get()
    slots = Slot.objects.bulk_create(
        Slot(
            item=gold.item,
            slot_no=number,
            queue=queue,
            state=SlotState.DONE,
            origin=SlotOrigin.IMPORTED,
            labeler=person,
            assignment_id=uuid4(),
            token=uuid4(),
            done_at=now - timedelta(days=3),
        )
        for number, person in enumerate(people, start=1)
    )
    Label.objects.bulk_create(
        Label(
            slot=slot,
            item=gold.item,
            queue=queue,
            labeler=slot.labeler,
            answers={"category": "scam" if slot.slot_no % 2 else "spam"},
            policy_version=queue.policy_version,
            schema=schema,
            claimed_at=now - timedelta(days=3),
            created_at=now - timedelta(days=3),
        )
        for slot in slots
    )


def make_many_golds(queue: Queue) -> None:
    author, approver = make_user(), make_user()
    revision = queue.policy_version.revisions.get(clause__code="1.1")
    items = Item.objects.bulk_create(
        Item(queue=queue, external_id=f"g{n}", content={"text": f"Text {n}"}, content_hash=f"{n:064d}")
        for n in range(GOLDS)
    )
    golds = GoldItem.objects.bulk_create(GoldItem(item=item, queue=queue, state=GoldState.LIVE) for item in items)
    GoldAnswer.objects.bulk_create(
        GoldAnswer(
            gold=gold,
            number=1,
            question="category",
            accepted=["spam"],
            reason="It is.",
            clause_revision=revision,
            author=author,
            approver=approver,
            approved_at=timezone.now(),
        )
        for gold in golds
    )


def test_a_correction_of_ten_thousand_answers_is_scored_and_counted_in_time():
    gold = make_gold(make_queue("Spam"), ["spam"])
    make_plan(gold.queue)
    answer_by_all(gold)
    score_gold(gold.queue_id, now=timezone.now())
    answer = propose_correction(gold, question="category", accepted=["scam"], reason="It is.", author=make_user())

    scoring = cost_of(lambda: approve_correction(answer, approver=make_user()))
    counting = cost_of(lambda: refresh_queue(gold.queue_id))

    assert GoldScore.objects.filter(gold_answer=answer, ended_at=None).count() == ANSWERS
    snapshot = MetricSnapshot.objects.get(queue=gold.queue, metric=Metric.ACCURACY, cut=Cut.QUEUE)
    assert snapshot.computed_at > answer.created_at
    tell(
        f"{ANSWERS:,} answers of {ANSWERS:,} people scored anew: {scoring.words}",
        f"their figures counted:                      {counting.words}",
        load_words(),
    )
    assert scoring.wall < CORRECTION_TARGET


def test_ten_thousand_gold_items_are_suspended_and_approved_again_in_time():
    queue = make_queue("Spam")
    make_many_golds(queue)
    version = publish(queue, changes="1.1")

    suspending = cost_of(lambda: adopt(queue, version))
    proposing = cost_of(lambda: propose_again(queue, author=make_user()))
    approving = cost_of(lambda: approve_again(queue, approver=make_user()))

    assert GoldItem.objects.filter(queue=queue, state=GoldState.LIVE).count() == GOLDS
    tell(
        f"{GOLDS:,} gold items suspended: {suspending.words}",
        f"proposed again:                 {proposing.words}",
        f"approved again:                 {approving.words}",
        load_words(),
    )
    assert suspending.wall < SUSPENSION_TARGET
