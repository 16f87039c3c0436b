"""Jobs: what runs by itself, how fresh figures are, and what is parked; for administrators."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from celery import current_app
from celery.schedules import crontab
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from calibration.queries.jobs import parked_rows
from calibration.queries.waiting_marks import waiting_queues
from labeling.queries.leases import expired_leases
from qaplatform import clock
from qaplatform.jobs.models import Job
from qaplatform.jobs.queries import lines, parked_jobs, scheduled_jobs
from qaplatform.jobs.services import release_job
from qaplatform.jobs.tasks import CountedTask
from qaplatform.people.access import allow
from qaplatform.people.rules import is_administrator

PAGE_SIZE = 50
QUEUES_SHOWN = 5
LINE_WORDS = {
    "quick": "counting figures, placing gold, looking after dates",
    "long": "files, and the searches of the night",
}


@dataclass(frozen=True, kw_only=True)
class ScheduledRow:
    """Something that the clock starts."""

    title: str
    often: str
    state: str
    note: str
    ended_at: datetime | None
    took_ms: int


@allow(is_administrator)
@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """How jobs are, right now."""
    page = Paginator(parked_jobs(), PAGE_SIZE).get_page(request.GET.get("page"))
    about = {task.name: task.about for task in _tasks()}
    titles = {task.name: _title(task) for task in _tasks()}
    rows = parked_rows(page.object_list, about=about)
    now = clock.now()
    waiting = waiting_queues(now)
    context = {
        "now": now,
        "lines": [(line, LINE_WORDS[line.name]) for line in lines()],
        "waiting": waiting[:QUEUES_SHOWN],
        "more_waiting": len(waiting[QUEUES_SHOWN:]),
        "expired": int(expired_leases()),
        "page": page,
        "parked": [(row, titles.get(row.task, row.task)) for row in rows],
        "scheduled": list(_scheduled()),
    }
    return render(request, "calibration/jobs/jobs.html", context)


@allow(is_administrator)
@require_POST
def try_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let a parked job run again now."""
    job = release_job(get_object_or_404(Job, public_id=public_id), actor=request.user)
    task = current_app.tasks.get(job.task)
    if task is not None and task.hint(*job.values):
        messages.success(request, "It is tried again now. After five more tries that fail it is parked again.")
    else:
        messages.info(request, "It is tried again when its time comes: no message about it could be sent right now.")
    return redirect("calibration:jobs")


def _tasks() -> list[CountedTask]:
    return [task for task in current_app.tasks.values() if isinstance(task, CountedTask)]


def _title(task: CountedTask) -> str:
    """What a task does: the first sentence of its docstring, without how it is split and guarded."""
    sentence = (task.run.__doc__ or task.name).partition("\n")[0]
    return re.split(r": one job|;", sentence)[0].rstrip(".")


def _scheduled() -> Iterator[ScheduledRow]:
    known = scheduled_jobs()
    for entry in current_app.conf.beat_schedule.values():
        task = current_app.tasks[entry["task"]]
        if not task.is_counted:
            continue
        job = known.get(task.name)
        yield ScheduledRow(
            title=_title(task),
            often=_how_often(entry["schedule"]),
            state=_state(job),
            note=f"Failed {job.tries} times in a row" if job and job.tries > 1 else "",
            ended_at=job.ended_at if job else None,
            took_ms=job.took_ms if job else 0,
        )


def _state(job: Job | None) -> str:
    """In the words of the page; one try that has not ended is one at work."""
    if job is None:
        return "not_yet"
    if job.is_parked or job.tries > 1:
        return "failed"
    return "active" if job.tries == 0 else "running"


def _how_often(schedule: crontab | float) -> str:
    if isinstance(schedule, crontab):
        [hour], [minute] = schedule.hour, schedule.minute
        return f"at {hour:02d}:{minute:02d} UTC"
    seconds = int(schedule)
    if seconds % 3600 == 0:
        return "every hour"
    return "every minute" if seconds == 60 else f"every {seconds} s"
