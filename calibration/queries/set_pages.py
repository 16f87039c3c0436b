"""Rows of the pages on which sets are built and assigned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.pools import PoolItem, current_answers_of
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.training import POOLS, RightBefore, right_before, seen_hashes
from labeling.enums import QueueKind
from labeling.models import Item, Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

MOST_ROWS = 300


@dataclass(frozen=True)
class CandidateRow:
    """Gold that a set may take; `before` is how people did on it in attempts so far."""

    gold: GoldItem
    expected: str
    clause: str
    is_chosen: bool
    is_seen: bool
    before: RightBefore | None


@dataclass(frozen=True)
class SetItemRow:
    """An item of a set with its answer; `why_out` says why it is not asked at present."""

    position: int
    item: Item
    expected: str
    clause: str
    reason: str
    why_out: str


def source_queues(access: Access) -> list[Queue]:
    """Queues that hold live gold of a training or exam pool."""
    if not access.reach({Role.TRAINER, Role.QA_MANAGER}).everything:
        return []
    golds = GoldItem.objects.filter(state=GoldState.LIVE, pool__in=list(POOLS.values()))
    queues = Queue.objects.filter(kind=QueueKind.ORDINARY, pk__in=golds.values("queue"))
    return list(queues.select_related("policy", "policy_version", "skill").order_by("name"))


def set_item_rows(items: Sequence[PoolItem], questions: Sequence[MeasuredQuestion]) -> list[SetItemRow]:
    """The items of a set with the answers expected now."""
    return [
        SetItemRow(
            position=item.entry.position,
            item=item.entry.gold.item,
            expected=_expected(item.answer, questions) if item.answer else "–",
            clause=_clause(item.answer) if item.answer else "",
            reason=item.answer.reason if item.answer else "",
            why_out=item.why_out,
        )
        for item in items
    ]


def candidate_rows(
    golds: Iterable[GoldItem],
    questions: Sequence[MeasuredQuestion],
    *,
    chosen: Sequence[str],
    fresh_to: Sequence[Labeler] = (),
) -> list[CandidateRow]:
    """The pool, what is chosen first and in its order."""
    rows = list(golds)
    answers = current_answers_of(gold.pk for gold in rows)
    seen = seen_hashes(fresh_to)
    before = right_before(rows)
    places = {public_id: place for place, public_id in enumerate(chosen)}
    rows.sort(key=lambda gold: places.get(str(gold.public_id), len(places)))
    return [
        CandidateRow(
            gold=gold,
            expected=_expected(answers[gold.pk], questions),
            clause=_clause(answers[gold.pk]),
            is_chosen=str(gold.public_id) in places,
            is_seen=gold.item.content_hash in seen,
            before=before.get(gold.pk),
        )
        for gold in rows[: max(MOST_ROWS, len(places))]
        if gold.pk in answers
    ]


def _expected(answer: GoldAnswer, questions: Sequence[MeasuredQuestion]) -> str:
    question = next((question for question in questions if question.key == answer.question), None)
    return " or ".join(question.name_of(code) if question else code for code in answer.accepted)


def _clause(answer: GoldAnswer) -> str:
    revision = answer.clause_revision
    return f"{revision.clause.code} {revision.title}" if revision else ""
