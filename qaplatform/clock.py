"""Time. Leases are decided by the database's `qa_now()`; everything else takes `now` as an argument."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from django.db import connection

_lived: ContextVar[datetime | None] = ContextVar("lived", default=None)


def now() -> datetime:
    """The time of this process, with zone UTC."""
    return _lived.get() or datetime.now(UTC)


@contextmanager
def lived_at(moment: datetime) -> Iterator[None]:
    """Whatever is done inside is done at this moment: the demo's past goes through the services of the present."""
    token = _lived.set(moment)
    try:
        yield
    finally:
        _lived.reset(token)


def today() -> date:
    """The UTC day; days of tallies and windows are UTC."""
    return now().date()


def database_now() -> datetime:
    """The time that leases are judged by: the database's clock plus the offset that only tests set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qa_now()")
        row = cursor.fetchone()
    result: datetime = row[0]
    return result
