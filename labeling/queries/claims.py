"""The claim: one statement that lends a slot, and the reads around it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper
from msgspec import json

from labeling.engine.eligibility import Standing
from labeling.enums import QueueKind
from qaplatform.errors import NotFound

# What keeps an item from a labeler for good: holding or having answered it, having skipped it, having answered late.
# OFFSET 0 keeps each a probe of one index entry a candidate; as joins they would read the person's whole past.
# ruff: noqa: S608  The statements are put together from constants of this module; values are parameters.
NEVER_TWICE = """
    NOT EXISTS (SELECT FROM labeling_slot mine
                WHERE mine.item_id = slot.item_id AND mine.labeler_id = %(labeler)s OFFSET 0)
    AND NOT EXISTS (SELECT FROM labeling_skip skip
                    WHERE skip.item_id = slot.item_id AND skip.labeler_id = %(labeler)s OFFSET 0)
    AND NOT EXISTS (SELECT FROM labeling_lateanswer late
                    WHERE late.item_id = slot.item_id AND late.labeler_id = %(labeler)s OFFSET 0)
    AND (slot.vendor_id IS NULL OR slot.vendor_id = %(vendor)s)
"""

_FACTS = """
    slot.id, slot.labeler_id, slot.assignment_id, slot.token, slot.claimed_at, slot.lease_until, slot.is_prefetched,
    slot.policy_version_id, slot.pinned_version_id, slot.schema_id, slot.origin, slot.rank
"""

# Priorities with open work, highest first, each found by one descent of slot_open_work.
_LEVELS = """
    (SELECT priority FROM labeling_slot
     WHERE queue_id = %(queue)s AND state = 'open' AND reserved_for_id IS NULL AND NOT %(by_reservation)s
     ORDER BY priority DESC LIMIT 1)
    UNION ALL
    SELECT (SELECT lower.priority FROM labeling_slot lower
            WHERE lower.queue_id = %(queue)s AND lower.state = 'open' AND lower.reserved_for_id IS NULL
              AND lower.priority < level.priority
            ORDER BY lower.priority DESC LIMIT 1)
    FROM level WHERE level.priority IS NOT NULL
"""

_HELD = f"""
    SELECT {_FACTS}, TRUE AS is_held FROM labeling_slot slot
    WHERE slot.labeler_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'leased'
      AND (slot.is_prefetched OR NOT %(prefetch)s)
    ORDER BY slot.is_prefetched LIMIT 1
"""

_OPEN = f"""
    SELECT {_FACTS}, FALSE AS is_held FROM labeling_slot slot
    WHERE slot.queue_id = %(queue)s AND slot.state = 'open' AND slot.reserved_for_id IS NULL
      AND slot.priority = level.priority AND slot.rank >= %(start)s AND {NEVER_TWICE}
    ORDER BY slot.rank LIMIT 1
"""
_OPEN_BEFORE = _OPEN.replace("slot.rank >=", "slot.rank <")
_OPEN_ANYWHERE = _OPEN.replace("%(start)s", "0")
# The open slot next to where the slot that was picked stands.
_NEIGHBOUR = f"""
    SELECT found.pinned_version_id FROM level CROSS JOIN LATERAL (
        SELECT * FROM ({_OPEN.replace("%(start)s", "picked.rank")}) ahead
        UNION ALL SELECT * FROM ({_OPEN_BEFORE.replace("%(start)s", "picked.rank")}) behind
    ) found WHERE level.priority IS NOT NULL LIMIT 1
"""
_HAS_OPEN = f"EXISTS (SELECT FROM level CROSS JOIN LATERAL ({_OPEN_ANYWHERE}) found)"

# Reserved work that is mixed in by chance comes only while there is open work to mix it into: alone, it would show
# itself, because colleagues are told at that moment that nothing is left.
_RESERVED = f"""
    SELECT {_FACTS}, FALSE AS is_held FROM labeling_slot slot
    WHERE slot.reserved_for_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'open'
      AND slot.serve_chance > %(chance)s AND (slot.serve_chance = 1 OR {_HAS_OPEN}) AND {NEVER_TWICE}
    ORDER BY slot.rank LIMIT 1
