"""Stale marks: appended by whoever changes what is counted, deleted by whoever counted."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import connection

from calibration.models import StaleMark
from calibration.services.locks import QueueLock, lock, try_lock
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler
from qaplatform.statements import run_statement

# Nothing is read, so that whoever labels needs no other right on the table.
APPEND = """
INSERT INTO calibration_stalemark (id, queue_id, labeler_id, created_at)
VALUES (%(id)s, %(queue)s, %(labeler)s, %(now)s)
"""


def mark_stale(queue: Queue, labeler: Labeler | None = None) -> None:
    """Note that something of a queue changed, in the caller's transaction."""
    StaleMark.objects.create(queue=queue, labeler=labeler)


def append_mark(queue_id: int, labeler_id: int | None) -> None:
    """What `mark_stale` does, as each answer does it: one statement whose plan is kept."""
    run_statement(APPEND, {"id": uuid4(), "queue": queue_id, "labeler": labeler_id, "now": clock.now()})


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
