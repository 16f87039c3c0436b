"""Whether what a person decided about the names of a file can be carried out."""

from collections.abc import Iterable, Mapping

from labeling.enums import QueueKind
from labeling.importing.findings import (
    NEW,
    QUEUE,
    SAME_AS,
    Decision,
    Findings,
    NameDecisions,
    PolicyFinding,
    proposals_of,
)
from labeling.models import Queue
from labeling.services.policies import CODE
from qaplatform.people.models import Vendor

LONGEST_NAME = 200

Fault = tuple[str, str]


def fault_in_decisions(findings: Findings, decisions: NameDecisions) -> Fault | None:
    """What is still missing or cannot be, as (sentence, field), or None."""
    complete = decisions.over(proposals_of(findings))
    for fault in _faults(findings, decisions, complete):
        return fault
    return None


def _faults(findings: Findings, decisions: NameDecisions, complete: NameDecisions) -> Iterable[Fault]:
    yield from _rows(findings, decisions)
    yield from _dates(findings, decisions)
    yield from _people(findings, decisions)
    for policy in findings.policies:
        yield from _policy(policy, complete)
    yield from _vendors(complete.vendors)


def _rows(findings: Findings, decisions: NameDecisions) -> Iterable[Fault]:
    if findings.blocking and not decisions.leave_out_problems:
        count = sum(problem.count for problem in findings.blocking)
        yield (
            f"Say that the {count:,} rows with problems are to be left out, or correct the file.",
            "leave_out_problems",
        )


def _dates(findings: Findings, decisions: NameDecisions) -> Iterable[Fault]:
    for dates in findings.dates:
        if dates.must_ask and dates.column not in decisions.day_first:
            sentence = f"Say whether {dates.example} in the column {dates.column} begins with the day or the month."
            yield sentence, f"day_first:{dates.column}"


def _people(findings: Findings, decisions: NameDecisions) -> Iterable[Fault]:
    typed = decisions.confirmed_people.strip().replace(",", "").replace(" ", "")
    if findings.confirm_people and typed != str(findings.confirm_people):
        yield f"{findings.confirm_people_why} If so, type {findings.confirm_people}.", "confirmed_people"


def _policy(policy: PolicyFinding, complete: NameDecisions) -> Iterable[Fault]:
    decision = complete.policies[policy.name]
    if decision["do"] == QUEUE:
        if not Queue.objects.filter(public_id=decision["queue"], kind=QueueKind.ORDINARY).exists():
            yield f"The queue for {policy.name} does not exist any more. Choose another.", f"policies:{policy.name}"
        if dict(decision) != dict(policy.decision):
            sentence = f"The categories of {policy.name} have to be compared with the chosen queue first. Check again."
            yield sentence, f"policies:{policy.name}"
        return
    yield from _new_policy(policy, decision)
    codes = _codes(complete.categories.get(policy.name, {}))
    chosen = complete.no_violation.get(policy.name)
    if chosen is None:
        sentence = f"Say which answer of {policy.name} means that nothing is wrong with the item, or that none does."
        yield sentence, f"no_violation:{policy.name}"
    elif chosen and chosen not in codes[0]:
        yield f"{policy.name} has no category {chosen}. Choose one of its own.", f"no_violation:{policy.name}"
    yield from _categories(policy.name, complete.categories.get(policy.name, {}))


def _new_policy(policy: PolicyFinding, decision: Decision) -> Iterable[Fault]:
    for name in ("name", "queue_name"):
        if not decision[name].strip() or len(decision[name]) > LONGEST_NAME:
            yield f"Give {policy.name} a name of 1 to {LONGEST_NAME} characters.", f"policies:{policy.name}"
    if Queue.objects.filter(name__iexact=decision["queue_name"].strip()).exists():
        sentence = f"There is a queue {decision['queue_name']} already. Choose it, or give the new one another name."
        yield sentence, f"policies:{policy.name}"


def _codes(questions: Mapping[str, Mapping[str, Decision]]) -> list[set[str]]:
    return [
        {decision["code"] for decision in values.values() if decision["do"] == NEW} for values in questions.values()
    ] or [set()]


def _categories(policy: str, questions: Mapping[str, Mapping[str, Decision]]) -> Iterable[Fault]:
    for key, values in questions.items():
        new = {decision["code"] for decision in values.values() if decision["do"] == NEW}
        for value, decision in values.items():
            if decision["do"] == NEW and not CODE.fullmatch(decision["code"]):
                sentence = f"{decision['code']!r} is no code. Use small letters, digits, - and _."
                yield sentence, f"categories:{policy}:{key}:{value}"
            if decision["do"] == SAME_AS and decision["code"] not in new:
                sentence = f"{value} is said to be {decision['code']}, which is no category of {policy}."
                yield sentence, f"categories:{policy}:{key}:{value}"


def _vendors(vendors: Mapping[str, Decision]) -> Iterable[Fault]:
    ids = {str(public_id) for public_id in Vendor.objects.values_list("public_id", flat=True)}
    for name, decision in vendors.items():
        if decision["do"] == SAME_AS and decision["vendor"] not in ids:
            yield f"The vendor chosen for {name} does not exist any more. Choose another.", f"vendors:{name}"
