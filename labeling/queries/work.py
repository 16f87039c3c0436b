"""What waits for a labeler."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from labeling.engine.eligibility import LabelerFacts, LaneFacts, sort_lanes
from labeling.enums import QueueKind
from labeling.queries.claims import (
    HAS_ENOUGH_ANSWERS,
    HAS_ENOUGH_REVEALS,
    HAS_OPTED_OUT,
    NEVER_TWICE,
    REFUSES_SENSITIVE,
    Parameters,
)
from qaplatform.people.models import Labeler

MOST_COUNTED = 1000

# The numbers that labelers read are rounded down to these: an exact count would tell when something was reserved for
# somebody, and whether what they claimed was there for others too.
ROUND_COUNTS = (1000, 500, 100, 50, 10)

# ruff: noqa: S608  The statements are put together from constants of this package; values are parameters.
_OPEN = f"""
    SELECT FROM labeling_lane lane JOIN labeling_slot slot ON slot.lane_id = lane.id
    WHERE lane.queue_id = queue.id AND lane.id = ANY(%(lanes)s) AND slot.state = 'open'
      AND slot.reserved_for_id IS NULL AND queue.kind = 'ordinary' AND {NEVER_TWICE}
"""

# Whoever holds placed work has left open slots alone that they would otherwise hold: where there is no other, none is
# told of, else the page would say whether what they hold took the last one away.
_AT_HAND = f"""({_OPEN} OFFSET (
        SELECT count(*) FROM labeling_slot mine
        WHERE mine.labeler_id = %(labeler)s AND mine.queue_id = queue.id AND mine.state = 'leased'
          AND mine.origin = 'placed'))
"""

# The queues that somebody can start in, with how much the claim would find in each and no more. One limit holds for
# what is reserved and what is for all together, so that a number past the limit does not say how much is reserved.
# Plan: one pass over queues (few); each is counted along slot_reserved_work, slot_open_work, slot_reserved_until and
# slot_leases until the limit.
OPEN_WORK = f"""
SELECT queue.id, queue.public_id, queue.name, queue.kind, queue.due_at, queue.priority,
       EXISTS (SELECT FROM labeling_slot held
               WHERE held.labeler_id = %(labeler)s AND held.queue_id = queue.id AND held.state = 'leased'),
       waiting.number
FROM labeling_queue queue
LEFT JOIN people_skillgrant skill ON skill.skill_id = queue.skill_id AND skill.labeler_id = %(labeler)s
    AND skill.revoked_at IS NULL AND skill.suspended_at IS NULL
    AND (skill.expires_at IS NULL OR skill.expires_at > qa_now())
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        (SELECT FROM labeling_slot slot
         WHERE slot.reserved_for_id = %(labeler)s AND slot.queue_id = queue.id AND slot.state = 'open'
           AND (slot.serve_chance = 1 OR EXISTS ({_AT_HAND})) AND slot.lane_id = ANY(%(lanes)s)
           AND {NEVER_TWICE})
        UNION ALL ({_OPEN} AND EXISTS ({_AT_HAND}))
        UNION ALL
        (SELECT FROM labeling_slot slot
         WHERE slot.queue_id = queue.id AND slot.state = 'open' AND slot.reserved_until <= qa_now()
           AND slot.origin <> 'placed'
           AND slot.reserved_for_id <> %(labeler)s AND queue.kind = 'ordinary' AND slot.lane_id = ANY(%(lanes)s)
           AND {NEVER_TWICE})
        UNION ALL
        (SELECT FROM labeling_slot slot
         WHERE slot.queue_id = queue.id AND slot.state = 'leased' AND slot.lease_until <= qa_now()
           AND slot.origin <> 'placed' AND (slot.reserved_for_id IS NULL OR slot.reserved_until <= qa_now())
           AND queue.kind = 'ordinary' AND slot.lane_id = ANY(%(lanes)s)
           AND {NEVER_TWICE})
        LIMIT %(most)s
    ) counted
) waiting
WHERE queue.state = 'active' AND (queue.kind <> 'ordinary' OR skill.id IS NOT NULL)
ORDER BY queue.due_at NULLS LAST, queue.priority DESC, queue.name
"""


# The lanes of active queues, with what decides whether they are open to somebody. Plan: one pass over lanes (few); per
# queue a probe of opted_out_once, and where there are caps the last answers and reveals until the cap is reached.
LANES = f"""
SELECT lane.id, lane.vendor_id, lane.language, lane.is_sensitive, labeler.vendor_id, labeler.language,
       {REFUSES_SENSITIVE}, {HAS_ENOUGH_REVEALS}
FROM labeling_lane lane JOIN labeling_queue queue ON queue.id = lane.queue_id AND queue.state = 'active'
JOIN people_labeler labeler ON labeler.id = %(labeler)s
WHERE NOT {HAS_OPTED_OUT} AND NOT {HAS_ENOUGH_ANSWERS}
"""


@dataclass(frozen=True)
class OpenWork:
    """A queue with what waits in it for one labeler. `waiting` decides; what labelers read is `waiting_words`."""

    queue_id: int
    queue: UUID
    name: str
    kind: str
    due_at: datetime | None
    priority: int
    has_begun: bool
    waiting: int

    @property
    def waiting_words(self) -> str:
        """How much waits, in round numbers.

        >>> [OpenWork(1, UUID(int=1), "", "", None, 0, False, n).waiting_words for n in (0, 9, 73, 1000)]
        ['none', 'under 10', '50 or more', '1,000 or more']
        """
        if self.waiting < ROUND_COUNTS[-1]:
            return f"under {ROUND_COUNTS[-1]}" if self.waiting else "none"
        reached = next(count for count in ROUND_COUNTS if self.waiting >= count)
        return f"{reached:,} or more"


def open_work(labeler: Labeler) -> list[OpenWork]:
    """Queues to start in, by due time, then priority: two queries.

    A queue of training or audit shows only while something waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(LANES, {"labeler": labeler.pk})
        lanes = _open_lanes(cursor.fetchall())
        parameters: Parameters = {"labeler": labeler.pk, "lanes": lanes, "most": MOST_COUNTED}
        cursor.execute(OPEN_WORK, parameters)
        rows = [OpenWork(*row) for row in cursor.fetchall()]
    return [row for row in rows if row.kind == QueueKind.ORDINARY or row.waiting or row.has_begun]


def _open_lanes(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    """The ids of the lanes that are open to whom the rows were read for."""
    sorted_each = (sort_lanes([LaneFacts(*row[:4])], LabelerFacts(*row[4:])) for row in rows)
    return [lane for lanes in sorted_each for lane in lanes.open]
