"""What the columns of a file of decisions mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self

JOINT = ":"


class Meaning(StrEnum):
    """What a column says about its rows, with its title and what is worth knowing about it."""

    label: str
    explanation: str

    def __new__(cls, value: str, label: str = "", explanation: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.explanation = explanation
        return member

    ITEM = "item", "Item id", "The same id is the same item, also in the next file."
    TEXT = "text", "Content of the item", "What was judged. It may be left out."
    LABELER = "labeler", "Labeler", "Who decided: their id at their vendor, or their user name here."
    VENDOR = "vendor", "Vendor"
    TEAM = "team", "Team"
    LANGUAGE = "language", "Language"
    DATE = "date", "When it was decided"
    POLICY = "policy", "Policy", "Each policy becomes a queue, so that figures are never mixed."
    RATIONALE = "rationale", "Rationale of the labeler"
    AUDITOR = "auditor", "Who made the QA decision"
    AUDITED_ON = "audited_on", "When the QA decision was made"
    ANSWER = "answer", "Decision", "What the labeler answered."
    LABELER_ANSWER = "labeler_answer", "Decisions of one labeler", "A column a labeler: the name is the labeler's."
    AUDIT_SEEN = "audit_seen", "QA decision, made with the decision in view"
    AUDIT_BLIND = "audit_blind", "QA decision, made without seeing the decision"
    GOLD = "gold", "Gold: the approved right answer", "Without an approval it waits for a second person."
    APPROVED_BY = "approved_by", "Who approved the gold"
    APPROVED_ON = "approved_on", "When the gold was approved"
    IGNORED = "ignored", "Leave out"


ANSWERING = (Meaning.ANSWER, Meaning.LABELER_ANSWER)
REFERENCES = (Meaning.AUDIT_SEEN, Meaning.AUDIT_BLIND, Meaning.GOLD)
ASKING = (*ANSWERING, *REFERENCES)


@dataclass(frozen=True)
class ColumnMeaning:
    """One column: what it means, to which question, and, where each labeler has a column, whose it is."""

    column: str
    meaning: Meaning
    question: str = ""
    labeler: str = ""

    @property
    def choice(self) -> str:
        """The meaning as one choice of a form.

        >>> ColumnMeaning("label", Meaning.ANSWER, "category").choice
        'answer:category'
        """
        return f"{self.meaning.value}{JOINT}{self.question}" if self.meaning in ASKING else self.meaning.value


@dataclass(frozen=True)
class AskedQuestion:
    """What a decision answers; the first question names the categories of the policy."""

    key: str
    prompt: str


FIRST_QUESTION = AskedQuestion("category", "Which category?")


@dataclass(frozen=True)
class DecisionMapping:
    """The meaning of every column of a file, and what holds for all rows where no column says it."""

    columns: tuple[ColumnMeaning, ...]
    questions: tuple[AskedQuestion, ...] = (FIRST_QUESTION,)
    policy: str = ""
    vendor: str = ""
    gold_approved_by: str = ""
    gold_approved_on: str = ""
    name: str = ""

    @property
    def shape(self) -> str:
        """`wide` with a column a labeler, `long` with a row an item and labeler."""
        return "wide" if self.having(Meaning.LABELER_ANSWER) else "long"

    def having(self, *meanings: Meaning) -> tuple[ColumnMeaning, ...]:
        """The columns with one of these meanings, in the order of the file."""
        return tuple(column for column in self.columns if column.meaning in meanings)

    def column_of(self, meaning: Meaning) -> str:
        """The one column with this meaning, or nothing."""
        return next((column.column for column in self.columns if column.meaning == meaning), "")

    def with_choices(self, choices: Mapping[str, str]) -> "DecisionMapping":
        """The same mapping with other meanings for some columns, each as a form names it."""
        return replace(self, columns=tuple(_chosen(column, choices.get(column.column)) for column in self.columns))

    def as_json(self) -> dict[str, Any]:
        """The form in which runs and remembered mappings keep it."""
        return {**asdict(self), "columns": [{**asdict(c), "meaning": c.meaning.value} for c in self.columns]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "DecisionMapping":
        """The mapping that was kept."""
        columns = tuple(ColumnMeaning(**{**c, "meaning": Meaning(c["meaning"])}) for c in stored["columns"])
        questions = tuple(AskedQuestion(**question) for question in stored["questions"])
        return cls(**{**stored, "columns": columns, "questions": questions})


def meaning_choices(questions: Iterable[AskedQuestion]) -> list[tuple[str, str]]:
    """All that a column may mean, as choices of a form.

    >>> meaning_choices([FIRST_QUESTION])[11]
    ('answer:category', 'Decision: Which category?')
    """
    asked = list(questions)
    choices: list[tuple[str, str]] = []
    for meaning in Meaning:
        if meaning in ASKING:
            choices += [(f"{meaning.value}{JOINT}{one.key}", f"{meaning.label}: {one.prompt}") for one in asked]
        else:
            choices.append((meaning.value, meaning.label))
    return choices


def parse_choice(choice: str) -> tuple[Meaning, str]:
    """The meaning and the question of a choice. Raises ValueError for a choice that is none.

    >>> parse_choice("gold:category")[1]
    'category'
    """
    meaning, _, question = choice.partition(JOINT)
    return Meaning(meaning), question


def mapping_fault(mapping: DecisionMapping, header: Sequence[str]) -> tuple[str, str] | None:
    """What a mapping lacks, as (sentence, column or ""), or None where it can be used."""
    for check in (_columns_fault, _singles_fault, _questions_fault, _needs_fault, _approval_fault):
        found = check(mapping, header)
        if found:
            return found
    return None


def _chosen(column: ColumnMeaning, choice: str | None) -> ColumnMeaning:
    if choice is None:
        return column
    meaning, question = parse_choice(choice)
    return ColumnMeaning(column.column, meaning, question, column.labeler)


def _columns_fault(mapping: DecisionMapping, header: Sequence[str]) -> tuple[str, str] | None:
    names = [column.column for column in mapping.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return f"The column {twice} is given two meanings. Keep one of them.", twice
    unknown = next((name for name in names if name not in header), None)
    if unknown is not None:
        return f"The file has no column {unknown}. Upload the file again.", unknown
    return None


def _singles_fault(mapping: DecisionMapping, _: Sequence[str]) -> tuple[str, str] | None:
    first: dict[str, str] = {}
    for column in mapping.columns:
        if column.meaning in {Meaning.IGNORED, Meaning.LABELER_ANSWER}:
            continue
        other = first.setdefault(column.choice, column.column)
        if other != column.column:
            return _given_twice(column, other), column.column
    return None


def _given_twice(column: ColumnMeaning, other: str) -> str:
    said = f"The columns {other} and {column.column} are both said to be: {column.meaning.label}."
    if column.meaning == Meaning.ANSWER:
        return f"{said} Choose “{Meaning.LABELER_ANSWER.label}” where each labeler has a column, or add a question."
    return f"{said} Keep one and leave the other out."


def _questions_fault(mapping: DecisionMapping, _: Sequence[str]) -> tuple[str, str] | None:
    known = [question.key for question in mapping.questions]
    answered = {column.question for column in mapping.having(*ANSWERING)}
    for column in mapping.having(*ASKING):
        if column.question not in known:
            return f"Say which question the column {column.column} answers.", column.column
        if column.question not in answered:
            sentence = (
                f"The column {column.column} judges a question that no column answers. Choose its decisions first."
            )
            return sentence, column.column
    return None


def _needs_fault(mapping: DecisionMapping, _: Sequence[str]) -> tuple[str, str] | None:
    if not mapping.having(*ANSWERING):
        return "Choose the column that holds the decisions.", ""
    if not mapping.questions or not any(c.question == mapping.questions[0].key for c in mapping.having(*ANSWERING)):
        return "The first question needs a column with its decisions.", ""
    labeler = mapping.column_of(Meaning.LABELER)
    if mapping.shape == "wide" and (labeler or mapping.having(Meaning.ANSWER)):
        return (
            "Each labeler has a column of their own here, so no column can be the labeler's or the decision.",
            labeler,
        )
    if mapping.shape == "long" and not labeler:
        return "Choose the column that says who decided.", ""
    return None


def _approval_fault(mapping: DecisionMapping, _: Sequence[str]) -> tuple[str, str] | None:
    by_whom = mapping.column_of(Meaning.APPROVED_BY) or mapping.gold_approved_by
    on = mapping.column_of(Meaning.APPROVED_ON) or mapping.gold_approved_on
    if bool(by_whom) != bool(on):
        return "Gold that was approved elsewhere needs both: by whom, and on which day.", by_whom or on
    return None
