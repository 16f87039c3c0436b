"""Who holds what: reading an assignment, and the statements that end one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from msgspec import json

from labeling.engine.lifecycles import Ended, HeldSlot, Hold, judge_hold
from labeling.enums import EndReason
from qaplatform.people.models import Labeler
from qaplatform.statements import first_row

_WORK = """
    slot.id, slot.item_id, slot.queue_id, queue.lease_seconds, coalesce(schema.questions, '[]'),
    (SELECT array_agg(category.code) FROM labeling_category category
     WHERE category.policy_id = queue.policy_id AND category.never_sample)
"""

# The slot that carries an assignment. Plan: probes of the unique index on assignment_id and of primary keys.
HELD = f"""
SELECT slot.state, slot.token, {_WORK}
FROM labeling_slot slot
JOIN labeling_queue queue ON queue.id = slot.queue_id
LEFT JOIN labeling_labelschema schema ON schema.id = slot.schema_id
WHERE slot.assignment_id = %(assignment)s::uuid AND slot.labeler_id = %(labeler)s
"""  # noqa: S608  Constants only.

# An assignment that ended. Plan: probes of the unique index on assignment_id and of primary keys.
ENDED = f"""
SELECT ended.why = 'withdrawn' OR item.withdrawn_at IS NOT NULL, ended.token, {_WORK}
FROM labeling_endedassignment ended
JOIN labeling_slot slot ON slot.id = ended.slot_id
JOIN labeling_item item ON item.id = slot.item_id
JOIN labeling_queue queue ON queue.id = slot.queue_id
LEFT JOIN labeling_labelschema schema ON schema.id = slot.schema_id
WHERE ended.assignment_id = %(assignment)s::uuid AND ended.labeler_id = %(labeler)s
"""  # noqa: S608  Constants only.

# Marks the slot done, stores its first label and, under a key, what a replay gets, if the slot still carries the token;
# no row if it does not. Plan: one probe of the unique index on assignment_id, inserts. The update is the guard against
# two at once.
RECORD = """
WITH done AS (
    UPDATE labeling_slot SET state = 'done', done_at = qa_now(), lease_until = NULL, is_prefetched = FALSE
    WHERE assignment_id = %(assignment)s::uuid AND token = %(token)s::uuid
      AND labeler_id = %(labeler)s AND state = 'leased'
    RETURNING id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at, done_at
),
kept AS (
    INSERT INTO labeling_idempotentanswer (labeler_id, queue_id, key, body_hash, status, label, created_at)
    SELECT labeler_id, queue_id, %(key)s::text, %(body_hash)s, %(status)s, %(receipt)s, done_at
    FROM done WHERE %(key)s::text IS NOT NULL
)
INSERT INTO labeling_label (public_id, slot_id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at,
                            created_at, answers, rationale, confidence, active_ms)
SELECT %(public_id)s::uuid, id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at,
       done_at, %(answers)s::jsonb, %(rationale)s, %(confidence)s, %(active_ms)s
FROM done
RETURNING item_id, queue_id
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
UPDATE labeling_slot slot SET state = %(state)s, {keeps} labeler_id = NULL, assignment_id = NULL, token = NULL,
    policy_version_id = NULL, schema_id = NULL, claimed_at = NULL, lease_until = NULL, is_prefetched = FALSE
FROM held WHERE slot.id = held.id
"""
_IS_RESERVED_TWICE = """EXISTS (SELECT FROM labeling_slot same WHERE same.item_id = slot.item_id
                           AND same.reserved_for_id = slot.labeler_id AND same.state = 'open')"""
# Of somebody who left: what was placed for them stays theirs, all else is open to everybody.
RECALL_OF_USER = _RECALL.format(
    which="labeler_id IN (SELECT id FROM people_labeler WHERE user_id = %(user)s) AND state = 'leased'", keeps=""
)
RECALL_OF_ITEM = _RECALL.format(which="item_id = %(item)s AND state IN ('open', 'leased')", keeps="")
RECALL_OF_SLOTS = _RECALL.format(which="id = ANY(%(slots)s) AND state IN ('open', 'leased')", keeps="")
# What somebody gives back stays theirs until its lease would have ended, and comes first when they go on. Then others
# may take it; what was placed for them lapses instead, when a colleague would have taken it: otherwise whatever is met
# again after a long pause would be known.
RECALL_OF_LABELER = _RECALL.format(
    which="labeler_id = %(labeler)s AND state = 'leased'",
    keeps=f"""serve_chance = 1,
    reserved_for_id = CASE WHEN {_IS_RESERVED_TWICE} THEN slot.reserved_for_id ELSE slot.labeler_id END,
    reserved_until = CASE WHEN {_IS_RESERVED_TWICE} THEN slot.reserved_until ELSE slot.lease_until END,
""",
)

# Of somebody who left: what was given back at a pause is for all again; what was placed for them in queues of work is
# cancelled, and may be placed anew when they return. Sets and audits are entered by reservation and wait for them.
# Plan: slots along slot_reserved_work.
RELEASE = """
UPDATE labeling_slot slot SET
    state = CASE WHEN slot.origin = 'placed' THEN 'cancelled' ELSE 'open' END,
    reserved_for_id = NULL, reserved_until = NULL
