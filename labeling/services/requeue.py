"""Asking again, of others, what one person answered: after a flag, for example."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from labeling.engine.order import turn_of
from labeling.enums import QueueKind, SlotOrigin, SlotState
from labeling.models import Item, Label, Queue, Requeue, Slot
from labeling.services.entry import rank_of
from labeling.services.lanes import find_lanes, key_of
from labeling.signals import label_recorded
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler
from qaplatform.trail.services import record

ASKED_ANEW = [SlotOrigin.ENTRY, SlotOrigin.REQUEUE]
ANSWERS_A_STEP = 500
LONGEST_REASON = 500


@dataclass(frozen=True)
class Scope:
    """How many answers would be asked again, and how many stay because their item is withdrawn or its content gone."""

    asked: int
    left_out: int


def scope_of(queue: Queue, labeler: Labeler, *, since: datetime, until: datetime) -> Scope:
    """What a requeue of this period would do."""
    answers = _answers(queue.pk, labeler.pk, since=since, until=until)
    asked = answers.filter(item__withdrawn_at=None, item__purged_at=None).count()
    return Scope(asked, answers.count() - asked)


@transaction.atomic
def ask_again(
    queue: Queue, labeler: Labeler, *, since: datetime, until: datetime, reason: str, actor: AbstractBaseUser
) -> Requeue:
    """Ask others what this person answered in [since, until]. Raises InvalidInput, Refused.

    `carry_out_requeue` does it. Each answer is set aside: it stays on record and in the person's own figures,
    and no longer stands as its item's.
    """
    if queue.kind != QueueKind.ORDINARY:
        raise Refused("Answers to calibration sets and audits are not asked again of others.")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Give a reason of 1 to {LONGEST_REASON} characters.", detail={"field": "reason"})
    if since >= until:
        raise InvalidInput("The period ends before it begins. Choose an earlier start.", detail={"field": "since"})
    scope = scope_of(queue, labeler, since=since, until=until)
    if not scope.asked:
        raise Refused(f"{labeler} gave no answer in {queue} in this period that could be asked again.")
    try:
        with transaction.atomic():
            requeue = Requeue.objects.create(
                queue=queue, labeler=labeler, since=since, until=until, reason=reason.strip(), requested_by_id=actor.pk
            )
    except IntegrityError as error:
        message = f"Answers of {labeler} in {queue} are being asked again already. Wait until that is done."
        raise Refused(message) from error
    record("answers_asked_again", requeue, actor=actor, detail={"queue": queue.name, "answers": scope.asked})
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
    answers = _answers(requeue.queue_id, requeue.labeler_id, since=requeue.since, until=requeue.until)
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
    """Take these answers' slots out and open another for each; the items are locked first, as by whoever withdraws."""
    items = Item.objects.select_for_update(no_key=True, of=["self"]).select_related("queue")
    locked = {item.pk: item for item in items.filter(pk__in={slot.item_id for slot in chosen}).order_by("pk")}
    in_work = {pk: item for pk, item in locked.items() if item.withdrawn_at is None and item.purged_at is None}
    old = Slot.objects.select_for_update(of=["self"]).select_related("lane").order_by("pk")
    slots = list(old.filter(pk__in=[slot.pk for slot in chosen], item__in=in_work, state=SlotState.DONE))
    numbers = dict(Slot.objects.filter(item__in=in_work).values_list("item_id").annotate(last=Max("slot_no")))
    keys = {
        slot.pk: key_of(in_work[slot.item_id], vendor_id=slot.lane.vendor_id if slot.lane else None) for slot in slots
    }
    lanes = find_lanes(keys.values())
    opened = []
    for slot in slots:
        item, number = in_work[slot.item_id], numbers[slot.item_id] + 1
        opened.append(
            Slot(
                item=item,
                slot_no=number,
                queue_id=slot.queue_id,
                origin=SlotOrigin.REQUEUE,
                lane_id=lanes[keys[slot.pk]],
                turn=turn_of(priority=item.priority, due_at=item.due_at, number=number, order=item.queue.order),
                rank=rank_of(item.queue, item, number),
                asked_by=requeue,
                created_at=now,
            )
        )
        slot.state, slot.set_aside_by = SlotState.CANCELLED, requeue
    Slot.objects.bulk_update(slots, ["state", "set_aside_by"])
    Slot.objects.bulk_create(opened)
    return len(opened)


def _answers(queue_id: int, labeler_id: int, *, since: datetime, until: datetime) -> QuerySet[Slot]:
    """Slots of ordinary work that this person answered. Plan: along slot_done_by."""
    return Slot.objects.filter(
        labeler=labeler_id,
        queue=queue_id,
        state=SlotState.DONE,
        origin__in=ASKED_ANEW,
        done_at__gte=since,
        done_at__lte=until,
    )
