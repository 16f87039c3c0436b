"""Finding the answers that gold has to score, and those whose undo is still open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from calibration.queries.rows import read_rows

UNDO = timedelta(minutes=5)

# Answers on live gold: of placed gold slots and of imported ones. Undo closes with the person's next first answer in
# any queue (label_by_labeler, one probe) or five minutes on; what stood in the slot then is scored. Decisions made
# elsewhere have no undo, and what they leave unanswered is not scored. Attempts have no such slot. Nobody has two slots
# of an item, so a gold answer and a labeler name one score.
SCORE = """
WITH candidate AS MATERIALIZED (
    SELECT a.id AS gold_answer_id, a.question, a.accepted, a.clause_revision_id, l.slot_id, l.queue_id, l.labeler_id,
           l.item_id, l.created_at, coalesce(p.is_base, true) AS is_base,
           CASE WHEN s.origin = 'imported' THEN l.created_at ELSE
           least((SELECT min(n.created_at) FROM labeling_label n
                  WHERE n.labeler_id = l.labeler_id AND n.created_at > l.created_at AND n.revises_id IS NULL),
                 l.created_at + make_interval(secs => %(undo)s)) END AS closes_at
    FROM calibration_golditem g
    JOIN calibration_goldanswer a ON a.gold_id = g.id AND a.approved_at IS NOT NULL AND a.replaced_at IS NULL
    JOIN labeling_item i ON i.id = g.item_id AND i.withdrawn_at IS NULL
    JOIN labeling_label l ON l.item_id = g.item_id AND l.revises_id IS NULL
    JOIN labeling_slot s ON s.id = l.slot_id AND s.state = 'done'
    LEFT JOIN calibration_placement p ON p.slot_id = s.id
    WHERE g.queue_id = %(queue)s AND g.state = 'live' AND g.pool = 'monitoring'
      AND (p.purpose = 'gold' OR (p.id IS NULL AND s.origin = 'imported' AND l.answers -> a.question IS NOT NULL))
      AND NOT EXISTS (SELECT FROM calibration_goldscore o
                      WHERE o.gold_answer_id = a.id AND o.labeler_id = l.labeler_id)
),
added AS (
INSERT INTO calibration_goldscore (label_id, gold_answer_id, queue_id, labeler_id, item_id, clause_revision_id,
    question, reference, expected, given, is_correct, is_base, answered_at, scored_at, ended_at, ended_why)
SELECT stood.id, c.gold_answer_id, c.queue_id, c.labeler_id, c.item_id, c.clause_revision_id, c.question,
    'gold', c.accepted[1], stood.code, stood.code = ANY(c.accepted), c.is_base, c.created_at, %(now)s, NULL, ''
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
WHERE c.closes_at <= %(now)s
ORDER BY c.created_at, stood.id
ON CONFLICT DO NOTHING
RETURNING id
)
SELECT (SELECT count(*) FROM added), (SELECT min(closes_at) FROM candidate WHERE closes_at > %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many scores were added, and when the next undo closes on an answer to gold."""

    added: int
    next_closing: datetime | None


def insert_scores(queue_id: int, *, now: datetime) -> Scored:
    """Score all answers of a queue that can be scored and have not been."""
    [(added, closing)] = read_rows(SCORE, {"queue": queue_id, "now": now, "undo": UNDO.total_seconds()})
    return Scored(added, closing)
