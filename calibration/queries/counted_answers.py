"""Which answers count for agreement and consensus, and how they are written as codes: parts of SQL, said once.

They name `labeling_label l`, its `labeling_slot s` and its `labeling_item i`, and take the parameters that `parameters`
gives.
"""

from calibration.queries.questions import CANNOT_TELL, JOIN

# An answer as gold writes it: a set is sorted, joined with +.
CODE = """
           CASE jsonb_typeof(l.answers -> %(question)s)
               WHEN 'array' THEN coalesce((
                   SELECT string_agg(code, %(join)s ORDER BY code COLLATE "C")
                   FROM jsonb_array_elements_text(l.answers -> %(question)s) AS code), '')
               ELSE l.answers ->> %(question)s
           END"""

# Current answers of ordinary, overlap and imported slots; "cannot tell" is missing.
COUNTS = """
      l.answers ->> %(question)s IS NOT NULL
      AND l.answers ->> %(question)s <> %(cannot_tell)s
      AND s.state = 'done'
      AND s.origin IN ('entry', 'requeue', 'imported')
      AND (i.answers_needed > 0 OR s.origin = 'imported')
      AND i.withdrawn_at IS NULL
      AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
      AND NOT EXISTS (SELECT FROM calibration_placement c WHERE c.slot_id = s.id)"""


def parameters(queue_id: int, question: str) -> dict[str, object]:
    """What the parts of SQL are filled with, and the queue."""
    return {"queue": queue_id, "question": question, "cannot_tell": CANNOT_TELL, "join": JOIN}
