"""The claim: one statement that lends a slot, and the reads around it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import json

from labeling.engine.eligibility import LabelerFacts, LaneFacts, Lanes, Standing, sort_lanes
from labeling.engine.order import WorkOrder
from labeling.enums import QueueKind
from qaplatform.errors import NotFound
from qaplatform.statements import Row, first_row

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
"""
# For whom a slot is was decided at the door: these are the lanes that are open to this labeler.
_FITS = f"slot.lane_id = ANY(%(lanes)s::bigint[]) AND {NEVER_TWICE}"
# What is placed lapses also where a colleague had the same item placed: of other work, each has an item of their own.
# Nothing lapses by the claims of the person themselves, who keep other work that ran out until somebody takes it.
_FITS_OR_LAPSES = f"""
    slot.lane_id = ANY(%(lanes)s::bigint[])
    AND CASE slot.origin WHEN 'placed' THEN coalesce(slot.labeler_id, slot.reserved_for_id) <> %(labeler)s
        ELSE {NEVER_TWICE} END
"""

# How many fitting slots are at hand each way: the next ones where others take the first at this moment.
AT_HAND = 4

_FACTS = """
    slot.id, slot.labeler_id, slot.assignment_id, slot.token, slot.claimed_at, slot.lease_until, slot.is_prefetched,
    slot.policy_version_id, slot.pinned_version_id, slot.schema_id, slot.origin, slot.rank
"""

# Turns at which anything is open in these lanes, first to last, each found by one descent of slot_open_work a lane.
# No level is looked for before the one before it has been found wanting. After the first few the walk leaps, further
# each time and to the last level at the end: somebody's past may fill hundreds of due hours.
_LEVELS = """
    (SELECT min(first.turn), 1 FROM unnest(%(lanes)s::bigint[]) AS lane(id) CROSS JOIN LATERAL (
        SELECT turn FROM labeling_slot
        WHERE lane_id = lane.id AND state = 'open' AND reserved_for_id IS NULL AND NOT %(by_reservation)s::bool
        ORDER BY turn LIMIT 1
    ) first)
    UNION ALL
    SELECT coalesce(
        (SELECT min(later.turn) FROM unnest(%(lanes)s::bigint[]) AS lane(id) CROSS JOIN LATERAL (
            SELECT turn FROM labeling_slot
            WHERE lane_id = lane.id AND state = 'open' AND reserved_for_id IS NULL AND turn > level.turn + %(leap)s
            ORDER BY turn LIMIT 1
        ) later),
        (SELECT max(last.turn) FROM unnest(%(lanes)s::bigint[]) AS lane(id) CROSS JOIN LATERAL (
            SELECT turn FROM labeling_slot
            WHERE lane_id = lane.id AND state = 'open' AND reserved_for_id IS NULL AND turn > level.turn
            ORDER BY turn DESC LIMIT 1
        ) last)), level.number + 1
    FROM level WHERE level.turn IS NOT NULL
"""
_LEAP = "CASE WHEN level.number < 4 THEN 0 ELSE 1::bigint << least(level.number + 5, 40) END"

# Open slots that fit, in the order in which they are to be taken: level by level, from a random point of the circle of
# ranks on and round it; where the queue prefers to finish what was begun, from the head first. In each lane and level
# so many are looked at each way: somebody's past may fill a level. Ranks are spread evenly over lanes too, so the
# lowest ranks of all lanes are a fair choice among them. A few are found each way, for others may have the first.
_NEAR = f"""
    SELECT found.id, found.pinned_version_id FROM level
    CROSS JOIN LATERAL (VALUES
        (level.turn, 0::float, CASE WHEN %(from_head)s::bool THEN 2 ELSE 0 END::float),
        (level.turn, %(start)s::float, 2::float),
        (level.turn, 0::float, %(start)s::float)
    ) arc(turn, low, high)
    CROSS JOIN LATERAL (
        SELECT fitting.* FROM unnest(%(lanes)s::bigint[]) AS lane(id) CROSS JOIN LATERAL (
            SELECT slot.id, slot.rank, slot.pinned_version_id FROM (
                SELECT id, item_id, rank, pinned_version_id FROM labeling_slot
                WHERE lane_id = lane.id AND turn = arc.turn AND rank >= arc.low AND rank < arc.high
                  AND state = 'open' AND reserved_for_id IS NULL
                ORDER BY rank, id LIMIT %(look)s
            ) slot WHERE {NEVER_TWICE} LIMIT {AT_HAND}
        ) fitting ORDER BY fitting.rank LIMIT {AT_HAND}
    ) found
    WHERE level.turn IS NOT NULL
"""


