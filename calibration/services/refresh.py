"""Counting a queue again: scores, tallies, snapshots, watches, and then exactly the marks that were read go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter

from django.db import connection, transaction

from calibration.models import MetricSnapshot, Recount, SamplingPlan
from calibration.queries.clauses import RevisionsInForce, eras_of, read_versions, revisions_in_force
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.scoring import Scored
from calibration.queries.windows import day_start
from calibration.services.accuracy_snapshots import measure_accuracy
from calibration.services.agreement_snapshots import measure_agreement
from calibration.services.attempts import score_attempts
from calibration.services.audit_scores import end_withdrawn_audits, score_audits
from calibration.services.marks import delete_marks, read_marks, try_lock_figures
from calibration.services.retroactive_gold import withdraw_gold_copies
from calibration.services.sampling_plans import keep_figures
from calibration.services.scoring import end_withdrawn, score_gold
from calibration.services.snapshots import store_snapshots
from calibration.services.standings import declare_first_standings
from calibration.services.watching import replay_watches
from labeling.enums import QueueKind
from labeling.models import Queue
from qaplatform import clock

DAY = timedelta(days=1)

# Queues with marks, or whose recount is due or was never made. Marks are few: they are deleted as soon as they are
# counted.
FIND_STALE = """
SELECT q.id FROM labeling_queue q
LEFT JOIN calibration_recount r ON r.queue_id = q.id
WHERE EXISTS (SELECT FROM calibration_stalemark m WHERE m.queue_id = q.id)
   OR r.due_at <= %(now)s
   OR (r.counted_at IS NULL AND EXISTS (SELECT FROM labeling_label l WHERE l.queue_id = q.id))
ORDER BY q.id
"""


@dataclass(frozen=True, kw_only=True)
class RefreshResult:
    """What a recount did; `ran` is False where somebody else is counting the queue right now."""

    queue_id: int
    ran: bool
    marks: int = 0
    scored: int = 0
    snapshots: int = 0
    flags: int = 0


def stale_queue_ids(now: datetime) -> tuple[int, ...]:
    """Queues that have to be counted again."""
    with connection.cursor() as cursor:
        cursor.execute(FIND_STALE, {"now": now})
        return tuple(row[0] for row in cursor.fetchall())


def refresh_if_stale(queue_id: int) -> RefreshResult:
    """Count a queue unless somebody did so since the job was sent."""
    if queue_id not in stale_queue_ids(clock.database_now()):
        return RefreshResult(queue_id=queue_id, ran=False)
    return refresh_queue(queue_id)


def refresh_queue(queue_id: int, *, now: datetime | None = None) -> RefreshResult:
    """Count a queue and store its figures. Running it twice, or in two processes at once, changes nothing."""
    at = now or clock.database_now()
    with transaction.atomic():
        if not try_lock_figures(queue_id):
            return RefreshResult(queue_id=queue_id, ran=False)
        return _refresh(Queue.objects.get(pk=queue_id), at)


def recount(queue: Queue, *, now: datetime) -> RefreshResult:
    """Count a queue whose figures the caller has locked, in the caller's transaction."""
    return _refresh(queue, now)


def _refresh(queue: Queue, now: datetime) -> RefreshResult:
    started = perf_counter()
    marks = read_marks(queue.pk)
    scored, snapshots, flags = Scored(0, None), 0, 0
    if queue.kind == QueueKind.TRAINING:
        score_attempts(queue)
    elif queue.kind == QueueKind.AUDIT:
        scored = score_audits(queue, now=now)
    else:
        end_withdrawn(queue.pk, now=now)
        end_withdrawn_audits(queue, now=now)
        withdraw_gold_copies(queue)
        scored = score_gold(queue.pk, now=now)
        snapshots, flags = _measure(queue, now)
    delete_marks(marks)
    _note_end(queue, now, closing=scored.next_closing, took_ms=round(1000 * (perf_counter() - started)))
    return RefreshResult(
        queue_id=queue.pk, ran=True, marks=len(marks), scored=scored.added, snapshots=snapshots, flags=flags
    )


def _measure(queue: Queue, now: datetime) -> tuple[int, int]:
    """Snapshots written and flags opened."""
    plan = SamplingPlan.objects.filter(queue=queue).first()
    questions = read_questions(queue)
    versions = read_versions(queue)
    revisions = revisions_in_force(versions, queue)
    snapshots: list[MetricSnapshot] = []
    for question in questions:
        snapshots += measure_agreement(queue, question, eras_of(versions, queue, question))
        if plan is not None:
            snapshots += measure_accuracy(queue, question, target=plan.target, revisions=revisions, now=now)
    written = store_snapshots(queue.pk, snapshots)
    return written, _judge(queue, plan, questions, revisions, now) if plan is not None else 0


def _judge(
    queue: Queue,
    plan: SamplingPlan,
    questions: tuple[MeasuredQuestion, ...],
    revisions: RevisionsInForce,
    now: datetime,
) -> int:
    if plan.question not in {question.key for question in questions}:
        return 0
    keep_figures(plan)
    declare_first_standings(queue, now=now)
    return len(replay_watches(queue, plan, revisions=revisions, now=now))


def _note_end(queue: Queue, now: datetime, *, closing: datetime | None, took_ms: int) -> None:
    midnight = day_start(now) + DAY
    due = min(closing, midnight) if closing is not None else midnight
    values = {"counted_at": now, "due_at": due, "took_ms": took_ms}
    Recount.objects.update_or_create(queue=queue, defaults=values)
