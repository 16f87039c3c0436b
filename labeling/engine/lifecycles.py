"""How an assignment stands when something arrives for it, and how long an answer can be undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

UNDO_WINDOW = timedelta(minutes=5)


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
