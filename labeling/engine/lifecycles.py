"""How slots move between their states, and what a message about an assignment meets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

UNDO_WINDOW = timedelta(minutes=5)

# From a state to those that may follow. A claim that takes over an expired lease stays "leased".
MOVES: dict[str, frozenset[str]] = {
    "open": frozenset({"leased", "cancelled"}),
    "leased": frozenset({"leased", "open", "done", "cancelled"}),
    "done": frozenset(),
    "cancelled": frozenset(),
}


class Hold(StrEnum):
    """How an assignment stands when its labeler sends something."""

    LIVE = "live"
    ANSWERED = "answered"
    LATE = "late"
    WITHDRAWN = "withdrawn"
    NEVER = "never"


@dataclass(frozen=True)
class HeldSlot:
    """The slot that carries the assignment now."""

    state: str
    token: UUID | None


@dataclass(frozen=True)
class Ended:
    """An assignment that ended before it was answered."""

    token: UUID
    item_is_withdrawn: bool


def can_move(before: str, after: str) -> bool:
    """Whether a slot may go from one state to another.

    >>> can_move("done", "open")
    False
    """
    return after in MOVES[before]


def judge_hold(slot: HeldSlot | None, ended: Ended | None, token: UUID) -> Hold:
    """How the assignment stands. It is live while its slot carries the token, also after the lease ran out."""
    if slot is not None and slot.token == token:
        return Hold.LIVE if slot.state == "leased" else Hold.ANSWERED
    if ended is not None and ended.token == token:
        return Hold.WITHDRAWN if ended.item_is_withdrawn else Hold.LATE
    return Hold.NEVER


def can_undo(*, answered_at: datetime, answered_since: bool, now: datetime) -> bool:
    """Whether an answer may still be revised: until the next one is submitted, and for five minutes at most."""
    return not answered_since and now - answered_at <= UNDO_WINDOW
