"""Tables that stay inert when a spreadsheet opens them."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse
from django.utils.text import slugify

# A cell that begins with one of these may be taken for a formula, so it gets an apostrophe before it.
# The last four are their wide forms, which some spreadsheets read alike.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV download: UTF-8 with a mark that Excel reads."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slugify(name) or "table"}.csv"'
    answer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    answer.writelines(csv_lines(columns, rows))
    return answer


def inert_cell(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, nothing stays empty.

    >>> inert_cell("=1+1"), inert_cell("\uff20SUM(A1)")[0], inert_cell(-3), inert_cell(None)
    ("'=1+1", "'", -3, '')
    """
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a CSV file, as they come."""
    writer = csv.writer(_Line())
    yield writer.writerow([inert_cell(name) for name in columns])
    for row in rows:
        yield writer.writerow([inert_cell(cell) for cell in row])


class _Line:
    """What the csv module writes to: keeps the one line."""

    def write(self, text: str) -> str:
        return text
