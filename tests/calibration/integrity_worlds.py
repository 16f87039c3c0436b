"""A queue in which two people share wrong answers, one hurries and errs, and one gives the same answer for long."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np

from calibration.enums import GoldState, Purpose
from calibration.models import GoldAnswer, GoldItem, GoldScore, Placement
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Item, Label, Queue, Slot
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import make_items, make_labeler, make_user
from tests.calibration.builders import NOON

CODES = ("no_violation", "spam", "scam")
ITEMS, HURRIED_SECONDS, USUAL_SECONDS = 90, 2, 40
RUN = range(30, 70)


def make_people(queue: Queue, *, n: int = 9) -> list[Labeler]:
    """The first copies the second, the third hurries, the fourth gives one answer for long; in the order of ids."""
    return [make_labeler(f"person{number}", queues=[queue]) for number in range(n)]


def make_integrity_world(
    queue: Queue,
    people: Sequence[Labeler],
    *,
    copies: bool = True,
    hurries: bool = True,
    runs: bool = True,
    seed: int = 3,
) -> None:
    """Gold that all of the people answered, scored, with what the flags say planted in it."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, ITEMS)
    given = np.where(rng.random((len(people), ITEMS)) < 0.05, rng.integers(0, 3, (len(people), ITEMS)), truth)
    if copies:
        given[:2, rng.choice(ITEMS, 12, replace=False)] = 0
        given[:2] = np.where(given[1] != truth, given[1], truth)
    if hurries:
        given[2] = np.where(rng.random(ITEMS) < 0.4, (truth + 1) % 3, truth)
    if runs:
        given[3, list(RUN)] = 1
    seconds = [HURRIED_SECONDS if hurries and place == 2 else USUAL_SECONDS for place in range(len(people))]
    items = _gold_items(queue, truth)
    for place, labeler in enumerate(people):
        write_answers(
            queue, labeler, items, given[place], first=NOON + timedelta(seconds=7 * place), seconds=seconds[place]
        )
    refresh_queue(queue.pk, now=clock.now())
    GoldScore.objects.filter(queue=queue).update(scored_at=NOON)


def write_answers(
    queue: Queue,
    labeler: Labeler,
    items: Sequence[Item],
    given: Sequence[int],
    *,
    first: datetime,
    seconds: float,
    origin: SlotOrigin = SlotOrigin.PLACED,
) -> None:
    """One answer an item, two minutes apart; placed ones as monitoring gold."""
    schema = queue.schemas.get(number=1)
    times = [first + timedelta(minutes=2 * place) - timedelta(days=5) for place in range(len(items))]
    slots = Slot.objects.bulk_create(
        Slot(
            item=item,
            slot_no=100 + labeler.pk,
            queue=queue,
            state=SlotState.DONE,
            origin=origin,
            labeler=labeler,
            assignment_id=uuid4(),
            token=uuid4(),
            claimed_at=at - timedelta(seconds=seconds),
            done_at=at,
        )
        for item, at in zip(items, times, strict=True)
    )
    Label.objects.bulk_create(
        Label(
            slot=slot,
            item_id=slot.item_id,
            queue=queue,
            labeler=labeler,
            answers={"category": CODES[int(code)]},
            policy_version=queue.policy_version,
            schema=schema,
            claimed_at=slot.claimed_at,
            created_at=slot.done_at,
        )
        for slot, code in zip(slots, given, strict=True)
    )
    if origin == SlotOrigin.PLACED:
        gold = dict(GoldItem.objects.filter(queue=queue).values_list("item_id", "id"))
        Placement.objects.bulk_create(
            Placement(slot=slot, purpose=Purpose.GOLD, gold_id=gold[slot.item_id], rate_in_force=0.1) for slot in slots
        )


def _gold_items(queue: Queue, truth: Sequence[int]) -> list[Item]:
    items, author, approver = make_items(queue, len(truth), answers_needed=0), make_user(), make_user()
    gold = GoldItem.objects.bulk_create(GoldItem(item=item, queue=queue, state=GoldState.LIVE) for item in items)
    GoldAnswer.objects.bulk_create(
        GoldAnswer(
            gold=one,
            number=1,
            question="category",
            accepted=[CODES[int(code)]],
            reason="Because it is.",
            author=author,
            approver=approver,
            approved_at=NOON - timedelta(days=400),
        )
        for one, code in zip(gold, truth, strict=True)
    )
    return items
