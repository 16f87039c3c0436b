"""Opening the file of a run, and copying its decisions into the database's temporary table."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from labeling.importing.decisions import DecisionReader
from labeling.importing.lines import UTF8
from labeling.importing.meanings import DecisionMapping
from labeling.importing.problems import Problems
from labeling.importing.tables import Table, format_of, open_table
from labeling.models import ImportRun
from labeling.queries import decision_imports as sql
from labeling.services.imports.progress import Progress
from labeling.services.imports.staging import copy_rows, execute
from labeling.services.imports.uploads import upload_path


def mapping_of_run(run: ImportRun) -> DecisionMapping:
    """What the columns were said to mean."""
    return DecisionMapping.from_json(run.options["mapping"])


@contextmanager
def opened(run: ImportRun) -> Iterator[Table]:
    """The file of a run as a table. Raises FileRefused where it cannot be read."""
    with upload_path(run).open("rb") as stream:
        yield open_table(stream, format_of(run.file_name), Problems(), encoding=run.options.get("encoding", UTF8))


def stage_file(
    run: ImportRun, table: Table, progress: Progress, *, day_first: Mapping[str, bool], now: datetime
) -> DecisionReader:
    """Copy all decisions of a table, and give back the names that it holds. Raises MappingRefused, FileRefused."""
    reader = DecisionReader(mapping_of_run(run), day_first, run.options["digest"], now)
    execute(sql.STAGE)
    execute(sql.MORE_MEMORY)
    copy_rows(sql.COPY, reader.staged(table, progress.rows(table)))
    execute(sql.ANALYZE)
    return reader
