"""What auditors answered: what stood when undo closed, and what is still open to be taken back."""

from dataclasses import dataclass
from datetime import datetime

from calibration.queries.rows import read_rows
from calibration.queries.scoring import UNDO

# Answers in the slots of decisions that are not judged yet. Undo closes as it does for gold: with the auditor's next
# first answer in any queue (label_by_labeler, one probe) or five minutes on; what stood in the slot then is read.
CLOSED_ANSWERS = """
WITH candidate AS MATERIALIZED (
    SELECT a.id, a.question, l.slot_id, least(
        (SELECT min(n.created_at) FROM labeling_label n
         WHERE n.labeler_id = l.labeler_id AND n.created_at > l.created_at AND n.revises_id IS NULL),
        l.created_at + make_interval(secs => %(undo)s)) AS closes_at
    FROM calibration_auditedlabel a
    JOIN labeling_slot s ON s.id = a.slot_id AND s.state = 'done'
    JOIN labeling_label l ON l.slot_id = s.id AND l.revises_id IS NULL
    WHERE s.queue_id = %(queue)s AND a.ended_at IS NULL AND a.answer_id IS NULL
)
SELECT c.id, c.closes_at, stood.id, stood.code
FROM candidate c
CROSS JOIN LATERAL (
    SELECT l.id, coalesce(CASE jsonb_typeof(l.answers -> c.question)
        WHEN 'array' THEN (SELECT string_agg(code, '+' ORDER BY code COLLATE "C")
                           FROM jsonb_array_elements_text(l.answers -> c.question) AS code)
        ELSE l.answers ->> c.question END, '') AS code
    FROM labeling_label l
    WHERE l.slot_id = c.slot_id AND l.created_at <= c.closes_at
    ORDER BY l.id DESC LIMIT 1
) AS stood
ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class AuditorAnswer:
    """An auditor's answer to a drawn decision; it may be taken back until `closes_at`."""

    audited_id: int
    closes_at: datetime
    label_id: int
    code: str


def read_answers(audit_queue_id: int) -> list[AuditorAnswer]:
    """Answers of an audit queue that no judgement was made of yet."""
    rows = read_rows(CLOSED_ANSWERS, {"queue": audit_queue_id, "undo": UNDO.total_seconds()})
    return [AuditorAnswer(*row) for row in rows]