def _among_all(statement: str) -> str:
    """The statement as it runs where every open slot is looked at."""
    return statement.replace("LIMIT %(look)s", "").replace("%(leap)s", "0")


# Whoever works on placed work has left an open slot alone that they would otherwise hold. What they ask for ahead
# leaves it alone too: else that would say, before they judge, whether the item in their hands took one away.
_SPARED = """
    SELECT near.id FROM near LIMIT (
        SELECT count(*) FROM labeling_slot mine
        WHERE mine.labeler_id = %(labeler)s AND mine.queue_id = %(queue)s AND mine.state = 'leased'
          AND mine.origin = 'placed' AND NOT mine.is_prefetched AND %(prefetch)s::bool)
"""
_AT_HAND = "near.id <> ALL (ARRAY(SELECT spared.id FROM spared))"

_HELD = f"""
    SELECT {_FACTS}, TRUE AS is_held, FALSE AS lapses FROM labeling_slot slot
    WHERE slot.labeler_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'leased'
      AND (slot.is_prefetched OR NOT %(prefetch)s::bool)
    ORDER BY slot.is_prefetched LIMIT 1
"""

# Reserved work that is mixed in by chance comes only while there is open work to mix it into: alone, it would show
# itself, because colleagues are told at that moment that nothing is left.
_RESERVED = f"""
    SELECT {_FACTS}, FALSE AS is_held, FALSE AS lapses FROM labeling_slot slot
    WHERE slot.reserved_for_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'open'
      AND slot.serve_chance > %(chance)s::float AND {_FITS}
      AND (slot.serve_chance = 1 OR EXISTS (SELECT FROM near WHERE {_AT_HAND}))
    ORDER BY slot.rank LIMIT 1
"""

_RESERVED_FOR_CERTAIN = f"""
    SELECT FROM labeling_slot slot
    WHERE slot.reserved_for_id = %(labeler)s AND slot.queue_id = %(queue)s AND slot.state = 'open'
      AND slot.serve_chance = 1 AND {_FITS}
"""

# A claim may wait for another of the same person; what is near was seen before that. So what may have changed since is
# asked again of the row that is locked: also its lane, which a rearrangement changes.
_UNRESERVED = f"""
    SELECT free.* FROM near CROSS JOIN LATERAL (
        SELECT {_FACTS}, FALSE AS is_held, FALSE AS lapses FROM labeling_slot slot
        WHERE slot.id = near.id AND slot.state = 'open' AND slot.reserved_for_id IS NULL
          AND slot.lane_id = ANY(%(lanes)s::bigint[]) FOR UPDATE SKIP LOCKED
    ) free WHERE {_AT_HAND} LIMIT 1
"""

_RUN_OUT = f"""
    SELECT {_FACTS}, FALSE AS is_held, slot.origin = 'placed' AS lapses FROM labeling_slot slot
    WHERE slot.queue_id = %(queue)s AND slot.state = 'open' AND slot.reserved_until <= qa_now()
      AND NOT %(by_reservation)s::bool AND {_FITS_OR_LAPSES}
    ORDER BY slot.reserved_until LIMIT 1
"""

_EXPIRED = f"""
    SELECT {_FACTS}, FALSE AS is_held, slot.origin = 'placed' AS lapses FROM labeling_slot slot
    WHERE slot.queue_id = %(queue)s AND slot.state = 'leased' AND slot.lease_until <= qa_now()
      AND (slot.origin = 'placed' OR slot.reserved_for_id IS NULL OR slot.reserved_until <= qa_now())
      AND NOT %(by_reservation)s::bool AND {_FITS_OR_LAPSES}
    ORDER BY slot.lease_until LIMIT 1
"""

