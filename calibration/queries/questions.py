"""What a queue asks, as far as measuring needs to know it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.models import Category, LabelSchema, Queue

CANNOT_TELL = "cannot_tell"
YES_NO = ("yes", "no")
JOIN = "+"


@dataclass(frozen=True, kw_only=True)
class MeasuredQuestion:
    """A question with its answer codes in their order. `clauses` maps a clause's code to the categories under it."""

    key: str
    prompt: str
    kind: str
    codes: tuple[str, ...]
    names: Mapping[str, str]
    is_taxonomy: bool
    no_violation: str
    clauses: Mapping[str, tuple[str, ...]]

    @property
    def level(self) -> str:
        """The level of measurement for alpha."""
        return "ordinal" if self.kind == "ordinal" else "nominal"

    def name_of(self, code: str) -> str:
        """An answer code in words; an answer to a multi question names each of its codes."""
        if code == CANNOT_TELL:
            return "Cannot tell"
        if not code:
            return "Nothing chosen"
        return " + ".join(self.names.get(part, part) for part in code.split(JOIN))

    def with_seen(self, seen: Iterable[str]) -> tuple[str, ...]:
        """The declared codes, then those that were only seen: sets of a multi question, options of an older schema."""
        declared = () if self.kind == "multi" else self.codes
        return (*declared, *sorted(set(seen) - set(declared) - {CANNOT_TELL}))


def read_questions_of(queues: Iterable[Queue]) -> dict[int, tuple[MeasuredQuestion, ...]]:
    """The questions of each queue's latest schema, by the queue's id, in two queries."""
    wanted = list(queues)
    latest = LabelSchema.objects.filter(queue__in=wanted).order_by("queue_id", "-number").distinct("queue_id")
    asked = {schema.queue_id: schema.questions for schema in latest}
    categories: defaultdict[int, list[Category]] = defaultdict(list)
    policies = {queue.policy_id for queue in wanted}
    for category in Category.objects.filter(policy_id__in=policies).select_related("clause"):
        categories[category.policy_id].append(category)
    return {
        queue.pk: tuple(_read(raw, categories[queue.policy_id]) for raw in asked.get(queue.pk, [])) for queue in wanted
    }


def read_questions(queue: Queue) -> tuple[MeasuredQuestion, ...]:
    """The questions of a queue's latest schema, in two queries."""
    return read_questions_of([queue])[queue.pk]


def read_question(queue: Queue, key: str) -> MeasuredQuestion | None:
    """One question of the queue's latest schema."""
    return next((question for question in read_questions(queue) if question.key == key), None)


def _read(raw: Mapping[str, Any], categories: list[Category]) -> MeasuredQuestion:
    options = raw.get("options") or [{"code": code, "name": code.capitalize()} for code in YES_NO]
    is_taxonomy = bool(raw.get("taxonomy"))
    codes = tuple(option["code"] for option in options)
    known = [category for category in categories if is_taxonomy and category.code in codes]
    return MeasuredQuestion(
        key=raw["key"],
        prompt=raw.get("prompt", raw["key"]),
        kind=raw["kind"],
        codes=codes,
        names={option["code"]: option.get("name") or option["code"] for option in options},
        is_taxonomy=is_taxonomy,
        no_violation=next((category.code for category in known if category.is_no_violation), ""),
        clauses=_by_clause(known),
    )


def _by_clause(categories: list[Category]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for category in categories:
        if category.clause is not None:
            found[category.clause.code] = (*found.get(category.clause.code, ()), category.code)
    return found
