"""What a check found in a file of decisions, and what a person decides about it before it is imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

Decision = Mapping[str, str]
NEW, SAME_AS, QUEUE, CANNOT_TELL = "new", "same_as", "queue", "cannot_tell"


@dataclass(frozen=True)
class ProblemKind:
    """Rows that share one problem. Those `left_out` are so by themselves; the others need somebody's yes to that."""

    kind: str
    sentence: str
    count: int
    lines: tuple[int, ...]
    left_out: bool = False


@dataclass(frozen=True)
class DateColumn:
    """The forms of dates in a column: (form, how often, example). Somebody may have to say what `ambiguous` mean."""

    column: str
    formats: tuple[tuple[str, int, str], ...]
    ambiguous: int = 0
    example: str = ""
    must_ask: bool = False
    proposal: str = ""


@dataclass(frozen=True)
class ConflictExample:
    """A decision that stands in the file twice; `counts` says which one counts."""

    item: str
    labeler: str
    first_line: int
    first_answer: str
    second_line: int
    second_answer: str
    counts: str


@dataclass(frozen=True)
class Conflicts:
    """Decisions given more than once and differently: the later date counts, else the later line."""

    count: int = 0
    by_date: int = 0
    by_line: int = 0
    examples: tuple[ConflictExample, ...] = ()


@dataclass(frozen=True)
class CategoryFinding:
    """A value of a decision; `also` are its other spellings. `in_audits` counts it in QA decisions and gold."""

    value: str
    also: tuple[str, ...]
    rows: int
    in_audits: int
    decision: Decision
    is_new: bool
    is_decided: bool


@dataclass(frozen=True)
class QuestionFinding:
    """The values under one question of a policy."""

    key: str
    prompt: str
    categories: tuple[CategoryFinding, ...]


@dataclass(frozen=True)
class PolicyFinding:
    """A policy that the file names, and the queue that its decisions go to."""

    name: str
    rows: int
    decision: Decision
    is_decided: bool
    no_violation: str
    no_violation_decided: bool
    questions: tuple[QuestionFinding, ...]

    @property
    def is_new(self) -> bool:
        """Whether it would be made."""
        return self.decision["do"] == NEW


@dataclass(frozen=True)
class VendorFinding:
    """A vendor that the file names; `similar` is one that is here and reads nearly the same."""

    name: str
    rows: int
    labelers: int
    decision: Decision
    is_new: bool
    is_decided: bool
    similar: str = ""


@dataclass(frozen=True)
class TeamFinding:
    """A team that the file names."""

    vendor: str
    name: str
    labelers: int
    is_new: bool


@dataclass(frozen=True)
class ReferenceFinding:
    """QA decisions or gold to one question; `live` is gold that was approved elsewhere."""

    reference: str
    question: str
    count: int
    live: int = 0


@dataclass(frozen=True)
class Expected:
    """What the decisions would do to what is here."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    answered_here: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that the check of a file found, over the whole file.

    Auditors who are not here are made too, and `new_default_vendor` for those who are new and have no vendor.
    """

    rows: int = 0
    items: int = 0
    labelers: int = 0
    decisions: int = 0
    without_answer: int = 0
    notes: tuple[str, ...] = ()
    problems: tuple[ProblemKind, ...] = ()
    dates: tuple[DateColumn, ...] = ()
    conflicts: Conflicts = Conflicts()
    policies: tuple[PolicyFinding, ...] = ()
    vendors: tuple[VendorFinding, ...] = ()
    teams: tuple[TeamFinding, ...] = ()
    new_labelers: int = 0
    known_labelers: int = 0
    new_labeler_examples: tuple[str, ...] = ()
    new_auditors: int = 0
    new_default_vendor: str = ""
    confirm_people: int = 0
    confirm_people_why: str = ""
    audits: tuple[ReferenceFinding, ...] = ()
    expected: Expected = Expected()

    def as_json(self) -> dict[str, Any]:
        """The form in which a run keeps it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Findings":
        """The findings that were kept."""
        return msgspec.convert(stored, type=cls)

    @property
    def blocking(self) -> tuple[ProblemKind, ...]:
        """Problems of rows that are left out only if somebody says so."""
        return tuple(problem for problem in self.problems if not problem.left_out)

    @property
    def undecided(self) -> tuple[str, ...]:
        """What a person has to decide before the import, in sentences; nothing where one click is enough."""
        return (*_undecided_rows(self), *_undecided_dates(self), *_undecided_people(self), *_undecided_policies(self))

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Names that nobody has decided about in an earlier import of such a file, in sentences."""
        policies = [policy.name for policy in self.policies if not policy.is_decided]
        vendors = [vendor.name for vendor in self.vendors if not vendor.is_decided]
        values = [
            category.value
            for policy in self.policies
            for question in policy.questions
            for category in question.categories
            if not category.is_decided
        ]
        named = (("policy", policies), ("vendor", vendors), ("answer", values))
        return tuple(f"New {word}: {', '.join(names[:5])}." for word, names in named if names)


