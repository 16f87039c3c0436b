"""Which work comes first: by priority, then by due time, then by what the queue prefers, then as the ranks fell."""

from datetime import UTC, datetime
from enum import StrEnum

DUE_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
SECONDS_AN_HOUR = 3600
HIGHEST_PRIORITY = 32_767
PASS_BITS, DUE_BITS = 8, 24
LAST_PASS = (1 << PASS_BITS) - 1
NO_DUE = (1 << DUE_BITS) - 1


class WorkOrder(StrEnum):
    """What a queue prefers among items of one priority and due hour."""

    MIXED = "mixed"
    BREADTH = "breadth"
    DEPTH = "depth"

    @property
    def step(self) -> int:
        """How far a further answer to the same item stands behind the one before."""
        return 1 if self is WorkOrder.BREADTH else 0

    @property
    def starts_at_head(self) -> bool:
        """Whether everybody begins at the head, so that what was begun is finished first."""
        return self is WorkOrder.DEPTH


def turn_of(*, priority: int, due_at: datetime | None, number: int = 1, order: str = WorkOrder.MIXED) -> int:
    """When a slot's turn comes: the lower, the earlier. `number` is the slot's, from 1, within its item.

    Sorts by priority, highest first; then by the hour in which the item is due, undated items last; then, in a queue
    that prefers breadth, first answers before second ones. Equal turns are taken in the order of their ranks.

    >>> turn_of(priority=1, due_at=None) < turn_of(priority=0, due_at=None)
    True
    >>> turn_of(priority=0, due_at=datetime(2026, 1, 1, tzinfo=UTC)) < turn_of(priority=0, due_at=None)
    True
    >>> turn_of(priority=0, due_at=None, number=2, order="breadth") - turn_of(priority=0, due_at=None, order="breadth")
    1
    """
    first = ((HIGHEST_PRIORITY - priority) << (PASS_BITS + DUE_BITS)) | (_due_hour(due_at) << PASS_BITS)
    return first + min(WorkOrder(order).step * (number - 1), LAST_PASS)


def _due_hour(due_at: datetime | None) -> int:
    if due_at is None:
        return NO_DUE
    hours = int((due_at - DUE_EPOCH).total_seconds() // SECONDS_AN_HOUR)
    return min(max(hours, 0), NO_DUE - 1)
