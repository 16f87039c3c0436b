"""What waits for a labeler."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from qaplatform.people.models import Labeler

MOST_COUNTED = 1000

# The queues that somebody can start in, with how much waits in each. One limit holds for what is reserved and what is
# for all together, so that a number past the limit does not say how much is reserved. Plan: one pass over queues
# (few); each is counted along slot_reserved_work and slot_open_work until the limit.
OPEN_WORK = """
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
        (SELECT 1 FROM labeling_slot mine
         WHERE mine.reserved_for_id = %(labeler)s AND mine.queue_id = queue.id AND mine.state = 'open'
           AND NOT EXISTS (SELECT FROM labeling_slot same
                           WHERE same.item_id = mine.item_id AND same.labeler_id = %(labeler)s OFFSET 0))
        UNION ALL
        (SELECT 1 FROM labeling_slot slot
         WHERE slot.queue_id = queue.id AND slot.state = 'open' AND slot.reserved_for_id IS NULL
           AND queue.kind <> 'training'
           AND (slot.vendor_id IS NULL OR slot.vendor_id = %(vendor)s)
           AND NOT EXISTS (SELECT FROM labeling_slot same
                           WHERE same.item_id = slot.item_id AND same.labeler_id = %(labeler)s OFFSET 0)
           AND NOT EXISTS (SELECT FROM labeling_skip skip
                           WHERE skip.item_id = slot.item_id AND skip.labeler_id = %(labeler)s OFFSET 0))
        LIMIT %(most)s
    ) counted
) waiting
WHERE queue.state = 'active' AND (queue.kind = 'training' OR skill.id IS NOT NULL)
ORDER BY queue.due_at NULLS LAST, queue.priority DESC, queue.name
"""


@dataclass(frozen=True)
class OpenWork:
    """A queue with what waits in it for one labeler. `waiting` stops at `MOST_COUNTED`."""

    queue_id: int
    queue: UUID
    name: str
    kind: str
    due_at: datetime | None
    priority: int
    has_begun: bool
    waiting: int

    @property
    def is_more(self) -> bool:
        """Whether more waits than was counted."""
        return self.waiting >= MOST_COUNTED


def open_work(labeler: Labeler) -> list[OpenWork]:
    """Queues to start in, by due time, then priority: one query. A training queue shows only while something waits."""
    parameters = {"labeler": labeler.pk, "vendor": labeler.vendor_id, "most": MOST_COUNTED}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_WORK, parameters)
        rows = [OpenWork(*row) for row in cursor.fetchall()]
    return [row for row in rows if row.kind != "training" or row.waiting or row.has_begun]