"""

_RESERVED_FOR_CERTAIN = f"""
    SELECT FROM labeling_slot slot
    WHERE slot.reserved_for_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'open'
      AND slot.serve_chance = 1 AND {NEVER_TWICE}
"""

_RUN_OUT = f"""
    SELECT {_FACTS}, FALSE AS is_held FROM labeling_slot slot
    WHERE slot.queue_id = %(queue)s AND slot.state = 'open' AND slot.reserved_until <= qa_now()
      AND NOT %(by_reservation)s AND {NEVER_TWICE}
    ORDER BY slot.reserved_until LIMIT 1
"""

_EXPIRED = f"""
    SELECT {_FACTS}, FALSE AS is_held FROM labeling_slot slot
    WHERE slot.queue_id = %(queue)s AND slot.state = 'leased' AND slot.lease_until <= qa_now()
      AND (slot.reserved_for_id IS NULL OR slot.reserved_until <= qa_now()) AND NOT %(by_reservation)s AND {NEVER_TWICE}
    ORDER BY slot.lease_until LIMIT 1
"""

_LEFT_BEHIND = f"""
        SELECT * FROM ({_RUN_OUT} FOR UPDATE SKIP LOCKED) run_out
        UNION ALL SELECT * FROM ({_EXPIRED} FOR UPDATE SKIP LOCKED) expired
"""
# One claim in ten takes what was left behind before what is new, so that it does not wait for ever in a queue that
# never runs dry; the other nine leave time to those who are merely late.
_LEFT_BEHIND_FIRST = _LEFT_BEHIND.replace("NOT %(by_reservation)s", "NOT %(by_reservation)s AND %(start)s < 0.1")

# Lends one slot, or gives the held one again. Plan: each leg walks one partial index in its order and stops at its
# first row, and the legs run in turn until one has a row: one_lease_a_queue; slot_reserved_work; now and then what was
# left behind; slot_open_work from a random point of the circle of ranks, so that items which this person has answered
# never pile up ahead; slot_reserved_until; slot_leases. What guards against two at once are the row lock and the
# constraints one_lease_a_queue and labeler_once_an_item; whoever meets those asks again. Only what the person holds is
# waited for: a request of the same person is at it, and no other lock is held yet.
# The policy version it is answered under is its pin's, else the one that the queue follows in this very statement.
# After a move, ordinary items that were begun keep their older version, so a placed slot takes the pin of the open slot
# next to it: what is placed shows older versions exactly as often as what is not. Each claim looks at that neighbour,
# so that no claim takes longer for it.
CLAIM = f"""
WITH RECURSIVE level(priority) AS ({_LEVELS}),
picked AS MATERIALIZED (
    SELECT leg.* FROM (
        SELECT * FROM ({_HELD} FOR UPDATE) held
        UNION ALL SELECT * FROM ({_RESERVED} FOR UPDATE SKIP LOCKED) reserved
        UNION ALL {_LEFT_BEHIND_FIRST}
        UNION ALL SELECT * FROM (
            SELECT found.* FROM level CROSS JOIN LATERAL (
                SELECT * FROM ({_OPEN} FOR UPDATE SKIP LOCKED) ahead
                UNION ALL SELECT * FROM ({_OPEN_BEFORE} FOR UPDATE SKIP LOCKED) behind
            ) found WHERE level.priority IS NOT NULL LIMIT 1) unreserved
        UNION ALL {_LEFT_BEHIND}
    ) leg LIMIT 1
),
under AS MATERIALIZED (
    SELECT queue.policy_version_id AS follows, coalesce(
        picked.pinned_version_id,
        CASE picked.origin WHEN 'placed' THEN nullif(neighbour.pinned_version_id, queue.policy_version_id) END) AS pin
    FROM picked JOIN labeling_queue queue ON queue.id = %(queue)s
    LEFT JOIN LATERAL ({_NEIGHBOUR}) neighbour ON NOT picked.is_held
),
ended AS (
    INSERT INTO labeling_endedassignment (assignment_id, token, slot_id, labeler_id, why, claimed_at, ended_at)
    SELECT assignment_id, token, id, labeler_id, 'taken_over', claimed_at, qa_now()
    FROM picked WHERE NOT is_held AND labeler_id IS NOT NULL
),
taken AS (
    UPDATE labeling_slot slot SET
        state = 'leased',
        labeler_id = %(labeler)s,
        is_prefetched = %(prefetch)s,
        assignment_id = CASE WHEN picked.is_held THEN picked.assignment_id ELSE gen_random_uuid() END,
        token = CASE WHEN picked.is_held THEN picked.token ELSE gen_random_uuid() END,
        policy_version_id = CASE WHEN picked.is_held THEN picked.policy_version_id
                                 ELSE coalesce(under.pin, under.follows) END,
        pinned_version_id = CASE WHEN picked.is_held THEN slot.pinned_version_id ELSE under.pin END,
        schema_id = CASE WHEN picked.is_held THEN picked.schema_id ELSE %(schema)s END,
        claimed_at = CASE WHEN picked.is_held AND picked.is_prefetched = %(prefetch)s
                          THEN picked.claimed_at ELSE qa_now() END,
        lease_until = CASE WHEN picked.is_held AND picked.is_prefetched = %(prefetch)s
                                AND picked.lease_until > qa_now()
                           THEN picked.lease_until ELSE qa_now() + %(lease)s::int * interval '1 second' END
    FROM picked CROSS JOIN under WHERE slot.id = picked.id
    RETURNING slot.assignment_id, slot.token, slot.lease_until, slot.item_id, slot.schema_id
)
SELECT taken.assignment_id, taken.token, taken.lease_until, item.kind, item.content, item.context, item.is_sensitive,
       schema.number
