"""What a watch is replayed from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.db.models.functions import Coalesce

from calibration.enums import DisputeState, FlagState
from calibration.models import Flag
from calibration.queries.rows import read_rows
from labeling.enums import SlotOrigin
from labeling.models import Queue

FINISHED = [FlagState.DISMISSED, FlagState.RECERTIFIED, FlagState.CLOSED]
UNFINISHED = [FlagState.OPEN, FlagState.COACHING, FlagState.RETRAINING]

# Index score_by_queue. An answer whose dispute is open counts neither for nor against. An imported answer without a
# date of its own bears the moment of its import, as its slot does: its place in the order is unknown.
READ_ANSWERS = """
SELECT g.labeler_id, g.id, g.is_correct, g.answered_at
FROM calibration_goldscore g
WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = 'gold' AND g.ended_at IS NULL
  AND (g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s))
  AND NOT EXISTS (SELECT FROM calibration_evidencerow e JOIN calibration_dispute d ON d.evidence_id = e.id
                  WHERE e.score_id = g.id AND d.state = %(open)s)
  AND NOT EXISTS (SELECT FROM labeling_label l JOIN labeling_slot s ON s.id = l.slot_id
                  WHERE l.id = g.label_id AND s.origin = %(imported)s AND l.created_at >= s.created_at)
ORDER BY g.labeler_id, g.answered_at, g.id
"""


@dataclass(frozen=True, slots=True)
class WatchedAnswer:
    """A scored answer as the CUSUM sees it."""

    score_id: int
    is_correct: bool
    answered_at: datetime


def read_answers(queue_id: int, question: str, revisions: Sequence[int]) -> Mapping[int, list[WatchedAnswer]]:
    """All scored answers of a queue that still count and have a date, by labeler, in the order of answering."""
    parameters = {
        "queue": queue_id,
        "question": question,
        "revisions": list(revisions),
        "open": DisputeState.OPEN,
        "imported": SlotOrigin.IMPORTED,
    }
    found: defaultdict[int, list[WatchedAnswer]] = defaultdict(list)
    for labeler_id, score_id, is_correct, answered_at in read_rows(READ_ANSWERS, parameters):
        found[labeler_id].append(WatchedAnswer(score_id, is_correct, answered_at))
    return found


def last_decisions(queue: Queue) -> dict[int, datetime]:
    """When the latest flag of each labeler in a queue ended: what was judged then is not held against anybody again."""
    finished = Flag.objects.filter(queue=queue, state__in=FINISHED)
    rows = finished.values("labeler_id").annotate(at=Max(Coalesce("closed_at", "decided_at")))
    return {row["labeler_id"]: row["at"] for row in rows if row["at"] is not None}


def labelers_with_unfinished_flags(queue: Queue) -> frozenset[int]:
    """Labelers with a flag in this queue that needs a decision or is being worked on."""
    return frozenset(Flag.objects.filter(queue=queue, state__in=UNFINISHED).values_list("labeler_id", flat=True))
