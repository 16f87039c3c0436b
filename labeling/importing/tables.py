"""CSV and JSON lines as one shape: named columns, and rows that know their line."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, NamedTuple

import msgspec

from labeling.importing.lines import UTF8, Lines
from labeling.importing.problems import FileRefused, Problems

DELIMITERS = ",;\t"
LONGEST_CELL = csv.field_size_limit()
MOST_COLUMNS = 200
SCANNED_RECORDS = 200


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSONL = "jsonl"


class Row(NamedTuple):
    """One record and the line it begins in. Cells of CSV are text; those of JSON lines are whatever JSON says."""

    line: int
    values: dict[str, object]


@dataclass(frozen=True)
class Table:
    """A file being read: `rows` can be gone through once; broken rows are noted in `problems` and left out."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    lines: Lines
    problems: Problems


def format_of(file_name: str) -> FileFormat:
    """How a file of this name is written. Raises FileRefused for names that say neither CSV nor JSON lines."""
    ending = file_name.lower().rpartition(".")[2]
    if ending in {"csv", "tsv", "txt"}:
        return FileFormat.CSV
    if ending in {"jsonl", "ndjson"}:
        return FileFormat.JSONL
    raise FileRefused(
        "Files end in .csv (or .tsv) or .jsonl. Save this one in one of the two forms and upload it again."
    )


def open_table(stream: BinaryIO, file_format: FileFormat, problems: Problems, *, encoding: str = UTF8) -> Table:
    """Begin to read a file. Raises FileRefused, here or while rows are read, where the file cannot be read on."""
    lines = Lines(stream, encoding)
    return _open_csv(lines, problems) if file_format is FileFormat.CSV else _open_jsonl(lines, problems)


def _open_csv(lines: Lines, problems: Problems) -> Table:
    source = iter(lines)
    first = next(source, "")
    if not first.strip():
        raise FileRefused("The file is empty, or its first line is. The first line must name the columns.", line=1)
    delimiter = max(DELIMITERS, key=first.count)
    header = _records(_chain(first, source), lines, delimiter)
    _, names = next(header)
    columns = _checked_header(names)
    return Table(columns, _csv_rows(header, columns, problems), lines, problems)


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _records(source: Iterator[str], lines: Lines, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            lines.end_record()
            yield begins, cells
            begins = lines.number + 1
    except csv.Error as error:
        raise FileRefused(_csv_words(str(error)), line=begins) from error


def _csv_words(error: str) -> str:
    if "field larger" in error:
        return (
            f"A cell that begins here is longer than {LONGEST_CELL:,} characters. Shorten it, or close the quote that "
            "was left open."
        )
    if "unexpected end" in error:
        return 'A quote that opens in this row is never closed. Close it, or write a quote inside a cell as "".'
    if "new-line character" in error:
        return "The line ends of this file are those of old Macs. Save it again with Windows or Unix line ends."
    return 'The quotes of this row do not fit. Put the whole cell in quotes, and write a quote inside it as "".'


def _checked_header(names: list[str]) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in names)
    if len(columns) > MOST_COLUMNS:
        raise FileRefused(
            f"There are {len(columns)} columns; {MOST_COLUMNS} are the most. Take out those not needed.", line=1
        )
    for position, name in enumerate(columns, start=1):
        if not name:
            raise FileRefused(f"Column {position} has no name. Name it, or take it out.", line=1)
        if columns.index(name) != position - 1:
            raise FileRefused(f"Two columns are named {name}. Rename one or take it out.", line=1)
    return columns


def _csv_rows(records: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], problems: Problems) -> Iterator[Row]:
    width = len(columns)
    line = 1
    for line, cells in records:
        if len(cells) == width:
            yield Row(line, dict(zip(columns, cells, strict=True)))
        elif cells:
            problems.add(line, f"This row has {len(cells)} cells, the header has {width}. Check commas and quotes.")
    if line == 1:
        raise FileRefused(
            "The file names its columns and holds no rows below them. Export it again with its rows.", line=1
        )


def _open_jsonl(lines: Lines, problems: Problems) -> Table:
    rows = _jsonl_rows(lines, problems)
    head = [row for _, row in zip(range(SCANNED_RECORDS), rows, strict=False)]
    if not head and not problems:
        raise FileRefused("The file is empty. Each line must be one JSON object.", line=1)
    columns = tuple(dict.fromkeys(name for row in head for name in row.values))
    return Table(columns, _chain_rows(head, rows), lines, problems)


def _chain_rows(head: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from head
    yield from rest


def _jsonl_rows(lines: Lines, problems: Problems) -> Iterator[Row]:
    decode = msgspec.json.Decoder().decode
    for text in lines:
        lines.end_record()
        if text.isspace():
            continue
        try:
            record = decode(text)
        except (msgspec.DecodeError, RecursionError):
            problems.add(
                lines.number, "This line is no JSON. Each line must be one JSON object, without line breaks in it."
            )
            continue
        if not isinstance(record, dict):
            problems.add(
                lines.number, 'This line is JSON, but no object. Write it as {"external_id": "…", "text": "…"}.'
            )
            continue
        if any("\0" in name for name in record):
            problems.add(lines.number, "A name in this line holds a NUL character (\\u0000). Take it out.")
            continue
        yield Row(lines.number, record)
