"""Tables as CSV that stay inert when a spreadsheet opens them."""

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.utils.text import slugify

from calibration.stats import Estimate

# A cell that begins with one of these may be taken for a formula, so it gets an apostrophe before it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
INTERVAL = ("value", "lower", "upper", "n")


def csv_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV download: UTF-8 with a mark that Excel reads."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name) or "table"}.csv"'
    answer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer = csv.writer(answer)
    writer.writerow(headings)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return answer


def inert(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, nothing stays empty."""
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def estimate_headings(name: str) -> list[str]:
    """The four columns of an estimate."""
    return [name, *(f"{name} {part}" for part in INTERVAL[1:])]


def estimate_cells(estimate: Estimate) -> list[object]:
    """Value, bounds and n; what is undefined stays empty, never 0."""
    return [getattr(estimate, part) for part in INTERVAL]
