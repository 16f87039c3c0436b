"""How jobs are: canaries by line, and what is parked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from qaplatform.jobs.models import MOST_TRIES, Job
from qaplatform.web.health import NotThere

# A canary is sent every 10 s, so a worker that hangs is told of well within two minutes.
LATE_AFTER = timedelta(seconds=90)
QUICK, LONG = settings.LINES

AGES = "SELECT line, extract(epoch FROM clock_timestamp() - seen_at) FROM jobs_canary"


@dataclass(frozen=True)
class Line:
    """A line of jobs, and the age in seconds of its latest canary; None where none has come through."""

    name: str
    age: float | None

    @property
    def is_late(self) -> bool:
        """Whether the canary is so old, or so missing, that workers are gone, busy or hang."""
        return self.age is None or self.age > LATE_AFTER.total_seconds()


def lines() -> tuple[Line, ...]:
    """Every line of jobs."""
    ages = canary_ages()
    return tuple(Line(name, ages.get(name)) for name in settings.LINES)


def canary_ages() -> Mapping[str, float]:
    """Seconds since a worker took a canary, by line; a line without one yet is left out."""
    with connection.cursor() as cursor:
        cursor.execute(AGES)
        ages = {str(name): float(age) for name, age in cursor.fetchall()}
    return {name: ages[name] for name in settings.LINES if name in ages}


def parked_jobs() -> QuerySet[Job]:
    """Jobs that failed five times, the latest first."""
    return Job.objects.filter(tries__gte=MOST_TRIES).order_by("-started_at", "-id")


def parked_arguments(task: str) -> frozenset[int]:
    """What the parked jobs of one task are about: the one argument of each."""
    return frozenset(value for job in parked_jobs().filter(task=task) for value in job.values)


def parked_count() -> float:
    """How many jobs are parked."""
    return float(parked_jobs().count())


def scheduled_jobs() -> Mapping[str, Job]:
    """Jobs without an argument, by task: those that the clock starts."""
    return {job.task: job for job in Job.objects.filter(arguments="[]")}


def see_quick() -> str:
    """How the quick line is. Raises NotThere when no canary came through lately."""
    return _see(QUICK, "are worker and beat running?")


def see_long() -> str:
    """How the line of long jobs is. Raises NotThere when no canary came through lately."""
    return _see(LONG, "its workers are busy with long jobs, hang, or are not running.")


def _see(name: str, advice: str) -> str:
    line = Line(name, canary_ages().get(name))
    told = "no canary yet" if line.age is None else f"last canary {line.age:.0f} s ago"
    if line.is_late:
        raise NotThere(f"{told}: {advice}")
    return told
