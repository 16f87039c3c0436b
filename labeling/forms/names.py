"""Deciding about the names in a file of decisions that do not exist here yet, and about what cannot be guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField

from labeling.importing.categories import policy_categories, question_options
from labeling.importing.findings import (
    CANNOT_TELL,
    NEW,
    QUEUE,
    SAME_AS,
    CategoryFinding,
    DateColumn,
    Decision,
    Findings,
    NameDecisions,
    PolicyFinding,
    QuestionFinding,
    VendorFinding,
)
from labeling.importing.values import code_for
from labeling.models import Queue
from qaplatform.people.models import Vendor

SAME = "same:"
NONE = "-"
Choices = list[tuple[str, str]]
# Codes and names of the categories that a queue has, by (queue's id, question).
Known = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class CategoryRow:
    """One value of a decision with the field that says what becomes of it."""

    found: CategoryFinding
    field: BoundField


@dataclass(frozen=True)
class QuestionRows:
    """The values under one question."""

    found: QuestionFinding
    rows: tuple[CategoryRow, ...]


@dataclass(frozen=True)
class PolicyRows:
    """A policy of the file: where it goes, which answer means that nothing is wrong, and its values."""

    found: PolicyFinding
    field: BoundField
    no_violation: BoundField | None
    questions: tuple[QuestionRows, ...]


class NamesForm(forms.Form):
    """One choice for each name; what was proposed is chosen already."""

    def __init__(
        self, *args: object, findings: Findings, queues: Sequence[Queue], known: Known, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.findings = findings
        self._known = known
        for place, policy in enumerate(findings.policies):
            self._ask_policy(place, policy, queues)
        self._ask_vendors()
        self._ask_what_cannot_be_guessed()

    def policies(self) -> list[PolicyRows]:
        """The policies with their fields."""
        return [
            PolicyRows(
                found=policy,
                field=self[f"policy-{place}"],
                no_violation=self[f"none-{place}"] if f"none-{place}" in self.fields else None,
                questions=tuple(
                    QuestionRows(question, self._category_rows(f"{place}-{number}", question))
                    for number, question in enumerate(policy.questions)
                ),
            )
            for place, policy in enumerate(self.findings.policies)
        ]

    def vendors(self) -> list[tuple[VendorFinding, BoundField]]:
        """The vendors with their fields."""
        return [(vendor, self[f"vendor-{place}"]) for place, vendor in enumerate(self.findings.vendors)]

    def dates(self) -> list[tuple[DateColumn, BoundField | None]]:
        """The columns of dates; a field where the order of day and month has to be said."""
        return [
            (dates, self[f"day-{place}"] if f"day-{place}" in self.fields else None)
            for place, dates in enumerate(self.findings.dates)
        ]

    def decisions(self) -> NameDecisions:
        """What was chosen; what the form holds no valid choice for keeps its proposal."""
        return NameDecisions(
            policies={
                policy.name: self._policy_decision(place, policy) for place, policy in enumerate(self.findings.policies)
            },
            vendors={vendor.name: self._vendor_decision(place) for place, vendor in enumerate(self.findings.vendors)},
            categories={
                policy.name: {
                    question.key: self._category_decisions(f"{place}-{number}", question)
                    for number, question in enumerate(policy.questions)
                }
                for place, policy in enumerate(self.findings.policies)
            },
            no_violation={
                policy.name: said.removeprefix(NONE)
                for place, policy in enumerate(self.findings.policies)
                if (said := self._said(f"none-{place}"))
            },
            day_first={
                dates.column: said == "day"
                for place, dates in enumerate(self.findings.dates)
                if (said := self._said(f"day-{place}"))
            },
            leave_out_problems=bool(self._said("leave_out_problems")),
            confirmed_people=self._said("confirmed_people").replace(",", "").strip(),
        )

    def asks_for_other_queues(self) -> bool:
        """Whether a policy goes elsewhere than proposed, so that its categories are to be looked at again."""
        return any(
            self._policy_decision(place, policy) != policy.decision
            for place, policy in enumerate(self.findings.policies)
        )

    def refuse(self, message: str, *, field: str) -> None:
        """Show what is wrong beside its field."""
        sort, _, name = field.partition(":")
        names = {
            "policies": ("policy", [policy.name for policy in self.findings.policies]),
            "no_violation": ("none", [policy.name for policy in self.findings.policies]),
            "vendors": ("vendor", [vendor.name for vendor in self.findings.vendors]),
            "day_first": ("day", [dates.column for dates in self.findings.dates]),
        }
        prefix, known = names.get(sort, ("", []))
        place = f"{prefix}-{known.index(name)}" if name in known else field
        self.add_error(place if place in self.fields else None, message)

    def _ask_policy(self, place: int, policy: PolicyFinding, queues: Sequence[Queue]) -> None:
        new = policy.decision.get("queue_name") or policy.decision.get("name") or policy.name
        self.fields[f"policy-{place}"] = forms.ChoiceField(
            choices=[
                (NEW, f"A new policy and queue, {new}"),
                *((str(q.public_id), f"The queue {q.name}") for q in queues),
            ],
            initial=policy.decision.get("queue", NEW),
            label=f"Where decisions under {policy.name} go",
        )
        if policy.is_new and policy.questions:
            self._ask_no_violation(place, policy)
        for number, question in enumerate(policy.questions):
            for row, category in enumerate(question.categories):
                self.fields[f"category-{place}-{number}-{row}"] = forms.ChoiceField(
                    choices=self._category_choices(policy, question, category),
                    initial=_as_choice(category.decision),
                    label=f"What {category.value} is",
                )

    def _ask_no_violation(self, place: int, policy: PolicyFinding) -> None:
        made = [
            (category.decision["code"], category.value)
            for category in policy.questions[0].categories
            if category.decision["do"] == NEW
        ]
        is_open = not policy.no_violation and not policy.no_violation_decided
        self.fields[f"none-{place}"] = forms.ChoiceField(
            choices=[*([("", "Choose one")] if is_open else []), *made, (NONE, "None: every answer is a violation")],
            initial=policy.no_violation or ("" if is_open else NONE),
            label="The answer that means nothing is wrong",
            help_text="False alarms and misses are told apart by it.",
            error_messages={"required": "Choose the answer that means nothing is wrong with the item."},
        )

    def _category_choices(self, policy: PolicyFinding, question: QuestionFinding, category: CategoryFinding) -> Choices:
        here = list(self._known.get((policy.decision.get("queue", ""), question.key), ()))
        others = [
            (each.decision["code"], each.value)
            for each in question.categories
            if each.decision["do"] == NEW and each.value != category.value
        ]
        codes = [code for code, _ in here]
        same = [*here, *((code, value) for code, value in others if code not in codes)]
        return [
            (NEW, "A new category"),
            *((f"{SAME}{code}", f"The same as {name}") for code, name in same),
            (CANNOT_TELL, "“Cannot tell”"),
        ]

    def _ask_vendors(self) -> None:
        here = [(f"{SAME}{vendor.public_id}", f"The same as {vendor.name}") for vendor in Vendor.objects.all()]
        for place, vendor in enumerate(self.findings.vendors):
            self.fields[f"vendor-{place}"] = forms.ChoiceField(
                choices=[(NEW, "A new vendor"), *here],
                initial=_as_choice(vendor.decision),
                label=f"Who {vendor.name} is",
            )

    def _ask_what_cannot_be_guessed(self) -> None:
        for place, dates in enumerate(self.findings.dates):
            if dates.ambiguous:
                self.fields[f"day-{place}"] = forms.ChoiceField(
                    choices=[("day", "the day"), ("month", "the month")],
                    widget=forms.RadioSelect,
                    initial={"day_first": "day", "month_first": "month"}.get(dates.proposal),
                    label=f"{dates.example} begins with",
                    error_messages={"required": "Choose what comes first, the day or the month."},
                )
        if self.findings.blocking:
            count = sum(problem.count for problem in self.findings.blocking)
            self.fields["leave_out_problems"] = forms.BooleanField(
                label=f"Leave these {count:,} rows out",
                error_messages={"required": "Tick this to import the rest, or upload a corrected file."},
            )
        if self.findings.confirm_people:
            self.fields["confirmed_people"] = forms.CharField(
                label=f"Type {self.findings.confirm_people} to go on",
                help_text=self.findings.confirm_people_why,
                max_length=12,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )

    def _category_rows(self, place: str, question: QuestionFinding) -> tuple[CategoryRow, ...]:
        return tuple(
            CategoryRow(category, self[f"category-{place}-{row}"]) for row, category in enumerate(question.categories)
        )

    def _policy_decision(self, place: int, policy: PolicyFinding) -> Decision:
        said = self._said(f"policy-{place}")
        if said and said != NEW:
            return {"do": QUEUE, "queue": said}
        if policy.is_new:
            return policy.decision
        return {"do": NEW, "name": policy.name, "queue_name": policy.name}

    def _vendor_decision(self, place: int) -> Decision:
        said = self._said(f"vendor-{place}")
        return {"do": SAME_AS, "vendor": said.removeprefix(SAME)} if said.startswith(SAME) else {"do": NEW}

    def _category_decisions(self, place: str, question: QuestionFinding) -> dict[str, Decision]:
        return {
            category.value: self._category_decision(f"category-{place}-{row}", category, question)
            for row, category in enumerate(question.categories)
        }

    def _category_decision(self, field: str, category: CategoryFinding, question: QuestionFinding) -> Decision:
        said = self._said(field)
        if said.startswith(SAME):
            return {"do": SAME_AS, "code": said.removeprefix(SAME)}
        if said == CANNOT_TELL:
            return {"do": CANNOT_TELL}
        if category.decision["do"] == NEW:
            return category.decision
        taken = [each.decision["code"] for each in question.categories if "code" in each.decision]
        return {"do": NEW, "code": code_for(category.value, taken=taken), "name": category.value}

    def _said(self, name: str) -> str:
        if name not in self.fields:
            return ""
        if not self.is_bound:
            return str(self.get_initial_for_field(self.fields[name], name) or "")
        return str(self.cleaned_data.get(name) or "")


def what_is_made(findings: Findings, decisions: NameDecisions) -> list[tuple[int, str, str]]:
    """What the import would make: how many of what, with the word for one and for several."""
    counts = (
        (sum(decision["do"] == NEW for decision in decisions.policies.values()), "policy", "policies"),
        (sum(_new_categories(policy, decisions) for policy in findings.policies), "category", "categories"),
        (
            sum(decision["do"] == NEW for decision in decisions.vendors.values()) + bool(findings.new_default_vendor),
            "vendor",
            "vendors",
        ),
        (sum(team.is_new for team in findings.teams), "team", "teams"),
        (findings.new_labelers, "labeler", "labelers"),
        (findings.new_auditors, "auditor", "auditors"),
    )
    return [count for count in counts if count[0]]


def _new_categories(policy: PolicyFinding, decisions: NameDecisions) -> int:
    """How many categories a policy of the file brings, with those that a new policy cannot do without."""
    said = decisions.categories.get(policy.name, {})
    named = [_new_names(said.get(question.key, {})) for question in policy.questions]
    if decisions.policies[policy.name]["do"] != NEW or not named:
        return sum(map(len, named))
    fine = decisions.no_violation.get(policy.name)
    first = named[0] if fine is None else policy_categories(named[0], fine)[0]
    others = zip(policy.questions[1:], named[1:], strict=True)
    return len(first) + sum(len(question_options(names)) for question, names in others if question.categories)


def _new_names(values: Mapping[str, Decision]) -> dict[str, str]:
    return {decision["code"]: decision["name"] for decision in values.values() if decision["do"] == NEW}


def _as_choice(decision: Decision) -> str:
    if decision["do"] == SAME_AS:
        return f"{SAME}{decision.get('code') or decision.get('vendor', '')}"
    return decision["do"]
