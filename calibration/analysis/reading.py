"""Reading of rating files: CSV with a header, streamed, each refusal with its line."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout, period_source

Codes = NDArray[np.int64]
Progress = Callable[[float], None]

_CHUNK = 50_000
_DELIMITERS = ",;\t|"
_FIELD_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file as codes int64[rows], -1 for an empty cell.

    They are named by role: item, rater, gold, qa, `label 0` and on, `by NAME`.
    `words` holds the words behind the codes of item, rater, label (gold and qa share them) and each cut.
    """

    path: Path
    layout: Layout
    n_rows: int
    codes: dict[str, Codes]
    words: dict[str, tuple[str, ...]]


def read_header(path: Path) -> list[str]:
    """The names of the columns. Raises BadInput where the file cannot be read or is empty."""
    with _rows(path) as (reader, _):
        return _header(reader, path)


def read_columns(path: Path, layout: Layout, *, progress: Progress | None = None) -> Columns:
    """The columns of a layout that fits the header, as codes. Raises BadInput with the line that cannot be read."""
    with _rows(path) as (reader, done):
        header = _header(reader, path)
        places = _places(layout, header)
        words: dict[str, _Words] = {
            "item": _Words(),
            "rater": _Words(),
            "label": _Words(),
            **{c: _Words() for c in layout.by},
        }
        chunks: list[dict[str, Codes]] = []
        n_rows = 0
        for rows in iter(lambda: list(islice(reader, _CHUNK)), []):
            _check_widths(rows, len(header), n_rows, path)
            cells = list(zip(*rows, strict=True))
            chunks.append({name: words[_vocabulary(name)].codes(cells[place]) for name, place in places.items()})
            n_rows += len(rows)
            if progress:
                progress(done())
    if not n_rows:
        raise BadInput(f"{path} has a header but no rows. Add ratings below the header.")
    codes = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in places}
    return Columns(path, layout, n_rows, codes, {name: tuple(known)[1:] for name, known in words.items()})


def line_of(path: Path, row: int) -> int:
    """The line on which a row, counted from 0 below the header, ends."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
        lines = (reader.line_num for _ in filter(None, reader))
        return next(islice(lines, row + 1, None))


class _Words(dict[str, int]):
    """Codes of words in the order in which they came; the empty word has code 0."""

    def __init__(self) -> None:
        super().__init__({"": 0})

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self)
        return code

    def codes(self, column: Sequence[str]) -> Codes:
        """int64[R] codes of a column, -1 for an empty cell."""
        return np.fromiter(map(self.__getitem__, map(str.strip, column)), np.int64, len(column)) - 1


def _places(layout: Layout, header: Sequence[str]) -> dict[str, int]:
    """Where each column stands: item, rater, gold and qa by role, labels as `label 0` and on, cuts by name."""
    places = {"item": header.index(layout.item)}
    if not layout.wide:
        places["rater"] = header.index(layout.rater)
    for role, name in (("gold", layout.gold), ("qa", layout.qa)):
        if name:
            places[role] = header.index(name)
    people = layout.wide or (layout.label,)
    return (
        places
        | {f"label {n}": header.index(name) for n, name in enumerate(people)}
        | {f"by {cut}": header.index(period_source(cut)[0]) for cut in layout.by}
    )


def _vocabulary(name: str) -> str:
    if name in ("item", "rater"):
        return name
    return name.removeprefix("by ") if name.startswith("by ") else "label"


@contextmanager
def _rows(path: Path) -> Iterator[tuple[Iterator[list[str]], Callable[[], float]]]:
    """Rows of the file without blank ones, and how much of the file has been read."""
    csv.field_size_limit(_FIELD_LIMIT)
    try:
        size = max(path.stat().st_size, 1)
        with path.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
            try:
                yield filter(None, reader), lambda: min(raw.tell() / size, 1.0)
            except csv.Error as error:
                raise BadInput(f"{path}, line {_first_line_of_bad_row(path)}: {_csv_words(error)}") from error
    except UnicodeDecodeError as error:
        raise BadInput(_encoding_words(path)) from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error


def _delimiter(file: TextIO) -> str:
    line = file.readline()
    file.seek(0)
    return max(_DELIMITERS, key=line.count)


def _header(reader: Iterator[list[str]], path: Path) -> list[str]:
    header = [name.strip() for name in next(reader, [])]
    if not any(header):
        raise BadInput(
            f"{path} is empty. The first line names the columns: item,rater,label and, if there is one, gold."
        )
    return header


def _first_line_of_bad_row(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
        line = 0
        try:
            for _ in reader:
                line = reader.line_num
        except csv.Error:
            return line + 1
    return line


def _csv_words(error: csv.Error) -> str:
    if "field larger" in str(error) or "unexpected end" in str(error):
        return "a quotation mark is opened and never closed. Close it, or double it if it belongs to the text."
    return f"the line is not valid CSV ({error}). Save the file as CSV again."


def _encoding_words(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return f"{path} is saved as UTF-16. Save it as CSV in UTF-8."
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"{path}, line {number}: byte {error.start + 1} is not UTF-8. Save the file as CSV in UTF-8."
    return f"{path} is not UTF-8. Save it as CSV in UTF-8."


def _check_widths(rows: list[list[str]], width: int, before: int, path: Path) -> None:
    if set(map(len, rows)) == {width}:
        return
    place = next(place for place, row in enumerate(rows) if len(row) != width)
    line = line_of(path, before + place)
    raise BadInput(f"{path}, line {line}: {len(rows[place])} fields, but the header has {width}. Mend the line.")