FROM taken
JOIN labeling_item item ON item.id = taken.item_id
JOIN labeling_labelschema schema ON schema.id = taken.schema_id
"""

# Whether the claim would find something if nobody else were at it right now: the same legs without locks. What the
# person holds counts too: another tab may have claimed it a moment ago.
HAS_WORK = f"""
WITH RECURSIVE level(priority) AS ({_LEVELS})
SELECT EXISTS ({_HELD})
    OR EXISTS ({_RESERVED_FOR_CERTAIN})
    OR {_HAS_OPEN}
    OR EXISTS ({_RUN_OUT})
    OR EXISTS ({_EXPIRED})
"""

# What the engine decides on before a claim. Plan: probes of the primary keys of queue and labeler, of schema by queue,
# of acknowledged_once and of skill_grant_once_at_a_time.
DOOR = """
SELECT queue.id, queue.public_id, labeler.id, labeler.vendor_id, queue.state, queue.kind, queue.lease_seconds,
       (SELECT schema.id FROM labeling_labelschema schema WHERE schema.queue_id = queue.id
        ORDER BY schema.number DESC LIMIT 1),
       labeler.is_active, coalesce(labeler.paused_until > qa_now(), FALSE),
       queue.acknowledge_version_id IS NOT NULL AND labeler.kind <> 'model'
           AND NOT EXISTS (SELECT FROM labeling_acknowledgement read
                           WHERE read.labeler_id = labeler.id AND read.version_id = queue.acknowledge_version_id),
       EXISTS (SELECT FROM people_skillgrant skill
               WHERE skill.labeler_id = labeler.id AND skill.skill_id = queue.skill_id AND skill.revoked_at IS NULL
                 AND skill.suspended_at IS NULL AND (skill.expires_at IS NULL OR skill.expires_at > qa_now()))
