"""Counting gold scores: who was right, and what was given where what was expected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion
from calibration.queries.rows import read_rows
from calibration.stats import ConfusionTally

# Read by the index score_by_queue; one row an answer of the window, the gold of a queue only. Disputes that were not
# yet decided stay in: a dispute neither clears nor convicts; what was overturned has been ended.
READ_SCORES = """
SELECT g.labeler_id, p.vendor_id, p.team_id, g.item_id, coalesce(c.code, ''), g.expected, g.given, g.is_correct,
       g.is_base, g.answered_at >= coalesce(w.since, %(since)s) AS in_own_window
FROM calibration_goldscore g
JOIN people_labeler p ON p.id = g.labeler_id
LEFT JOIN labeling_clauserevision r ON r.id = g.clause_revision_id
LEFT JOIN labeling_clause c ON c.id = r.clause_id
LEFT JOIN unnest(%(labelers)s::bigint[], %(starts)s::timestamptz[]) AS w(labeler_id, since)
    ON w.labeler_id = g.labeler_id
WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = 'gold' AND g.ended_at IS NULL
  AND g.answered_at >= %(since)s AND g.answered_at < %(until)s
  AND (g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s))
ORDER BY g.id
"""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One scored answer. `clause` is empty where the gold names none."""

    labeler_id: int
    vendor_id: int
    team_id: int | None
    item_id: int
    clause: str
    expected: str
    given: str
    is_correct: bool
    is_base: bool
    in_own_window: bool


def read_scores(
    queue_id: int,
    question: str,
    *,
    revisions: Sequence[int],
    since: datetime,
    until: datetime,
    own_starts: Mapping[int, datetime],
) -> tuple[ScoreRow, ...]:
    """Scores of a queue in [since, until) against gold of these clause revisions.

    `own_starts` names the labelers whose own window begins later.
    """
    parameters = {
        "queue": queue_id,
        "question": question,
        "revisions": list(revisions),
        "since": since,
        "until": until,
        "labelers": list(own_starts),
        "starts": list(own_starts.values()),
    }
    return tuple(ScoreRow(*row) for row in read_rows(READ_SCORES, parameters))


def confusion_of(rows: Iterable[ScoreRow], question: MeasuredQuestion) -> ConfusionTally:
    """The confusion of scored answers; a right answer is booked under itself, an error under the first accepted one."""
    cells = [_cell(row) for row in rows]
    seen = {code for expected, given, _ in cells for code in (expected, given) if code is not None}
    counted: dict[tuple[str, str | None], int] = {}
    for expected, given, _ in cells:
        counted[expected, given] = counted.get((expected, given), 0) + 1
    right = sum(is_correct for *_, is_correct in cells)
    grouped = ((expected, given, n) for (expected, given), n in counted.items())
    return ConfusionTally.from_cells(grouped, question.with_seen(seen), right=right)


def _cell(row: ScoreRow) -> tuple[str, str | None, bool]:
    given = None if row.given == CANNOT_TELL else row.given
    expected = given if row.is_correct and given is not None else row.expected
    return expected, given, row.is_correct
