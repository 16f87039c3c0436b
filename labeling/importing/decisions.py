"""Rows of a file of decisions, in any of its shapes, as numbered names that a database can count and join."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from labeling.engine.contents import LONGEST_TEXT, content_hash
from labeling.importing.cells import EARLIEST, LONGEST_ID, text_of
from labeling.importing.dates import DateForms, read_date
from labeling.importing.items import LONGEST_LANGUAGE
from labeling.importing.labels import LONGEST_RATIONALE
from labeling.importing.meanings import REFERENCES, ColumnMeaning, DecisionMapping, Meaning
from labeling.importing.problems import RowRefused
from labeling.importing.tables import Row, Table
from labeling.importing.values import value_key

MOST = {
    "policies": 50,
    "vendors": 500,
    "teams": 5_000,
    "answers": 400,
    "people": 100_000,
    "approvals": 10_000,
}
MOST_SPELLINGS = 200_000
CLOCKS_DIFFER = timedelta(hours=1)
NOTHING = 0
DEFAULT_VENDOR = "Imported"
DEFAULT_POLICY = "Imported decisions"
LINES_KEPT = 5
SENTENCES = {
    "no_item": "The item id is empty.",
    "no_labeler": "Nobody is named as the labeler.",
    "no_policy": "No policy is named.",
    "long_name": f"An id or a name is longer than {LONGEST_ID} characters.",
    "long_language": f"The language is longer than {LONGEST_LANGUAGE} characters.",
    "long_rationale": f"The rationale is longer than {LONGEST_RATIONALE:,} characters.",
    "long_text": f"The content is longer than {LONGEST_TEXT:,} characters.",
    "no_date": "The date cannot be read.",
    "old_date": "The date is before 1990. Is the column or the order of day and month the right one?",
    "future_date": "The date is in the future. Is the order of day and month the right one?",
    "no_text": "A cell holds a list or an object instead of text.",
    "nul": "A cell holds a NUL character.",
    "half_approval": "Gold names who approved it or when, and not both.",
    "without_answer": "The row holds no decision, so there is nothing to import from it.",
}
BY_THEMSELVES = frozenset({"without_answer"})


class MappingRefused(Exception):
    """The columns cannot mean what was said: the mapping has to change before the file can be read."""

    def __init__(self, message: str, *, column: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class _Unfit(Exception):
    """One row has a problem of this kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class StagedRow(NamedTuple):
    """One decision of one labeler, in the order of the table that it is copied into; 0 is nothing."""

    line: int
    item: str
    text: str | None
    content_hash: str | None
    language: str
    policy: int
    person: int
    team: int
    answers: int
    decided_at: datetime | None
    rationale: str
    references: int
    auditor: int
    audited_on: datetime | None
    approval: int


@dataclass
class Names:
    """Names of one sort in the order of their coming; number 1 is the first. Spellings of one name share a number."""

    sort: str
    column: str
    key: Callable[[str], str] = value_key
    shown: list[str] = field(default_factory=lambda: [""])
    spellings: list[dict[str, None]] = field(default_factory=lambda: [{}])
    _by_spelling: dict[str, int] = field(default_factory=lambda: {"": 0})
    _by_key: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """The number of a name. Raises MappingRefused where there are too many for what the column should be."""
        found = self._by_spelling.get(text)
        return self._enter(text) if found is None else found

    def _enter(self, text: str) -> int:
        name = text.strip()
        if len(name) > LONGEST_ID:
            raise _Unfit("long_name")
        if "\0" in name:
            raise _Unfit("nul")
        key = self.key(name)
        number = self._by_key.get(key) if name else NOTHING
        if number is None:
            number = self._by_key[key] = len(self.shown)
            self._refuse_many(number)
            self.shown.append(name)
            self.spellings.append({})
        if name:
            self.spellings[number].setdefault(name)
        if len(self._by_spelling) < MOST_SPELLINGS:
            self._by_spelling[text] = number
        return number

    def _refuse_many(self, number: int) -> None:
        if number > MOST[self.sort]:
            raise MappingRefused(
                f"The column {self.column} holds more than {MOST[self.sort]:,} different {self.sort}. "
                "Is it the right column? Choose another one.",
                column=self.column,
            )


class Person(NamedTuple):
    """Somebody whom the file names: number of the vendor (0: none is named) and the id there."""

    vendor: int
    name: str


@dataclass
class Numbered:
    """Combinations in the order of their coming; number 1 is the first."""

    sort: str = ""
    column: str = ""
    values: list[tuple[object, ...]] = field(default_factory=lambda: [()])
    _numbers: dict[tuple[object, ...], int] = field(default_factory=dict)

    def number(self, value: tuple[object, ...]) -> int:
        """The number of a combination. Raises MappingRefused where there are too many of a limited sort."""
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = len(self.values)
            self.values.append(value)
            if self.sort and found > MOST[self.sort]:
                raise MappingRefused(
                    f"The column {self.column} names more than {MOST[self.sort]:,} {self.sort}. Is it the right "
                    "column? Choose another one.",
                    column=self.column,
                )
        return found


