"""Pasted or uploaded text as lines of cells."""

import codecs
import csv
from collections.abc import Iterable
from dataclasses import dataclass

from qaplatform.errors import InvalidInput

MOST_BYTES = 2_000_000
MOST_LINES = 2_001
MOST_CELLS = 60
DELIMITERS = "\t;,|"
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Line:
    """One line of a sheet; `number` counts from 1 as editors do."""

    number: int
    cells: tuple[str, ...]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, else as Western European Windows saves it.

    >>> decode("Zoë".encode("cp1252"))
    'Zoë'
    """
    if content.startswith(b"PK"):
        raise InvalidInput("This is a spreadsheet file. Save it as CSV, or copy its cells and paste them here.")
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_lines(text: str) -> tuple[Line, ...]:
    """Lines that say something, cells trimmed. Raises InvalidInput where that cannot be read.

    >>> [line.cells for line in read_lines("Ana;ana@example.org")]
    [('Ana', 'ana@example.org')]
    """
    if len(text) > MOST_BYTES:
        raise InvalidInput("The list is longer than 2 MB. Send it in parts.")
    if "\0" in text:
        raise InvalidInput("This is no text: it holds NUL characters. Save the list as CSV and try again.")
    lines = tuple(_read(text))
    if not lines:
        raise InvalidInput("The list is empty. Paste a line for each person, or choose a CSV file.")
    if len(lines) > MOST_LINES:
        raise InvalidInput(
            f"The list has {len(lines):,} lines; {MOST_LINES - 1:,} people at a time are the most. "
            "Is it a list of people? If so, send it in parts."
        )
    return lines


def _read(text: str) -> Iterable[Line]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text), skipinitialspace=True, strict=True)
    begins = 1
    try:
        for row in reader:
            cells = tuple(" ".join(cell.split()) for cell in row)
            if any(cells):
                yield Line(begins, cells[:MOST_CELLS])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InvalidInput(
            f"Line {begins} cannot be read: a quote is opened and not closed, or a cell is very long. Correct it."
        ) from error


def _delimiter(text: str) -> str:
    """Whatever separates most cells in the first lines; tabs win, as spreadsheets paste them."""
    head = "\n".join(text.splitlines()[:20])
    return max(DELIMITERS, key=lambda mark: (mark == "\t" and mark in head, head.count(mark)))
