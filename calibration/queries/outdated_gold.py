"""Gold whose clause has changed: what has to be approved again, and what waits for the second person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.meanings import read_carried
from calibration.queries.questions import MeasuredQuestion, read_questions
from labeling.models import ClauseRevision, Item, Queue
from qaplatform.people.models import User


@dataclass(frozen=True, kw_only=True)
class OutdatedRow:
    """A gold answer whose clause reads otherwise by now; `new` is None where the clause is gone."""

    gold_id: UUID
    item: Item
    external_id: str
    pool: str
    accepted_names: tuple[str, ...]
    reason: str
    old: ClauseRevision
    new: ClauseRevision | None
    proposed_by: str
    proposed_at: datetime | None
    is_own: bool


@dataclass(frozen=True, kw_only=True)
class AgainCounts:
    """How much of a queue's suspended gold waits for what; `gone` hangs on clauses that are no longer there."""

    suspended: int
    to_propose: int
    waiting: int
    own: int
    gone: int


@dataclass(frozen=True, kw_only=True)
class ChangedClause:
    """A clause that gold still hangs on as it was."""

    code: str
    old: ClauseRevision
    new: ClauseRevision | None
    answers: int


def outdated_answers(queue: Queue) -> QuerySet[GoldAnswer]:
    """Answers in force of a queue whose clause means something else in the version that it follows."""
    carried = read_carried(queue).under(queue.policy_version_id)
    in_force = GoldAnswer.objects.filter(gold__queue=queue, approved_at__isnull=False, replaced_at=None)
    outdated = in_force.filter(clause_revision__isnull=False).exclude(clause_revision__in=carried)
    return outdated.exclude(gold__state=GoldState.RETIRED).exclude(gold__item__withdrawn_at__isnull=False)


def suspended_answers(queue: Queue) -> QuerySet[GoldAnswer]:
    """Those of suspended gold: what people approve again."""
    return outdated_answers(queue).filter(gold__state=GoldState.SUSPENDED)


def waiting_again(queue: Queue) -> QuerySet[GoldAnswer]:
    """Proposals that would take the place of an outdated answer, written under the clause as it is by now."""
    carried = read_carried(queue).under(queue.policy_version_id)
    outdated = suspended_answers(queue).filter(gold=OuterRef("gold"), question=OuterRef("question"))
    waiting = GoldAnswer.objects.filter(gold__queue=queue, approved_at=None, replaced_at=None)
    return waiting.filter(Exists(outdated), clause_revision__in=carried)


def gold_of_clauses(queue: Queue, clause_ids: frozenset[int]) -> list[tuple[str, int]]:
    """How many live gold items hang on each of these clauses, by the clause's code."""
    live = GoldAnswer.objects.filter(
        gold__queue=queue,
        gold__state=GoldState.LIVE,
        approved_at__isnull=False,
        replaced_at=None,
        clause_revision__clause__in=clause_ids,
    )
    counted = live.order_by("clause_revision__clause__code").values_list("clause_revision__clause__code")
    return list(counted.annotate(n=Count("gold", distinct=True)))


def live_gold_without_clause(queue: Queue) -> int:
    """How many live gold items name no clause, so that no change of a clause suspends them."""
    answers = GoldAnswer.objects.filter(approved_at__isnull=False, replaced_at=None, clause_revision__isnull=False)
    live = GoldItem.objects.filter(queue=queue, state=GoldState.LIVE)
    return live.exclude(Exists(answers.filter(gold=OuterRef("pk")))).count()


def count_again(queue: Queue, *, user: User) -> AgainCounts:
    """What waits in a queue, as this person sees it."""
    suspended = suspended_answers(queue)
    waiting = waiting_again(queue)
    proposed = Exists(waiting.filter(gold=OuterRef("gold"), question=OuterRef("question")))
    there = queue.policy_version.revisions.values("clause")
    unproposed = suspended.exclude(proposed)
    return AgainCounts(
        suspended=suspended.count(),
        to_propose=unproposed.filter(clause_revision__clause__in=there).count(),
        waiting=waiting.exclude(author=user).count(),
        own=waiting.filter(author=user).count(),
        gone=unproposed.exclude(clause_revision__clause__in=there).count(),
    )


def changed_clauses(queue: Queue) -> tuple[ChangedClause, ...]:
    """Clauses that suspended gold hangs on, as it was approved and as they read now, with how much hangs on each."""
    counted = dict(suspended_answers(queue).order_by().values_list("clause_revision").annotate(n=Count("pk")))
    revisions = ClauseRevision.objects.filter(pk__in=counted).select_related("clause").order_by("clause__code")
    now = _revisions_now(queue)
    return tuple(
        ChangedClause(code=old.clause.code, old=old, new=now.get(old.clause_id), answers=counted[old.pk])
        for old in revisions
    )


def rows_again(queue: Queue, answers: Sequence[GoldAnswer], *, user: User) -> tuple[OutdatedRow, ...]:
    """Rows of these outdated answers, which come with item and clause, in four queries for any number."""
    waiting = waiting_again(queue).filter(gold__in=[answer.gold_id for answer in answers]).select_related("author")
    proposed = {(answer.gold_id, answer.question): answer for answer in waiting}
    questions = {question.key: question for question in read_questions(queue)}
    now = _revisions_now(queue)
    return tuple(
        _row(answer, proposed.get((answer.gold_id, answer.question)), questions.get(answer.question), now, user)
        for answer in answers
    )


def _row(
    answer: GoldAnswer,
    proposal: GoldAnswer | None,
    question: MeasuredQuestion | None,
    now: dict[int, ClauseRevision],
    user: User,
) -> OutdatedRow:
    if answer.clause_revision is None:
        raise ValueError("An answer without a clause is never outdated.")
    shown = proposal or answer
    return OutdatedRow(
        gold_id=answer.gold.public_id,
        item=answer.gold.item,
        external_id=answer.gold.item.external_id,
        pool=answer.gold.get_pool_display(),
        accepted_names=tuple(question.name_of(code) if question else code for code in shown.accepted),
        reason=shown.reason,
        old=answer.clause_revision,
        new=now.get(answer.clause_revision.clause_id),
        proposed_by=str(proposal.author) if proposal else "",
        proposed_at=proposal.created_at if proposal else None,
        is_own=proposal is not None and proposal.author_id == user.pk,
    )


def _revisions_now(queue: Queue) -> dict[int, ClauseRevision]:
    rows = queue.policy_version.revisions.select_related("clause")
    return {revision.clause_id: revision for revision in rows}