FROM labeling_queue queue
WHERE slot.reserved_for_id = %(labeler)s AND slot.state = 'open' AND queue.id = slot.queue_id
  AND queue.kind = 'ordinary'
"""

# The chance to be served of placed work that waits. What was handed out once keeps the chance it had: it is done,
# leased, or, given back, at 1. A slot that is being claimed at this moment is passed over. Plan: probes of the primary
# key.
CHANGE_CHANCE = """
WITH waiting AS (
    SELECT id FROM labeling_slot
    WHERE id = ANY(%(slots)s) AND state = 'open' AND origin = 'placed' AND serve_chance < 1
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE labeling_slot slot SET serve_chance = %(chance)s FROM waiting WHERE slot.id = waiting.id RETURNING slot.id
"""


Parameters = dict[str, int | float | str | None]


@dataclass(frozen=True)
class KeptReceipt:
    """What a replay under the same key gets."""

    key: str
    body_hash: str
    status: int
    receipt: str


@dataclass(frozen=True)
class HeldWork:
    """What is needed of a slot to go on with it."""

    slot_id: int
    item_id: int
    queue_id: int
    lease_seconds: int
    questions: object
    never_sample: frozenset[str]


@dataclass(frozen=True)
class Grip:
    """How an assignment stands, with what is needed to go on. `work` is None where it was never held."""

    hold: Hold
    work: HeldWork | None


@dataclass(frozen=True)
class Recorded:
    """A label that was stored just now."""

    item_id: int
    queue_id: int


def read_grip(assignment_id: UUID, labeler: Labeler, *, token: UUID) -> Grip:
    """How this assignment stands for this labeler: one statement where it is live, two where it is not."""
    parameters: Parameters = {"assignment": str(assignment_id), "labeler": labeler.pk}
    row = first_row(HELD, parameters)
    if row is not None:
        state, carried, *rest = row
        hold = judge_hold(HeldSlot(state, carried), None, token)
        return Grip(hold, None if hold is Hold.NEVER else _work(rest))
    row = first_row(ENDED, parameters)
    if row is None:
        return Grip(Hold.NEVER, None)
    is_withdrawn, carried, *rest = row
    hold = judge_hold(None, Ended(carried, item_is_withdrawn=is_withdrawn), token)
    return Grip(hold, None if hold is Hold.NEVER else _work(rest))


def record_label(
    assignment_id: UUID,
    labeler: Labeler,
    *,
    token: UUID,
    public_id: UUID,
    answers: Mapping[str, object],
    rationale: str,
    confidence: float | None,
    active_ms: int | None,
    kept: KeptReceipt | None,
) -> Recorded | None:
    """Store the slot's label and mark the slot done, if the slot still carries the token; `kept` is for replays.

    Raises IntegrityError where the key of `kept` is in use.
    """
    parameters = _lease(assignment_id, labeler, token) | {
        "public_id": str(public_id),
        "answers": json.encode(answers).decode(),
        "rationale": rationale,
        "confidence": confidence,
        "active_ms": active_ms,
        "key": kept.key if kept else None,
        "body_hash": kept.body_hash if kept else None,
        "status": kept.status if kept else None,
        "receipt": kept.receipt if kept else None,
    }
    row = first_row(RECORD, parameters)
    return None if row is None else Recorded(*row)


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


def free_leases_of_user(user_id: int) -> int:
    """Open to everybody whatever the labeler of this user holds; how many slots that were."""
    return _count(RECALL_OF_USER, {"user": user_id, "why": EndReason.GIVEN_BACK, "state": "open"})


def release_reservations(labeler_id: int) -> int:
    """Release what was reserved for this labeler in queues of work; how many slots that were."""
    return _count(RELEASE, {"labeler": labeler_id})


def recall_of_item(item_id: int) -> int:
    """Cancel the item's open and leased slots; how many that were."""
    return _count(RECALL_OF_ITEM, {"item": item_id, "why": EndReason.WITHDRAWN, "state": "cancelled"})


def recall_slots(slot_ids: Sequence[int]) -> int:
    """Cancel these slots where they are open or leased; how many that were. Whoever holds one reads that it is gone."""
    parameters: dict[str, Any] = {"slots": list(slot_ids), "why": EndReason.WITHDRAWN, "state": "cancelled"}
    with connection.cursor() as cursor:
        cursor.execute(RECALL_OF_SLOTS, parameters)
        written: int = cursor.rowcount
    return written


def change_chance(slot_ids: Sequence[int], chance: float) -> frozenset[int]:
    """Give these placed slots another chance to be served, where they still wait; says which those were."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGE_CHANCE, {"slots": list(slot_ids), "chance": chance})
        return frozenset(row[0] for row in cursor.fetchall())


def _lease(assignment_id: UUID, labeler: Labeler, token: UUID) -> Parameters:
    return {"assignment": str(assignment_id), "token": str(token), "labeler": labeler.pk}


def _count(statement: str, parameters: Parameters) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        written: int = cursor.rowcount
    return written


def _work(row: Sequence[Any]) -> HeldWork:
    slot_id, item_id, queue_id, lease_seconds, questions, never_sample = row
    return HeldWork(slot_id, item_id, queue_id, lease_seconds, json.decode(questions), frozenset(never_sample or ()))
