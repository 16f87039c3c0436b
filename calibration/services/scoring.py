"""Scoring answers against gold: in one statement a queue, append-only, idempotent."""

from datetime import datetime

from django.db import transaction

from calibration.models import GoldScore
from calibration.queries.scoring import Scored, insert_scores
from labeling.models import Queue


@transaction.atomic
def score_gold(queue_id: int, *, now: datetime) -> Scored:
    """Score what stood when undo closed, in placed gold slots and imported answers."""
    return insert_scores(Queue.objects.get(pk=queue_id), now=now)


def end_withdrawn(queue_id: int, *, now: datetime) -> int:
    """End the scores on items that were withdrawn since: they count for nobody."""
    scores = GoldScore.objects.filter(queue_id=queue_id, ended_at=None, item__withdrawn_at__isnull=False)
    return scores.update(ended_at=now, ended_why="item withdrawn")
