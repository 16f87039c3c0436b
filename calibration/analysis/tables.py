"""Which kind of file holds the ratings, told from its name and what it begins with."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from calibration.analysis.delimited import DelimitedTable
from calibration.analysis.errors import BadInput
from calibration.analysis.files import opened
from calibration.analysis.label_studio import annotation_rows, are_tasks, control_names
from calibration.analysis.records import JsonText, Placed, RecordTable

_DELIMITED = {".csv", ".tsv"}
_LINES = {".jsonl", ".ndjson"}


class Table(Protocol):
    """Rows of cells under named columns, streamed; `notes` say what was left out."""

    path: Path
    header: list[str]
    notes: tuple[str, ...]

    @property
    def done(self) -> float:
        """The share of the file that has been read."""

    def chunks(self, names: Sequence[str]) -> Iterator[list[Sequence[str]]]:
        """The cells of the named columns, a part of the rows at a time."""

    def where(self, row: int) -> str:
        """The words for the place of a row, counted from 0: "line 7"."""


def open_table(path: Path, *, separator: str = "") -> Table:
    """The table of a file: CSV, JSON Lines, an array of records, or tasks of Label Studio.

    `separator` joins the labels of a list, where labels are sets. Raises BadInput where the file cannot be read.
    """
    start = _start(path)
    if path.suffix.lower() in _DELIMITED or (path.suffix.lower() not in _LINES and start not in ("[", "{")):
        return DelimitedTable(path)
    if not start:
        raise BadInput(f"{path} is empty. Write a record a line, with item, rater and label.")
    read = _lines if _is_lines(path, start) else _objects
    _, first = next(read(JsonText(path)), ("", {}))
    if are_tasks(first):
        return _tasks(path, separator)
    return RecordTable(path, read, separator=separator)


def _start(path: Path) -> str:
    """The first character that is not a space."""
    with opened(path) as (_, text):
        return text.read(1000).lstrip()[:1]


def _is_lines(path: Path, start: str) -> bool:
    """Whether each line is a record: not an array, and not one object that fills several lines."""
    if path.suffix.lower() in _LINES:
        return True
    if start != "{":
        return False
    with opened(path) as (_, text):
        first = next(filter(str.strip, text), "")
    return first.strip().endswith("}")


def _lines(text: JsonText) -> Iterator[Placed]:
    return text.lines()


def _objects(text: JsonText) -> Iterator[Placed]:
    return text.objects()


def _task_objects(text: JsonText) -> Iterator[Placed]:
    """Tasks of an array, or one after another."""
    return text.objects("task")


def _tasks(path: Path, separator: str) -> RecordTable:
    controls, cancelled = control_names(path, _task_objects(JsonText(path)))
    were = "annotation was" if cancelled == 1 else "annotations were"
    notes = [f"{cancelled:,} cancelled {were} left out."] if cancelled else []
    rows = partial(_rows_of_tasks, path, controls)
    return RecordTable(path, rows, separator=separator, notes=notes)


def _rows_of_tasks(path: Path, controls: list[str], text: JsonText) -> Iterator[Placed]:
    return annotation_rows(path, _task_objects(text), controls)
