"""Reading of rating files: the columns of a table as codes, streamed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout, period_source
from calibration.analysis.tables import Table

Codes = NDArray[np.int64]
Seconds = NDArray[np.float64]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file as codes int64[rows], -1 for an empty cell.

    They are named by role: item, rater, gold, qa, `label 0` and on, `by NAME`.
    `words` holds the words behind the codes of item, rater, label (gold and qa share them) and each cut. `seconds` is
    float64[rows], NaN for an empty cell, or None without a column of times.
    """

    table: Table
    layout: Layout
    n_rows: int
    codes: dict[str, Codes]
    words: dict[str, tuple[str, ...]]
    seconds: Seconds | None = None

    def place(self, row: int) -> str:
        """The file and the place of a row in it, as a sentence begins."""
        return f"{self.table.path}, {self.table.where(row)}"


def read_columns(table: Table, layout: Layout, *, progress: Progress | None = None) -> Columns:
    """The columns of a layout that fits the header, as codes. Raises BadInput with the place that cannot be read."""
    columns = _columns(layout)
    words: dict[str, _Words] = {name: _Words() for name in ("item", "rater", "label", *layout.by)}
    chunks: list[dict[str, Codes]] = []
    times: list[Seconds] = []
    n_rows = 0
    for cells in table.chunks([*columns.values(), *([layout.time] if layout.time else [])]):
        named = zip(columns, cells, strict=False)
        chunks.append({name: words[_vocabulary(name)].codes(column) for name, column in named})
        if layout.time:
            times.append(_seconds(table, layout.time, cells[-1], n_rows))
        n_rows += len(cells[0])
        if progress:
            progress(table.done)
    if not n_rows:
        raise BadInput(f"{table.path} has a header but no rows. Add ratings below the header.")
    codes = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in columns}
    known = {name: tuple(seen)[1:] for name, seen in words.items()}
    return Columns(table, layout, n_rows, codes, known, np.concatenate(times) if times else None)


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


def _columns(layout: Layout) -> dict[str, str]:
    """The column of each part: item, rater, gold and qa by role, labels as `label 0` and on, cuts by name."""
    found = {"item": layout.item}
    if not layout.wide:
        found["rater"] = layout.rater
    found |= {role: name for role, name in (("gold", layout.gold), ("qa", layout.qa)) if name}
    people = layout.wide or (layout.label,)
    return (
        found
        | {f"label {n}": name for n, name in enumerate(people)}
        | {f"by {cut}": period_source(cut)[0] for cut in layout.by}
    )


def _vocabulary(name: str) -> str:
    if name in ("item", "rater"):
        return name
    return name.removeprefix("by ") if name.startswith("by ") else "label"


def _seconds(table: Table, column: str, cells: Sequence[str], before: int) -> Seconds:
    """float64[R] seconds of the cells of a column. Raises BadInput for one that is no time."""
    try:
        found = np.array([float(cell) if cell.strip() else math.nan for cell in cells])
    except ValueError:
        found = np.full(len(cells), -1.0)
    if not (found < 0).any() and not np.isinf(found).any():
        return found
    row = next(row for row, cell in enumerate(cells) if not _is_time(cell))
    raise BadInput(
        f'{table.path}, {table.where(before + row)}: "{cells[row].strip()}" in "{column}" is no time. '
        "Write seconds as a number of 0 or more, as 12.5."
    )


def _is_time(cell: str) -> bool:
    try:
        return not cell.strip() or 0 <= float(cell) < math.inf
    except ValueError:
        return False