FROM labeling_queue queue, people_labeler labeler
WHERE (queue.id = %(queue)s OR queue.public_id = %(public_id)s::uuid) AND labeler.id = %(labeler)s
"""

_HAS_PLACE = """EXISTS (SELECT FROM labeling_place place
    WHERE place.queue_id = queue.id AND place.labeler_id = labeler.id)"""

# Seconds until the first lease of somebody else runs out: one descent of slot_leases.
NEXT_LEASE_END = """
SELECT extract(epoch FROM lease_until - qa_now()) FROM labeling_slot
WHERE queue_id = %(queue)s AND state = 'leased' AND lease_until > qa_now() AND labeler_id <> %(labeler)s
ORDER BY lease_until LIMIT 1
"""


@dataclass(frozen=True)
class Assignment:
    """A slot lent to a labeler. `content` is None while a sensitive item is covered; so is then the context."""

    id: UUID
    token: UUID
    lease_until: datetime
    queue: UUID
    kind: str
    is_covered: bool
    content: dict[str, object] | None
    context: dict[str, object]
    schema_version: int


@dataclass(frozen=True)
class Door:
    """What is known of a queue and a labeler before work is handed out."""

    queue_id: int
    queue: UUID
    labeler_id: int
    vendor_id: int
    by_reservation: bool
    lease_seconds: int
    schema_id: int | None
    standing: Standing

    def as_parameters(self) -> dict[str, int | float | None]:
        """The parameters of the statements of this module that do not change from claim to claim."""
        return {
            "queue": self.queue_id,
            "labeler": self.labeler_id,
            "vendor": self.vendor_id,
            "by_reservation": self.by_reservation,
            "lease": self.lease_seconds,
            "schema": self.schema_id,
        }


def find_door(queue: UUID, labeler_id: int) -> Door | None:
    """The door of a queue in which this labeler has a place."""
    return _door(f"{DOOR} AND {_HAS_PLACE}", {"public_id": str(queue), "queue": None, "labeler": labeler_id})


def read_door(queue_id: int, labeler_id: int) -> Door:
    """The door of a queue, wherever this labeler stands."""
    door = _door(DOOR, {"public_id": None, "queue": queue_id, "labeler": labeler_id})
    if door is None:
        raise NotFound
    return door


def take_slot(door: Door, *, prefetch: bool, chance: float, start: float) -> Assignment | None:
    """Run the claim. `chance` decides whether reserved work comes first, `start` is where the circle is entered.

    Raises IntegrityError where another request of the same person was faster.
    """
    parameters = door.as_parameters() | {"prefetch": prefetch, "chance": chance, "start": start}
    with _preparing_cursor() as cursor:
        cursor.execute(CLAIM, parameters)
        row = cursor.fetchone()
    return None if row is None else _assignment(door, row)


def has_work(door: Door, *, prefetch: bool) -> bool:
    """Whether anything is there for this person, whoever has it locked at the moment."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_WORK, door.as_parameters() | {"prefetch": prefetch})
        row = cursor.fetchone()
    return bool(row[0])


def seconds_to_next_lease_end(door: Door) -> float | None:
    """When the first lease of somebody else runs out; None if nobody holds one."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_LEASE_END, {"queue": door.queue_id, "labeler": door.labeler_id})
        row = cursor.fetchone()
    return None if row is None else float(row[0])


def _preparing_cursor() -> CursorWrapper:
    """A cursor that keeps the plan of what it runs: planning the claim takes longer than running it.

    Django's own cursors put the values into the text, so that each claim would be another statement to plan.
    """
    connection.ensure_connection()
    connection.connection.prepare_threshold = 2
    # Its types say that it is an abstract cursor of no connection.
    cursor: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


def _assignment(door: Door, row: tuple[UUID, UUID, datetime, str, str, str, bool, int]) -> Assignment:
    assignment_id, token, lease_until, kind, content, context, is_sensitive, schema_version = row
    return Assignment(
        id=assignment_id,
        token=token,
        lease_until=lease_until,
        queue=door.queue,
        kind=kind,
        is_covered=is_sensitive,
        content=None if is_sensitive else json.decode(content),
        context={} if is_sensitive else json.decode(context),
        schema_version=schema_version,
    )


def _door(statement: str, parameters: dict[str, int | str | None]) -> Door | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    *ids, state, kind, lease_seconds, schema_id, is_active, is_paused, must_read, has_skill = row
    queue_id, queue, labeler_id, vendor_id = ids
    by_reservation = kind != QueueKind.ORDINARY
    return Door(
        queue_id=queue_id,
        queue=queue,
        labeler_id=labeler_id,
        vendor_id=vendor_id,
        by_reservation=by_reservation,
        lease_seconds=lease_seconds,
        schema_id=schema_id,
        standing=Standing(
            queue_state=state,
            queue_by_reservation=by_reservation,
            queue_has_schema=schema_id is not None,
            labeler_is_active=is_active,
            labeler_is_paused=is_paused,
            must_read_policy=must_read,
            has_skill=has_skill,
        ),
    )
