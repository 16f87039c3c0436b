"""What a policy's change does to gold: suspended at once, then approved again by two people, many at a time."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Max, QuerySet, Value, When

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.gold import POLICY_CHANGED
from calibration.queries.outdated_gold import outdated_answers, suspended_answers, waiting_again
from calibration.queries.scoring import end_in_grace
from calibration.services.gold_answers import is_small_team, lock_version
from calibration.services.marks import mark_stale
from calibration.services.releases import release_gold
from labeling.models import Adoption, ClauseRevision, Queue
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record

ROWS_A_STATEMENT = 2000


@transaction.atomic
def suspend_changed_gold(adoption: Adoption) -> int:
    """Suspend the live gold whose clause means something else from now on; gives how many items.

    Reservations that nobody has begun are taken back, and scores of answers in the window of grace end. A second time
    changes nothing.
    """
    queue = adoption.queue
    codes = _outdated_codes(queue)
    for clauses, gold_ids in _by_clauses(codes).items():
        reason = f"{POLICY_CHANGED}: {', '.join(clauses)} in version {adoption.version.number}."
        GoldItem.objects.filter(pk__in=gold_ids).update(state=GoldState.SUSPENDED, state_reason=reason[:500])
    release_gold(list(codes))
    ended = end_in_grace(queue.pk, since=adoption.at, now=clock.now())
    mark_stale(queue)
    if codes:
        every = sorted({code for found in codes.values() for code in found})
        detail = {"gold": len(codes), "clauses": every, "adoption": str(adoption.public_id), "scores_ended": ended}
        record("gold suspended by policy", queue, actor=None, detail=detail)
    return len(codes)


@transaction.atomic
def propose_again(queue: Queue, *, author: User, clause: str = "", gold_ids: Collection[UUID] | None = None) -> int:
    """Propose suspended gold unchanged under the clauses as they read now; gives how many answers.

    Of one clause, or of some gold items, where those are named. What hangs on a clause that is gone is left out, and so
    is what waits already; what was written under the old text and waits still is set aside.
    """
    queue = lock_version(queue)
    revisions = {revision.clause_id: revision for revision in queue.policy_version.revisions.all()}
    waiting = set(waiting_again(queue).values_list("gold_id", "question"))
    old = _chosen(suspended_answers(queue), clause=clause, gold_ids=gold_ids).select_related("clause_revision")
    wanted = [
        answer
        for answer in old.order_by("pk")
        if _clause_of(answer) in revisions and (answer.gold_id, answer.question) not in waiting
    ]
    _set_aside(wanted)
    _write_again(wanted, revisions, author)
    if wanted:
        detail = {"answers": len(wanted), "version": queue.policy_version.number, "clause": clause}
        record("gold proposed again", queue, actor=author, detail=detail)
    return len(wanted)


@transaction.atomic
def approve_again(queue: Queue, *, approver: User, clause: str = "", gold_ids: Collection[UUID] | None = None) -> int:
    """Approve what others proposed again; gives how many answers. The gold is live again, old scores stay as they are.

    One's own proposals are left to somebody else, unless the queue's small-team switch is on.
    """
    queue = lock_version(queue)
    waiting = _chosen(waiting_again(queue), clause=clause, gold_ids=gold_ids)
    alone = is_small_team(queue)
    new = list(waiting if alone else waiting.exclude(author=approver))
    if not new:
        return 0
    pairs = {(answer.gold_id, answer.question) for answer in new}
    old = suspended_answers(queue).filter(gold__in={answer.gold_id for answer in new})
    _end(old, pairs)
    GoldAnswer.objects.filter(pk__in=[answer.pk for answer in new]).update(
        approver=approver,
        approved_at=clock.now(),
        approved_alone=Case(When(author=approver, then=Value(value=True)), default=Value(value=False)),
    )
    _go_live(queue, {answer.gold_id for answer in new})
    mark_stale(queue)
    record("gold approved again", queue, actor=approver, detail={"answers": len(new), "clause": clause})
    return len(new)


def _outdated_codes(queue: Queue) -> dict[int, tuple[str, ...]]:
    """By live gold item: the codes of its clauses that have changed."""
    live = outdated_answers(queue).filter(gold__state=GoldState.LIVE)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for gold_id, code in live.values_list("gold_id", "clause_revision__clause__code"):
        found[gold_id].add(code)
    return {gold_id: tuple(sorted(codes)) for gold_id, codes in found.items()}


def _by_clauses(codes: dict[int, tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for gold_id, clauses in codes.items():
        found[clauses].append(gold_id)
    return found


def _chosen(answers: QuerySet[GoldAnswer], *, clause: str, gold_ids: Collection[UUID] | None) -> QuerySet[GoldAnswer]:
    if clause:
        answers = answers.filter(clause_revision__clause__code=clause)
    return answers if gold_ids is None else answers.filter(gold__public_id__in=gold_ids)


def _set_aside(old: Sequence[GoldAnswer]) -> None:
    """Corrections that were written under the text of before and never decided."""
    pairs = {(answer.gold_id, answer.question) for answer in old}
    golds = {gold_id for gold_id, _ in pairs}
    _end(GoldAnswer.objects.filter(gold__in=golds, approved_at=None, replaced_at=None), pairs)


def _end(answers: QuerySet[GoldAnswer], pairs: set[tuple[int, str]]) -> None:
    """Say of those to these gold items and questions that they are replaced."""
    rows = answers.values_list("pk", "gold_id", "question")
    ended = [pk for pk, gold_id, question in rows if (gold_id, question) in pairs]
    GoldAnswer.objects.filter(pk__in=ended).update(replaced_at=clock.now())


def _write_again(old: Sequence[GoldAnswer], revisions: dict[int, ClauseRevision], author: User) -> None:
    golds = {answer.gold_id for answer in old}
    numbers = dict(GoldAnswer.objects.filter(gold__in=golds).values_list("gold_id").annotate(last=Max("number")))
    new = []
    for answer in old:
        numbers[answer.gold_id] += 1
        new.append(
            GoldAnswer(
                gold_id=answer.gold_id,
                number=numbers[answer.gold_id],
                question=answer.question,
                accepted=answer.accepted,
                reason=answer.reason,
                clause_revision=revisions[_clause_of(answer)],
                author=author,
            )
        )
    GoldAnswer.objects.bulk_create(new, batch_size=ROWS_A_STATEMENT)


def _clause_of(answer: GoldAnswer) -> int:
    """What is outdated names a clause."""
    return answer.clause_revision.clause_id if answer.clause_revision else 0


def _go_live(queue: Queue, gold_ids: set[int]) -> None:
    """Only what the policy has suspended, and what has no other outdated answer."""
    still = set(suspended_answers(queue).filter(gold__in=gold_ids).values_list("gold_id", flat=True))
    suspended = GoldItem.objects.filter(
        pk__in=gold_ids - still, state=GoldState.SUSPENDED, state_reason__startswith=POLICY_CHANGED
    )
    suspended.update(state=GoldState.LIVE, state_reason="")
