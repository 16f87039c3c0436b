"""What calibration does in the transaction that stores labels: it appends a stale mark, one INSERT."""

from typing import Any

from calibration.models import StaleMark


def note_stale(*, queue_id: int, labeler_id: int | None, **_: Any) -> None:
    """Append a mark under a key of our own making; nothing is read."""
    StaleMark.objects.bulk_create([StaleMark(queue_id=queue_id, labeler_id=labeler_id)])
