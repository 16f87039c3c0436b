"""Reserved slots: the one door through which chosen items reach chosen people."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from random import SystemRandom

from django.db import transaction
from django.db.models import Max

from labeling.engine.eligibility import speaks
from labeling.engine.order import turn_of
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Item, LateAnswer, OptOut, Queue, Skip, Slot
from labeling.queries.holds import change_chance, recall_slots
from labeling.services.lanes import LaneKey, find_lanes, key_of
from qaplatform.errors import InvalidInput
from qaplatform.people.models import Labeler

ROWS_A_STATEMENT = 2000

draw_share = SystemRandom().random

Pair = tuple[int, int]


class Why(StrEnum):
    """Why somebody cannot be served an item."""

    HAS_IT = "has_it"
    SKIPPED = "skipped"
    ANSWERED_LATE = "answered_late"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    NO_CONTENT = "no_content"
    NO_ACCOUNT = "no_account"
    OTHER_LANGUAGE = "other_language"
    OPTED_OUT = "opted_out"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class Refusal:
    """A pair that got no slot."""

    item_id: int
    labeler_id: int
    reason: Why


@dataclass(frozen=True)
class PlacedWork:
    """The slots that were made, and the pairs that got none."""

    slots: tuple[Slot, ...]
    refused: tuple[Refusal, ...]


def place_items(
    items: Iterable[Item],
    labelers: Iterable[Labeler],
    *,
    now: datetime,
    excluded: frozenset[Pair] = frozenset(),
    serve_chance: float = 1.0,
) -> PlacedWork:
    """Reserve each item for each labeler; see `place_pairs`."""
    people = tuple(labelers)
    pairs = [(item, labeler) for item in items for labeler in people]
    return place_pairs(pairs, now=now, excluded=excluded, serve_chance=serve_chance)


@transaction.atomic
def place_pairs(
    pairs: Iterable[tuple[Item, Labeler]],
    *,
    now: datetime,
    excluded: frozenset[Pair] = frozenset(),
    serve_chance: float = 1.0,
) -> PlacedWork:
    """Reserve items for people: a slot a pair, with the next number of its item and a place that nobody can guess.

    `excluded` holds (item_id, labeler_id) pairs that must not be. `serve_chance` is the probability that a claim takes
    reserved work before open work; below 1, it is not handed out where nothing else is. Where a queue is shared among
    vendors, the slot is in the lane of the person's own, as all they are handed is. The number of
    statements does not depend on the number of pairs.
    """
    _check_chance(serve_chance)
    wanted = list(pairs)
    people = {labeler.pk: labeler for _, labeler in wanted}
    items = _lock_items({item.pk for item, _ in wanted})
    reasons = _standing_reasons(set(items), set(people)) | dict.fromkeys(excluded, Why.EXCLUDED)
    opted_out = set(OptOut.objects.filter(labeler__in=people).values_list("labeler_id", "queue_id"))
    shared = {queue.pk for queue in Queue.objects.filter(items__in=items).distinct() if queue.vendor_shares}
    numbers = _last_numbers(set(items))
    slots: list[Slot] = []
    keys: list[LaneKey] = []
    refused: list[Refusal] = []
    for item_id, labeler_id in dict.fromkeys((item.pk, labeler.pk) for item, labeler in wanted):
        item, labeler = items[item_id], people[labeler_id]
        why = _reason(item, labeler, reasons) or _unfit(item, labeler, opted_out)
        if why is not None:
            refused.append(Refusal(item_id, labeler_id, why))
            continue
        numbers[item_id] = numbers.get(item_id, 0) + 1
        slots.append(_slot(item, numbers[item_id], labeler, now=now, chance=serve_chance))
        keys.append(key_of(item, vendor_id=labeler.vendor_id if item.queue_id in shared else None))
    lanes = find_lanes(keys)
    for slot, key in zip(slots, keys, strict=True):
        slot.lane_id = lanes[key]
    Slot.objects.bulk_create(slots, batch_size=ROWS_A_STATEMENT)
    return PlacedWork(tuple(slots), tuple(refused))


@transaction.atomic
def cancel_placed(slots: Iterable[Slot]) -> int:
    """Take placed slots back that were not answered; leases end, and what is sent for them is kept as work done."""
    return recall_slots(sorted(slot.pk for slot in slots if slot.origin == SlotOrigin.PLACED))


@transaction.atomic
def change_serve_chance(slots: Iterable[int], *, serve_chance: float) -> frozenset[int]:
    """Change the chance to be served of placed slots, by id, that wait and were never handed out; says which changed.

    What is leased or answered, or was and came back, keeps what it had. The slots that changed stay locked until the
    transaction ends, so that no claim takes one before what rests on the chance is written beside it.
    """
    _check_chance(serve_chance)
    return change_chance(sorted(slots), serve_chance)


def _check_chance(serve_chance: float) -> None:
    if not 0 <= serve_chance <= 1:
        raise InvalidInput("The chance to be served runs from 0 to 1.", detail={"field": "serve_chance"})


def _slot(item: Item, number: int, labeler: Labeler, *, now: datetime, chance: float) -> Slot:
    return Slot(
        item=item,
        slot_no=number,
        queue_id=item.queue_id,
        origin=SlotOrigin.PLACED,
        turn=turn_of(priority=item.priority, due_at=item.due_at),
        rank=draw_share(),
        reserved_for=labeler,
        serve_chance=chance,
        created_at=now,
    )


def _lock_items(item_ids: set[int]) -> dict[int, Item]:
    """Numbers of slots are given under the item's lock; in order of id, so that two placements never wait in a ring."""
    rows = Item.objects.select_for_update(no_key=True).filter(pk__in=item_ids).order_by("pk")
    return {item.pk: item for item in rows}