@dataclass(frozen=True)
class NameDecisions:
    """What a person decided about the names of a file; whatever is not named here keeps the proposal."""

    policies: Mapping[str, Decision] = field(default_factory=dict)
    vendors: Mapping[str, Decision] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Mapping[str, Decision]]] = field(default_factory=dict)
    no_violation: Mapping[str, str] = field(default_factory=dict)
    day_first: Mapping[str, bool] = field(default_factory=dict)
    leave_out_problems: bool = False
    confirmed_people: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form in which a run and a remembered mapping keep it."""
        decided: dict[str, Any] = msgspec.to_builtins(self)
        return decided

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "NameDecisions":
        """The decisions that were kept."""
        return msgspec.convert(stored, type=cls)

    def over(self, earlier: "NameDecisions") -> "NameDecisions":
        """These decisions, and the earlier ones where these say nothing."""
        return NameDecisions(
            policies={**earlier.policies, **self.policies},
            vendors={**earlier.vendors, **self.vendors},
            categories=_merged(earlier.categories, self.categories),
            no_violation={**earlier.no_violation, **self.no_violation},
            day_first={**earlier.day_first, **self.day_first},
            leave_out_problems=self.leave_out_problems or earlier.leave_out_problems,
            confirmed_people=self.confirmed_people,
        )


def proposals_of(findings: Findings) -> NameDecisions:
    """What is imported where a person changes nothing."""
    return NameDecisions(
        policies={policy.name: policy.decision for policy in findings.policies},
        vendors={vendor.name: vendor.decision for vendor in findings.vendors},
        categories={
            policy.name: {
                question.key: {category.value: category.decision for category in question.categories}
                for question in policy.questions
            }
            for policy in findings.policies
        },
        no_violation={policy.name: policy.no_violation for policy in findings.policies if policy.no_violation},
        day_first={dates.column: dates.proposal == "day_first" for dates in findings.dates if dates.proposal},
    )


def _merged(
    earlier: Mapping[str, Mapping[str, Mapping[str, Decision]]],
    later: Mapping[str, Mapping[str, Mapping[str, Decision]]],
) -> dict[str, dict[str, dict[str, Decision]]]:
    merged: dict[str, dict[str, dict[str, Decision]]] = {}
    for categories in (earlier, later):
        for policy, questions in categories.items():
            for question, values in questions.items():
                merged.setdefault(policy, {}).setdefault(question, {}).update(values)
    return merged


def _undecided_rows(findings: Findings) -> tuple[str, ...]:
    count = sum(problem.count for problem in findings.blocking)
    if not count:
        return ()
    return (f"{count:,} rows cannot be read as they are. Leave them out, or correct the file and upload it again.",)


def _undecided_dates(findings: Findings) -> tuple[str, ...]:
    return tuple(
        f"Does {dates.example} in the column {dates.column} begin with the day or with the month?"
        for dates in findings.dates
        if dates.must_ask
    )


def _undecided_people(findings: Findings) -> tuple[str, ...]:
    if not findings.confirm_people:
        return ()
    return (f"{findings.confirm_people_why} Type {findings.confirm_people} if that is right.",)


def _undecided_policies(findings: Findings) -> tuple[str, ...]:
    return tuple(
        f"Which answer of {policy.name} means that nothing is wrong with the item?"
        for policy in findings.policies
        if policy.is_new and not policy.no_violation and not policy.no_violation_decided
    )
