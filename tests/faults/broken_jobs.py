"""A Celery application with jobs that go wrong: `celery -A tests.faults.broken_jobs worker`."""

import os
import signal
import time
from contextlib import suppress

from celery.exceptions import SoftTimeLimitExceeded

from qaplatform.celery import app

__all__ = ["app"]

LONG = 60


@app.task
def kill(number: int) -> None:
    """End the process that runs it."""
    os.kill(os.getpid(), signal.SIGKILL)


@app.task
def fail(number: int) -> None:
    """Raise."""
    raise ZeroDivisionError(f"job {number} divides by zero\nsecond line")


@app.task(soft_time_limit=1, time_limit=20)
def hang(number: int) -> None:
    """Hang until it is told that its time is over."""
    time.sleep(LONG)


@app.task(soft_time_limit=1, time_limit=2)
def hang_for_good(number: int) -> None:
    """Hang until its process is ended, whatever it is told before."""
    with suppress(SoftTimeLimitExceeded):
        time.sleep(LONG)
    time.sleep(LONG)
