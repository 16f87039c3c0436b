"""Opening of files to be read, with a sentence for each that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from calibration.analysis.errors import BadInput


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, TextIOWrapper]]:
    """The bytes of a file and its text. Raises BadInput where it cannot be read or is not UTF-8."""
    try:
        with path.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            yield raw, text
    except UnicodeDecodeError as error:
        raise BadInput(_encoding_words(path)) from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error


def _encoding_words(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return f"{path} is saved as UTF-16. Save it in UTF-8."
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"{path}, line {number}: byte {error.start + 1} is not UTF-8. Save the file in UTF-8."
    return f"{path} is not UTF-8. Save it in UTF-8."
