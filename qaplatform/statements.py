"""Statements that run in every request: their plans are kept, because planning takes longer than running them.

Django's own cursors put the values into the text, so that each call would be another statement to plan.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor

# A statement is prepared when a connection runs it for the second time: one that is rare need not be.
TIMES_UNPREPARED = 1
NAMED = re.compile(r"%\((\w+)\)s")

Row = tuple[Any, ...]


def first_row(statement: str, parameters: Mapping[str, object]) -> Row | None:
    """The first row of a constant statement with parameters as in `%(name)s`; values it does not name are left out.

    Values are sent apart from the text: one needs a cast where nothing else in the text says what type it has.
    """
    with _execute(statement, parameters) as cursor:
        found: Row | None = cursor.fetchone()
    return found


def run_statement(statement: str, parameters: Mapping[str, object]) -> int:
    """Run a constant statement for its effect; how many rows that concerned."""
    with _execute(statement, parameters) as cursor:
        return int(cursor.rowcount)


def _execute(statement: str, parameters: Mapping[str, object]) -> CursorWrapper:
    text, names = _numbered(statement)
    values: list[Any] = [parameters[name] for name in names]
    cursor = _keeping_cursor()
    cursor.execute(text, values)
    return cursor


@cache
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with $1, $2, … for its parameters, and the names of these in that order."""
    names = tuple(dict.fromkeys(NAMED.findall(statement)))
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return NAMED.sub(lambda found: numbers[found[1]], statement), names


def _keeping_cursor() -> CursorWrapper:
    connection.ensure_connection()
    link = connection.connection
    link.prepare_threshold = TIMES_UNPREPARED
    # Its types say that it is an abstract cursor of no connection.
    cursor: Any = RawCursor(link)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
