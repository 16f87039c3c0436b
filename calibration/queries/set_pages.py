"""Rows of the pages on which sets are built and assigned."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from calibration.enums import FlagState, GoldState
from calibration.models import Attempt, CalibrationSet, Flag, GoldAnswer, GoldItem
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.training import POOLS, current_answers, seen_hashes, unfresh_counts
from labeling.enums import QueueKind
from labeling.models import Item, Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

MOST_ROWS = 300


@dataclass(frozen=True)
class CandidateRow:
    """Gold that a set may take."""

    gold: GoldItem
    expected: str
    clause: str
    is_chosen: bool
    is_seen: bool


@dataclass(frozen=True)
class SetItemRow:
    """An item of a set with its answer."""

    position: int
    item: Item
    expected: str
    clause: str
    reason: str


@dataclass(frozen=True)
class AssignableRow:
    """Somebody to whom a set can be given, with what speaks for or against it."""

    labeler: Labeler
    flag: Flag | None
    attempt: Attempt | None
    seen: int
    is_chosen: bool


def source_queues(access: Access) -> list[Queue]:
    """Queues that hold live gold of a training or exam pool."""
    if not access.reach({Role.TRAINER, Role.QA_MANAGER}).everything:
        return []
    golds = GoldItem.objects.filter(state=GoldState.LIVE, pool__in=list(POOLS.values()))
    queues = Queue.objects.filter(kind=QueueKind.ORDINARY, pk__in=golds.values("queue"))
    return list(queues.select_related("policy", "policy_version", "skill").order_by("name"))


def candidate_rows(
    golds: QuerySet[GoldItem],
    questions: Sequence[MeasuredQuestion],
    *,
    chosen: Sequence[str],
    fresh_to: Sequence[Labeler] = (),
) -> list[CandidateRow]:
    """The pool, what is chosen first and in its order."""
    rows = list(golds)
    answers = _answers(rows)
    seen = seen_hashes(fresh_to)
    places = {public_id: place for place, public_id in enumerate(chosen)}
    rows.sort(key=lambda gold: places.get(str(gold.public_id), len(places)))
    return [
        CandidateRow(
            gold=gold,
            expected=_expected(answers[gold.pk], questions),
            clause=_clause(answers[gold.pk]),
            is_chosen=str(gold.public_id) in places,
            is_seen=gold.item.content_hash in seen,
        )
        for gold in rows[: max(MOST_ROWS, len(places))]
        if gold.pk in answers
    ]


def set_item_rows(calibration_set: CalibrationSet) -> list[SetItemRow]:
    """The items of a set with the answers expected now."""
    questions = read_questions(calibration_set.training_queue)
    return [
        SetItemRow(entry.position, entry.gold.item, _expected(answer, questions), _clause(answer), answer.reason)
        for entry, answer in current_answers(calibration_set)
    ]


def assignable_rows(
    calibration_set: CalibrationSet, labelers: QuerySet[Labeler], *, chosen_ids: Collection[str] = ()
) -> list[AssignableRow]:
    """People who may be given a set: those in retraining for its queue first, then by name."""
    people = list(labelers.order_by("display_name"))
    flags = {flag.labeler_id: flag for flag in _flags(calibration_set)}
    attempts = {attempt.labeler_id: attempt for attempt in calibration_set.attempts.order_by("number")}
    seen = unfresh_counts(calibration_set, people)
    rows = [
        AssignableRow(
            labeler=person,
            flag=flags.get(person.pk),
            attempt=attempts.get(person.pk),
            seen=seen.get(person.pk, 0),
            is_chosen=str(person.public_id) in chosen_ids,
        )
        for person in people
    ]
    return sorted(rows, key=lambda row: row.flag is None)


def _flags(calibration_set: CalibrationSet) -> QuerySet[Flag]:
    return Flag.objects.filter(
        queue=calibration_set.source_queue_id, state__in=[FlagState.COACHING, FlagState.RETRAINING]
    )


def _answers(golds: Sequence[GoldItem]) -> dict[int, GoldAnswer]:
    current = GoldAnswer.objects.filter(gold__in=golds, approved_at__isnull=False, replaced_at=None)
    found: dict[int, GoldAnswer] = {}
    for answer in current.select_related("clause_revision__clause").order_by("gold_id", "question"):
        found.setdefault(answer.gold_id, answer)
    return found


def _expected(answer: GoldAnswer, questions: Sequence[MeasuredQuestion]) -> str:
    question = next((question for question in questions if question.key == answer.question), None)
    return " or ".join(question.name_of(code) if question else code for code in answer.accepted)


def _clause(answer: GoldAnswer) -> str:
    revision = answer.clause_revision
    return f"{revision.clause.code} {revision.title}" if revision else ""
