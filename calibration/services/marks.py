"""Stale marks: appended by whoever changes what is counted, deleted by whoever counted."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from calibration.models import StaleMark
from calibration.services.locks import QueueLock, lock, try_lock
from labeling.models import Queue
from qaplatform.people.models import Labeler


def mark_stale(queue: Queue, labeler: Labeler | None = None) -> None:
    """Note that something of a queue changed, in the caller's transaction."""
    StaleMark.objects.create(queue=queue, labeler=labeler)


def read_marks(queue_id: int) -> tuple[UUID, ...]:
    """The marks that stand now; count in a later statement, then delete exactly these."""
    return tuple(StaleMark.objects.filter(queue_id=queue_id).values_list("id", flat=True))


def delete_marks(ids: Sequence[UUID]) -> None:
    """Delete exactly these marks, in the transaction that stores the figures."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM calibration_stalemark WHERE id = ANY(%s)", [list(ids)])


def try_lock_figures(queue_id: int) -> bool:
    """Take the queue's figures until the transaction ends, or say that somebody else has them."""
    return try_lock(QueueLock.FIGURES, queue_id)


def lock_figures(queue_id: int) -> None:
    """Take the queue's figures until the transaction ends, waiting for whoever has them."""
    lock(QueueLock.FIGURES, queue_id)
