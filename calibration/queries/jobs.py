"""What the page of jobs shows about parked ones: which queue, file or move each is about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from labeling.models import Adoption, ImportRun, Queue
from qaplatform.jobs.models import Job

KILLED = "Its process ended while it ran: it was killed, ran out of memory, or took too long."
GONE = "something that is gone"


@dataclass(frozen=True, kw_only=True)
class ParkedRow:
    """A parked job: what it is about, and why its last try failed."""

    public_id: UUID
    task: str
    subject: str
    tries: int
    tried_at: datetime
    error: str


def parked_rows(jobs: Iterable[Job], *, about: Mapping[str, str]) -> tuple[ParkedRow, ...]:
    """Rows for jobs; `about` says by task what its argument is the id of, "" where it has none."""
    listed = list(jobs)
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for job in listed:
        if about.get(job.task):
            wanted[about[job.task]].update(job.values)
    names = {kind: NAMES[kind](ids) for kind, ids in wanted.items()}
    return tuple(
        ParkedRow(
            public_id=job.public_id,
            task=job.task,
            subject=", ".join(names[about[job.task]].get(pk, GONE) for pk in job.values) if about.get(job.task) else "",
            tries=job.tries,
            tried_at=job.started_at,
            error=job.error or KILLED,
        )
        for job in listed
    )


def _names_of_queues(ids: set[int]) -> dict[int, str]:
    return dict(Queue.objects.filter(pk__in=ids).values_list("pk", "name"))


def _names_of_files(ids: set[int]) -> dict[int, str]:
    return dict(ImportRun.objects.filter(pk__in=ids).values_list("pk", "file_name"))


def _names_of_moves(ids: set[int]) -> dict[int, str]:
    return dict(Adoption.objects.filter(pk__in=ids).values_list("pk", "queue__name"))


NAMES = {"queue": _names_of_queues, "import": _names_of_files, "adoption": _names_of_moves}
