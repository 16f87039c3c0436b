"""JSON files of ratings: a record a line, or an array of records; streamed, each refusal with its place."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from calibration.analysis.errors import BadInput
from calibration.analysis.files import opened
from calibration.analysis.sets import EMPTY

Record = dict[str, Any]
Placed = tuple[str, Record]

_CHUNK = 50_000
_BLOCK = 1 << 20
_BETWEEN = re.compile(r"[\s,]*")
# So near its end, a text that cannot be read may go on in the next block.
_NEAR_END = 64


class RecordTable:
    """Records as rows: the columns are the names that any record has, in the order in which they come.

    `placed` gives the records anew each time, each with the words that tell where it stands.
    """

    def __init__(
        self, path: Path, placed: Callable[["JsonText"], Iterator[Placed]], *, separator: str, notes: Sequence[str] = ()
    ) -> None:
        self.path = path
        self.notes = tuple(notes)
        self._placed = placed
        self._text = JsonText(path)
        self._separator = separator
        self.header = list(dict.fromkeys(name for _, record in placed(self._text) for name in record))
        if not self.header:
            raise BadInput(f"{path} holds no records. Write one a rating, with item, rater and label.")

    @property
    def done(self) -> float:
        """The share of the file that has been read."""
        return self._text.done

    def chunks(self, names: Sequence[str]) -> Iterator[list[Sequence[str]]]:
        """The cells of the named columns, some ten thousand rows at a time; a name that a record lacks is empty."""
        placed = self._placed(self._text)
        for part in iter(lambda: list(islice(placed, _CHUNK)), []):
            yield [[self._cell(name, place, record.get(name)) for place, record in part] for name in names]

    def where(self, row: int) -> str:
        """The words for the place of a row, counted from 0."""
        place, _ = next(islice(self._placed(self._text), row, None))
        return place

    def _cell(self, name: str, place: str, value: object) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return self._list_cell(name, place, value)
        if isinstance(value, dict):
            self._refuse(place, f'"{name}" holds an object. A cell is a text, a number or a list of labels.')
        return _scalar_word(value)

    def _list_cell(self, name: str, place: str, values: list[object]) -> str:
        if any(isinstance(value, (dict, list)) for value in values):
            self._refuse(place, f'"{name}" holds a list of lists or objects. A label is a text or a number.')
        words = [_scalar_word(value) for value in values]
        if not self._separator:
            if len(words) > 1:
                self._refuse(place, f'"{name}" holds {len(words)} labels. If labels are sets, add --multi "|".')
            return words[0] if words else ""
        holding = [word for word in words if self._separator in word]
        if holding:
            self._refuse(
                place,
                f'label "{holding[0]}" holds the separator "{self._separator}". Name another one with --multi.',
            )
        return self._separator.join(words) or EMPTY

    def _refuse(self, place: str, words: str) -> NoReturn:
        raise BadInput(f"{self.path}, {place}: {words}")


class JsonText:
    """The text of a JSON file, read in order; `done` tells how much of it has been read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done = 0.0

    def lines(self) -> Iterator[Placed]:
        """The record of each line; blank lines are left out. Raises BadInput, with the line."""
        with opened(self.path) as (raw, text):
            size = max(self.path.stat().st_size, 1)
            for number, line in enumerate(text, 1):
                if number % 1000 == 0:
                    self.done = min(raw.tell() / size, 1.0)
                if not line.isspace():
                    yield f"line {number}", self._record(f"line {number}", self._parsed(line, number))

    def objects(self, name: str = "record") -> Iterator[Placed]:
        """The objects of an array, or objects that follow each other. Raises BadInput, with the line or the object."""
        decoder = json.JSONDecoder(parse_constant=_refuse_constant)
        with opened(self.path) as (raw, text):
            size = max(self.path.stat().st_size, 1)
            window = _Window(iter(lambda: text.read(_BLOCK), ""))
            is_array = window.skip_opening()
            number = 0
            while window.skip_between():
                if is_array and window.at("]"):
                    break
                number += 1
                found = self._decoded(decoder, window)
                self.done = min(raw.tell() / size, 1.0)
                yield f"{name} {number}", self._record(f"{name} {number}", found)

    def _decoded(self, decoder: json.JSONDecoder, window: "_Window") -> object:
        while True:
            try:
                return window.take(decoder)
            except json.JSONDecodeError as error:
                if window.may_go_on(error) and window.grow():
                    continue
                line = window.line_of(error.pos)
                raise BadInput(f"{self.path}, line {line}: {_json_words(error)}") from error
            except _BadConstantError as error:
                raise BadInput(f"{self.path}, line {window.line_of(window.position)}: {error}") from error

    def _parsed(self, line: str, number: int) -> object:
        try:
            return _LINE_DECODER.decode(line)
        except json.JSONDecodeError as error:
            raise BadInput(f"{self.path}, line {number}: {_json_words(error)}") from error
        except _BadConstantError as error:
            raise BadInput(f"{self.path}, line {number}: {error}") from error

    def _record(self, place: str, found: object) -> Record:
        if not isinstance(found, dict):
            raise BadInput(
                f'{self.path}, {place} is not an object. Write each as {{"item": ..., "rater": ..., "label": ...}}.'
            )
        return found


class _Window:
    """The part of a text that has been read and not yet used."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._text = next(blocks, "")
        self._lines_before = 0
        self._grown = 1
        self.position = 0

    def at(self, character: str) -> bool:
        return self._text.startswith(character, self.position)

    def skip_opening(self) -> bool:
        """Go past what opens an array; whether there was one."""
        self.skip_between()
        is_array = self.at("[")
        self.position += is_array
        return is_array

    def skip_between(self) -> bool:
        """Go past spaces and commas; whether anything is left."""
        while True:
            match = _BETWEEN.match(self._text, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self._text):
                return True
            if not self.grow():
                return False

    def take(self, decoder: json.JSONDecoder) -> object:
        found, self.position = decoder.raw_decode(self._text, self.position)
        self._grown = 1
        return found

    def may_go_on(self, error: json.JSONDecodeError) -> bool:
        return "Unterminated" in error.msg or error.pos >= len(self._text) - _NEAR_END

    def grow(self) -> bool:
        """Read on, twice as far each time that the same object does not end; whether there was more."""
        more = "".join(islice(self._blocks, self._grown))
        self._grown *= 2
        self._lines_before += self._text.count("\n", 0, self.position)
        self._text, self.position = self._text[self.position :] + more, 0
        return bool(more)

    def line_of(self, position: int) -> int:
        return self._lines_before + self._text.count("\n", 0, position) + 1


class _BadConstantError(ValueError):
    """A number that JSON does not have."""


def _refuse_constant(word: str) -> NoReturn:
    raise _BadConstantError(f"{word} is not a JSON number. Leave out what is missing, or write null.")


_LINE_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _json_words(error: json.JSONDecodeError) -> str:
    return f"the text is not valid JSON ({error.msg}). Mend it there."


def _scalar_word(value: object) -> str:
    """A value as the word that a CSV would hold: numbers without a needless fraction, nothing for null.

    >>> [_scalar_word(value) for value in ("a", 2, 2.0, 2.5, True, None)]
    ['a', '2', '2', '2.5', 'true', '']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
