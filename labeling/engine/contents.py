"""What items show: the shape of each kind, and the hash by which exposure is counted."""

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256

from labeling.engine.errors import ContentError

LONGEST_TEXT = 100_000
MOST_TURNS = 500
LONGEST_ROLE = 60
HALF_A_PAIR = re.compile("[\ud800-\udfff]")

Content = dict[str, object]


def check_content(kind: str, content: object) -> Content:
    """The content in its exact shape: no key more, no key less. Raises ContentError.

    >>> check_content("text", {"text": "Win a phone"})
    {'text': 'Win a phone'}
    """
    check = _CHECKS.get(kind)
    if check is None:
        raise ContentError("kind", f"“{kind}” is no kind of content. Use one of: {', '.join(_CHECKS)}.")
    if not isinstance(content, Mapping):
        raise ContentError("content", "The content must be an object.")
    return check(content)


def content_hash(kind: str, content: Mapping[str, object]) -> str:
    """SHA-256 of kind and content, the same for the same content in any order of keys.

    >>> content_hash("text", {"text": "a"}) == content_hash("text", {"text": "b"})
    False
    """
    plain = json.dumps([kind, content], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _check_text(content: Mapping[object, object]) -> Content:
    _check_keys(content, {"text"}, "content")
    return {"text": _text(content.get("text"), "text")}


def _check_conversation(content: Mapping[object, object]) -> Content:
    _check_keys(content, {"turns"}, "content")
    turns = content.get("turns")
    if not isinstance(turns, list) or not turns:
        raise ContentError("turns", "A conversation needs a list “turns” with one turn or more.")
    if len(turns) > MOST_TURNS:
        raise ContentError(
            "turns",
            f"A conversation has {len(turns)} turns; {MOST_TURNS} is the most. Split it.",
        )
    return {"turns": [_turn(turn, number) for number, turn in enumerate(turns, start=1)]}


def _turn(turn: object, number: int) -> Content:
    field = f"turns.{number}"
    if not isinstance(turn, Mapping):
        raise ContentError(field, f"Turn {number} must be an object with “role” and “text”.")
    _check_keys(turn, {"role", "text"}, field)
    role = _text(turn.get("role"), f"{field}.role")
    if len(role) > LONGEST_ROLE:
        raise ContentError(
            f"{field}.role",
            f"The role of turn {number} is longer than {LONGEST_ROLE} characters.",
        )
    return {"role": role, "text": _text(turn.get("text"), f"{field}.text")}


def _check_keys(content: Mapping[object, object], wanted: set[str], field: str) -> None:
    surplus = sorted(str(key) for key in content if key not in wanted)
    if surplus:
        raise ContentError(
            field,
            f"“{surplus[0]}” is not known here. Use only: {', '.join(sorted(wanted))}.",
        )


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ContentError(field, f"“{field}” must be a text that is not empty.")
    if "\0" in value:
        raise ContentError(field, f"“{field}” holds a NUL character. Remove it.")
    if HALF_A_PAIR.search(value):
        raise ContentError(field, f"“{field}” holds half of a surrogate pair. Save the text as UTF-8.")
    if len(value) > LONGEST_TEXT:
        raise ContentError(field, f"“{field}” is longer than {LONGEST_TEXT:,} characters. Shorten it.")
    return value


_CHECKS: dict[str, Callable[[Mapping[object, object]], Content]] = {
    "text": _check_text,
    "conversation": _check_conversation,
}
