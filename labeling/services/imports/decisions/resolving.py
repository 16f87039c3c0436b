"""From the numbers of a file to the rows that are here: queues, labelers, answers, each in a small table beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labeling.engine.answers import CANNOT_TELL as CANNOT_TELL_CODE
from labeling.engine.schemas import QuestionKind
from labeling.importing.decisions import DecisionReader
from labeling.importing.findings import CANNOT_TELL, QUEUE, PolicyFinding, QuestionFinding
from labeling.models import Queue
from labeling.queries import decision_imports as sql
from labeling.services.imports.decisions.people import FoundPeople
from labeling.services.imports.decisions.proposals import question_in
from labeling.services.imports.staging import as_json, copy_rows, execute, fetch


@dataclass(frozen=True)
class Asked:
    """A question of a file in a queue: its key there, the codes of the file's values, and whether it takes several."""

    key: str
    codes: Mapping[int, str]
    is_multi: bool = False


@dataclass(frozen=True)
class PolicyPlan:
    """Where the decisions of one policy of a file go, question by question in the file's order."""

    number: int
    queue: Queue
    schema_id: int
    questions: tuple[Asked, ...]


def plan_for(reader: DecisionReader, policy: PolicyFinding, queue: Queue) -> PolicyPlan:
    """How the decisions of a policy are written in a queue, which asks all its questions or will."""
    schema = queue.schemas.order_by("-number").first()
    asked = tuple(
        _asked(reader, question, queue, is_first=place == 0) for place, question in enumerate(policy.questions)
    )
    return PolicyPlan(reader.policies.number(policy.name), queue, schema.pk if schema else 0, asked)


def load_names(reader: DecisionReader, plans: Sequence[PolicyPlan], found: FoundPeople) -> None:
    """Fill the small tables for these policies and the people who are known."""
    by_number = {plan.number: plan for plan in plans}
    copy_rows(
        sql.COPY_POLICIES,
        ((plan.number, plan.queue.pk, plan.schema_id) for plan in plans),
    )
    copy_rows(sql.COPY_PEOPLE, ((number, found.named[number], labeler) for number, labeler in found.labelers.items()))
    copy_rows(sql.COPY_ANSWERS, _answers(reader, by_number))
    copy_rows(sql.COPY_JUDGED, _judged(reader, by_number))
    copy_rows(
        sql.COPY_APPROVALS,
        ((number, f"{str(by)[:180]}, {on}") for number, (by, on) in _numbered(reader.approvals.values)),
    )
    execute(sql.ANALYZE_NAMES)


def compare_with_here(reader: DecisionReader, policies: Iterable[PolicyFinding], found: FoundPeople) -> dict[str, int]:
    """What would become of the decisions that go to queues that are here, by known people."""
    ids = {policy.name: policy.decision["queue"] for policy in policies if policy.decision["do"] == QUEUE}
    queues = {str(queue.public_id): queue for queue in Queue.objects.filter(public_id__in=ids.values())}
    if not queues:
        return {}
    plans = [plan_for(reader, policy, queues[ids[policy.name]]) for policy in policies if policy.name in ids]
    load_names(reader, plans, found)
    return classify()


def classify() -> dict[str, int]:
    """Decide what becomes of each decision, once the small tables are filled; gives how many of each."""
    execute(sql.FIND_CURRENT)
    execute(sql.FIND_ITEMS)
    execute(sql.LOCK_ITEMS)
    execute(sql.FIND_KEPT)
    return {str(act): int(str(n)) for act, n in fetch(sql.COUNT_KEPT)}


def codes_of(question: QuestionFinding) -> dict[str, str]:
    """The code of each value."""
    return {
        category.value: CANNOT_TELL_CODE if category.decision["do"] == CANNOT_TELL else category.decision["code"]
        for category in question.categories
    }


def _asked(reader: DecisionReader, finding: QuestionFinding, queue: Queue, *, is_first: bool) -> Asked:
    place = reader.questions.index(finding.key)
    question = question_in(queue, reader.mapping.questions[place], is_first=is_first)
    numbers = reader.values[finding.key]
    codes = {numbers.number(value): code for value, code in codes_of(finding).items()}
    return Asked(
        key=question.key if question else finding.key,
        codes=codes,
        is_multi=question is not None and question.kind == QuestionKind.MULTI,
    )


def _answers(reader: DecisionReader, plans: Mapping[int, PolicyPlan]) -> Iterable[tuple[object, ...]]:
    for number, (policy, *given) in _numbered(reader.answers.values):
        plan = plans.get(int(str(policy)))
        if plan is not None and all(not value or value in asked.codes for asked, value in _pairs(plan, given)):
            yield number, as_json(_given(plan, given))


def _given(plan: PolicyPlan, given: Sequence[object]) -> dict[str, object]:
    answers: dict[str, object] = {}
    for asked, value in _pairs(plan, given):
        code = asked.codes.get(value, "")
        if code:
            answers[asked.key] = [code] if asked.is_multi and code != CANNOT_TELL_CODE else code
    return answers


def _pairs(plan: PolicyPlan, given: Sequence[object]) -> Iterable[tuple[Asked, int]]:
    return ((asked, int(str(value))) for asked, value in zip(plan.questions, given, strict=True))


def _judged(reader: DecisionReader, plans: Mapping[int, PolicyPlan]) -> Iterable[tuple[object, ...]]:
    for number, (policy, *given) in _numbered(reader.references.values):
        plan = plans.get(int(str(policy)))
        for column, value in zip(reader.reference_columns, given, strict=True):
            asked = plan.questions[reader.questions.index(column.question)] if plan else None
            code = asked.codes.get(int(str(value)), "") if asked else ""
            if asked and code:
                yield number, column.meaning.value, asked.key, code


def _numbered(values: Sequence[tuple[object, ...]]) -> Iterable[tuple[int, tuple[object, ...]]]:
    return ((number, value) for number, value in enumerate(values) if number)
