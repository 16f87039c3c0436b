"""Counting scores: who was right, and what was given where what was expected; each reference by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from calibration.enums import Reference
from calibration.queries.audit_chances import JUDGED_SHARES
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion
from calibration.queries.rows import read_rows
from calibration.stats import ConfusionTally

# The references that a labeler is measured against; consensus is none of them.
MEASURED = (Reference.GOLD, Reference.AUDIT_BLIND, Reference.AUDIT_SEEN)

# Read by the indexes score_by_queue and audited_by_queue; one row an answer of the window. A reference is in one of the
# two tables only. Disputes that were not yet decided stay in: a dispute neither clears nor convicts; what was
# overturned has been ended. An audited decision that a later file replaced counts no more; one revised here does. Where
# the auditor could not tell, nothing is known of the labeler.
READ_SCORES = f"""
WITH scored AS (
    SELECT g.id, g.labeler_id, g.item_id, g.clause_revision_id, g.expected, g.given, g.is_correct, g.is_base,
           g.answered_at, NULL::float8 AS probability, NULL::bigint AS audit_id, NULL::date AS day
    FROM calibration_goldscore g
    WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = %(reference)s AND g.ended_at IS NULL
      AND g.answered_at >= %(since)s AND g.answered_at < %(until)s
    UNION ALL
    SELECT a.id, a.labeler_id, a.item_id, a.clause_revision_id, a.expected, a.given, a.is_correct, true,
           a.answered_at, a.inclusion_probability * judged.share, a.audit_id,
           (a.answered_at AT TIME ZONE 'UTC')::date
    FROM calibration_auditedlabel a
    LEFT JOIN {JUDGED_SHARES} judged ON judged.audit_id = a.audit_id AND judged.stratum = a.stratum
    JOIN labeling_item i ON i.id = a.item_id AND i.withdrawn_at IS NULL
    JOIN labeling_label l ON l.id = a.label_id
    JOIN labeling_slot s ON s.id = l.slot_id AND (s.state = 'done' OR s.set_aside_by_id IS NOT NULL)
    WHERE a.queue_id = %(queue)s AND a.question = %(question)s AND a.reference = %(reference)s AND a.ended_at IS NULL
      AND a.judged_at IS NOT NULL AND a.answered_at >= %(since)s AND a.answered_at < %(until)s
      AND a.expected <> %(cannot_tell)s
      AND NOT (s.origin = 'imported' AND EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id))
)
SELECT g.labeler_id, p.vendor_id, p.team_id, g.item_id, coalesce(c.code, ''), g.expected, g.given, g.is_correct,
       g.is_base, g.answered_at >= coalesce(w.since, %(since)s) AS in_own_window, g.probability, g.audit_id,
       g.day
FROM scored g
JOIN people_labeler p ON p.id = g.labeler_id
LEFT JOIN labeling_clauserevision r ON r.id = g.clause_revision_id
LEFT JOIN labeling_clause c ON c.id = r.clause_id
LEFT JOIN unnest(%(labelers)s::bigint[], %(starts)s::timestamptz[]) AS w(labeler_id, since)
    ON w.labeler_id = g.labeler_id
WHERE g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s)
ORDER BY g.id
"""  # noqa: S608  Constants only.


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One scored answer; `clause` is empty where the reference names none.

    `probability` is that of having been drawn and judged, None where nobody knows it.
    `audit_id` and `day`, the UTC day of the answer, are those of audits only.
    """

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
    probability: float | None
    audit_id: int | None
    day: date | None

    @property
    def cluster(self) -> tuple[int, date | None]:
        """The labeler's day: what somebody decides on one day hangs together."""
        return self.labeler_id, self.day


def read_scores(
    queue_id: int,
    question: str,
    *,
    reference: Reference,
    revisions: Sequence[int],
    since: datetime,
    until: datetime,
    own_starts: Mapping[int, datetime],
) -> tuple[ScoreRow, ...]:
    """Scores of a queue in [since, until) against one reference, under these clause revisions.

    `own_starts` names the labelers whose own window begins later.
    """
    parameters = {
        "queue": queue_id,
        "question": question,
        "reference": reference.value,
        "cannot_tell": CANNOT_TELL,
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
    declared = question.with_seen(seen)
    if any(expected == CANNOT_TELL for expected, _, _ in cells):
        declared = (*declared, CANNOT_TELL)
    grouped = ((expected, given, n) for (expected, given), n in counted.items())
    return ConfusionTally.from_cells(grouped, declared, right=right)


def _cell(row: ScoreRow) -> tuple[str, str | None, bool]:
    given = None if row.given == CANNOT_TELL else row.given
    expected = given if row.is_correct and given is not None else row.expected
    return expected, given, row.is_correct
