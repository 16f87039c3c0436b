"""CSV files with a header: commas, semicolons, tabs or bars."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

from calibration.analysis.errors import BadInput
from calibration.analysis.files import opened

_CHUNK = 50_000
_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 1_000_000


class DelimitedTable:
    """The rows of a CSV file. Raises BadInput, with the line, for what cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done = 0.0
        self.notes: tuple[str, ...] = ()
        with self._rows() as reader:
            self.header = [name.strip() for name in next(reader, [])]
        if not any(self.header):
            raise BadInput(
                f"{path} is empty. The first line names the columns: item,rater,label and, if there is one, gold."
            )

    def chunks(self, names: Sequence[str]) -> Iterator[list[Sequence[str]]]:
        """The cells of the named columns, some ten thousand rows at a time."""
        places = [self.header.index(name) for name in names]
        n_rows = 0
        with self._rows() as reader:
            next(reader)
            for rows in iter(lambda: list(islice(reader, _CHUNK)), []):
                self._check_widths(rows, n_rows)
                cells = list(zip(*rows, strict=True))
                yield [cells[place] for place in places]
                n_rows += len(rows)

    def where(self, row: int) -> str:
        """The line on which a row, counted from 0 below the header, ends."""
        with _long_fields(), self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
            lines = (reader.line_num for _ in filter(None, reader))
            return f"line {next(islice(lines, row + 1, None))}"

    @contextmanager
    def _rows(self) -> Iterator[Iterator[list[str]]]:
        """Rows of the file without blank ones; `done` tells how much of the file has been read."""
        with _long_fields(), opened(self.path) as (raw, file):
            reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
            try:
                yield self._told(filter(None, reader), raw, max(self.path.stat().st_size, 1))
            except csv.Error as error:
                raise BadInput(f"{self.path}, line {self._first_line_of_bad_row()}: {_csv_words(error)}") from error

    def _told(self, rows: Iterator[list[str]], raw: BinaryIO, size: int) -> Iterator[list[str]]:
        for number, row in enumerate(rows):
            if number % _CHUNK == 0:
                self.done = min(raw.tell() / size, 1.0)
            yield row

    def _first_line_of_bad_row(self) -> int:
        with _long_fields(), self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
            line = 0
            try:
                for _ in reader:
                    line = reader.line_num
            except csv.Error:
                return line + 1
        return line

    def _check_widths(self, rows: list[list[str]], before: int) -> None:
        width = len(self.header)
        if set(map(len, rows)) == {width}:
            return
        place = next(place for place, row in enumerate(rows) if len(row) != width)
        where = self.where(before + place)
        raise BadInput(f"{self.path}, {where}: {len(rows[place])} fields, but the header has {width}. Mend the line.")


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let fields be longer than usual; the limit is one for the whole process, so it is put back."""
    usual = csv.field_size_limit(_FIELD_LIMIT)
    try:
        yield
    finally:
        csv.field_size_limit(usual)


def _delimiter(file: TextIO) -> str:
    line = file.readline()
    file.seek(0)
    return max(_DELIMITERS, key=line.count)


def _csv_words(error: csv.Error) -> str:
    if "field larger" in str(error) or "unexpected end" in str(error):
        return "a quotation mark is opened and never closed. Close it, or double it if it belongs to the text."
    return f"the line is not valid CSV ({error}). Save the file as CSV again."
