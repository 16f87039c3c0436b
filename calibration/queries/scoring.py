"""Finding the answers that gold has to score, and those whose undo is still open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from calibration.models import GoldAnswer
from calibration.queries.meanings import CARRIED, GRACE, read_carried
from calibration.queries.rows import read_rows
from labeling.models import Queue

UNDO = timedelta(minutes=5)
CORRECTED = "gold corrected"
GOLD_WRONG = "gold wrong"
ANSWER_CHANGED = "answer changed"
IN_GRACE = "policy had just changed"

# ruff: noqa: S608  The statements are put together from constants; values are parameters.
_COLUMNS = """
    (label_id, gold_answer_id, queue_id, labeler_id, item_id, clause_revision_id, question, reference, expected, given,
     is_correct, is_base, answered_at, scored_at, ended_at, ended_why)
"""

# What a dispute took out of the score stays out, whatever becomes of the gold. Disputes are few: read from their side.
_SETTLED = """
settled AS MATERIALIZED (
    SELECT o.item_id, o.labeler_id, o.question
    FROM calibration_dispute d
    JOIN calibration_evidencerow e ON e.id = d.evidence_id
    JOIN calibration_goldscore o ON o.id = e.score_id
    WHERE d.state IN ('overturned', 'lapsed')
)
"""

# Answers on live gold: of placed gold slots and of imported ones. Undo closes with the person's next first answer in
# any queue (label_by_labeler, one probe) or five minutes on; what stood in the slot then is scored. Decisions made
# elsewhere have no undo: what the latest file says is `held`, with its policy version, and what it leaves unanswered is
# not scored; their date is the slot's. Attempts have no such slot. Nobody has two slots
# of an item, so item, labeler and question name one score. An answer given under another meaning of the gold's clause,
# or while that had just changed, is not scored; gold without a clause hangs on all of them. `carried` is a few hundred
# pairs, `grace` a few rows; `scored` is hashed once, so that gold which thousands have answered costs each of them the
# same.
SCORE = f"""
WITH {CARRIED}, {GRACE}, {_SETTLED},
scored AS MATERIALIZED (
    SELECT item_id, labeler_id, question, gold_answer_id, ended_at IS NULL AS is_current, ended_why
    FROM calibration_goldscore WHERE queue_id = %(queue)s
),
candidate AS MATERIALIZED (
    SELECT a.id AS gold_answer_id, a.question, a.accepted, a.clause_revision_id, l.slot_id, l.queue_id, l.labeler_id,
           l.item_id, held.at AS created_at, coalesce(p.is_base, true) AS is_base, s.origin = 'imported' AS is_imported,
           CASE WHEN s.origin = 'imported' THEN l.created_at ELSE
           least((SELECT min(n.created_at) FROM labeling_label n
                  WHERE n.labeler_id = l.labeler_id AND n.created_at > l.created_at AND n.revises_id IS NULL),
                 l.created_at + make_interval(secs => %(undo)s)) END AS closes_at
    FROM calibration_golditem g
    JOIN calibration_goldanswer a ON a.gold_id = g.id AND a.approved_at IS NOT NULL AND a.replaced_at IS NULL
    JOIN labeling_item i ON i.id = g.item_id AND i.withdrawn_at IS NULL
    JOIN labeling_label l ON l.item_id = g.item_id AND l.revises_id IS NULL
    JOIN labeling_slot s ON s.id = l.slot_id AND s.state = 'done'
    CROSS JOIN LATERAL (
        SELECT last.answers, last.policy_version_id,
               CASE s.origin WHEN 'imported' THEN s.done_at ELSE l.created_at END AS at
        FROM labeling_label last
        WHERE last.slot_id = s.id AND (last.id = l.id OR s.origin = 'imported') ORDER BY last.id DESC LIMIT 1
    ) held
    LEFT JOIN calibration_placement p ON p.slot_id = s.id
    LEFT JOIN labeling_clauserevision r ON r.id = a.clause_revision_id
    WHERE g.queue_id = %(queue)s AND g.state = 'live' AND g.pool = 'monitoring'
      AND (p.purpose = 'gold' OR (p.id IS NULL AND s.origin = 'imported' AND held.answers -> a.question IS NOT NULL))
      AND (r.id IS NULL
           OR EXISTS (SELECT FROM carried c WHERE c.revision_id = r.id AND c.version_id = held.policy_version_id))
      AND NOT EXISTS (SELECT FROM grace
                      WHERE (r.id IS NULL OR grace.clause_id = r.clause_id)
                        AND held.at >= grace.at AND held.at < grace.grace_until)
      AND NOT EXISTS (SELECT FROM scored o
                      WHERE o.item_id = l.item_id AND o.labeler_id = l.labeler_id AND o.question = a.question
                        AND (o.is_current OR (o.gold_answer_id = a.id AND o.ended_why <> '{ANSWER_CHANGED}')))
      AND NOT EXISTS (SELECT FROM settled o
                      WHERE o.item_id = l.item_id AND o.labeler_id = l.labeler_id AND o.question = a.question)
),
added AS (
INSERT INTO calibration_goldscore {_COLUMNS}
SELECT stood.id, c.gold_answer_id, c.queue_id, c.labeler_id, c.item_id, c.clause_revision_id, c.question,
    'gold', c.accepted[1], stood.code, stood.code = ANY(c.accepted), c.is_base, c.created_at, %(now)s, NULL, ''
FROM candidate c
CROSS JOIN LATERAL (
    SELECT l.id, coalesce(CASE jsonb_typeof(l.answers -> c.question)
        WHEN 'array' THEN (SELECT string_agg(code, '+' ORDER BY code COLLATE "C")
                           FROM jsonb_array_elements_text(l.answers -> c.question) AS code)
        ELSE l.answers ->> c.question END, '') AS code
    FROM labeling_label l
    WHERE l.slot_id = c.slot_id AND (c.is_imported OR l.created_at <= c.closes_at)
    ORDER BY l.id DESC LIMIT 1
) AS stood
WHERE c.closes_at <= %(now)s
ORDER BY c.created_at, stood.id
ON CONFLICT DO NOTHING
RETURNING id
)
SELECT (SELECT count(*) FROM added), (SELECT min(closes_at) FROM candidate WHERE closes_at > %(now)s)
"""

# The scores of a gold answer end that the new answer speaks about: those whose label was given under the same meaning
# of the clause. Index by gold_answer; one row a score.
END_CORRECTED = f"""
WITH {CARRIED}
UPDATE calibration_goldscore s SET ended_at = %(now)s, ended_why = '{CORRECTED}'
FROM labeling_label l
WHERE s.gold_answer_id = %(old)s AND s.ended_at IS NULL AND l.id = s.label_id
  AND (%(revision)s::bigint IS NULL
       OR EXISTS (SELECT FROM carried c WHERE c.revision_id = %(revision)s AND c.version_id = l.policy_version_id))
