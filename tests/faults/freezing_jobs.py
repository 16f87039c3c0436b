"""A Celery application with limits of seconds: `celery -A tests.faults.freezing_jobs worker`.

With QA_TEST_FREEZES=1 the whole worker freezes in the middle of counting a queue.
"""

import os
import signal
from datetime import timedelta
from importlib import import_module

from celery.signals import worker_process_init

from qaplatform.celery import app

__all__ = ["FREEZES", "app"]

FREEZES = "QA_TEST_FREEZES"


@worker_process_init.connect
def shorten_limits(**_: object) -> None:
    """A child that takes jobs has begun; models can be loaded only now."""
    measuring = import_module("calibration.tasks")
    import_module("qaplatform.jobs.tasks").GRACE = timedelta(seconds=1)
    measuring.refresh_scope.time_limit = 2
    if os.environ.get(FREEZES):
        measuring.refresh_if_stale = freeze


def freeze(queue_id: int) -> None:
    """Stop this process and the one that watches over it."""
    os.killpg(os.getpgrp(), signal.SIGSTOP)
