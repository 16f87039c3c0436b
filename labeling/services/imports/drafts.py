"""An uploaded file before it runs: its first rows, and which column means what."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.enums import ImportState
from labeling.importing.columns import Field, guess_columns, unused_columns
from labeling.importing.problems import Problem, Problems
from labeling.importing.tables import FileFormat, format_of, open_table
from labeling.models import ImportRun
from labeling.services.imports.kinds import fields_of
from labeling.services.imports.queues import queue_of
from labeling.services.imports.uploads import remove_upload, upload_path
from labeling.services.imports.watched import FAILED, put_away
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.services import record

ROWS_SHOWN = 5
CELL_SHOWN = 200


@dataclass(frozen=True)
class Preview:
    """The first rows of a file, as text, with the problems that reading them met."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]


def preview_of(run: ImportRun) -> Preview:
    """Read the head of an uploaded file. Raises FileRefused where it cannot be read."""
    problems = Problems()
    with upload_path(run).open("rb") as stream:
        table = open_table(stream, format_of_run(run), problems)
        head = list(islice(table.rows, ROWS_SHOWN))
    rows = tuple(tuple(_shown(row.values.get(name)) for name in table.columns) for row in head)
    return Preview(table.columns, rows, problems.in_order())


def format_of_run(run: ImportRun) -> FileFormat:
    """How the file of a run is written: by its name, or as JSON lines where a program sent it."""
    return FileFormat(run.options["format"]) if "format" in run.options else format_of(run.file_name)


@transaction.atomic
def confirm_columns(
    run: ImportRun, columns: Mapping[str, str], *, actor: AbstractBaseUser, settings: Mapping[str, object] | None = None
) -> ImportRun:
    """Fix which column means what (field name to column) and let the run start. Raises InvalidInput, Refused."""
    run = ImportRun.objects.select_for_update(of=["self"]).select_related("queue").get(pk=run.pk)
    if run.state != ImportState.UPLOADED:
        raise Refused("This file was started already. Upload it again to import it with other columns.")
    _check_columns(columns, fields_of(run.kind, queue_of(run)))
    run.options = {**run.options, **(settings or {}), "columns": dict(columns)}
    run.state = ImportState.WAITING
    run.save(update_fields=["options", "state"])
    record("import_started", run, actor=actor, detail={"file": run.file_name, "kind": run.kind})
    return run


def discard_upload(run: ImportRun) -> None:
    """Forget a file that was never started."""
    if run.state not in {ImportState.UPLOADED, ImportState.CHECKED}:
        raise Refused("This import has started; it can no longer be discarded.")
    put_away(run, FAILED)
    remove_upload(run)
    run.delete()


def guess_for(run: ImportRun, columns: tuple[str, ...]) -> dict[str, str]:
    """The likely column of each field."""
    return guess_columns(columns, fields_of(run.kind, queue_of(run)))


def left_out(preview: Preview, chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Columns of the file that mean nothing so far."""
    return unused_columns(preview.columns, chosen)


def _check_columns(columns: Mapping[str, str], fields: tuple[Field, ...]) -> None:
    for field in fields:
        if field.is_required and not columns.get(field.name):
            raise InvalidInput(f"Choose the column that holds: {field.title}.", detail={"field": field.name})
    asked = [field.name for field in fields if field.name.startswith("answer:")]
    if asked and not any(columns.get(name) for name in asked):
        raise InvalidInput("Choose the column that holds the label.", detail={"field": asked[0]})
    taken = [column for column in columns.values() if column]
    twice = next((column for column in taken if taken.count(column) > 1), None)
    if twice is not None:
        raise InvalidInput(f"The column {twice} is chosen twice. Give each field a column of its own.")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text if len(text) <= CELL_SHOWN else text[:CELL_SHOWN] + "…"
