"""Lines of a text file, decoded strictly and in bounded memory."""

from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import BinaryIO

from labeling.importing.problems import FileRefused

LONGEST_RECORD = 2_000_000
UTF8 = "utf-8"
# What programs of Western Europe wrote before UTF-8, and the same without the holes in it.
WESTERN = "cp1252"
ANY_BYTES = "latin-1"
UTF8_MARK = b"\xef\xbb\xbf"
# What a file of another kind begins with, and what to do about it.
OTHER_KINDS = {
    b"\xff\xfe": "The file is UTF-16 text. Save it again as CSV UTF-8, or as UTF-8 text.",
    b"\xfe\xff": "The file is UTF-16 text. Save it again as CSV UTF-8, or as UTF-8 text.",
    b"PK\x03\x04": "This is a spreadsheet or zip file, not text. Save the sheet as CSV UTF-8 and upload that.",
    b"\x1f\x8b": "The file is compressed. Unpack it and upload the text inside.",
    b"%PDF": "This is a PDF, not text. Export the rows as CSV UTF-8 and upload that.",
}


class Lines:
    """Iterates over decoded lines, line ends kept. `number` and `bytes_read` tell how far it is.

    Raises FileRefused at the first line that is no UTF-8 text or makes one record longer than two million bytes.
    """

    def __init__(self, stream: BinaryIO, encoding: str = UTF8) -> None:
        self._stream = stream
        self._encoding = encoding
        self._record_bytes = 0
        self.number = 0
        self.bytes_read = 0

    def __iter__(self) -> Iterator[str]:
        readline = self._stream.readline
        while raw := readline(LONGEST_RECORD + 1):
            self.number += 1
            self.bytes_read += len(raw)
            self._record_bytes += len(raw)
            if self._record_bytes > LONGEST_RECORD:
                raise FileRefused(_too_long(), line=self.number)
            yield self._decode(raw)

    def end_record(self) -> None:
        """The reader has a whole record: the next one may be as long again."""
        self._record_bytes = 0

    def _decode(self, raw: bytes) -> str:
        if self.number == 1:
            raw = _without_mark(raw)
        if b"\0" in raw:
            message = "This line holds a NUL byte, so the file is damaged or no text. Export it again as CSV UTF-8."
            raise FileRefused(message, line=self.number)
        try:
            return raw.decode(self._encoding)
        except UnicodeDecodeError as error:
            message = (
                f"This line is not UTF-8 text (byte {error.start + 1} of the line). Save the file again as CSV UTF-8."
            )
            raise FileRefused(message, line=self.number) from error


class Encodings:
    """Finds out, chunk by chunk, in which encoding a file can be read."""

    def __init__(self) -> None:
        self._left = {name: getincrementaldecoder(name)() for name in (UTF8, WESTERN)}

    def look_at(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Rule out the encodings that do not know these bytes."""
        for name, decoder in list(self._left.items()):
            try:
                decoder.decode(chunk, is_last)
            except UnicodeDecodeError:
                del self._left[name]

    @property
    def best(self) -> str:
        """UTF-8 if it can be, else what is most likely."""
        return next(iter(self._left), ANY_BYTES)


def _without_mark(raw: bytes) -> bytes:
    for start, message in OTHER_KINDS.items():
        if raw.startswith(start):
            raise FileRefused(message)
    return raw.removeprefix(UTF8_MARK)


def _too_long() -> str:
    return (
        "The row that ends here is longer than 2,000,000 bytes. Most often a quote was opened and never closed: "
        'look for a single " in or before this line.'
    )
