"""What an item shows, read from a row."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from labeling.engine.contents import check_content
from labeling.engine.errors import ContentError
from labeling.importing.cells import checked, shown, text_of
from labeling.importing.problems import RowRefused


@dataclass(frozen=True, slots=True)
class Content:
    """Typed content as items store it: text `{"text"}`, conversation `{"turns": [{"role", "text"}]}`."""

    kind: str
    value: dict[str, object]


def content_of(*, text: object, turns: object, content: object, kind: object) -> Content | None:
    """The content that a row gives in one of three ways, or None if it gives none. Raises RowRefused otherwise."""
    given = [name for name, value in (("text", text), ("turns", turns), ("content", content)) if _is_given(value)]
    if not given:
        return None
    if len(given) > 1:
        raise RowRefused(f"The row gives its content twice, as {given[0]} and as {given[1]}. Keep one of them.")
    found = _read(given[0], text, turns, content)
    if _is_given(kind):
        _check_kind(text_of(kind, "The kind"), found)
    return found


def _is_given(value: object) -> bool:
    return not (value is None or (isinstance(value, str) and not value.strip()))


def _check_kind(kind: str, found: Content) -> None:
    if kind.strip().lower() != found.kind:
        raise RowRefused(f"The kind is {shown(kind)}, but the content is of kind {found.kind}. Correct one of them.")


def _read(name: str, text: object, turns: object, content: object) -> Content:
    if name == "text":
        return _typed("text", {"text": text_of(text, "The text")})
    if name == "turns":
        return _typed("conversation", {"turns": _decoded(turns, name)})
    decoded = _decoded(content, name)
    if isinstance(decoded, Mapping) and "turns" in decoded:
        return _typed("conversation", decoded)
    return _typed("text", decoded)


def _typed(kind: str, value: object) -> Content:
    try:
        return Content(kind, check_content(kind, value))
    except ContentError as error:
        raise RowRefused(error.message) from error


def _decoded(value: object, name: str) -> object:
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(checked(value, name))
    except (msgspec.DecodeError, RecursionError):
        raise RowRefused(
            f"The column {name} is no JSON: {shown(value)}. Put plain text into the column text."
        ) from None
