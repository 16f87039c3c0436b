"""How far an import is, written where others can see it while the import's own transaction is still open."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from labeling.importing.tables import Row, Table
from labeling.models import ImportRun

ROWS_A_REPORT = 5_000
WRITE_PROGRESS = f"UPDATE {ImportRun._meta.db_table} SET bytes_read = %s, rows_read = %s WHERE id = %s"  # noqa: S608, SLF001


class Progress:
    """Counts rows and reports them through a second connection, which commits each report at once."""

    def __init__(self, run: ImportRun, connection: BaseDatabaseWrapper) -> None:
        self._run = run
        self._connection = connection
        self.rows_read = 0
        self.bytes_read = 0

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of a table, counted."""
        for row in table.rows:
            self.rows_read += 1
            if self.rows_read % ROWS_A_REPORT == 0:
                self._report(table)
            yield row
        self._report(table)

    def _report(self, table: Table) -> None:
        self.bytes_read = table.lines.bytes_read
        with self._connection.cursor() as cursor:
            cursor.execute(WRITE_PROGRESS, [self.bytes_read, self.rows_read, self._run.pk])


@contextmanager
def progress_of(run: ImportRun) -> Iterator[Progress]:
    """A progress of this run. The import's own transaction must not touch the run's row until the rows are read."""
    connection = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield Progress(run, connection)
    finally:
        connection.close()
