"""Beginning, ending and parking jobs. Each statement commits by itself: a job may kill its process at any moment."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from qaplatform.errors import NotFound
from qaplatform.jobs.models import MOST_TRIES, Canary, Job
from qaplatform.trail.services import record

PARKED_FOR = timedelta(hours=1)
REMEMBERED_FOR = timedelta(days=7)
ERROR_LENGTH = 500
LONGEST_SILENCE = timedelta(minutes=15)

# The lock ends with the session, so a killed process leaves none. It keeps a second message for the same job from
# beginning, and so from clearing the count of a first one that is about to kill its process.
LOCK = "SELECT pg_try_advisory_lock(hashtext('jobs.job'), hashtext(%s))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('jobs.job'), hashtext(%s))"

# A frozen worker's session stands and keeps its lock, though nobody is left to end the process: so the server ends the
# session, whatever it is at. Who is at work asks something, or waits for an answer, within the time that a job may run.
END_SILENT = """
SELECT pg_terminate_backend(session.pid, 5000)
FROM pg_locks held JOIN pg_stat_activity session ON session.pid = held.pid
WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND held.classid = (hashtext('jobs.job')::bigint & 4294967295)::oid
  AND held.objid = (hashtext(%s)::bigint & 4294967295)::oid
  AND session.state_change < clock_timestamp() - %s
"""

# One row by its unique constraint; a parked job is not touched and gives no row.
BEGIN = """
INSERT INTO jobs_job AS job (public_id, task, arguments, tries, started_at, took_ms, error)
VALUES (gen_random_uuid(), %(task)s, %(arguments)s, 1, now(), 0, '')
ON CONFLICT (task, arguments) DO UPDATE SET tries = job.tries + 1, started_at = now(), error = ''
WHERE job.tries < %(most)s OR job.started_at < now() - %(parked_for)s
RETURNING id
"""
END = "UPDATE jobs_job SET tries = 0, error = '', ended_at = now(), took_ms = %(took_ms)s WHERE id = %(id)s"
SING = """
INSERT INTO jobs_canary (line, seen_at) VALUES (%s, now()) ON CONFLICT (line) DO UPDATE SET seen_at = excluded.seen_at
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Try:
    """One try of a job that has begun."""

    job_id: int
    key: str
    started: float


def begin_job(task: str, arguments: Sequence[object], *, longest_silence: timedelta = LONGEST_SILENCE) -> Try | None:
    """Count a try before the work starts; None where the job is parked, or is at work in another process.

    A process that has been silent for longer counts as gone: its session is ended, and the job begins here.
    """
    written = json.dumps(list(arguments))
    key = task + written
    if not _take(key, longest_silence):
        return None
    values = {"task": task, "arguments": written, "most": MOST_TRIES, "parked_for": PARKED_FOR}
    job_id = _ask(BEGIN, values)
    if job_id is None:
        _ask(UNLOCK, [key])
        return None
    return Try(job_id=int(str(job_id)), key=key, started=perf_counter())


def end_job(begun: Try) -> None:
    """The job ended well: its tries are forgotten."""
    took_ms = round(1000 * (perf_counter() - begun.started))
    with connection.cursor() as cursor:
        cursor.execute(END, {"id": begun.job_id, "took_ms": took_ms})
    _ask(UNLOCK, [begun.key])


def fail_job(begun: Try, error: str) -> None:
    """The job ended badly: the try stands, with its reason."""
    if not connection.is_usable():
        connection.close()
    Job.objects.filter(pk=begun.job_id).update(error=error[:ERROR_LENGTH])
    _ask(UNLOCK, [begun.key])


@transaction.atomic
def release_job(job: Job, *, actor: AbstractBaseUser) -> Job:
    """Let a parked job be tried again. Raises NotFound when it is parked no more."""
    found = Job.objects.select_for_update().filter(pk=job.pk, tries__gte=MOST_TRIES).first()
    if found is None:
        raise NotFound
    found.tries = 0
    found.save(update_fields=["tries"])
    record("job_released", found, actor=actor, detail={"task": found.task, "arguments": found.arguments})
    return found


def forget_jobs(*, now: datetime) -> int:
    """Forget jobs that ended well and did not come again for a week."""
    forgotten, _ = Job.objects.filter(tries=0, ended_at__lt=now - REMEMBERED_FOR).delete()
    return forgotten


def sing(line: str) -> Canary:
    """A worker took a canary from this line."""
    with connection.cursor() as cursor:
        cursor.execute(SING, [line])
    return Canary.objects.get(pk=line)


def _take(key: str, longest_silence: timedelta) -> bool:
    if _ask(LOCK, [key]):
        return True
    if not _ask(END_SILENT, [key, longest_silence]):
        return False
    logger.warning("Ended the session of a process that hangs in %s", key)
    return bool(_ask(LOCK, [key]))


def _ask(statement: str, values: Sequence[Any] | dict[str, Any]) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None
