"""The base of every task of ours, and the canaries."""

from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.jobs import services

# So much later than Celery kills a process for its job, a process that still holds the job is one that nobody kills.
GRACE = timedelta(seconds=30)


class CountedTask(Task):
    """A task whose tries are counted in rows: after five that did not end well it is parked.

    `about` names what its one argument is the id of, for pages: "queue", "import".
    """

    abstract = True
    is_counted = True
    about = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run it; in a worker, count the try first, and do nothing while the job is parked or at work elsewhere."""
        if self.request.called_directly or not self.is_counted:
            return self.run(*args, **kwargs)
        limit = timedelta(seconds=self.time_limit or self.app.conf.task_time_limit)
        begun = services.begin_job(self.name, args, longest_silence=limit + GRACE)
        if begun is None:
            return None
        try:
            result = self.run(*args, **kwargs)
        except Exception as error:
            services.fail_job(begun, _in_words(error, limit=self.soft_time_limit or self.app.conf.task_soft_time_limit))
            raise
        services.end_job(begun)
        return result

    def hint(self, *args: object) -> bool:
        """Start it as soon as a worker is free; False where the broker does not answer, so that only a sweep can."""
        try:
            self.apply_async(args)
        except OperationalError:
            return False
        return True


@shared_task(is_counted=False)
def sing(line: str) -> None:
    """Prove that clock, broker and worker are up."""
    services.sing(line)


@shared_task
def forget_jobs() -> int:
    """Forget jobs that ended well a week ago."""
    return services.forget_jobs(now=clock.now())


def _in_words(error: Exception, *, limit: float) -> str:
    """The first line of what went wrong; what follows in errors of the database are contents of rows."""
    if isinstance(error, SoftTimeLimitExceeded):
        return f"It took longer than {limit:.0f} seconds and was ended."
    if isinstance(error, DomainError):
        return error.message
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
