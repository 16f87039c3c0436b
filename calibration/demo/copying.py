"""Writing many rows at once, by COPY."""

import json
from collections.abc import Iterable

from django.db import connection, models

LINES_A_WRITE = 5000
NULL = "\\N"


def reserve_ids(model: type[models.Model], n: int) -> range:
    """N ids of a table that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])  # noqa: SLF001
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + n])
    return range(first, first + n)


def copy_rows(model: type[models.Model], columns: tuple[str, ...], rows: Iterable[Iterable[str]]) -> None:
    """Store rows whose cells are texts as COPY reads them; columns that are not named take the model's defaults."""
    others = _defaults(model, columns)
    names = ", ".join((*columns, *others))
    tail = "".join(f"\t{value}" for value in others.values()) + "\n"
    lines = ["\t".join(row) + tail for row in rows]
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:  # noqa: SLF001
        for at in range(0, len(lines), LINES_A_WRITE):
            copy.write("".join(lines[at : at + LINES_A_WRITE]))


def analyze_tables(*models_: type[models.Model]) -> None:
    """Tell the planner what the tables hold: nothing else looks at rows of a transaction that has not ended."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in models_)}")  # noqa: SLF001


def quote(text: str) -> str:
    """A text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _defaults(model: type[models.Model], columns: tuple[str, ...]) -> dict[str, str]:
    """Constant defaults of the columns that are not named; those that may be null stay so."""
    fields = (field for field in model._meta.concrete_fields if field.column not in columns)  # noqa: SLF001
    wanted = (field for field in fields if not field.null and not field.primary_key)
    return {str(field.column): _cell(field.get_default()) for field in wanted}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return quote(value if isinstance(value, str) else json.dumps(value))