"""

# Then each of them is scored anew, whatever the gold's state, and with them what a dispute about this answer took out
# until the gold would be right. What was given stands in the old row.
SCORE_CORRECTED = f"""
WITH {_SETTLED}
INSERT INTO calibration_goldscore {_COLUMNS}
SELECT s.label_id, a.id, s.queue_id, s.labeler_id, s.item_id, a.clause_revision_id, s.question, s.reference,
       a.accepted[1], s.given, s.given = ANY(a.accepted), s.is_base, s.answered_at, %(now)s, NULL, ''
FROM calibration_goldscore s
JOIN calibration_goldanswer a ON a.id = %(new)s
JOIN labeling_item i ON i.id = s.item_id AND i.withdrawn_at IS NULL
WHERE s.gold_answer_id = %(old)s
  AND (s.ended_why = '{GOLD_WRONG}' OR (s.ended_why = '{CORRECTED}' AND s.ended_at = %(now)s))
  AND NOT EXISTS (SELECT FROM settled o
                  WHERE o.item_id = s.item_id AND o.labeler_id = s.labeler_id AND o.question = s.question)
ORDER BY s.answered_at, s.label_id
ON CONFLICT DO NOTHING
"""

# Scores made of answers that turn out to lie in a window of grace end.
END_IN_GRACE = f"""
WITH {GRACE}
UPDATE calibration_goldscore s SET ended_at = %(now)s, ended_why = '{IN_GRACE}'
FROM grace
WHERE s.queue_id = %(queue)s AND s.ended_at IS NULL AND s.answered_at >= %(since)s
  AND s.answered_at >= grace.at AND s.answered_at < grace.grace_until
  AND (s.clause_revision_id IS NULL
       OR grace.clause_id = (SELECT r.clause_id FROM labeling_clauserevision r WHERE r.id = s.clause_revision_id))
"""

# A decision that a later file revised: what was scored is no longer what stands. Index label_by_import.
END_CHANGED = f"""
UPDATE calibration_goldscore s SET ended_at = %(now)s, ended_why = '{ANSWER_CHANGED}'
FROM labeling_label l
WHERE l.import_run_id = %(run)s AND l.revises_id = s.label_id AND s.ended_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Scored:
    """How many scores were added, and when the next undo closes on an answer to gold."""

    added: int
    next_closing: datetime | None


def insert_scores(queue: Queue, *, now: datetime) -> Scored:
    """Score all answers of a queue that can be scored and have not been."""
    parameters = {"queue": queue.pk, "now": now, "undo": UNDO.total_seconds(), **_carried(queue)}
    [(added, closing)] = read_rows(SCORE, parameters)
    return Scored(added, closing)


def replace_scores(old: GoldAnswer, new: GoldAnswer, *, queue: Queue, now: datetime) -> tuple[int, int]:
    """End what was scored against `old` and score it against `new`; how many ended, and how many were added."""
    parameters = {"old": old.pk, "new": new.pk, "revision": new.clause_revision_id, "now": now, **_carried(queue)}
    return _count(END_CORRECTED, parameters), _count(SCORE_CORRECTED, parameters)


def end_in_grace(queue_id: int, *, since: datetime, now: datetime) -> int:
    """End the scores of answers since a time that lie in a window of grace."""
    return _count(END_IN_GRACE, {"queue": queue_id, "since": since, "now": now})


def end_changed(run_id: int, *, now: datetime) -> int:
    """End the scores of answers that an import revised."""
    return _count(END_CHANGED, {"run": run_id, "now": now})


def _carried(queue: Queue) -> dict[str, list[int]]:
    carried = read_carried(queue)
    return {"revisions": list(carried.revision_ids), "versions": list(carried.version_ids)}


def _count(statement: str, parameters: Mapping[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        written: int = cursor.rowcount
    return written
