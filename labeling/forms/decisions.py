"""Saying what the columns of a file of decisions mean, and deciding about what does not exist here yet."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.forms import BoundField

from labeling.importing.meanings import (
    ANSWERING,
    ASKING,
    REFERENCES,
    AskedQuestion,
    ColumnMeaning,
    DecisionMapping,
    Meaning,
    meaning_choices,
    parse_choice,
)
from labeling.services.imports.decisions import ColumnDraft, Draft

MOST_QUESTIONS = 8
FEW = 50
GROUPS = (
    ("What was decided", (*ANSWERING, Meaning.RATIONALE)),
    ("About what, by whom, when", (Meaning.ITEM, Meaning.TEXT, Meaning.LABELER, Meaning.DATE)),
    ("How figures are cut", (Meaning.POLICY, Meaning.VENDOR, Meaning.TEAM, Meaning.LANGUAGE)),
    ("QA and gold", (*REFERENCES, Meaning.AUDITOR, Meaning.AUDITED_ON, Meaning.APPROVED_BY, Meaning.APPROVED_ON)),
    ("Nothing", (Meaning.IGNORED,)),
)


class DecisionsForm(forms.Form):
    """A file of decisions on its way in: nothing else is to be chosen."""

    file = forms.FileField(
        help_text="CSV, tab-separated or JSON lines with a header; 200 MB at most.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson", "class": "drop-input"}),
    )


@dataclass(frozen=True)
class ColumnRow:
    """One column of the file with the field that asks what it means."""

    column: ColumnDraft
    field: BoundField


class MappingForm(forms.Form):
    """What each column means, which questions the decisions answer, and what holds for every row."""

    policy = forms.CharField(
        max_length=200, required=False, label="Policy of rows without one", help_text="The queue is named after it."
    )
    vendor = forms.CharField(max_length=200, required=False, label="Vendor of labelers without one")
    gold_approved_by = forms.CharField(
        max_length=200, required=False, label="Gold was approved by", help_text="Empty: it waits for approval here."
    )
    gold_approved_on = forms.DateField(
        required=False, label="On the day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    name = forms.CharField(
        max_length=200, required=False, label="Remember these columns as", help_text="Empty: by the name of the file."
    )

    def __init__(self, *args: object, draft: Draft, mapping: DecisionMapping, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.draft = draft
        self.questions = self._asked(mapping)
        choices = grouped_choices(self.questions)
        said = {column.column: column for column in mapping.columns}
        for place, column in enumerate(draft.columns):
            proposal = said.get(column.name) or ColumnMeaning(column.name, Meaning.IGNORED)
            self.fields[f"meaning-{place}"] = forms.ChoiceField(
                choices=choices, initial=proposal.choice, label=f"What the column {column.name} means"
            )
        for place, question in enumerate(self.questions):
            self.fields[f"prompt-{place}"] = forms.CharField(
                max_length=500,
                required=place == 0,
                initial=question.prompt,
                label="Question" if place == 0 else f"Question {place + 1}",
                help_text="Answered with the categories of the policy." if place == 0 else "Empty: not asked.",
            )
        for name in ("policy", "vendor", "gold_approved_by", "gold_approved_on", "name"):
            self.fields[name].initial = getattr(mapping, name)

    def rows(self) -> list[ColumnRow]:
        """The columns of the file with their fields."""
        return [ColumnRow(column, self[f"meaning-{place}"]) for place, column in enumerate(self.draft.columns)]

    def prompts(self) -> list[BoundField]:
        """The fields of the questions."""
        return [self[f"prompt-{place}"] for place in range(len(self.questions))]

    def mapping(self) -> DecisionMapping:
        """The mapping that was chosen; of a form with errors, as far as it goes."""
        said = {column.column: column for column in self.draft.mapping.columns}
        return DecisionMapping(
            columns=tuple(
                self._meaning(place, said.get(column.name)) for place, column in enumerate(self.draft.columns)
            ),
            questions=tuple(
                replace(question, prompt=self._said(f"prompt-{place}") or question.prompt)
                for place, question in enumerate(self.questions)
                if place == 0 or self._said(f"prompt-{place}")
            ),
            policy=self._said("policy"),
            vendor=self._said("vendor"),
            gold_approved_by=self._said("gold_approved_by"),
            gold_approved_on=self._said("gold_approved_on"),
            name=self._said("name"),
        )

    def refuse(self, message: str, *, column: str) -> None:
        """Show what is wrong beside the column, or above the form where it is none."""
        names = [each.name for each in self.draft.columns]
        self.add_error(f"meaning-{names.index(column)}" if column in names else None, message)

    def _meaning(self, place: int, said: ColumnMeaning | None) -> ColumnMeaning:
        meaning, question = parse_choice(self._said(f"meaning-{place}") or Meaning.IGNORED.value)
        return ColumnMeaning(self.draft.columns[place].name, meaning, question, said.labeler if said else "")

    def _said(self, name: str) -> str:
        if not self.is_bound:
            return str(self.get_initial_for_field(self.fields[name], name) or "")
        return str(self.cleaned_data.get(name) or "")

    def _asked(self, mapping: DecisionMapping) -> tuple[AskedQuestion, ...]:
        if not self.is_bound:
            return mapping.questions
        further = max(0, min(MOST_QUESTIONS, _number(self.data.get("question_count"))) - len(mapping.questions))
        asked = mapping.questions
        for _ in range(further):
            asked = (*asked, _new_question(asked))
        return asked


def grouped_choices(questions: Iterable[AskedQuestion]) -> list[tuple[str, list[tuple[str, str]]]]:
    """All that a column may mean, the likely ones first."""
    asked = list(questions)
    words = dict(meaning_choices(asked))
    if len(asked) == 1:
        words = {choice: parse_choice(choice)[0].label for choice in words}
    return [
        (group, [(choice, text) for choice, text in words.items() if parse_choice(choice)[0] in meanings])
        for group, meanings in GROUPS
    ]


def with_question(mapping: DecisionMapping) -> DecisionMapping:
    """The same mapping with one more question, to be worded."""
    if len(mapping.questions) >= MOST_QUESTIONS:
        return mapping
    return replace(mapping, questions=(*mapping.questions, _new_question(mapping.questions)))


def reshaped(draft: Draft, mapping: DecisionMapping, *, shape: str) -> DecisionMapping:
    """The same file read in the other shape: a column a labeler, or a row a decision."""
    if draft.mapping.shape == shape:
        return replace(mapping, columns=draft.mapping.columns, questions=draft.mapping.questions)
    question = mapping.questions[0].key
    if shape == "wide":
        columns = tuple(_as_labeler(column, draft, question) for column in mapping.columns)
    else:
        first = next((column.column for column in mapping.having(Meaning.LABELER_ANSWER)), "")
        columns = tuple(_as_answer(column, first, question) for column in mapping.columns)
    return replace(mapping, columns=columns)


def _as_labeler(column: ColumnMeaning, draft: Draft, question: str) -> ColumnMeaning:
    if column.meaning in {Meaning.LABELER, Meaning.VENDOR, Meaning.TEAM}:
        return ColumnMeaning(column.column, Meaning.IGNORED)
    distinct = next((each.distinct for each in draft.columns if each.name == column.column), 0)
    if column.meaning == Meaning.ANSWER or (column.meaning == Meaning.IGNORED and 1 < distinct <= FEW):
        return ColumnMeaning(column.column, Meaning.LABELER_ANSWER, question, column.column)
    return column


def _as_answer(column: ColumnMeaning, first: str, question: str) -> ColumnMeaning:
    if column.meaning != Meaning.LABELER_ANSWER:
        return column
    if column.column == first:
        return ColumnMeaning(column.column, Meaning.ANSWER, question)
    return ColumnMeaning(column.column, Meaning.IGNORED)


def rows_as_read(draft: Draft, mapping: DecisionMapping) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of the first decisions as they will be read."""
    places = {column.name: place for place, column in enumerate(draft.columns)}
    shown = [column for column in mapping.columns if column.meaning != Meaning.IGNORED and column.column in places]
    fixed = [column for column in shown if column.meaning != Meaning.LABELER_ANSWER]
    fixed.sort(key=lambda column: list(Meaning).index(column.meaning))
    answers = mapping.having(Meaning.LABELER_ANSWER)
    heads = tuple(_head(column, mapping) for column in fixed)
    rows = [tuple(row[places[column.column]] for column in fixed) for row in draft.rows]
    if not answers:
        return heads, rows
    wide = [
        (*fixed_cells, answer.labeler or answer.column, row[places[answer.column]])
        for fixed_cells, row in zip(rows, draft.rows, strict=True)
        for answer in answers
    ]
    return (*heads, Meaning.LABELER.label, Meaning.ANSWER.label), wide[: 2 * len(draft.rows)]


def _head(column: ColumnMeaning, mapping: DecisionMapping) -> str:
    several = column.meaning in ASKING and len(mapping.questions) > 1
    prompts = {question.key: question.prompt for question in mapping.questions}
    return f"{column.meaning.label}: {prompts.get(column.question, '')}" if several else column.meaning.label


def _new_question(asked: tuple[AskedQuestion, ...]) -> AskedQuestion:
    known = {question.key for question in asked}
    number = next(number for number in range(2, 2 * MOST_QUESTIONS + 2) if f"question_{number}" not in known)
    return AskedQuestion(f"question_{number}", f"Question {number}")


def _number(text: Any) -> int:
    return int(text) if str(text or "").isdecimal() else 0