# Lends one slot, or gives the held one again. Plan: each leg walks one partial index in its order and stops at its
# first row, and the legs run in turn until one has a row: one_lease_a_queue; slot_reserved_work; in one claim of ten
# what others left behind, so that it does not wait for ever in a queue that never runs dry, while the other nine leave
# time to those who are merely late; slot_open_work; what others left behind, along slot_reserved_until and slot_leases.
# `near` and `left_behind` are read as far as they are asked for, once. What guards against two at once are the row lock
# and the constraints one_lease_a_queue and labeler_once_an_item; whoever meets those asks again. Only what the person
# holds is waited for: a request of the same person is at it, and no other lock is held yet.
# Work that was placed for one person is taken over by nobody. It lapses where a colleague would have taken over other
# work, after its lease or, given back at a pause, after its reservation: the slot is cancelled and its late answer
# refused, so that neither sitting past a lease nor pausing tells anything. This claim then gets nothing, and is made
# again.
# The policy version it is answered under is its pin's, else the one that the queue follows in this very statement.
# After a move, ordinary items that were begun keep their older version, so a placed slot takes the pin of the open slot
# in whose stead it is handed out: what is placed shows older versions exactly as often as what is not. Each claim looks
# at that slot, so that no claim takes longer for it.
_CLAIM = f"""
WITH RECURSIVE level(turn, number) AS ({_LEVELS}),
near AS MATERIALIZED ({_NEAR}),
spared AS MATERIALIZED ({_SPARED}),
left_behind AS MATERIALIZED (
    SELECT * FROM ({_RUN_OUT} FOR UPDATE SKIP LOCKED) run_out
    UNION ALL SELECT * FROM ({_EXPIRED} FOR UPDATE SKIP LOCKED) expired
    LIMIT 1
),
picked AS MATERIALIZED (
    SELECT leg.* FROM (
        SELECT * FROM ({_HELD} FOR UPDATE) held
        UNION ALL SELECT * FROM ({_RESERVED} FOR UPDATE SKIP LOCKED) reserved
        UNION ALL SELECT * FROM left_behind WHERE %(start)s::float < 0.1
        UNION ALL SELECT * FROM ({_UNRESERVED}) unreserved
        UNION ALL SELECT * FROM left_behind
    ) leg LIMIT 1
),
under AS MATERIALIZED (
    SELECT queue.policy_version_id AS follows, coalesce(
        picked.pinned_version_id,
        CASE picked.origin WHEN 'placed' THEN nullif(stead.pinned_version_id, queue.policy_version_id) END) AS pin
    FROM picked JOIN labeling_queue queue ON queue.id = %(queue)s
    LEFT JOIN (SELECT pinned_version_id FROM near LIMIT 1) stead ON NOT picked.is_held
),
ended AS (
    INSERT INTO labeling_endedassignment (assignment_id, token, slot_id, labeler_id, why, claimed_at, ended_at)
    SELECT assignment_id, token, id, labeler_id, 'taken_over', claimed_at, qa_now()
    FROM picked WHERE NOT is_held AND labeler_id IS NOT NULL
),
lapsed AS (
    UPDATE labeling_slot slot SET
        state = 'cancelled', labeler_id = NULL, assignment_id = NULL, token = NULL, policy_version_id = NULL,
        schema_id = NULL, claimed_at = NULL, lease_until = NULL, is_prefetched = FALSE
    FROM picked WHERE slot.id = picked.id AND picked.lapses
),
taken AS (
    UPDATE labeling_slot slot SET
        state = 'leased',
        labeler_id = %(labeler)s,
        is_prefetched = %(prefetch)s::bool,
        assignment_id = CASE WHEN picked.is_held THEN picked.assignment_id ELSE gen_random_uuid() END,
        token = CASE WHEN picked.is_held THEN picked.token ELSE gen_random_uuid() END,
        policy_version_id = CASE WHEN picked.is_held THEN picked.policy_version_id
                                 ELSE coalesce(under.pin, under.follows) END,
        pinned_version_id = CASE WHEN picked.is_held THEN slot.pinned_version_id ELSE under.pin END,
        schema_id = CASE WHEN picked.is_held THEN picked.schema_id ELSE %(schema)s::bigint END,
        claimed_at = CASE WHEN picked.is_held AND picked.is_prefetched = %(prefetch)s::bool
                          THEN picked.claimed_at ELSE qa_now() END,
        lease_until = CASE WHEN picked.is_held AND picked.is_prefetched = %(prefetch)s::bool
                                AND picked.lease_until > qa_now()
                           THEN picked.lease_until ELSE qa_now() + %(lease)s::int * interval '1 second' END
    FROM picked CROSS JOIN under WHERE slot.id = picked.id AND NOT picked.lapses
    RETURNING slot.assignment_id, slot.token, slot.lease_until, slot.item_id, slot.schema_id
)
SELECT taken.assignment_id, taken.token, taken.lease_until, item.kind, item.content::text, item.context::text,
       item.is_sensitive, schema.number
FROM taken
JOIN labeling_item item ON item.id = taken.item_id
JOIN labeling_labelschema schema ON schema.id = taken.schema_id
"""
# How many open slots of a lane and level a claim looks at each way before it goes on to the next level: a constant, so
# that it is planned for few rows. Only before it says that nothing is left, all are looked at, level by level.
LOOK = 20
CLAIM = _CLAIM.replace("LIMIT %(look)s", f"LIMIT {LOOK}").replace("%(leap)s", _LEAP)
CLAIM_AMONG_ALL = _among_all(_CLAIM)

