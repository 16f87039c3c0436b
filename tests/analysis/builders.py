"""Files of ratings, and what is read from them."""

from pathlib import Path

from calibration.analysis.assembling import assemble
from calibration.analysis.layouts import Layout, fit_layout
from calibration.analysis.measures import Settings, measure
from calibration.analysis.reading import read_columns
from calibration.analysis.tables import open_table


def written(folder: Path, text: str | bytes, name: str = "ratings.csv") -> Path:
    """A file that holds the text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def ratings_of(path: Path, layout: Layout | None = None, **changes):
    """The ratings of a file, read as `analyze` reads them."""
    table = open_table(path, separator=changes.get("separator", ""))
    fitted = fit_layout(layout or Layout(), table.header, file=path.name)
    return assemble(read_columns(table, fitted), **changes)


def given(ratings):
    """(item, rater, label) of each rating in words."""
    return sorted(
        (ratings.items[i], ratings.raters[r], ratings.labels[label])
        for i, r, label in zip(ratings.item, ratings.rater, ratings.label, strict=True)
    )


def report_of(path: Path, layout: Layout | None = None, *, separator: str = "", **settings):
    """The report of a file."""
    return measure(ratings_of(path, layout, separator=separator), Settings(**settings))
