"""Moving the time that leases are judged by."""

from django.db import connection


def shift_clock(seconds: int) -> None:
    """Move the database's time for this session, back to normal when the transaction of the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('qa.clock_offset', %s, true)", [f"{seconds} seconds"])
