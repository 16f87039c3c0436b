"""Copying rows into a temporary table, and running statements over it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from django.db import connection

from labeling.importing.problems import KEPT, Problem, Problems

T = TypeVar("T")
Parameters = Mapping[str, Any]

_encode = msgspec.json.Encoder().encode


def as_json(value: object) -> str:
    """JSON as COPY takes it."""
    return _encode(value).decode()


def execute(sql: str, parameters: Parameters | None = None) -> int:
    """Run statements; gives how many rows the last one touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def fetch(sql: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def copy_rows(sql: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Stream rows into a table."""
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        write = copy.write_row
        for row in rows:
            write(row)


def note_found(
    problems: Problems, sql: str, sentence: Callable[..., str], parameters: Parameters | None = None
) -> None:
    """Note what a query finds: rows of (line, words of the sentence …, number of all such lines)."""
    rows = fetch(sql, {**(parameters or {}), "limit": KEPT})
    if rows:
        found = [Problem(int(str(line)), sentence(*words)) for line, *words, _ in rows]
        problems.add_many(found, count=int(str(rows[0][-1])))
