"""A queue's settings, applied to the items that are in: answers needed, vendors, order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from labeling.engine.draws import allot_vendors, draw_answers_needed
from labeling.engine.order import WorkOrder, turn_of
from labeling.enums import QueueKind, SlotOrigin, SlotState
from labeling.models import Item, Queue, Rearrangement, Slot
from labeling.services.entry import draw_key, rank_of
from labeling.services.lanes import LaneKey, find_lanes, key_of, read_shares
from qaplatform.errors import Refused
from qaplatform.trail.services import record

ITEMS_A_STEP = 500
ORDINARY = [SlotOrigin.ENTRY, SlotOrigin.REQUEUE]

draw_share = SystemRandom().random


@dataclass
class _Changes:
    """What a step found to do: slots with the lanes that they belong in."""

    opened: list[tuple[Slot, LaneKey]] = field(default_factory=list)
    kept: list[tuple[Slot, LaneKey]] = field(default_factory=list)
    cancelled: list[Slot] = field(default_factory=list)


@transaction.atomic
def rearrange(queue: Queue, *, actor: AbstractBaseUser) -> Rearrangement:
    """Apply the queue's present settings to what waits; `carry_out_rearrangement` does it. Raises Refused."""
    if queue.kind != QueueKind.ORDINARY:
        raise Refused("Calibration sets and audits keep what they were made with.")
    try:
        with transaction.atomic():
            rearrangement = Rearrangement.objects.create(queue=queue, requested_by_id=actor.pk)
    except IntegrityError as error:
        raise Refused(f"{queue} is being rearranged already. Wait until that is done.") from error
    record("queue_rearranged", rearrangement, actor=actor, detail={"queue": queue.name})
    return rearrangement


def carry_out_rearrangement(rearrangement_id: int, *, now: datetime) -> None:
    """Work it off in short transactions; after a crash the next call goes on. Twice, or twice at once, is once."""
    while _step(rearrangement_id, now=now):
        pass


@transaction.atomic
def _step(rearrangement_id: int, *, now: datetime) -> bool:
    rows = Rearrangement.objects.select_for_update(skip_locked=True, of=["self"]).select_related("queue")
    rearrangement = rows.filter(pk=rearrangement_id, finished_at=None).first()
    if rearrangement is None:
        return False
    items = _lock_items(rearrangement)
    if not items:
        rearrangement.finished_at = now
        rearrangement.save(update_fields=["finished_at"])
        return False
    changes = _plan(rearrangement.queue, items, now=now)
    rearrangement.moved += _store(items, changes)
    rearrangement.opened += len(changes.opened)
    rearrangement.cancelled += len(changes.cancelled)
    rearrangement.last_item_id = items[-1].pk
    rearrangement.save(update_fields=["moved", "opened", "cancelled", "last_item_id"])
    return True


def _lock_items(rearrangement: Rearrangement) -> list[Item]:
    """The next items of the queue that are asked of people; items are locked before slots, as by whoever withdraws."""
    items = Item.objects.select_for_update(no_key=True).filter(
        queue=rearrangement.queue_id,
        pk__gt=rearrangement.last_item_id,
        answers_needed__gt=0,
        withdrawn_at=None,
        purged_at=None,
    )
    return list(items.order_by("pk")[:ITEMS_A_STEP])


def _plan(queue: Queue, items: Sequence[Item], *, now: datetime) -> _Changes:
    """What each item needs by the settings; sets `answers_needed` of the items."""
    of_item: dict[int, list[Slot]] = {item.pk: [] for item in items}
    rows = Slot.objects.select_for_update(of=["self"]).select_related("lane", "item", "queue").filter(item__in=of_item)
    for slot in rows.order_by("pk"):
        of_item[slot.item_id].append(slot)
    shares, changes = read_shares(queue), _Changes()
    for item in items:
        _plan_item(queue, item, of_item[item.pk], shares, changes, now=now)
    return changes


def _plan_item(
    queue: Queue, item: Item, slots: Sequence[Slot], shares: Mapping[int, float], changes: _Changes, *, now: datetime
) -> None:
    """What waits beyond the answers needed is cancelled, the last first; what is begun or answered stays."""
    waiting, begun = _waiting_and_begun(slots)
    needed = max(_answers_needed(queue, item), len(begun))
    lanes = [key_of(item, vendor_id=vendor) for vendor in _vendors_left(queue, item, needed, shares, begun)]
    kept, surplus = waiting[: len(lanes)], waiting[len(lanes) :]
    last = max((slot.slot_no for slot in slots), default=0)
    new = [
        Slot(item=item, slot_no=last + number, queue=queue, origin=SlotOrigin.ENTRY, created_at=now)
        for number in range(1, len(lanes) - len(kept) + 1)
    ]
    changes.kept += zip(kept, lanes, strict=False)
    changes.opened += zip(new, lanes[len(kept) :], strict=True)
    changes.cancelled += surplus
    item.answers_needed = needed


def _waiting_and_begun(slots: Sequence[Slot]) -> tuple[list[Slot], list[Slot]]:
    """An item's ordinary slots that count: those that wait for anybody, in their order, and the others."""
    ordinary = [slot for slot in slots if slot.origin in ORDINARY and slot.state != SlotState.CANCELLED]
    waiting = [slot for slot in ordinary if slot.state == SlotState.OPEN and slot.reserved_for_id is None]
    begun = [slot for slot in ordinary if slot not in waiting]
    return sorted(waiting, key=lambda slot: slot.slot_no), begun


def _answers_needed(queue: Queue, item: Item) -> int:
    """How many answers the queue's present settings draw for an item: the same whenever it is asked."""
    return draw_answers_needed(
        queue.draw_seed, draw_key(item), queue.base_answers, queue.overlap_rate, queue.overlap_size
    )


def _vendors_left(
    queue: Queue, item: Item, needed: int, shares: Mapping[int, float], begun: Sequence[Slot]
) -> list[int | None]:
    """The vendors of the item's slots by the shares, less one for each slot that is begun: its own, else any."""
    left = list(allot_vendors(queue.draw_seed, draw_key(item), needed, shares))
    for slot in begun:
        own = slot.lane.vendor_id if slot.lane else None
        left.remove(own if own in left else left[-1])
    return left


def _store(items: Sequence[Item], changes: _Changes) -> int:
    """Write it down; how many slots that waited come at another turn or are for others now."""
    lanes = find_lanes(key for _, key in (*changes.opened, *changes.kept))
    moved = [slot for slot, key in changes.kept if _place(slot, lanes[key])]
    for slot, key in changes.opened:
        _place(slot, lanes[key])
    for slot in changes.cancelled:
        slot.state = SlotState.CANCELLED
    Item.objects.bulk_update(items, ["answers_needed"])
    Slot.objects.bulk_update(moved, ["lane", "turn", "rank"])
    Slot.objects.bulk_update(changes.cancelled, ["state"])
    Slot.objects.bulk_create(slot for slot, _ in changes.opened)
    return len(moved)


def _place(slot: Slot, lane_id: int) -> bool:
    """Put a slot into its lane and its turn; whether that changes anything."""
    item, queue = slot.item, slot.queue
    turn = turn_of(priority=item.priority, due_at=item.due_at, number=slot.slot_no, order=queue.order)
    rank = rank_of(queue, item, slot.slot_no) if WorkOrder(queue.order).starts_at_head else slot.rank or draw_share()
    changes = (slot.lane_id, slot.turn, slot.rank) != (lane_id, turn, rank)
    slot.lane_id, slot.turn, slot.rank = lane_id, turn, rank
    return changes
