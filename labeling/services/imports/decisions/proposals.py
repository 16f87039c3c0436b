"""What the names of a file probably are here: proposals, which a person confirms or changes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from labeling.engine.schemas import Question, parse_questions
from labeling.enums import QueueKind
from labeling.importing.decisions import DecisionReader
from labeling.importing.findings import (
    CANNOT_TELL,
    NEW,
    QUEUE,
    SAME_AS,
    CategoryFinding,
    Decision,
    NameDecisions,
    PolicyFinding,
    QuestionFinding,
    VendorFinding,
)
from labeling.importing.meanings import AskedQuestion
from labeling.importing.values import code_for, means_cannot_tell, means_no_violation, value_key
from labeling.models import LabelSchema, Policy, Queue
from labeling.services.imports.known_people import known_vendor
from qaplatform.people.models import Vendor

NEARLY_THE_SAME = 0.82
SHORTEST_PART = 4
SPELLINGS = 5


@dataclass(frozen=True)
class Counts:
    """How often each value stands, by (policy, question place, value), as decisions and as QA decisions or gold."""

    rows: Mapping[int, int]
    values: Mapping[tuple[int, int, int], int]
    judged: Mapping[tuple[int, int, int], int]

    @classmethod
    def of(cls, reader: DecisionReader, answers: Mapping[int, int], judged: Mapping[int, int]) -> "Counts":
        """Counts of values from counts of combinations."""
        rows: Counter[int] = Counter()
        values: Counter[tuple[int, int, int]] = Counter()
        referred: Counter[tuple[int, int, int]] = Counter()
        for combination, n in answers.items():
            policy, *given = _numbers(reader.answers.values[combination])
            rows[policy] += n
            for place, value in enumerate(given):
                values[policy, place, value] += n
        places = [reader.questions.index(column.question) for column in reader.reference_columns]
        for combination, n in judged.items():
            policy, *given = _numbers(reader.references.values[combination])
            for place, value in zip(places, given, strict=True):
                referred[policy, place, value] += n
        return cls(rows, values, referred)


def propose_policies(reader: DecisionReader, counts: Counts, decided: NameDecisions) -> tuple[PolicyFinding, ...]:
    """A finding a policy of the file."""
    known = _KnownQueues.read()
    return tuple(
        _policy_finding(reader, number, counts, decided, known)
        for number in range(1, len(reader.policies.shown))
        if counts.rows.get(number)
    )


def propose_vendors(
    reader: DecisionReader, rows: Mapping[int, int], labelers: Mapping[int, int], decided: NameDecisions
) -> tuple[VendorFinding, ...]:
    """A finding a vendor of the file."""
    vendors = list(Vendor.objects.prefetch_related("aliases"))
    return tuple(
        _vendor_finding(name, rows.get(number, 0), labelers.get(number, 0), vendors, decided)
        for number, name in enumerate(reader.vendors.shown)
        if number and rows.get(number)
    )


def question_in(queue: Queue, asked: AskedQuestion, *, is_first: bool) -> Question | None:
    """The question of a queue that a question of a file is: the same key, or the first one is the categories'."""
    questions = questions_of(queue)
    found = next((question for question in questions if question.key == asked.key), None)
    if found is not None or not is_first:
        return found
    return next((question for question in questions if question.taxonomy), questions[0] if questions else None)


def questions_of(queue: Queue) -> tuple[Question, ...]:
    """What a queue asks now."""
    schema = LabelSchema.objects.filter(queue=queue).order_by("-number").first()
    return parse_questions(schema.questions) if schema else ()


@dataclass(frozen=True)
class _KnownQueues:
    """Queues that decisions can go to, by what a file may call them."""

    by_id: Mapping[str, Queue]
    by_name: Mapping[str, Queue]
    policy_names: frozenset[str]

    @classmethod
    def read(cls) -> "_KnownQueues":
        queues = list(Queue.objects.filter(kind=QueueKind.ORDINARY).select_related("policy"))
        lone = Counter(value_key(queue.policy.name) for queue in queues)
        by_policy = {value_key(q.policy.name): q for q in queues if lone[value_key(q.policy.name)] == 1}
        by_name = {value_key(queue.name): queue for queue in queues}
        names = frozenset(value_key(name) for name in Policy.objects.values_list("name", flat=True))
        return cls({str(queue.public_id): queue for queue in queues}, by_policy | by_name, names)


def _policy_finding(
    reader: DecisionReader, number: int, counts: Counts, decided: NameDecisions, known: _KnownQueues
) -> PolicyFinding:
    name = reader.policies.shown[number]
    earlier = decided.policies.get(name)
    decision, queue = _policy_decision(name, earlier, known)
    questions = tuple(
        _question_finding(
            reader, counts, place=place, policy=number, decided=decided.categories.get(name, {}), queue=queue
        )
        for place in range(len(reader.questions))
    )
    said = decided.no_violation.get(name)
    no_violation = "" if queue else _no_violation(questions[0]) if said is None else said
    return PolicyFinding(
        name=name,
        rows=counts.rows[number],
        decision=decision,
        is_decided=queue is not None and earlier is not None,
        no_violation=no_violation,
        no_violation_decided=queue is not None or name in decided.no_violation,
        questions=questions,
    )


