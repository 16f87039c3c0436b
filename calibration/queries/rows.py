"""Running SQL that the ORM cannot say."""

from collections.abc import Mapping
from typing import Any

from django.db import connection


def read_rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement with named parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
