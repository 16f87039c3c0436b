"""Scores follow the answers that change hands; what was declared and frozen stays."""

from collections.abc import Sequence

from django.db import connection, transaction

from calibration.models import Watch
from calibration.services.marks import lock_figures
from calibration.services.watching import FIRST_ANSWER

# Scores of answers that are somebody else's now. Plan: scores by labeler (score_by_labeler, audited_by_labeler), labels
# by key.
MOVE_SCORES = """
UPDATE calibration_goldscore score SET labeler_id = label.labeler_id FROM labeling_label label
WHERE label.id = score.label_id AND score.labeler_id = %(from)s AND label.labeler_id = %(to)s
"""
MOVE_AUDITED = """
UPDATE calibration_auditedlabel audited SET labeler_id = label.labeler_id FROM labeling_label label
WHERE label.id = audited.label_id AND audited.labeler_id = %(from)s AND label.labeler_id = %(to)s
"""


@transaction.atomic
def move_scores(from_id: int, to_id: int, *, queue_ids: Sequence[int]) -> None:
    """Give the scores of moved answers to whom the answers belong now.

    A running check that began with somebody's first answer begins anew, as that may be another one now. Whoever counts
    one of the queues is waited for, so that no score is added in the old name.
    """
    for queue_id in sorted(queue_ids):
        lock_figures(queue_id)
    with connection.cursor() as cursor:
        cursor.execute(MOVE_SCORES, {"from": from_id, "to": to_id})
        cursor.execute(MOVE_AUDITED, {"from": from_id, "to": to_id})
    Watch.objects.filter(labeler__in=[from_id, to_id], queue__in=queue_ids, started_why=FIRST_ANSWER).delete()
