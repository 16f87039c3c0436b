"""Rows that are kept for a time only."""

from datetime import datetime, timedelta

from labeling.models import IdempotentAnswer

KEYS_ARE_KEPT = timedelta(days=7)


def prune_idempotent_answers(*, now: datetime) -> int:
    """Delete what was kept for replays longer ago than seven days; how many rows that were."""
    deleted, _ = IdempotentAnswer.objects.filter(created_at__lt=now - KEYS_ARE_KEPT).delete()
    return deleted