def _policy_decision(name: str, earlier: Decision | None, known: _KnownQueues) -> tuple[Decision, Queue | None]:
    if earlier and earlier["do"] == QUEUE and earlier["queue"] in known.by_id:
        return earlier, known.by_id[earlier["queue"]]
    found = known.by_name.get(value_key(earlier.get("queue_name", name) if earlier else name))
    if found is not None:
        return {"do": QUEUE, "queue": str(found.public_id)}, found
    if earlier and earlier["do"] == NEW:
        return earlier, None
    free = name if value_key(name) not in known.policy_names else f"{name} (imported)"
    return {"do": NEW, "name": free, "queue_name": free}, None


def _question_finding(
    reader: DecisionReader,
    counts: Counts,
    *,
    place: int,
    policy: int,
    decided: Mapping[str, Mapping[str, Decision]],
    queue: Queue | None,
) -> QuestionFinding:
    asked = reader.mapping.questions[place]
    question = question_in(queue, asked, is_first=place == 0) if queue else None
    names = reader.values[asked.key]
    earlier = decided.get(asked.key, {})
    taken: set[str] = set(question.codes) if question else set()
    categories = []
    for value, name in enumerate(names.shown):
        rows, judged = (of.get((policy, place, value), 0) for of in (counts.values, counts.judged))
        if value and (rows or judged):
            decision = _earlier(earlier.get(name), question) or _category_decision(name, question, taken)
            taken.add(decision.get("code", ""))
            categories.append(
                CategoryFinding(
                    value=name,
                    also=tuple(spelling for spelling in names.spellings[value] if spelling != name)[:SPELLINGS],
                    rows=rows,
                    in_audits=judged,
                    decision=decision,
                    is_new=decision["do"] == NEW,
                    is_decided=name in earlier or decision["do"] == SAME_AS,
                )
            )
    return QuestionFinding(asked.key, asked.prompt, tuple(sorted(categories, key=lambda found: -found.rows)))


def _earlier(decision: Decision | None, question: Question | None) -> Decision | None:
    """An earlier decision as it reads now: what was new then is here, and what was here may be gone."""
    if decision is None or question is None or decision["do"] == CANNOT_TELL:
        return decision
    if decision["code"] in question.codes:
        return {"do": SAME_AS, "code": decision["code"]}
    return decision if decision["do"] == NEW else None


def _category_decision(value: str, question: Question | None, taken: Iterable[str]) -> Decision:
    for option in question.options if question else ():
        if value_key(value) in {value_key(option.code), value_key(option.name)}:
            return {"do": SAME_AS, "code": option.code}
    if means_cannot_tell(value):
        return {"do": CANNOT_TELL}
    return {"do": NEW, "code": code_for(value, taken=taken), "name": value}


def _no_violation(first: QuestionFinding) -> str:
    found = [category for category in first.categories if means_no_violation(category.value)]
    coded = [category.decision["code"] for category in found if category.decision["do"] == NEW]
    return coded[0] if len(coded) == 1 else ""


def _vendor_finding(
    name: str, rows: int, labelers: int, vendors: Sequence[Vendor], decided: NameDecisions
) -> VendorFinding:
    earlier = decided.vendors.get(name)
    ids = {str(vendor.public_id) for vendor in vendors}
    same = known_vendor(name, vendors)
    if same is not None:
        decision, similar = {"do": SAME_AS, "vendor": str(same.public_id)}, ""
    elif earlier and (earlier["do"] == NEW or earlier.get("vendor") in ids):
        decision, similar = dict(earlier), ""
    else:
        decision, similar = {"do": NEW}, _similar(name, vendors)
    return VendorFinding(
        name=name,
        rows=rows,
        labelers=labelers,
        decision=decision,
        is_new=decision["do"] == NEW,
        is_decided=same is not None or earlier is not None,
        similar=similar,
    )


def _similar(name: str, vendors: Iterable[Vendor]) -> str:
    wanted = value_key(name)
    best = max(vendors, key=lambda vendor: _likeness(wanted, value_key(vendor.name)), default=None)
    return best.name if best and _likeness(wanted, value_key(best.name)) >= NEARLY_THE_SAME else ""


def _likeness(one: str, other: str) -> float:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= SHORTEST_PART and longer.startswith(shorter):
        return 1.0
    return SequenceMatcher(None, one, other).ratio()


def _numbers(combination: tuple[object, ...]) -> tuple[int, ...]:
    return tuple(int(str(number)) for number in combination)
