"""One runner a data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qaplatform.local.errors import CannotRun


@contextmanager
def hold(data: Path, *, what: str) -> Iterator[None]:
    """Hold the folder's lock. Raises CannotRun when another runner holds it; `what` tells the next one what this is."""
    path = data / "lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotRun(
                f"{data} is in use by {file.read().strip() or 'another runner'}. Stop that one first (Ctrl-C in its "
                "terminal), or use another folder and port: make run QA_DATA_DIR=.data-2 QA_PORT=8001"
            ) from None
        file.truncate(0)
        file.write(f"{what}, process {os.getpid()}\n")
        file.flush()
        yield
