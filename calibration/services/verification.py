"""Comparing a queue's stored figures with a recomputation from its labels, so that fresh answers are no difference."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from random import Random
from time import perf_counter

from django.db import OperationalError, connection, transaction
from django.db.models import Count

from calibration.models import GoldScore, GroupStanding, MetricSnapshot, StaleMark, StandingRecord, Verification, Watch
from calibration.queries.verifications import ANSWERS_A_NIGHT, has_more_answers, queues_with_figures
from calibration.services.checking import check_snapshots
from calibration.services.differences import Difference
from calibration.services.locks import allow_long_pauses
from calibration.services.marks import mark_stale, try_lock_figures
from calibration.services.refresh import recount, refresh_queue
from labeling.models import Label, Queue
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record

logger = logging.getLogger(__name__)

# Differences that are logged and that are kept; a page lists fewer still.
LOGGED, KEPT = 50, 200
MOST_TRIES = 3
# Answers of a queue that is still compared under its locks: it takes seconds.
COMPARED_UNDER_LOCKS = 20_000
# PostgreSQL's word for a transaction that read what somebody has changed since.
OVERTAKEN = "40001"


def verified_tonight(day: date) -> tuple[int, ...]:
    """Ids of the queues to recompute: all while they are small, else those not checked for longest.

    A queue that is larger than a whole night is never among them: `manage.py verify_snapshots` is for those.
    Among those that were checked on the same day the day's own shuffle decides, so that every queue comes in time.
    """
    queues = queues_with_figures()
    Random(day.toordinal()).shuffle(queues)  # noqa: S311  An order of work, no secret.
    queues.sort(key=lambda queue: queue.checked_on or date.min)
    answers = dict(Label.objects.order_by().values_list("queue_id").annotate(Count("pk")))
    chosen: list[int] = []
    total = 0
    for queue in queues:
        if total + answers.get(queue.queue_id, 0) > ANSWERS_A_NIGHT:
            continue
        chosen.append(queue.queue_id)
        total += answers.get(queue.queue_id, 0)
    return tuple(chosen)


def verify_at_night(queue_id: int) -> Verification | None:
    """Recompute a queue's figures beside other jobs; None for one that would fill their memory, too."""
    if has_more_answers(queue_id, ANSWERS_A_NIGHT):
        logger.warning("Queue %s is too large to be recomputed by a job: run manage.py verify_snapshots", queue_id)
        return None
    return verify_queue(queue_id)


def verify_queue(queue_id: int) -> Verification | None:
    """Recompute a queue's figures by the other route and keep what came of it; None while somebody else counts it.

    Answers that wait are counted and committed first; then figures and answers are read at one moment (repeatable
    read), at which no answer waits, or else it begins again. A long comparison locks nothing. Where answers come in
    faster than that, a small queue is counted and compared at one moment, under its locks, and a large one is left for
    another night. A difference is logged and is an alarm until a later comparison does not find it.
    """
    for _ in range(MOST_TRIES):
        if _has_marks(queue_id) and not refresh_queue(queue_id).ran:
            return None
        kept = _compare(queue_id)
        if kept is not None:
            return kept
    if has_more_answers(queue_id, COMPARED_UNDER_LOCKS):
        logger.warning("Queue %s is not compared: answers come in faster than they are counted", queue_id)
        return None
    return _count_and_compare(queue_id)


@transaction.atomic
def ask_again(queue: Queue, *, actor: User) -> None:
    """Have a queue counted again, and note who asked; the comparison comes after it."""
    mark_stale(queue)
    record("figures_counted_again", queue, actor=actor)


def _has_marks(queue_id: int) -> bool:
    return StaleMark.objects.filter(queue=queue_id).exists()


def _compare(queue_id: int) -> Verification | None:
    """Compare, holding no lock; None where answers wait to be counted."""
    with _one_moment():
        return None if _has_marks(queue_id) else _compared_now(queue_id)


def _count_and_compare(queue_id: int) -> Verification | None:
    """Count and compare what is seen at one moment; None where others count or change the same."""
    for _ in range(MOST_TRIES):
        try:
            with _one_moment():
                if not try_lock_figures(queue_id):
                    return None
                recount(Queue.objects.get(pk=queue_id), now=clock.database_now())
                return _compared_now(queue_id)
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != OVERTAKEN:
                raise
    return None


def _compared_now(queue_id: int) -> Verification:
    began, queue = perf_counter(), Queue.objects.get(pk=queue_id)
    differences = check_snapshots(queue_id)
    return _keep(queue, differences, took_ms=round(1000 * (perf_counter() - began)))


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that sees the database as it was at its first statement."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        allow_long_pauses()
        yield


def _keep(queue: Queue, differences: Sequence[Difference], *, took_ms: int) -> Verification:
    for found in differences[:LOGGED]:
        logger.error(
            "Figure not confirmed in queue %s: %s, stored %s, recomputed %s",
            queue.public_id,
            found.what,
            found.stored,
            found.recomputed,
        )
    return Verification.objects.create(
        queue=queue,
        compared=_compared(queue),
        differences=_rows(differences),
        took_ms=took_ms,
        checked_at=clock.database_now(),
    )


def _rows(differences: Sequence[Difference]) -> list[dict[str, str]]:
    """The first of them, and in the last row how many more there are."""
    rows = [_row(found) for found in differences[:KEPT]]
    if more := len(differences) - len(rows):
        rows.append({"what": f"{more:,} more figures of {len(differences):,}", "stored": "", "recomputed": ""})
    return rows


def _row(found: Difference) -> dict[str, str]:
    return {"what": found.what, "stored": _said(found.stored), "recomputed": _said(found.recomputed)}


def _said(value: object) -> str:
    """A value in words; a long tally by its beginning."""
    words = "nothing" if value is None else f"{value:.9g}" if isinstance(value, float) else str(value)
    return words if len(words) <= 120 else f"{words[:117]}..."


def _compared(queue: Queue) -> int:
    kept = (MetricSnapshot, GoldScore, StandingRecord, GroupStanding, Watch)
    return sum(model.objects.filter(queue=queue).count() for model in kept)
