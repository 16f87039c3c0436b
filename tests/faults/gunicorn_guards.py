"""Gunicorn's settings for a web process with one guard taken out, named by the environment. Tests only."""

import os

from tests.faults.ledger_guards import remove_guard
from tests.faults.rig import GUARD_VARIABLE


def post_worker_init(worker: object) -> None:
    """Take the guard out once the application is loaded."""
    remove_guard(os.environ[GUARD_VARIABLE])
