"""Items enter a queue: each gets the slots that its draw gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from labeling.engine.contents import check_content, content_hash
from labeling.engine.draws import allot_vendors, draw_answers_needed, draw_rank
from labeling.engine.errors import ContentError
from labeling.engine.order import WorkOrder, turn_of
from labeling.enums import ContentKind, SlotOrigin
from labeling.models import Item, Queue, Slot
from labeling.services.lanes import find_lanes, key_of, read_shares
from qaplatform.errors import InvalidInput, Refused

ROWS_A_STATEMENT = 2000


@dataclass(frozen=True)
class ItemDraft:
    """An item on its way in. `answers_needed` None leaves it to the queue's draw."""

    content: Mapping[str, object]
    kind: str = ContentKind.TEXT
    external_id: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    language: str = ""
    is_sensitive: bool = False
    priority: int = 0
    due_at: datetime | None = None
    answers_needed: int | None = None


@transaction.atomic
def enter_items(queue: Queue, drafts: Iterable[ItemDraft], *, now: datetime) -> list[Item]:
    """Store items with their open slots. Raises InvalidInput for a bad content, Refused for an external id in use."""
    items = [_item(queue, draft, now=now) for draft in drafts]
    _refuse_known_ids(queue, items)
    Item.objects.bulk_create(items, batch_size=ROWS_A_STATEMENT)
    slots = _open_slots(queue, items, now=now)
    Slot.objects.bulk_create(slots, batch_size=ROWS_A_STATEMENT)
    return items


def _item(queue: Queue, draft: ItemDraft, *, now: datetime) -> Item:
    try:
        content = check_content(draft.kind, draft.content)
    except ContentError as error:
        raise InvalidInput(
            error.message,
            detail={"field": error.field, "external_id": draft.external_id},
        ) from error
    public_id = uuid4()
    return Item(
        public_id=public_id,
        queue=queue,
        external_id=draft.external_id,
        kind=draft.kind,
        content=content,
        context=dict(draft.context),
        content_hash=content_hash(draft.kind, content),
        language=draft.language,
        is_sensitive=draft.is_sensitive,
        answers_needed=_answers_needed(queue, draft, key=draft.external_id or str(public_id)),
        priority=draft.priority,
        due_at=draft.due_at,
        created_at=now,
    )


def _answers_needed(queue: Queue, draft: ItemDraft, *, key: str) -> int:
    if draft.answers_needed is not None:
        return draft.answers_needed
    return draw_answers_needed(queue.draw_seed, key, queue.base_answers, queue.overlap_rate, queue.overlap_size)


def _open_slots(queue: Queue, items: Sequence[Item], *, now: datetime) -> list[Slot]:
    shares = read_shares(queue)
    lanes_of = {item.pk: [key_of(item, vendor_id=vendor) for vendor in _vendors(queue, item, shares)] for item in items}
    lanes = find_lanes(key for keys in lanes_of.values() for key in keys)
    return [
        Slot(
            item=item,
            slot_no=number,
            queue=queue,
            origin=SlotOrigin.ENTRY,
            lane_id=lanes[key],
            turn=turn_of(priority=item.priority, due_at=item.due_at, number=number, order=queue.order),
            rank=rank_of(queue, item, number),
            created_at=now,
        )
        for item in items
        for number, key in enumerate(lanes_of[item.pk], start=1)
    ]


def rank_of(queue: Queue, item: Item, number: int) -> float:
    """Where a slot stands on the circle; where begun items are finished first, an item's slots stand together."""
    together = WorkOrder(queue.order).starts_at_head
    return draw_rank(queue.draw_seed, str(item.public_id) if together else f"{item.public_id}:{number}")


def _vendors(queue: Queue, item: Item, shares: Mapping[int, float]) -> tuple[int | None, ...]:
    return allot_vendors(queue.draw_seed, draw_key(item), item.answers_needed, shares)


def draw_key(item: Item) -> str:
    """What an item's draws are seeded with: its id of elsewhere, so that a repeated import draws the same."""
    return item.external_id or str(item.public_id)


def _refuse_known_ids(queue: Queue, items: list[Item]) -> None:
    named = [item.external_id for item in items if item.external_id]
    taken = Item.objects.filter(queue=queue, external_id__in=named).values_list("external_id", flat=True).first()
    twice = next((name for name in named if named.count(name) > 1), None) if len(set(named)) < len(named) else None
    known = taken or twice
    if known is not None:
        raise Refused(
            f"The queue {queue.name} has an item {known} already. Give each item an id of its own.",
            detail={"external_id": known},
        )
