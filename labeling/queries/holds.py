"""Who holds what: reading an assignment, and the statements that end one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef
from msgspec import json

from labeling.engine.lifecycles import Ended, HeldSlot, Hold, judge_hold
from labeling.enums import EndReason
from labeling.models import Category, EndedAssignment, Label, Slot
from qaplatform.people.models import Labeler

# Marks the slot done and stores its first label, if the slot still carries the token; no row if it does not.
# Plan: one probe of the unique index on assignment_id, one insert. The update is the guard against two at once.
RECORD = """
WITH done AS (
    UPDATE labeling_slot SET state = 'done', done_at = qa_now(), lease_until = NULL, is_prefetched = FALSE
    WHERE assignment_id = %(assignment)s::uuid AND token = %(token)s::uuid
  AND labeler_id = %(labeler)s AND state = 'leased'
    RETURNING id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at, done_at
)
INSERT INTO labeling_label (public_id, slot_id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at,
                            created_at, answers, rationale, confidence, active_ms)
SELECT %(public_id)s::uuid, id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at,
       done_at, %(answers)s::jsonb, %(rationale)s, %(confidence)s, %(active_ms)s
FROM done
RETURNING *
"""

# Keeps the lease. Plan: one probe of the unique index on assignment_id.
EXTEND = """
UPDATE labeling_slot SET lease_until = qa_now() + %(lease)s * interval '1 second'
WHERE assignment_id = %(assignment)s::uuid AND token = %(token)s::uuid
  AND labeler_id = %(labeler)s AND state = 'leased'
RETURNING lease_until
"""

# Takes a slot back from somebody who skips the item. A slot that was placed was made for this one person, so nobody
# else gets it; every other one is open to everybody again. Plan: one probe of the unique index on assignment_id, two
# inserts.
SKIP = """
WITH held AS MATERIALIZED (
    SELECT id, item_id, labeler_id, assignment_id, token, claimed_at FROM labeling_slot
    WHERE assignment_id = %(assignment)s::uuid AND token = %(token)s::uuid
  AND labeler_id = %(labeler)s AND state = 'leased'
    FOR UPDATE
),
ended AS (
    INSERT INTO labeling_endedassignment (assignment_id, token, slot_id, labeler_id, why, claimed_at, ended_at)
    SELECT assignment_id, token, id, labeler_id, 'skipped', claimed_at, qa_now() FROM held
),
skipped AS (
    INSERT INTO labeling_skip (public_id, item_id, labeler_id, slot_id, reason, note, created_at)
    SELECT %(public_id)s::uuid, item_id, labeler_id, id, %(reason)s, %(note)s, qa_now() FROM held
    ON CONFLICT (item_id, labeler_id) DO NOTHING
)
UPDATE labeling_slot slot SET
    state = CASE WHEN slot.origin = 'placed' THEN 'cancelled' ELSE 'open' END,
    reserved_for_id = CASE WHEN slot.origin = 'placed' THEN slot.reserved_for_id END,
    reserved_until = CASE WHEN slot.origin = 'placed' THEN slot.reserved_until END,
    labeler_id = NULL, assignment_id = NULL, token = NULL, policy_version_id = NULL, schema_id = NULL,
    claimed_at = NULL, lease_until = NULL, is_prefetched = FALSE
FROM held WHERE slot.id = held.id
"""

# Ends leases and remembers them. Plan: slots by labeler through one_lease_a_queue, or by item through its slots.
_RECALL = """
WITH held AS MATERIALIZED (
    SELECT id, labeler_id, assignment_id, token, claimed_at FROM labeling_slot
    WHERE {which} ORDER BY id FOR UPDATE
),
ended AS (
    INSERT INTO labeling_endedassignment (assignment_id, token, slot_id, labeler_id, why, claimed_at, ended_at)
    SELECT assignment_id, token, id, labeler_id, %(why)s, claimed_at, qa_now() FROM held WHERE labeler_id IS NOT NULL
)
UPDATE labeling_slot slot SET state = %(state)s, labeler_id = NULL, assignment_id = NULL, token = NULL,
    policy_version_id = NULL, schema_id = NULL, claimed_at = NULL, lease_until = NULL, is_prefetched = FALSE
