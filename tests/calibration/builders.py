"""Builders of measured work: plans, gold, answers as history holds them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from calibration.enums import GoldPool, GoldState, Purpose
from calibration.models import GoldAnswer, GoldItem, Placement, SamplingPlan
from labeling.enums import SlotOrigin, SlotState
from labeling.models import ClauseRevision, Item, Label, Queue, Slot
from qaplatform.people.models import Labeler, User
from tests.builders import make_items, make_queue, make_user

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
MINUTE = timedelta(minutes=1)

_numbers = count(1)


def make_plan(queue: Queue | None = None, **fields: object) -> SamplingPlan:
    """A plan that needs no solving: the threshold stands. The rate of gold is flat."""
    defaults: dict[str, object] = {"question": "category", "gold_rate": 0.1, "watch_gold_rate": 0, "cusum_h": 7.0}
    return SamplingPlan.objects.create(queue=queue or make_queue(), **(defaults | fields))


def make_gold(
    queue: Queue,
    accepted: Sequence[str] = ("spam",),
    *,
    pool: GoldPool = GoldPool.MONITORING,
    item: Item | None = None,
    author: User | None = None,
    clause_revision: ClauseRevision | None = None,
) -> GoldItem:
    """Live gold on an item that is only placed."""
    item = item or make_items(queue, answers_needed=0)[0]
    gold = GoldItem.objects.create(item=item, queue=queue, state=GoldState.LIVE, pool=pool)
    GoldAnswer.objects.create(
        gold=gold,
        number=1,
        question="category",
        accepted=list(accepted),
        reason="Because it is.",
        clause_revision=clause_revision,
        author=author or make_user(),
        approver=make_user(),
        approved_at=NOON - timedelta(days=400),
    )
    return gold


def add_label(
    item: Item,
    labeler: Labeler,
    answers: Mapping[str, object] | Sequence[str] | str,
    *,
    at: datetime = NOON,
    origin: SlotOrigin = SlotOrigin.IMPORTED,
) -> Label:
    """A done slot with its label, as an import or a bulk writer leaves it."""
    schema = item.queue.schemas.get(number=1)
    slot = Slot.objects.create(
        item=item,
        slot_no=1000 + next(_numbers),
        queue=item.queue,
        state=SlotState.DONE,
        origin=origin,
        labeler=labeler,
        assignment_id=uuid4(),
        token=uuid4(),
        claimed_at=at - MINUTE,
        done_at=at,
    )
    return Label.objects.create(
        slot=slot,
        item=item,
        queue=item.queue,
        labeler=labeler,
        answers=dict(answers) if isinstance(answers, Mapping) else {"category": answers},
        policy_version=item.queue.policy_version,
        schema=schema,
        claimed_at=at - MINUTE,
        created_at=at,
    )


def add_gold_label(
    gold: GoldItem, labeler: Labeler, category: Sequence[str] | str, *, at: datetime = NOON, is_base: bool = True
) -> Label:
    """An answer in a slot that was placed as gold."""
    label = add_label(gold.item, labeler, category, at=at, origin=SlotOrigin.PLACED)
    Placement.objects.create(slot=label.slot, purpose=Purpose.GOLD, gold=gold, rate_in_force=0.1, is_base=is_base)
    return label


def revise(label: Label, category: str, *, at: datetime) -> Label:
    """A further label in the same slot."""
    return Label.objects.create(
        slot=label.slot,
        item=label.item,
        queue=label.queue,
        labeler=label.labeler,
        revises=label,
        answers={"category": category},
        policy_version=label.policy_version,
        schema=label.schema,
        claimed_at=label.claimed_at,
        created_at=at,
    )


def answer_gold(
    queue: Queue,
    labeler: Labeler,
    right: Sequence[bool],
    *,
    start: datetime = NOON - timedelta(days=5),
    step: timedelta = 10 * MINUTE,
    wrong_as: str = "no_violation",
) -> list[Label]:
    """One answer on a fresh gold item for each entry of `right`, some minutes apart."""
    labels = []
    for place, is_right in enumerate(right):
        gold = make_gold(queue)
        given = "spam" if is_right else wrong_as
        labels.append(add_gold_label(gold, labeler, given, at=start + place * step))
    return labels
