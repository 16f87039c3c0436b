"""Which column of a file means what."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """Something that a row may say. `also` are other names under which files carry it."""

    name: str
    title: str
    also: tuple[str, ...] = ()
    is_required: bool = False
    explanation: str = ""


ITEM_FIELDS = (
    Field(
        "external_id",
        "Item id",
        ("id", "item", "item_id", "uid", "case_id", "content_id"),
        is_required=True,
        explanation="Your own id. The same id again is the same item, so a file can be sent twice without doubling.",
    ),
    Field("text", "Text", ("content_text", "body", "message", "post", "comment")),
    Field(
        "turns",
        "Conversation",
        ("conversation", "messages", "dialogue"),
        explanation='[{"role": "user", "text": "…"}, …]',
    ),
    Field("content", "Content as JSON", ("data",), explanation='{"text": "…"} or {"turns": […]}'),
    Field("kind", "Kind of content", ("content_kind",)),
    Field("language", "Language", ("lang", "locale")),
    Field("sensitive", "Sensitive: covered until revealed", ("is_sensitive", "nsfw")),
    Field("priority", "Priority", ("prio",)),
    Field("due_at", "Due", ("due", "deadline")),
)
CONTENT_FIELDS = frozenset({"text", "turns", "content", "kind", "language", "sensitive"})
LABEL_FIELDS = (
    Field("item", "Item id", ("external_id", "item_id", "id", "case_id", "content_id"), is_required=True),
    Field(
        "labeler",
        "Labeler",
        ("rater", "annotator", "worker", "reviewer", "moderator", "labeler_id", "rater_id", "username", "user"),
        is_required=True,
        explanation="Their id at their vendor, or their user name here.",
    ),
    Field("vendor", "Vendor", ("company", "agency", "site")),
    Field("labeled_at", "When", ("created_at", "date", "timestamp", "decided_at", "time", "labelled_at")),
    Field("rationale", "Rationale", ("reason", "note", "comment")),
    *(field for field in ITEM_FIELDS if field.name in CONTENT_FIELDS),
)
CONTEXT_PREFIX = "context."


def question_fields(questions: Iterable[tuple[str, str]]) -> tuple[Field, ...]:
    """One field a question (key, prompt); the first also answers to the usual names of a label column."""
    usual = ("label", "decision", "answer", "category", "labels")
    return tuple(
        Field(f"answer:{key}", f"Answer to “{prompt}”", (key, prompt, *(usual if position == 0 else ())))
        for position, (key, prompt) in enumerate(questions)
    )


def guess_columns(columns: Sequence[str], fields: Iterable[Field]) -> dict[str, str]:
    """The likely column of each field, by name; each column is used once, exact names first.

    >>> guess_columns(("item", "rater", "label"), LABEL_FIELDS)
    {'item': 'item', 'labeler': 'rater'}
    """
    plain = {_plain(column): column for column in reversed(columns)}
    wanted = [(field.name, _plain(name)) for field in fields for name in (field.name, *field.also)]
    exact = [(name, asked) for name, asked in wanted if asked == _plain(name)]
    guess: dict[str, str] = {}
    for name, asked in exact + wanted:
        column = plain.get(asked)
        if column is not None and name not in guess and column not in guess.values():
            guess[name] = column
    return guess


def context_columns(columns: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Columns named `context.…` with the names that they give.

    >>> context_columns(("id", "context.country"))
    (('context.country', 'country'),)
    """
    return tuple((name, name.removeprefix(CONTEXT_PREFIX)) for name in columns if name.startswith(CONTEXT_PREFIX))


def unused_columns(columns: Iterable[str], chosen: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that will be left out, to be told before the import."""
    used = {*chosen.values(), "context"}
    return tuple(name for name in columns if name not in used and not name.startswith(CONTEXT_PREFIX))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
