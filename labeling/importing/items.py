"""Rows of items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from labeling.importing.cells import checked, id_of, moment_of, switch_of, text_of, whole_number_of
from labeling.importing.columns import context_columns
from labeling.importing.contents import Content, content_of
from labeling.importing.problems import RowRefused
from labeling.importing.tables import Row

LONGEST_LANGUAGE = 20
LONGEST_CONTEXT = 20_000
SMALLEST, GREATEST = -32_768, 32_767


class ItemRow(NamedTuple):
    """An item as a file gives it."""

    line: int
    external_id: str
    content: Content
    context: dict[str, str]
    language: str
    is_sensitive: bool
    priority: int
    due_at: datetime | None


@dataclass(frozen=True)
class ItemReader:
    """Reads items from rows; `columns` maps field names to the file's columns, `context` column to context name."""

    columns: Mapping[str, str]
    context: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, columns: Mapping[str, str], header: Sequence[str]) -> "ItemReader":
        """A reader for a file with this header."""
        return cls(columns, context_columns(header))

    def read(self, row: Row) -> ItemRow:
        """The item of a row. Raises RowRefused with what is wrong."""
        external_id = id_of(self._value(row, "external_id"), "The item id")
        content = self.content(row)
        if content is None:
            raise RowRefused("The item has no content. Fill the text, or give turns or content as JSON.")
        return ItemRow(
            line=row.line,
            external_id=external_id,
            content=content,
            context=self.context_of(row),
            language=self.language(row),
            is_sensitive=self.is_sensitive(row),
            priority=self._priority(row),
            due_at=moment_of(self._value(row, "due_at"), "The due date"),
        )

    def content(self, row: Row) -> Content | None:
        """What the item shows, or None if the row does not say."""
        return content_of(
            text=self._value(row, "text"),
            turns=self._value(row, "turns"),
            content=self._value(row, "content"),
            kind=self._value(row, "kind"),
        )

    def language(self, row: Row) -> str:
        """The language tag, or nothing."""
        language = checked(text_of(self._value(row, "language"), "The language").strip(), "The language")
        if len(language) > LONGEST_LANGUAGE:
            raise RowRefused(f"The language has {len(language)} characters. Write a tag such as en or pt-BR.")
        return language

    def is_sensitive(self, row: Row) -> bool:
        """Whether the content is covered until somebody reveals it."""
        return switch_of(self._value(row, "sensitive"), "Sensitive")

    def context_of(self, row: Row) -> dict[str, str]:
        """What is shown beside the content, by name. Raises RowRefused."""
        found = {name: text_of(row.values.get(column), f"The context {name}") for column, name in self.context}
        nested = row.values.get("context")
        if isinstance(nested, Mapping):
            found |= {str(name): text_of(value, f"The context {name}") for name, value in nested.items()}
        if not found:
            return found
        if sum(len(name) + len(value) for name, value in found.items()) > LONGEST_CONTEXT:
            raise RowRefused(f"The context has more than {LONGEST_CONTEXT:,} characters. Keep what helps to decide.")
        return {
            checked(name, "A context name"): checked(value, f"The context {name}")
            for name, value in found.items()
            if value
        }

    def _priority(self, row: Row) -> int:
        return whole_number_of(self._value(row, "priority"), "The priority", lowest=SMALLEST, highest=GREATEST)

    def _value(self, row: Row, name: str) -> object:
        column = self.columns.get(name)
        return row.values.get(column) if column else None