def _last_numbers(item_ids: set[int]) -> dict[int, int]:
    rows = Slot.objects.filter(item__in=item_ids).values_list("item_id").annotate(last=Max("slot_no"))
    return dict(rows)


def _standing_reasons(item_ids: set[int], labeler_ids: set[int]) -> dict[Pair, Why]:
    slots = Slot.objects.filter(item__in=item_ids)
    reserved = slots.filter(state=SlotState.OPEN, reserved_for__in=labeler_ids).values_list(
        "item_id", "reserved_for_id"
    )
    held = slots.filter(labeler__in=labeler_ids).values_list("item_id", "labeler_id")
    late = LateAnswer.objects.filter(item__in=item_ids, labeler__in=labeler_ids).values_list("item_id", "labeler_id")
    skipped = Skip.objects.filter(item__in=item_ids, labeler__in=labeler_ids).values_list("item_id", "labeler_id")
    reasons: dict[Pair, Why] = dict.fromkeys(late, Why.ANSWERED_LATE)
    return reasons | dict.fromkeys(skipped, Why.SKIPPED) | dict.fromkeys([*reserved, *held], Why.HAS_IT)


def _reason(item: Item, labeler: Labeler, reasons: Mapping[Pair, Why]) -> Why | None:
    if item.withdrawn_at is not None:
        return Why.WITHDRAWN
    if item.purged_at is not None:
        return Why.NO_CONTENT
    if labeler.user_id is None:
        return Why.NO_ACCOUNT
    if not labeler.is_active:
        return Why.INACTIVE
    return reasons.get((item.pk, labeler.pk))


def _unfit(item: Item, labeler: Labeler, opted_out: AbstractSet[tuple[int, int | None]]) -> Why | None:
    """Why this item is none for this person although they may work."""
    if not speaks(labeler.language, item.language):
        return Why.OTHER_LANGUAGE
    has_declined = (labeler.pk, item.queue_id) in opted_out or (item.is_sensitive and (labeler.pk, None) in opted_out)
    return Why.OPTED_OUT if has_declined else None
