"""Counts of right answers a labeler in a declared window, as the weekly test takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calibration.enums import DisputeState
from calibration.queries.rows import read_rows

# Index score_by_queue; one row a labeler. Gold alone: nothing else opens a flag. An answer whose dispute is open stays
# in a standing, which describes, and out of a test, which opens a flag.
COUNT_RIGHT = """
SELECT g.labeler_id, count(*), count(*) FILTER (WHERE g.is_correct)
FROM calibration_goldscore g
LEFT JOIN unnest(%(labelers)s::bigint[], %(starts)s::timestamptz[]) AS w(labeler_id, since)
    ON w.labeler_id = g.labeler_id
WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = 'gold' AND g.ended_at IS NULL
  AND g.answered_at >= greatest(w.since, %(since)s) AND g.answered_at < %(until)s
  AND (g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s))
  AND NOT EXISTS (SELECT FROM calibration_evidencerow e JOIN calibration_dispute d ON d.evidence_id = e.id
                  WHERE e.score_id = g.id AND d.state = %(open)s)
GROUP BY g.labeler_id ORDER BY g.labeler_id
"""


@dataclass(frozen=True, slots=True)
class RightAnswers:
    """How many scored answers somebody gave, and how many were right."""

    labeler_id: int
    n: int
    right: int

    @property
    def wrong(self) -> int:
        """How many were wrong."""
        return self.n - self.right


def count_right(
    queue_id: int,
    question: str,
    *,
    revisions: Sequence[int],
    since: datetime,
    until: datetime,
    own_starts: Mapping[int, datetime],
) -> tuple[RightAnswers, ...]:
    """Right answers a labeler on base and extra gold in [since, until), later where `own_starts` says so."""
    parameters = {
        "queue": queue_id,
        "question": question,
        "revisions": list(revisions),
        "since": since,
        "until": until,
        "labelers": list(own_starts),
        "starts": list(own_starts.values()),
        "open": DisputeState.OPEN,
    }
    return tuple(RightAnswers(*row) for row in read_rows(COUNT_RIGHT, parameters))
