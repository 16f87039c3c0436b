"""Files of ratings, and what is read from them."""

from pathlib import Path

from calibration.analysis.assembling import assemble
from calibration.analysis.layouts import Layout, fit_layout
from calibration.analysis.measures import Settings, measure
from calibration.analysis.reading import read_columns, read_header


def written(folder: Path, text: str | bytes, name: str = "ratings.csv") -> Path:
    """A file that holds the text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def ratings_of(path: Path, layout: Layout | None = None, **changes):
    """The ratings of a file, read as `analyze` reads them."""
    fitted = fit_layout(layout or Layout(), read_header(path), file=path.name)
    return assemble(read_columns(path, fitted), **changes)


def report_of(path: Path, layout: Layout | None = None, **settings):
    """The report of a file."""
    return measure(ratings_of(path, layout), Settings(**settings))
