"""Tasks that misbehave, and rows of jobs."""

from datetime import timedelta

from qaplatform import clock
from qaplatform.jobs.models import Job


def make_job(
    task="calibration.tasks.refresh_scope", arguments="[1]", *, tries=0, error="", ago=timedelta(), ended=False
):
    """A job that began some time ago."""
    at = clock.now() - ago
    return Job.objects.create(
        task=task, arguments=arguments, tries=tries, error=error, started_at=at, ended_at=at if ended else None
    )
