"""Jobs: ids in, one service call. The beat starts them; each may run twice or at once."""

from celery import shared_task

from calibration.queries.answered_queues import answered_queue_ids
from calibration.services.attempts import mend_attempts as mend
from calibration.services.attribution import attribute_queue
from calibration.services.consensus import join_queue
from calibration.services.disputes import lapse_overdue_disputes
from calibration.services.judging import judge_queue, queues_to_judge
from calibration.services.placing import fill_stocks, queues_with_gold
from calibration.services.refresh import refresh_if_stale, stale_queue_ids
from calibration.services.suspicions import search_queue
from calibration.services.verification import verified_tonight, verify_at_night
from qaplatform import clock

# A night's job on one queue may take longer than other jobs, but less than the broker waits for an answer.
LONG = {"soft_time_limit": 810, "time_limit": 840}


@shared_task
def refresh_stale() -> None:
    """Count queues with answers that are in no figure yet: one job a queue, so that none holds up another."""
    for queue_id in stale_queue_ids(clock.now()):
        refresh_scope.apply_async([queue_id], expires=30)


@shared_task(about="queue")
def refresh_scope(queue_id: int) -> None:
    """Count one queue again."""
    refresh_if_stale(queue_id)


@shared_task
def place_gold() -> None:
    """Keep a small stock of gold before each active person: one job a queue."""
    for queue_id in queues_with_gold():
        place_scope.apply_async([queue_id], expires=5)


@shared_task(about="queue")
def place_scope(queue_id: int) -> None:
    """Fill one queue's stocks of gold."""
    fill_stocks(queue_id, now=clock.now())


@shared_task
def judge_due() -> None:
    """Find the queues whose declared date of standings and weekly test has come: one job a queue."""
    for queue_id in queues_to_judge(clock.now()):
        judge_scope.apply_async([queue_id], expires=60)


@shared_task(about="queue")
def judge_scope(queue_id: int) -> None:
    """Declare one queue's standings and run its weekly test."""
    judge_queue(queue_id, now=clock.now())


@shared_task
def lapse_disputes() -> None:
    """Disputes that nobody decided in time end in the person's favour."""
    lapse_overdue_disputes(now=clock.now())


@shared_task
def mend_attempts() -> None:
    """Attempts whose items were withdrawn, or whose gold came into doubt, get others or become shorter."""
    mend()


@shared_task
def join_answers() -> None:
    """Join the answers of several labelers: one job a queue."""
    for queue_id in answered_queue_ids():
        join_scope.apply_async([queue_id], expires=3600)


@shared_task(about="queue", **LONG)
def join_scope(queue_id: int) -> None:
    """Join one queue's answers; a second job for it at the same time does nothing."""
    join_queue(queue_id)


@shared_task
def attribute_disagreement() -> None:
    """Tell where disagreement comes from: one job a queue."""
    for queue_id in answered_queue_ids():
        attribute_scope.apply_async([queue_id], expires=3600)


@shared_task(about="queue", **LONG)
def attribute_scope(queue_id: int) -> None:
    """Count one queue's sources of disagreement; a second job for it changes nothing."""
    attribute_queue(queue_id)


@shared_task
def search_suspicions() -> None:
    """Look for wrong and leaked gold, copying and haste: one job a queue, so that no queue holds up another."""
    for queue_id in answered_queue_ids():
        search_scope.apply_async([queue_id], expires=3600)


@shared_task(about="queue", **LONG)
def search_scope(queue_id: int) -> None:
    """Search one queue; a second job for it at the same time does nothing."""
    search_queue(queue_id)


@shared_task
def verify_figures() -> None:
    """Recompute stored figures by another route: one job a queue."""
    for queue_id in verified_tonight(clock.now().date()):
        verify_scope.apply_async([queue_id], expires=3600)


@shared_task(about="queue", **LONG)
def verify_scope(queue_id: int) -> None:
    """Recompute one queue's figures and keep what differs."""
    verify_at_night(queue_id)