# Whether the claim would find something if nobody else were at it right now: the same legs without locks. What the
# person holds counts too: another tab may have claimed it a moment ago.
HAS_WORK = _among_all(f"""
WITH RECURSIVE level(turn, number) AS ({_LEVELS}),
near AS MATERIALIZED ({_NEAR}),
spared AS MATERIALIZED ({_SPARED})
SELECT EXISTS ({_HELD})
    OR EXISTS ({_RESERVED_FOR_CERTAIN})
    OR EXISTS (SELECT FROM near WHERE {_AT_HAND})
    OR EXISTS ({_RUN_OUT.replace("ORDER BY", "AND slot.origin <> 'placed' ORDER BY")})
    OR EXISTS ({_EXPIRED.replace("ORDER BY", "AND slot.origin <> 'placed' ORDER BY")})
""")

# What people chose, and the caps of a queue, for `queue` and `labeler`. A count stops at its cap.
REFUSES_SENSITIVE = """EXISTS (SELECT FROM labeling_optout declined
        WHERE declined.labeler_id = labeler.id AND declined.queue_id IS NULL)"""
HAS_OPTED_OUT = """EXISTS (SELECT FROM labeling_optout declined
        WHERE declined.labeler_id = labeler.id AND declined.queue_id = queue.id)"""
HAS_ENOUGH_REVEALS = """(queue.reveals_a_day_cap IS NOT NULL AND queue.reveals_a_day_cap <= (SELECT count(*) FROM (
        SELECT FROM labeling_reveal reveal
        WHERE reveal.labeler_id = labeler.id AND reveal.at > qa_now() - interval '24 hours'
        LIMIT queue.reveals_a_day_cap) seen))"""
HAS_ENOUGH_ANSWERS = """(queue.answers_a_day_cap IS NOT NULL AND queue.answers_a_day_cap <= (SELECT count(*) FROM (
        SELECT FROM labeling_slot done
        WHERE done.labeler_id = labeler.id AND done.state = 'done' AND done.queue_id = queue.id
          AND done.done_at > qa_now() - interval '24 hours'
        LIMIT queue.answers_a_day_cap) given))"""
MUST_READ_POLICY = """queue.acknowledge_version_id IS NOT NULL AND labeler.kind <> 'model'
           AND NOT EXISTS (SELECT FROM labeling_acknowledgement read
                           WHERE read.labeler_id = labeler.id AND read.version_id = queue.acknowledge_version_id)"""

# What the engine decides on before a claim. Plan: probes of the primary keys of queue and labeler, of schema by queue,
# of acknowledged_once, opted_out_once and of skill_grant_once_at_a_time, the queue's lanes (few); where there are caps,
# the last answers along slot_done_by and the last reveals along reveal_by_labeler until the cap is reached.
DOOR = f"""
SELECT queue.id, queue.public_id, labeler.id, labeler.vendor_id, queue.state, queue.kind, queue.lease_seconds,
       queue.order,
       (SELECT schema.id FROM labeling_labelschema schema WHERE schema.queue_id = queue.id
        ORDER BY schema.number DESC LIMIT 1),
       (SELECT json_agg(json_build_array(lane.id, lane.vendor_id, lane.language, lane.is_sensitive))
        FROM labeling_lane lane WHERE lane.queue_id = queue.id),
       labeler.language, {REFUSES_SENSITIVE}, {HAS_ENOUGH_REVEALS},
       labeler.is_active, coalesce(labeler.paused_until > qa_now(), FALSE),
       {MUST_READ_POLICY},
       EXISTS (SELECT FROM people_skillgrant skill
               WHERE skill.labeler_id = labeler.id AND skill.skill_id = queue.skill_id AND skill.revoked_at IS NULL
                 AND skill.suspended_at IS NULL AND (skill.expires_at IS NULL OR skill.expires_at > qa_now())),
       {HAS_OPTED_OUT}, {HAS_ENOUGH_ANSWERS}
FROM labeling_queue queue, people_labeler labeler
WHERE (queue.id = %(queue)s::bigint OR queue.public_id = %(public_id)s::uuid) AND labeler.id = %(labeler)s
"""

