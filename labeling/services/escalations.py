"""What labelers escalate, and what somebody with the escalation role makes of it."""

from django.db import transaction
from django.db.models import Max

from labeling.engine.order import turn_of
from labeling.enums import EscalationOutcome, SlotOrigin, SlotState
from labeling.models import Escalation, Item, Label, LateAnswer, Skip, Slot
from labeling.queries.escalations import NEVER_SAMPLE
from labeling.services.entry import rank_of
from labeling.services.lanes import find_lanes, key_of
from labeling.services.withdrawals import lock_item, restore_item, withdraw_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, User
from qaplatform.trail.services import record

LONGEST_NOTE = 5000
ORDINARY = [SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED]
WITHHOLDING = frozenset({EscalationOutcome.WITHHELD, EscalationOutcome.REPORTED})


def raise_escalation(
    item_id: int,
    labeler: Labeler | None,
    *,
    reason: str,
    note: str = "",
    skip: Skip | None = None,
    label: Label | None = None,
    late_answer: LateAnswer | None = None,
) -> Escalation:
    """Put an item before whoever handles escalations, in the transaction of what says so."""
    return Escalation.objects.create(
        item_id=item_id,
        reason=reason,
        note=note,
        raised_by_id=labeler.pk if labeler else None,
        raised_at=clock.database_now(),
        skip=skip,
        label=label,
        late_answer=late_answer,
    )


def report_never_sampled(
    item: Item,
    labeler: Labeler | None,
    *,
    note: str,
    actor: User | None,
    label: Label | None = None,
    late_answer: LateAnswer | None = None,
) -> None:
    """Somebody named a category that is never sampled: an answer, a late one, a ruling. The item is locked already."""
    raise_escalation(item.pk, labeler, reason=NEVER_SAMPLE, note=note, label=label, late_answer=late_answer)
    withdraw_item(item, reason=NEVER_SAMPLE, actor=actor)


@transaction.atomic
def handle_escalation(escalation: Escalation, outcome: EscalationOutcome, *, note: str, actor: User) -> Escalation:
    """Decide what becomes of the item; whatever else is open about it is decided alike. Raises InvalidInput, Refused.

    Withheld and reported items are out of work from then on at the latest; restored ones wait for their answers again.
    """
    if not note.strip():
        raise InvalidInput("Say in a sentence why. It is kept with the decision.", detail={"field": "note"})
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(f"The note has at most {LONGEST_NOTE} characters.", detail={"field": "note"})
    item = lock_item(escalation.item_id)
    waiting = list(Escalation.objects.select_for_update().filter(item=item, handled_at=None))
    if escalation.pk not in {row.pk for row in waiting}:
        raise Refused("This was handled already. Reload the page to see what was decided.")
    _act_on(item, outcome, reason=escalation.reason, actor=actor)
    now = clock.database_now()
    for row in waiting:
        row.outcome, row.outcome_note, row.handled_by, row.handled_at = outcome, note.strip(), actor, now
    Escalation.objects.bulk_update(waiting, ["outcome", "outcome_note", "handled_by", "handled_at"])
    record("escalation_handled", item, actor=actor, detail={"outcome": outcome, "note": note.strip()})
    return next(row for row in waiting if row.pk == escalation.pk)


def _act_on(item: Item, outcome: EscalationOutcome, *, reason: str, actor: User) -> None:
    if outcome in WITHHOLDING:
        withdraw_item(item, reason=reason, actor=actor)
    elif outcome == EscalationOutcome.RESTORED:
        if item.purged_at is not None:
            raise Refused("The content of this item was removed, so it cannot go back to work.")
        if item.withdrawn_at is not None:
            restore_item(item, actor=actor)
            _ask_again(item)


def _ask_again(item: Item) -> None:
    """Open as many slots as the item lacks answers; what was placed is placed anew by whoever placed it."""
    slots = Slot.objects.filter(item=item)
    done = slots.filter(state=SlotState.DONE, origin__in=ORDINARY).count()
    last = slots.aggregate(last=Max("slot_no"))["last"] or 0
    now = clock.database_now()
    key = key_of(item)
    lanes = find_lanes([key])
    Slot.objects.bulk_create(
        Slot(
            item=item,
            slot_no=last + number,
            queue_id=item.queue_id,
            origin=SlotOrigin.REQUEUE,
            lane_id=lanes[key],
            turn=turn_of(priority=item.priority, due_at=item.due_at, number=last + number, order=item.queue.order),
            rank=rank_of(item.queue, item, last + number),
            created_at=now,
        )
        for number in range(1, item.answers_needed - done + 1)
    )