@dataclass
class KindsOfProblems:
    """Problems by kind: all counted, the first lines of each kept."""

    counts: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=lambda: dict(SENTENCES))

    def add(self, kind: str, line: int) -> None:
        """Note one row."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        kept = self.lines.setdefault(kind, [])
        if len(kept) < LINES_KEPT:
            kept.append(line)


@dataclass
class DecisionReader:
    """Reads a file of decisions row by row, and knows afterwards what it has seen.

    `answers` holds combinations (policy, an answer for each question), `references` (policy, an answer for each of
    `reference_columns`), `people` persons and `approvals` (by whom, on which day); all by number.
    """

    mapping: DecisionMapping
    day_first: Mapping[str, bool]
    digest: str
    now: datetime
    rows: int = 0
    problems: KindsOfProblems = field(default_factory=KindsOfProblems)
    dates: dict[str, DateForms] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapping = self.mapping
        self._columns = {column.meaning: column.column for column in mapping.columns}
        self.questions = tuple(question.key for question in mapping.questions)
        self.reference_columns: tuple[ColumnMeaning, ...] = mapping.having(*REFERENCES)
        self.policies = Names("policies", self._columns.get(Meaning.POLICY, ""))
        self.vendors = Names("vendors", self._columns.get(Meaning.VENDOR, ""))
        self.teams = Numbered("teams", self._columns.get(Meaning.TEAM, ""))
        self.people = Numbered("people", self._columns.get(Meaning.LABELER, ""))
        self.values = {question: Names("answers", self._answer_column(question)) for question in self.questions}
        self.answers = Numbered()
        self.references = Numbered()
        self.approvals = Numbered("approvals", self._columns.get(Meaning.APPROVED_BY, ""))
        self._askers = self._find_askers()
        self._policy = self.policies.number(mapping.policy or DEFAULT_POLICY)
        self._vendor = self.vendors.number(mapping.vendor) if mapping.vendor else NOTHING
        self._approval = self._constant_approval()

    def staged(self, table: Table, rows: Iterator[Row]) -> Iterator[StagedRow]:
        """The decisions of a file. Rows that do not fit are left out and noted. Raises MappingRefused, FileRefused."""
        for row in rows:
            self.rows += 1
            try:
                yield from self._read(row)
            except _Unfit as unfit:
                self.problems.add(unfit.kind, row.line)
            except RowRefused:
                self.problems.add("no_text", row.line)
        broken = table.problems
        if broken:
            first = broken.in_order()[:LINES_KEPT]
            self.problems.counts["broken"] = broken.count
            self.problems.lines["broken"] = [problem.line for problem in first]
            self.problems.words["broken"] = f"The row is broken. Line {first[0].line}: {first[0].message}"

    def person(self, number: int) -> Person:
        """Who has this number."""
        return Person(*self.people.values[number])  # type: ignore[arg-type]

    def team(self, number: int) -> tuple[str, str]:
        """The vendor's name, which may be empty, and the team's."""
        vendor, name = self.teams.values[number]
        return self.vendors.shown[int(str(vendor))], str(name)

    def words_of(self, answers: int) -> str:
        """A combination of answers as the file writes them."""
        _, *given = self.answers.values[answers]
        named = (self.values[key].shown[int(str(value))] for key, value in zip(self.questions, given, strict=True))
        return ", ".join(name for name in named if name)

    def _answer_column(self, question: str) -> str:
        found = [
            c.column for c in self.mapping.having(Meaning.ANSWER, Meaning.LABELER_ANSWER) if c.question == question
        ]
        return found[0] if found else ""

    def _find_askers(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """For each labeler with columns of their own, or once with no name: the column of each question, or nothing."""
        if self.mapping.shape == "long":
            given = {column.question: column.column for column in self.mapping.having(Meaning.ANSWER)}
            return (("", tuple(given.get(question, "") for question in self.questions)),)
        found: dict[str, dict[str, str]] = {}
        for column in self.mapping.having(Meaning.LABELER_ANSWER):
            found.setdefault(column.labeler or column.column, {})[column.question] = column.column
        return tuple((name, tuple(by.get(key, "") for key in self.questions)) for name, by in found.items())

    def _constant_approval(self) -> int:
        if not self.mapping.gold_approved_by:
            return NOTHING
        return self.approvals.number((self.mapping.gold_approved_by, self.mapping.gold_approved_on))

    def _read(self, row: Row) -> Iterator[StagedRow]:
        values = row.values
        policy = self._name(values, Meaning.POLICY, self.policies, self._policy, "no_policy")
        given = [(name, self._answered(values, policy, columns)) for name, columns in self._askers]
        if not any(answers for _, answers in given):
            raise _Unfit("without_answer")
        vendor = self._name(values, Meaning.VENDOR, self.vendors, self._vendor, "")
        text, shown = self._content(values)
        shared = (
            self._item(values, row.line, shown),
            text,
            shown,
            self._short(values, Meaning.LANGUAGE, LONGEST_LANGUAGE, "long_language"),
            policy,
        )
        judged = (
            self._date(values, Meaning.DATE),
            self._short(values, Meaning.RATIONALE, LONGEST_RATIONALE, "long_rationale"),
            self._referred(values, policy),
            self._auditor(values),
            self._date(values, Meaning.AUDITED_ON),
            self._approved(values),
        )
        team = self._team(values, vendor)
        for name, answers in given:
            if answers:
                person = self._person(values, vendor, name)
                yield StagedRow(row.line, *shared, person, team, answers, *judged)  # type: ignore[arg-type]

    def _text(self, values: Mapping[str, object], column: str) -> str:
        value = values.get(column)
        return value if type(value) is str else text_of(value, column)

    def _of(self, values: Mapping[str, object], meaning: Meaning) -> str:
        column = self._columns.get(meaning)
        return self._text(values, column) if column else ""

    def _name(self, values: Mapping[str, object], meaning: Meaning, names: Names, otherwise: int, needed: str) -> int:
        column = self._columns.get(meaning)
        if not column:
            return otherwise
        number = names.number(self._text(values, column))
        if number == NOTHING and needed and not self.mapping.policy:
            raise _Unfit(needed)
        return number or otherwise

    def _answered(self, values: Mapping[str, object], policy: int, columns: Sequence[str]) -> int:
        numbers = [
            self.values[question].number(self._text(values, column)) if column else NOTHING
            for question, column in zip(self.questions, columns, strict=True)
        ]
        return self.answers.number((policy, *numbers)) if numbers[0] else NOTHING

    def _referred(self, values: Mapping[str, object], policy: int) -> int:
        if not self.reference_columns:
            return NOTHING
        numbers = [
            self.values[column.question].number(self._text(values, column.column)) for column in self.reference_columns
        ]
        return self.references.number((policy, *numbers)) if any(numbers) else NOTHING

    def _item(self, values: Mapping[str, object], line: int, shown: str | None) -> str:
        column = self._columns.get(Meaning.ITEM)
        if not column:
            return f"text-{shown[:32]}" if shown else f"row-{self.digest[:12]}-{line}"
        item = self._text(values, column).strip()
        if not item:
            raise _Unfit("no_item")
        return _short_enough(item)

    def _person(self, values: Mapping[str, object], vendor: int, name: str) -> int:
        name = name or self._of(values, Meaning.LABELER).strip()
        if not name:
            raise _Unfit("no_labeler")
        return self.people.number(Person(vendor, _short_enough(name)))

    def _auditor(self, values: Mapping[str, object]) -> int:
        name = self._of(values, Meaning.AUDITOR).strip()
        return self.people.number(Person(NOTHING, _short_enough(name))) if name else NOTHING

    def _team(self, values: Mapping[str, object], vendor: int) -> int:
        name = self._of(values, Meaning.TEAM).strip()
        return self.teams.number((vendor, _short_enough(name))) if name else NOTHING

    def _content(self, values: Mapping[str, object]) -> tuple[str | None, str | None]:
        text = self._of(values, Meaning.TEXT)
        if not text or text.isspace():
            return None, None
        if len(text) > LONGEST_TEXT:
            raise _Unfit("long_text")
        if "\0" in text:
            raise _Unfit("nul")
        return text, content_hash("text", {"text": text})

    def _short(self, values: Mapping[str, object], meaning: Meaning, longest: int, kind: str) -> str:
        text = self._of(values, meaning).strip()
        if len(text) > longest:
            raise _Unfit(kind)
        if "\0" in text:
            raise _Unfit("nul")
        return text

    def _approved(self, values: Mapping[str, object]) -> int:
        by_whom = self._of(values, Meaning.APPROVED_BY).strip()
        on = self._date(values, Meaning.APPROVED_ON)
        if bool(by_whom) != bool(on):
            raise _Unfit("half_approval")
        return self.approvals.number((by_whom, on.date().isoformat())) if on else self._approval

    def _date(self, values: Mapping[str, object], meaning: Meaning) -> datetime | None:
        column = self._columns.get(meaning)
        text = self._text(values, column).strip() if column else ""
        if not column or not text:
            return None
        forms = self.dates.setdefault(column, DateForms())
        try:
            moment, form = read_date(text, day_first=self.day_first.get(column, True))
        except (ValueError, OverflowError):
            raise _Unfit("no_date") from None
        forms.note(form, text)
        return self._in_time(moment)

    def _in_time(self, moment: datetime) -> datetime:
        if moment < EARLIEST:
            raise _Unfit("old_date")
        if moment > self.now + CLOCKS_DIFFER:
            raise _Unfit("future_date")
        return moment.astimezone(UTC)


def digest_of(chunks: Iterator[bytes]) -> str:
    """What tells one file from another, by its bytes."""
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _short_enough(name: str) -> str:
    if len(name) > LONGEST_ID:
        raise _Unfit("long_name")
    if "\0" in name:
        raise _Unfit("nul")
    return name
