"""How far the demo is loaded: written on a connection of its own, so that it is seen while the load is not yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection

from calibration.models import DemoLoad
from calibration.queries.demo_loads import ONLY

# As many as the load reports: people, drawing, two queues, five Mondays, counting, the night, and the end.
STEPS = 12
LOCK = 7303


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for another load to end; then nobody else begins until this one has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def begin() -> None:
    """Note that a load begins, whatever became of an earlier one."""
    DemoLoad.objects.update_or_create(
        pk=ONLY,
        defaults={
            "started_at": datetime.now(UTC),
            "finished_at": None,
            "step": "Making accounts",
            "done": 0,
            "total": STEPS,
            "error": "",
        },
    )


def finish() -> None:
    """Note the end, in the transaction of the load itself: both are there or neither."""
    DemoLoad.objects.filter(pk=ONLY).update(finished_at=datetime.now(UTC), step="Loaded", done=STEPS)


class ProgressLine:
    """Reports steps from within a transaction; each is committed at once."""

    def __init__(self) -> None:
        self._connection = connection.copy()
        self._done = 0

    def report(self, step: str) -> None:
        """One more step begins."""
        self._done += 1
        done = min(self._done, STEPS - 1)
        self._run("UPDATE calibration_demoload SET step = %s, done = %s WHERE id = %s", [step, done, ONLY])

    def fail(self, reason: str) -> None:
        """The load stopped; nothing of it is kept."""
        self._run("UPDATE calibration_demoload SET error = %s WHERE id = %s", [reason, ONLY])

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _run(self, statement: str, parameters: list[str | int]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