FROM held WHERE slot.id = held.id
"""
RECALL_OF_LABELER = _RECALL.format(which="labeler_id = %(labeler)s AND state = 'leased'")
RECALL_OF_ITEM = _RECALL.format(which="item_id = %(item)s AND state IN ('open', 'leased')")


Parameters = dict[str, int | float | str | None]


@dataclass(frozen=True)
class Grip:
    """How an assignment stands, with what is needed to go on. `slot` is None where it was never held."""

    hold: Hold
    slot: Slot | None
    never_sample: frozenset[str] = frozenset()


def read_grip(assignment_id: UUID, labeler: Labeler, *, token: UUID) -> Grip:
    """How this assignment stands for this labeler: one query where it is live, two where it is not."""
    slot = (
        Slot.objects.select_related("schema", "queue")
        .annotate(never_sample=_never_sample_codes())
        .filter(assignment_id=assignment_id, labeler=labeler)
        .first()
    )
    if slot is not None:
        hold = judge_hold(HeldSlot(slot.state, slot.token), None, token)
        return Grip(hold, slot if hold is not Hold.NEVER else None, frozenset(slot.never_sample))
    ended = (
        EndedAssignment.objects.select_related("slot__item", "slot__queue")
        .filter(assignment_id=assignment_id, labeler=labeler)
        .first()
    )
    if ended is None:
        return Grip(Hold.NEVER, None)
    item_is_withdrawn = ended.why == EndReason.WITHDRAWN or ended.slot.item.withdrawn_at is not None
    hold = judge_hold(None, Ended(ended.token, item_is_withdrawn), token)
    return Grip(hold, ended.slot if hold is not Hold.NEVER else None)


def record_label(
    assignment_id: UUID,
    labeler: Labeler,
    *,
    token: UUID,
    answers: Mapping[str, object],
    rationale: str,
    confidence: float | None,
    active_ms: int | None,
) -> Label | None:
    """Store the slot's label and mark the slot done, if the slot still carries the token."""
    parameters = _lease(assignment_id, labeler, token) | {
        "public_id": str(uuid4()),
        "answers": json.encode(answers).decode(),
        "rationale": rationale,
        "confidence": confidence,
        "active_ms": active_ms,
    }
    return next(iter(Label.objects.raw(RECORD, parameters)), None)


def extend_slot(assignment_id: UUID, labeler: Labeler, *, token: UUID, lease_seconds: int) -> datetime | None:
    """The new end of the lease; None if the slot no longer carries the token."""
    parameters = _lease(assignment_id, labeler, token) | {"lease": lease_seconds}
    with connection.cursor() as cursor:
        cursor.execute(EXTEND, parameters)
        row: tuple[datetime] | None = cursor.fetchone()
    return None if row is None else row[0]


def skip_slot(assignment_id: UUID, labeler: Labeler, *, token: UUID, reason: str, note: str) -> bool:
    """Take the slot back and remember the skip; whether the slot still carried the token."""
    parameters = _lease(assignment_id, labeler, token) | {
        "public_id": str(uuid4()),
        "reason": reason,
        "note": note,
    }
    return _count(SKIP, parameters) == 1


def recall_of_labeler(labeler_id: int) -> int:
    """Open again whatever this labeler holds; how many slots that were."""
    return _count(RECALL_OF_LABELER, {"labeler": labeler_id, "why": EndReason.GIVEN_BACK, "state": "open"})


def recall_of_item(item_id: int) -> int:
    """Cancel the item's open and leased slots; how many that were."""
    return _count(RECALL_OF_ITEM, {"item": item_id, "why": EndReason.WITHDRAWN, "state": "cancelled"})


def _lease(assignment_id: UUID, labeler: Labeler, token: UUID) -> Parameters:
    return {"assignment": str(assignment_id), "token": str(token), "labeler": labeler.pk}


def _count(statement: str, parameters: Parameters) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        written: int = cursor.rowcount
    return written


def _never_sample_codes() -> ArraySubquery:
    codes = Category.objects.filter(policy=OuterRef("queue__policy"), never_sample=True).values("code")
    return ArraySubquery(codes)
