"""Asking again, of others, what one person answered: after a flag, for example."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Max

from labeling.engine.order import turn_of
from labeling.enums import QueueKind, SlotOrigin, SlotState
from labeling.models import Item, Label, Queue, Requeue, Slot
from labeling.queries.requeues import Scope, answers_of_period, scope_of
from labeling.services.entry import rank_of
from labeling.services.lanes import find_lanes, key_of
from labeling.signals import label_recorded
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler
from qaplatform.trail.services import record

ANSWERS_A_STEP = 500
LONGEST_REASON = 500


def foresee_requeue(queue: Queue, labeler: Labeler, *, since: datetime, until: datetime) -> Scope:
    """What a requeue of [since, until] would do. Raises InvalidInput, Refused where it cannot be."""
    if queue.kind != QueueKind.ORDINARY:
        raise Refused("Answers to calibration sets and audits are not asked again of others.")
    if since >= until:
        raise InvalidInput("The period ends before it begins. Choose an earlier start.", detail={"field": "since"})
    if Requeue.objects.filter(queue=queue, labeler=labeler, finished_at=None).exists():
        raise _is_running(queue, labeler)
    scope = scope_of(queue, labeler, since=since, until=until)
    if not scope.asked:
        raise Refused(f"{labeler} gave no answer in {queue} in this period that could be asked again.")
    return scope


@transaction.atomic
def requeue_answers(
    queue: Queue, labeler: Labeler, *, since: datetime, until: datetime, reason: str, actor: AbstractBaseUser
) -> Requeue:
    """Ask others what this person answered in [since, until]. Raises InvalidInput, Refused.

    `carry_out_requeue` does it. Each answer is set aside: it stays on record and in the person's own figures,
    and no longer stands as its item's.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Give a reason of 1 to {LONGEST_REASON} characters.", detail={"field": "reason"})
    scope = foresee_requeue(queue, labeler, since=since, until=until)
    try:
        with transaction.atomic():
            requeue = Requeue.objects.create(
                queue=queue, labeler=labeler, since=since, until=until, reason=reason.strip(), requested_by_id=actor.pk
            )
    except IntegrityError as error:
        raise _is_running(queue, labeler) from error
    record("answers_asked_again", requeue, actor=actor, detail=_told(requeue, scope))
    return requeue


def carry_out_requeue(requeue_id: int, *, now: datetime) -> None:
    """Work it off in short transactions; after a crash the next call goes on. Twice, or twice at once, is once."""
    while _step(requeue_id, now=now):
        pass


@transaction.atomic
def _step(requeue_id: int, *, now: datetime) -> bool:
    """Whether there is more to do, and it is for this call to do it."""
    requeue = Requeue.objects.select_for_update(skip_locked=True).filter(pk=requeue_id, finished_at=None).first()
    if requeue is None:
        return False
    answers = answers_of_period(requeue.queue_id, requeue.labeler_id, since=requeue.since, until=requeue.until)
    chosen = list(answers.filter(pk__gt=requeue.last_slot_id).order_by("pk")[:ANSWERS_A_STEP])
    if not chosen:
        requeue.finished_at = now
        requeue.save(update_fields=["finished_at"])
        return False
    asked = _set_aside(requeue, chosen, now=now)
    requeue.asked += asked
    requeue.left_out += len(chosen) - asked
    requeue.last_slot_id = chosen[-1].pk
    requeue.save(update_fields=["asked", "left_out", "last_slot_id"])
    label_recorded.send(Label, queue_id=requeue.queue_id, labeler_id=None, item_id=None)
    return True


def _set_aside(requeue: Requeue, chosen: Sequence[Slot], *, now: datetime) -> int:
    """Take these answers' slots out and open another for each; says how many could be."""
    items = _lock_items_in_work(chosen)
    slots = _lock_answers(chosen, items)
    opened = _open_anew(requeue, slots, items, now=now)
    for slot in slots:
        slot.state, slot.set_aside_by = SlotState.CANCELLED, requeue
    Slot.objects.bulk_update(slots, ["state", "set_aside_by"])
    Slot.objects.bulk_create(opened)
    return len(opened)


def _lock_items_in_work(chosen: Sequence[Slot]) -> dict[int, Item]:
    """The items of these answers, without those withdrawn or purged; locked before slots, as by whoever withdraws."""
    rows = Item.objects.select_for_update(no_key=True, of=["self"]).select_related("queue")
    locked = list(rows.filter(pk__in={slot.item_id for slot in chosen}).order_by("pk"))
    return {item.pk: item for item in locked if item.withdrawn_at is None and item.purged_at is None}


def _lock_answers(chosen: Sequence[Slot], items: Mapping[int, Item]) -> list[Slot]:
    rows = Slot.objects.select_for_update(of=["self"]).select_related("lane").order_by("pk")
    return list(rows.filter(pk__in=[slot.pk for slot in chosen], item__in=items, state=SlotState.DONE))


def _open_anew(requeue: Requeue, slots: Sequence[Slot], items: Mapping[int, Item], *, now: datetime) -> list[Slot]:
    """A slot for each of these, for whom the first was and with the item's next number."""
    numbers = dict(Slot.objects.filter(item__in=items).values_list("item_id").annotate(last=Max("slot_no")))
    keys = [key_of(items[slot.item_id], vendor_id=slot.lane.vendor_id if slot.lane else None) for slot in slots]
    lanes = find_lanes(keys)
    return [
        _slot_anew(requeue, items[slot.item_id], numbers[slot.item_id] + 1, lane_id=lanes[key], now=now)
        for slot, key in zip(slots, keys, strict=True)
    ]


def _slot_anew(requeue: Requeue, item: Item, number: int, *, lane_id: int, now: datetime) -> Slot:
    return Slot(
        item=item,
        slot_no=number,
        queue_id=requeue.queue_id,
        origin=SlotOrigin.REQUEUE,
        lane_id=lane_id,
        turn=turn_of(priority=item.priority, due_at=item.due_at, number=number, order=item.queue.order),
        rank=rank_of(item.queue, item, number),
        asked_by=requeue,
        created_at=now,
    )


def _is_running(queue: Queue, labeler: Labeler) -> Refused:
    return Refused(f"Answers of {labeler} in {queue} are being asked again already. Wait until that is done.")


def _told(requeue: Requeue, scope: Scope) -> dict[str, object]:
    return {
        "queue": requeue.queue.name,
        "labeler": str(requeue.labeler.public_id),
        "since": requeue.since.isoformat(),
        "until": requeue.until.isoformat(),
        "answers": scope.asked,
        "reason": requeue.reason,
    }
