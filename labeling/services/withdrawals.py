"""Taking an item out of work at once, and back."""

from django.db import transaction

from labeling.models import Item, Label
from labeling.queries.holds import recall_of_item
from labeling.signals import label_recorded
from qaplatform import clock
from qaplatform.errors import InvalidInput
from qaplatform.people.models import User
from qaplatform.trail.services import record

LONGEST_REASON = 40


@transaction.atomic
def withdraw_item(item: Item, *, reason: str, actor: User | None) -> Item:
    """Cancel the item's open slots and recall its leases; its content is withheld from then on. Twice is once."""
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Give a reason of 1 to {LONGEST_REASON} characters.", detail={"field": "reason"})
    locked = lock_item(item.pk)
    if locked.withdrawn_at is not None:
        return locked
    locked.withdrawn_at = clock.database_now()
    locked.withdrawn_reason = reason
    locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    recalled = recall_of_item(locked.pk)
    record("withdraw", locked, actor=actor, detail={"reason": reason, "slots": recalled})
    # Its answers count no longer: whoever counts them is told.
    label_recorded.send(Label, queue_id=locked.queue_id, labeler_id=None, item_id=None)
    return locked


@transaction.atomic
def restore_item(item: Item, *, actor: User) -> Item:
    """End a withdrawal: the content is shown again and answers count again.

    Slots stay cancelled: whoever restores asks anew for what is missing.
    """
    locked = lock_item(item.pk)
    if locked.withdrawn_at is None:
        return locked
    reason = locked.withdrawn_reason
    locked.withdrawn_at, locked.withdrawn_reason = None, ""
    locked.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    record("restore", locked, actor=actor, detail={"reason": reason})
    label_recorded.send(Label, queue_id=locked.queue_id, labeler_id=None, item_id=None)
    return locked


def lock_item(item_id: int) -> Item:
    """Lock the item until the transaction ends. Whoever locks slots too locks the item first."""
    return Item.objects.select_for_update(no_key=True).get(pk=item_id)
