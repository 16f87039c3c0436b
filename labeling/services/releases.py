"""Taking back reservations."""

from typing import Any

from django.db.models import QuerySet

from labeling.enums import SlotOrigin, SlotState
from labeling.models import Slot


def release_slots(slot_ids: QuerySet[Any]) -> int:
    """Cancel placed slots that nobody has begun; how many that were. For whom they were reserved has not met them.

    The state is asked of the very rows that are written, so that a claim at the same moment wins or finds nothing.
    """
    waiting = Slot.objects.filter(pk__in=slot_ids, state=SlotState.OPEN, origin=SlotOrigin.PLACED)
    return waiting.update(state=SlotState.CANCELLED, reserved_for=None, reserved_until=None)
