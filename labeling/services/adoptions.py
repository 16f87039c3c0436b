"""A queue moves to another policy version: announced, called off, and carried out when its time has come."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.enums import QueueKind, Unfinished
from labeling.models import Adoption, PolicyVersion, Queue
from labeling.queries.adoptions import (
    changed_clauses,
    items_to_restart,
    pin_slots,
    restart_items,
    slots_to_pin,
)
from labeling.signals import policy_adopted
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.services import record

LONGEST_GRACE = timedelta(days=14)
# A time in the past is refused, but for the moment that filling in a form takes.
SLACK = timedelta(minutes=1)
SLOTS_A_STEP = 2000
ITEMS_A_STEP = 1000
# A claim that runs while the move is stored still sees the version before it: such claims are seen to until then.
SETTLING = timedelta(seconds=15)


@transaction.atomic
def adopt_version(
    queue: Queue,
    version: PolicyVersion,
    *,
    at: datetime,
    unfinished: str,
    grace: timedelta,
    actor: AbstractBaseUser,
    now: datetime,
) -> Adoption:
    """Announce that the queue moves to this version at this time. Raises InvalidInput or Refused.

    Nothing happens before `at`; then `apply_adoption` carries it out.
    """
    queue = Queue.objects.select_for_update(no_key=True).select_related("policy_version").get(pk=queue.pk)
    _check(queue, version, at=at, unfinished=unfinished, grace=grace, now=now)
    adoption = Adoption.objects.create(
        queue=queue,
        version=version,
        previous=queue.policy_version,
        at=max(at, now),
        grace_until=max(at, now) + grace,
        unfinished=unfinished,
        adopted_by_id=actor.pk,
        created_at=now,
    )
    adoption.changed_clauses.set(changed_clauses(queue.policy_version, version))
    record("adoption_announced", adoption, actor=actor, detail=_told(adoption))
    return adoption


@transaction.atomic
def cancel_adoption(adoption: Adoption, *, actor: AbstractBaseUser, now: datetime) -> Adoption:
    """Call off a move that has not begun. Twice is once. Raises Refused."""
    adoption = Adoption.objects.select_for_update(of=["self"]).select_related("queue").get(pk=adoption.pk)
    if adoption.started_at is not None:
        message = f"{adoption.queue} is moving or has moved already. To go back, let it adopt the earlier version."
        raise Refused(message)
    if adoption.cancelled_at is None:
        adoption.cancelled_at = now
        adoption.save(update_fields=["cancelled_at"])
        record("adoption_cancelled", adoption, actor=actor, detail=_told(adoption))
    return adoption


def apply_adoption(adoption_id: int, *, now: datetime) -> None:
    """Carry out one move in short transactions; after a crash the next call goes on where it stood. Twice is once.

    First the people: from `started_at` on, whoever has not read the change is handed nothing more. Then unfinished
    work, in steps: it is pinned to the version that it was begun under, or entered anew. Then the queue, in one
    transaction with whoever listens to `policy_adopted`. Last whoever claimed at that very moment.
    """
    adoption = _start(adoption_id, now=now)
    if adoption is None:
        return
    if adoption.applied_at is None:
        if not _see_to_all(adoption, now=now):
            return
        _move(adoption_id, now=now)
    _settle(adoption_id, now=now)


def _check(
    queue: Queue, version: PolicyVersion, *, at: datetime, unfinished: str, grace: timedelta, now: datetime
) -> None:
    if queue.kind != QueueKind.ORDINARY:
        raise Refused("Calibration sets and audits keep the version that they were made under.")
    if version.policy_id != queue.policy_id or version.published_at is None:
        raise InvalidInput("Choose a published version of this queue's policy.", detail={"field": "version"})
    if version.pk == queue.policy_version_id:
        message = f"{queue} follows version {version.number} already. Choose another one."
        raise InvalidInput(message, detail={"field": "version"})
    if at < now - SLACK:
        message = "This time is past. Choose one to come, or let the queue move at once."
        raise InvalidInput(message, detail={"field": "at"})
    if unfinished not in Unfinished.values:
        raise InvalidInput("Say whether begun items are finished or asked again.", detail={"field": "unfinished"})
    if not timedelta(0) <= grace <= LONGEST_GRACE:
        raise InvalidInput("The grace period runs from 0 to 336 hours (14 days).", detail={"field": "grace_hours"})
    coming = Adoption.objects.filter(queue=queue, applied_at=None, cancelled_at=None).select_related("version").first()
    if coming is not None:
        message = f"{queue} is to move to version {coming.version.number} already. Call that off first, or wait for it."
        raise Refused(message)


def _start(adoption_id: int, *, now: datetime) -> Adoption | None:
    """Take it up, unless somebody else is at it, it was called off or it is done."""
    with transaction.atomic():
        adoption = _locked(adoption_id)
        if adoption is None or adoption.cancelled_at is not None or adoption.settled_at is not None:
            return None
        if adoption.started_at is None:
            adoption.started_at = now
            adoption.save(update_fields=["started_at"])
            if adoption.changed_clauses.exists():
                Queue.objects.filter(pk=adoption.queue_id).update(acknowledge_version=adoption.version_id)
    return adoption


def _see_to_all(adoption: Adoption, *, now: datetime) -> bool:
    """See to all unfinished work, in steps that keep few rows locked for a short time."""
    if adoption.unfinished == Unfinished.RESTART:
        for step in _steps(items_to_restart(adoption), ITEMS_A_STEP):
            if not _restart_step(adoption.pk, step, now=now):
                return False
    return all(_pin_step(adoption.pk, step) for step in _steps(slots_to_pin(adoption), SLOTS_A_STEP))


@transaction.atomic
def _restart_step(adoption_id: int, item_ids: Sequence[int], *, now: datetime) -> bool:
    adoption = _locked(adoption_id)
    if adoption is None:
        return False
    items, slots = restart_items(adoption, item_ids, now=now)
    _count(adoption, restarted_items=items, cancelled_slots=slots)
    return True


@transaction.atomic
def _pin_step(adoption_id: int, slot_ids: Sequence[int]) -> bool:
    adoption = _locked(adoption_id)
    if adoption is None:
        return False
    _count(adoption, pinned_slots=pin_slots(adoption, slot_ids))
    return True


@transaction.atomic
def _move(adoption_id: int, *, now: datetime) -> None:
    adoption = _locked(adoption_id)
    if adoption is None or adoption.applied_at is not None:
        return
    queue = Queue.objects.select_for_update(of=["self"], no_key=True).get(pk=adoption.queue_id)
    _see_to_recent(adoption, now=now)
    queue.policy_version_id = adoption.version_id
    queue.save(update_fields=["policy_version"])
    adoption.applied_at = now
    adoption.save(update_fields=["applied_at"])
    record("policy_adopted", adoption, actor=None, detail=_told(adoption))
    policy_adopted.send(Adoption, adoption_id=adoption.pk)


@transaction.atomic
def _settle(adoption_id: int, *, now: datetime) -> None:
    adoption = _locked(adoption_id)
    if adoption is None or adoption.applied_at is None:
        return
    _see_to_recent(adoption, now=now)
    if now >= adoption.applied_at + SETTLING:
        adoption.settled_at = now
        adoption.save(update_fields=["settled_at"])


def _see_to_recent(adoption: Adoption, *, now: datetime) -> None:
    """See to the few items that were begun since the work started."""
    if adoption.unfinished == Unfinished.RESTART:
        items, slots = restart_items(adoption, items_to_restart(adoption, since=adoption.started_at), now=now)
        _count(adoption, restarted_items=items, cancelled_slots=slots)
    pinned = pin_slots(adoption, slots_to_pin(adoption, since=adoption.started_at))
    _count(adoption, pinned_slots=pinned)


def _locked(adoption_id: int) -> Adoption | None:
    """The adoption, locked; None while somebody else is at it."""
    rows = Adoption.objects.select_for_update(of=["self"], skip_locked=True)
    return rows.select_related("previous", "version", "queue").filter(pk=adoption_id).first()


def _count(adoption: Adoption, **more: int) -> None:
    counts = {name: adoption.counts.get(name, 0) + number for name, number in more.items()}
    if any(more.values()):
        adoption.counts |= counts
        adoption.save(update_fields=["counts"])


def _steps(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _told(adoption: Adoption) -> dict[str, object]:
    return {
        "queue": adoption.queue.name,
        "from": adoption.previous.number,
        "to": adoption.version.number,
        "at": adoption.at.isoformat(),
        "grace_until": adoption.grace_until.isoformat(),
        "unfinished": adoption.unfinished,
    }
