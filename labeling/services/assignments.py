"""Lending slots: claim, extend, skip, give back, reveal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import NoReturn
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from labeling.engine.eligibility import Barrier, find_barrier
from labeling.engine.lifecycles import Hold
from labeling.enums import SkipReason
from labeling.errors import AlreadyAnswered, ItemWithdrawn, LeaseTaken
from labeling.models import Escalation, Item, Queue, Reveal, Skip
from labeling.queries.claims import (
    Assignment,
    Door,
    has_work,
    read_door,
    seconds_to_next_lease_end,
    take_slot,
)
from labeling.queries.holds import Grip, HeldWork, extend_slot, read_grip, recall_of_labeler, skip_slot
from labeling.services.escalations import raise_escalation
from labeling.services.withdrawals import lock_item, withdraw_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, NotFound
from qaplatform.people.models import Labeler

__all__ = [
    "Assignment",
    "Nothing",
    "Revealed",
    "claim_assignment",
    "claim_at",
    "extend_lease",
    "give_back_leases",
    "refuse_grip",
    "reveal_item",
    "skip_assignment",
]

MOST_TRIES = 8
# So often a claim looks at a part of what is open; then, if there is something, at all of it.
QUICK_TRIES = 2
SHORTEST_WAIT = 2
LONGEST_WAIT = 60
LONGEST_NOTE = 5000

draw_share = SystemRandom().random


@dataclass(frozen=True)
class Nothing:
    """Why nothing was handed out, and after how many seconds asking again makes sense."""

    reason: Barrier
    retry_after: int = LONGEST_WAIT


@dataclass(frozen=True)
class Revealed:
    """What a sensitive item shows once it is uncovered."""

    kind: str
    content: dict[str, object]
    context: dict[str, object]


def claim_assignment(
    queue: Queue, labeler: Labeler, *, prefetch: bool = False, draw: Callable[[], float] = draw_share
) -> Assignment | Nothing:
    """Lend this labeler a slot of the queue; whoever holds one gets the same assignment again.

    `prefetch` asks for the one that comes after: one more may be held. Call it outside a transaction: it is one
    statement, and where two requests of one person meet, the slower one is refused by a constraint and asks again.
    """
    return claim_at(read_door(queue.pk, labeler.pk), prefetch=prefetch, draw=draw)


def claim_at(door: Door, *, prefetch: bool = False, draw: Callable[[], float] = draw_share) -> Assignment | Nothing:
    """What `claim_assignment` does, at a door that was read already."""
    barrier = find_barrier(door.standing)
    if barrier is not None:
        return Nothing(barrier)
    for tried in range(MOST_TRIES):
        try:
            among_all = tried >= QUICK_TRIES
            taken = take_slot(door, prefetch=prefetch, chance=draw(), start=draw(), among_all=among_all)
        except IntegrityError as error:
            _raise_unless_second(error)
            continue
        if taken is not None:
            return taken
        if not has_work(door, prefetch=prefetch):
            return _nothing_at(door, prefetch=prefetch)
    return Nothing(Barrier.BUSY, SHORTEST_WAIT)


def _nothing_at(door: Door, *, prefetch: bool) -> Nothing:
    """Nothing is there for this labeler; where that is for today alone, it says so."""
    lanes = door.lanes
    if lanes.closed and lanes.why_closed and has_work(door, prefetch=prefetch, lanes=lanes.closed):
        return Nothing(lanes.why_closed)
    return Nothing(Barrier.NOTHING_LEFT, _wait(seconds_to_next_lease_end(door)))


def extend_lease(assignment_id: UUID, token: UUID, labeler: Labeler) -> datetime:
    """Start the lease anew, also one that ran out but that nobody took over. Raises LeaseTaken, ItemWithdrawn."""
    work = _live_work(read_grip(assignment_id, labeler, token=token))
    until = extend_slot(assignment_id, labeler, token=token, lease_seconds=work.lease_seconds)
    return until or _refuse_anew(assignment_id, labeler, token=token)


def skip_assignment(assignment_id: UUID, token: UUID, labeler: Labeler, *, reason: str, note: str = "") -> int:
    """Give the slot back with a reason; the item never returns to this person. Gives the id of its queue.

    Reasons that escalate put the item before the escalation role, and those that name danger withdraw it at once, also
    where the lease was lost meanwhile. Raises LeaseTaken, ItemWithdrawn.
    """
    why = _check_reason(reason, note)
    grip = read_grip(assignment_id, labeler, token=token)
    if grip.hold is Hold.LIVE and grip.work is not None and _skip(assignment_id, labeler, grip.work, token, why, note):
        return grip.work.queue_id
    return _refuse_skip(assignment_id, labeler, token, why, note)


def give_back_leases(labeler: Labeler) -> int:
    """Give back whatever this labeler holds, in all queues: a pause. How many assignments that were.

    Each comes first when they go on, and goes to others no sooner than its lease would have ended.
    """
    return recall_of_labeler(labeler.pk)


@transaction.atomic
def reveal_item(assignment_id: UUID, token: UUID, labeler: Labeler) -> Revealed:
    """What the item shows; the row of the exposure ledger is written first. Raises LeaseTaken, ItemWithdrawn."""
    work = _live_work(read_grip(assignment_id, labeler, token=token))
    item = Item.objects.get(pk=work.item_id)
    if item.withdrawn_at is not None:
        raise ItemWithdrawn
    Reveal.objects.create(labeler=labeler, item=item, content_hash=item.content_hash, at=clock.database_now())
    return Revealed(kind=item.kind, content=item.content, context=item.context)


def refuse_grip(grip: Grip) -> NoReturn:
    """Raise what fits an assignment that is not live."""
    match grip.hold:
        case Hold.ANSWERED:
            raise AlreadyAnswered
        case Hold.LATE:
            raise LeaseTaken
        case Hold.WITHDRAWN:
            raise ItemWithdrawn
        case _:
            raise NotFound


@transaction.atomic
def _skip(  # noqa: PLR0917
    assignment_id: UUID, labeler: Labeler, work: HeldWork, token: UUID, why: SkipReason, note: str
) -> bool:
    """Give the slot back, if it still carries the token."""
    item = lock_item(work.item_id) if why.withdraws else None
    if not skip_slot(assignment_id, labeler, token=token, reason=why, note=note):
        return False
    if why.escalates:
        skip = Skip.objects.filter(item=work.item_id, labeler=labeler.pk, escalation=None).first()
        raise_escalation(work.item_id, labeler, reason=why, note=note, skip=skip)
    if item is not None:
        withdraw_item(item, reason=why, actor=labeler.user)
    return True


def _refuse_skip(assignment_id: UUID, labeler: Labeler, token: UUID, why: SkipReason, note: str) -> NoReturn:
    """Say how the assignment stands; danger that was named is heard first."""
    grip = read_grip(assignment_id, labeler, token=token)
    if why.escalates and grip.work is not None and grip.hold in {Hold.LATE, Hold.WITHDRAWN}:
        _escalate_late(grip.work, labeler, why, note)
    refuse_grip(grip)


@transaction.atomic
def _escalate_late(work: HeldWork, labeler: Labeler, why: SkipReason, note: str) -> None:
    """Somebody saw danger in an item that is no longer theirs: that counts whenever it is said, and once a person."""
    item = lock_item(work.item_id)
    if not Escalation.objects.filter(item=item, raised_by=labeler.pk, reason=why, handled_at=None).exists():
        raise_escalation(item.pk, labeler, reason=why, note=note)
    if why.withdraws:
        withdraw_item(item, reason=why, actor=labeler.user)


def _live_work(grip: Grip) -> HeldWork:
    if grip.hold is Hold.LIVE and grip.work is not None:
        return grip.work
    refuse_grip(grip)


def _refuse_anew(assignment_id: UUID, labeler: Labeler, *, token: UUID) -> NoReturn:
    """Somebody was faster between reading and writing: say what holds now."""
    refuse_grip(read_grip(assignment_id, labeler, token=token))


def _check_reason(reason: str, note: str) -> SkipReason:
    if reason not in SkipReason.values:
        raise InvalidInput(f"Give one of these reasons: {', '.join(SkipReason.values)}.", detail={"field": "reason"})
    if len(note) > LONGEST_NOTE or "\0" in note:
        raise InvalidInput(f"The note must be a text of at most {LONGEST_NOTE} characters.", detail={"field": "note"})
    return SkipReason(reason)


def _raise_unless_second(error: IntegrityError) -> None:
    if not isinstance(error.__cause__, UniqueViolation):
        raise error


def _wait(seconds: float | None) -> int:
    if seconds is None:
        return LONGEST_WAIT
    return max(SHORTEST_WAIT, min(LONGEST_WAIT, round(seconds) + 1))
