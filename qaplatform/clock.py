"""Time. Leases are decided by the database's `qa_now()`; everything else takes `now` as an argument."""

from datetime import UTC, date, datetime

from django.db import connection


def now() -> datetime:
    """The time of this process, with zone UTC."""
    return datetime.now(UTC)


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
