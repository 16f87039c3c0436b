"""What the runner prints: a line a step, with how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 46


def say(text: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the step, then how long it took."""
    began = time.monotonic()
    is_terminal = sys.stdout.isatty()
    if is_terminal:
        sys.stdout.write(f"  {name} ...")
        sys.stdout.flush()
    try:
        yield
    except BaseException:
        if is_terminal:
            say()
        raise
    took = f"{time.monotonic() - began:.1f} s"
    say(f"{chr(13) if is_terminal else ''}  {name:<{WIDTH}}{took:>8}")