_HAS_PLACE = """EXISTS (SELECT FROM labeling_place place
    WHERE place.queue_id = queue.id AND place.labeler_id = labeler.id)"""

# Seconds until the first lease of somebody else runs out: one descent of slot_leases.
NEXT_LEASE_END = """
SELECT extract(epoch FROM lease_until - qa_now()) FROM labeling_slot
WHERE queue_id = %(queue)s AND state = 'leased' AND lease_until > qa_now() AND labeler_id <> %(labeler)s
ORDER BY lease_until LIMIT 1
"""

Parameters = dict[str, int | float | list[int] | None]


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
    by_reservation: bool
    lease_seconds: int
    schema_id: int | None
    from_head: bool
    lanes: Lanes
    standing: Standing

    def as_parameters(self) -> Parameters:
        """The parameters of the statements of this module that do not change from claim to claim."""
        return {
            "queue": self.queue_id,
            "labeler": self.labeler_id,
            "lanes": list(self.lanes.open),
            "by_reservation": self.by_reservation,
            "from_head": self.from_head,
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


def take_slot(door: Door, *, prefetch: bool, chance: float, start: float, among_all: bool = False) -> Assignment | None:
    """Run the claim. `chance` decides whether reserved work comes first, `start` is where the circle is entered.

    Where a level is filled by items that this person had, it may be passed over, unless the claim looks `among_all`.

    Raises IntegrityError where another request of the same person was faster.
    """
    parameters = door.as_parameters() | {"prefetch": prefetch, "chance": chance, "start": start}
    row = first_row(CLAIM_AMONG_ALL if among_all else CLAIM, parameters)
    return None if row is None else _assignment(door, row)


def has_work(door: Door, *, prefetch: bool, lanes: tuple[int, ...] | None = None) -> bool:
    """Whether anything is there for this person, whoever has it locked; `lanes`: in others than theirs."""
    parameters = door.as_parameters() | {"prefetch": prefetch, "start": 0.0}
    if lanes is not None:
        parameters["lanes"] = list(lanes)
    row = first_row(HAS_WORK, parameters)
    return row is not None and bool(row[0])


def seconds_to_next_lease_end(door: Door) -> float | None:
    """When the first lease of somebody else runs out; None if nobody holds one."""
    row = first_row(NEXT_LEASE_END, {"queue": door.queue_id, "labeler": door.labeler_id})
    return None if row is None else float(row[0])


def _assignment(door: Door, row: Row) -> Assignment:
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
    row = first_row(statement, parameters)
    if row is None:
        return None
    queue_id, queue, labeler_id, vendor_id, state, kind, lease_seconds, order, schema_id, lanes, *facts = row
    languages, refuses_sensitive, has_enough_reveals, *facts = facts
    is_active, is_paused, must_read, has_skill, has_opted_out, has_enough_answers = facts
    labeler = LabelerFacts(vendor_id, languages, refuses_sensitive, has_enough_reveals)
    by_reservation = kind != QueueKind.ORDINARY
    return Door(
        queue_id=queue_id,
        queue=queue,
        labeler_id=labeler_id,
        by_reservation=by_reservation,
        lease_seconds=lease_seconds,
        schema_id=schema_id,
        from_head=WorkOrder(order).starts_at_head,
        lanes=sort_lanes((LaneFacts(*lane) for lane in lanes or ()), labeler),
        standing=Standing(
            queue_state=state,
            queue_by_reservation=by_reservation,
            queue_has_schema=schema_id is not None,
            labeler_is_active=is_active,
            labeler_is_paused=is_paused,
            must_read_policy=must_read,
            has_skill=has_skill,
            has_opted_out=has_opted_out,
            has_enough_answers=has_enough_answers,
        ),
    )
