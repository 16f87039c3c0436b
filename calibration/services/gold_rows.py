"""Rows of a file of gold, read and checked one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from calibration.queries.questions import CANNOT_TELL, JOIN
from labeling.engine.schemas import Question, QuestionKind
from labeling.importing.answers import SEPARATOR, answer_of, code_of
from labeling.importing.cells import checked, id_of, past_moment_of, shown, text_of
from labeling.importing.columns import CONTENT_FIELDS, ITEM_FIELDS, Field
from labeling.importing.contents import Content
from labeling.importing.items import ItemReader
from labeling.importing.problems import RowRefused
from labeling.importing.tables import Row
from labeling.models import Category, ClauseRevision, Queue

LONGEST_REASON = 10_000
HALF_APPROVAL = "An approval given elsewhere needs both: by whom, and on which day."
GOLD_FIELDS = (
    Field("item", "Item id", ("external_id", "item_id", "id", "case_id", "content_id"), is_required=True),
    Field(
        "accepted",
        "Accepted answers",
        ("gold", "expected", "gold_label", "correct", "answer"),
        is_required=True,
        explanation="Several separated by |; an error is booked under the first. Sets of a multi question: a+b.",
    ),
    Field("reason", "Reason", ("why", "rationale", "explanation")),
    Field("clause", "Clause", ("clause_code", "policy_clause", "rule")),
    Field("question", "Question", ("question_key",), explanation="Its key; empty means the category question."),
    Field("approved_by", "Approved by", ("approver",)),
    Field("approved_on", "Approved on", ("approved_at", "approval_date")),
    *(field for field in ITEM_FIELDS if field.name in CONTENT_FIELDS),
)


class GoldRow(NamedTuple):
    """Gold as a file gives it. `approved_elsewhere` is empty where the row waits for approval here."""

    line: int
    item: str
    question: str
    accepted: tuple[str, ...]
    reason: str
    clause_revision: ClauseRevision | None
    approved_elsewhere: str
    content: Content | None
    context: Mapping[str, str]
    language: str
    is_sensitive: bool


@dataclass(frozen=True)
class Defaults:
    """What holds for rows that do not say it themselves."""

    reason: str = ""
    clause: str = ""
    approved_by: str = ""
    approved_on: str = ""


@dataclass(frozen=True)
class GoldReader:
    """Reads gold of one queue from rows; `columns` maps field names to the file's columns."""

    columns: Mapping[str, str]
    item_reader: ItemReader
    defaults: Defaults
    questions: Mapping[str, Question]
    revisions: Mapping[str, ClauseRevision]
    clauses_of_categories: Mapping[str, str]
    never_sampled: frozenset[str]
    now: datetime

    @classmethod
    def of(
        cls,
        queue: Queue,
        questions: Sequence[Question],
        columns: Mapping[str, str],
        header: Sequence[str],
        *,
        defaults: Defaults,
        now: datetime,
    ) -> "GoldReader":
        """A reader for a queue that asks these questions and a file with this header."""
        revisions = queue.policy_version.revisions.select_related("clause")
        categories = list(Category.objects.filter(policy_id=queue.policy_id).select_related("clause"))
        ordered = sorted(questions, key=lambda question: not question.taxonomy)
        return cls(
            columns=columns,
            item_reader=ItemReader.of(columns, header),
            defaults=defaults,
            questions={question.key: question for question in ordered},
            revisions={revision.clause.code: revision for revision in revisions},
            clauses_of_categories={category.code: category.clause.code for category in categories if category.clause},
            never_sampled=frozenset(category.code for category in categories if category.never_sample),
            now=now,
        )

    def read(self, row: Row) -> GoldRow:
        """The gold of a row. Raises RowRefused with what is wrong."""
        question = self._question(row)
        accepted = self._accepted(row, question)
        return GoldRow(
            line=row.line,
            item=id_of(self._value(row, "item"), "The item id"),
            question=question.key,
            accepted=accepted,
            reason=self._reason(row),
            clause_revision=self._clause(row, question, accepted),
            approved_elsewhere=self._approval(row),
            content=self.item_reader.content(row),
            context=self.item_reader.context_of(row),
            language=self.item_reader.language(row),
            is_sensitive=self.item_reader.is_sensitive(row),
        )

    def _question(self, row: Row) -> Question:
        key = self._text(row, "question")
        if not key:
            return next(iter(self.questions.values()))
        if key not in self.questions:
            raise RowRefused(f"The queue asks no question {shown(key)}. Its questions are {', '.join(self.questions)}.")
        return self.questions[key]

    def _accepted(self, row: Row, question: Question) -> tuple[str, ...]:
        given = self._value(row, "accepted")
        parts = given if isinstance(given, list) else text_of(given, "The accepted answers").split(SEPARATOR)
        texts = [text_of(part, "An accepted answer").strip() for part in parts]
        codes = list(dict.fromkeys(_accepted_code(question, text) for text in texts if text))
        codes.sort(key=lambda code: code == CANNOT_TELL)
        if not codes:
            raise RowRefused("No accepted answer is named. Fill the column, with several separated by |.")
        if codes[0] == CANNOT_TELL:
            raise RowRefused("“Cannot tell” alone is no gold. Name at least one answer that is right.")
        never = next((part for code in codes for part in code.split(JOIN) if part in self.never_sampled), None)
        if never is not None:
            raise RowRefused(f"Items of {never} are never gold. Take this line out of the file.")
        return tuple(codes)

    def _reason(self, row: Row) -> str:
        reason = self._text(row, "reason") or self.defaults.reason
        if not reason:
            raise RowRefused("The reason is missing. Whoever disputes the answer will read it: say why it is right.")
        if len(reason) > LONGEST_REASON:
            raise RowRefused(f"The reason has {len(reason):,} characters; {LONGEST_REASON:,} are the most.")
        return reason

    def _clause(self, row: Row, question: Question, accepted: Sequence[str]) -> ClauseRevision | None:
        code = self._text(row, "clause") or self.defaults.clause
        if not code and question.taxonomy:
            code = self.clauses_of_categories.get(accepted[0].split(JOIN)[0], "")
        if not code:
            return None
        if code not in self.revisions:
            known = ", ".join(self.revisions) or "none"
            raise RowRefused(f"The policy in force has no clause {shown(code)}. Its clauses are {known}.")
        return self.revisions[code]

    def _approval(self, row: Row) -> str:
        by_whom = self._text(row, "approved_by") or self.defaults.approved_by
        on = self._value(row, "approved_on") or self.defaults.approved_on
        day = past_moment_of(on, "The date of the approval", now=self.now)
        if bool(by_whom) != bool(day):
            raise RowRefused(HALF_APPROVAL)
        return f"{by_whom[:180]}, {day:%Y-%m-%d}" if day else ""

    def _text(self, row: Row, name: str) -> str:
        return checked(text_of(self._value(row, name), f"The column of {name}").strip(), f"The column of {name}")

    def _value(self, row: Row, name: str) -> object:
        column = self.columns.get(name)
        return row.values.get(column) if column else None


def without_line(row: GoldRow) -> GoldRow:
    """What tells two rows on the same item and question apart."""
    return row._replace(line=0)


def _accepted_code(question: Question, text: str) -> str:
    if question.kind == QuestionKind.MULTI and text != CANNOT_TELL:
        return JOIN.join(sorted({code_of(question, part.strip()) for part in text.split(JOIN) if part.strip()}))
    return str(answer_of(replace(question, cannot_tell=True), text))
