"""Waiting for something that another process does."""

import time
from collections.abc import Callable

STEP = 0.03


def wait_until(is_true: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until it is true, at most so long; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True
