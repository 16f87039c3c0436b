"""Rows of labels that were made elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from labeling.engine.schemas import Question
from labeling.importing.answers import AnswerReader, Answers
from labeling.importing.cells import LONGEST_ID, checked, id_of, past_moment_of, text_of
from labeling.importing.contents import Content
from labeling.importing.items import ItemReader
from labeling.importing.problems import RowRefused
from labeling.importing.tables import Row

ANSWER_PREFIX = "answer:"
LONGEST_RATIONALE = 10_000


class LabelRow(NamedTuple):
    """A label as a file gives it; `content` is None where the file leaves it out."""

    line: int
    item: str
    labeler: str
    vendor: str
    answers: Answers
    rationale: str
    labeled_at: datetime | None
    content: Content | None
    language: str
    is_sensitive: bool


@dataclass(frozen=True)
class LabelReader:
    """Reads labels from rows; `columns` maps field names to the file's columns, answers as `answer:<question key>`."""

    columns: Mapping[str, str]
    items: ItemReader
    answers: AnswerReader
    now: datetime

    @classmethod
    def of(cls, columns: Mapping[str, str], questions: Sequence[Question], *, now: datetime) -> "LabelReader":
        """A reader for a queue with these questions."""
        asked = [question for question in questions if ANSWER_PREFIX + question.key in columns]
        return cls(columns, ItemReader(columns), AnswerReader(asked), now)

    def read(self, row: Row) -> LabelRow:
        """The label of a row. Raises RowRefused with what is wrong."""
        return LabelRow(
            line=row.line,
            item=id_of(self._value(row, "item"), "The item id"),
            labeler=id_of(self._value(row, "labeler"), "The labeler"),
            vendor=self._vendor(row),
            answers=self.answers.read(self._given(row)),
            rationale=self._rationale(row),
            labeled_at=past_moment_of(self._value(row, "labeled_at"), "The date of the label", now=self.now),
            content=self.items.content(row),
            language=self.items.language(row),
            is_sensitive=self.items.is_sensitive(row),
        )

    def _given(self, row: Row) -> dict[str, object]:
        return {question.key: self._value(row, ANSWER_PREFIX + question.key) for question in self.answers.questions}

    def _vendor(self, row: Row) -> str:
        vendor = text_of(self._value(row, "vendor"), "The vendor").strip()
        if len(vendor) > LONGEST_ID:
            raise RowRefused(f"The vendor has {len(vendor)} characters; {LONGEST_ID} are the most.")
        return checked(vendor, "The vendor")

    def _rationale(self, row: Row) -> str:
        rationale = text_of(self._value(row, "rationale"), "The rationale").strip()
        if len(rationale) > LONGEST_RATIONALE:
            raise RowRefused(f"The rationale has {len(rationale):,} characters; {LONGEST_RATIONALE:,} are the most.")
        return checked(rationale, "The rationale")

    def _value(self, row: Row, name: str) -> object:
        column = self.columns.get(name)
        return row.values.get(column) if column else None
