"""Sets, the gold that they may take, and attempts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from calibration.enums import AttemptState, GoldPool, GoldState, SetPurpose
from calibration.models import Attempt, AttemptAnswer, CalibrationSet, GoldAnswer, GoldItem, SetItem
from calibration.queries.pools import UNFINISHED, in_turn
from calibration.stats import PassMark
from labeling.models import Label, Queue
from qaplatform.people.access import Access, Reach
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

TRAINERS = frozenset({Role.TRAINER, Role.QA_MANAGER})
RESULT_READERS = frozenset({Role.TRAINER, Role.QA_MANAGER, Role.TEAM_LEAD})
POOLS = {SetPurpose.PRACTICE: GoldPool.TRAINING, SetPurpose.EXAM: GoldPool.EXAM}
FEWEST_ANSWERS = 5
HARD_BELOW = 0.8
EASY_FROM = 0.95


@dataclass(frozen=True)
class GoldWish:
    """Which gold a set is to be drawn from; an empty part wishes nothing."""

    category: str = ""
    clause: str = ""
    difficulty: str = ""


@dataclass(frozen=True)
class RightBefore:
    """Right answers and all answers on an item in attempts so far."""

    right: int
    n: int


ANYTHING = GoldWish()


def visible_sets(access: Access) -> QuerySet[CalibrationSet]:
    """Sets hold expected answers, so only trainers and QA managers of the whole platform see them."""
    sets = CalibrationSet.objects.select_related(
        "source_queue__policy_version", "training_queue", "policy_version", "skill", "created_by"
    )
    return sets if access.reach(TRAINERS).everything else sets.none()


def set_rows(sets: QuerySet[CalibrationSet]) -> QuerySet[CalibrationSet]:
    """Sets with the counts that their list shows."""
    counted = sets.annotate(
        item_count=_count_of(SetItem.objects.all()),
        unfinished=_count_of(Attempt.objects.filter(state__in=UNFINISHED)),
        passed=_count_of(Attempt.objects.filter(state=AttemptState.PASSED)),
        failed=_count_of(Attempt.objects.filter(state=AttemptState.FAILED)),
    )
    return counted.order_by("-created_at", "-pk")


def visible_attempts(access: Access) -> QuerySet[Attempt]:
    """Own attempts, and those of the people whom a trainer, QA manager or team lead covers."""
    own = Q(labeler=access.labeler_id) if access.labeler_id else Q(pk__in=[])
    managed = covered_by(access.reach(RESULT_READERS))
    related = Attempt.objects.select_related("calibration_set__source_queue", "calibration_set__training_queue")
    return related.select_related("labeler__vendor", "labeler__team", "flag").filter(own | managed)


def covered_by(reach: Reach) -> Q:
    """Rows of labelers whom a reach covers."""
    if reach.everything:
        return Q(pk__isnull=False)
    return Q(labeler__vendor__in=reach.vendor_ids) | Q(labeler__team__in=reach.team_ids)


def live_gold(queue: Queue, purpose: str) -> QuerySet[GoldItem]:
    """Gold that a set of this purpose may take."""
    golds = GoldItem.objects.filter(queue=queue, pool=POOLS[SetPurpose(purpose)], state=GoldState.LIVE)
    return (
        golds.filter(item__withdrawn_at=None, item__purged_at=None, answers__in=_current())
        .select_related("item")
        .distinct()
        .order_by("pk")
    )


def gold_counts(queues: Iterable[Queue]) -> dict[int, dict[str, int]]:
    """How many items each queue has for practice and for exams."""
    rows = GoldItem.objects.filter(queue__in=queues, state=GoldState.LIVE, item__withdrawn_at=None)
    counted = rows.order_by().values_list("queue_id", "pool").annotate(Count("pk"))
    purposes = {pool: purpose for purpose, pool in POOLS.items()}
    counts: dict[int, dict[str, int]] = {}
    for queue_id, pool, n in counted:
        if pool in purposes:
            counts.setdefault(queue_id, {})[purposes[pool].value] = n
    return counts


def wanted_gold(queue: Queue, purpose: str, wish: GoldWish) -> list[GoldItem]:
    """Live gold that fits a wish, in the order in which it came."""
    golds = live_gold(queue, purpose)
    if wish.category:
        golds = golds.filter(answers__in=_current().filter(accepted__contains=[wish.category]))
    if wish.clause:
        golds = golds.filter(answers__in=_current().filter(clause_revision__clause__code=wish.clause))
    rows = list(golds)
    if not wish.difficulty:
        return rows
    known = right_before(rows)
    return [gold for gold in rows if difficulty_of(known.get(gold.pk)) == wish.difficulty]


def draw_gold(
    queue: Queue, purpose: str, *, n: int, seed: int, fresh_to: Sequence[Labeler] = (), wish: GoldWish = ANYTHING
) -> list[GoldItem]:
    """Draw items evenly over clauses, only such as none of these people has answered before."""
    seen = seen_hashes(fresh_to)
    by_clause: dict[int | None, list[GoldItem]] = {}
    for gold, clause in _with_clause(wanted_gold(queue, purpose, wish)):
        if gold.item.content_hash not in seen:
            by_clause.setdefault(clause, []).append(gold)
    return in_turn(by_clause, n=n, rng=Random(seed))  # noqa: S311  A draw of exam items keeps no secret.


def right_before(golds: Iterable[GoldItem]) -> dict[int, RightBefore]:
    """How people did on these items in attempts so far, by gold."""
    answers = AttemptAnswer.objects.filter(
        gold_answer__gold__in=list(golds), is_correct__isnull=False, left_out_at=None
    )
    counted = answers.order_by().values_list("gold_answer__gold_id")
    rows = counted.annotate(right=Count("pk", filter=Q(is_correct=True)), n=Count("pk"))
    return {gold_id: RightBefore(right, n) for gold_id, right, n in rows}


def difficulty_of(before: RightBefore | None) -> str:
    """How hard an item has shown itself to be; not known under five answers.

    >>> difficulty_of(RightBefore(3, 5)), difficulty_of(RightBefore(20, 20)), difficulty_of(None)
    ('hard', 'easy', 'unknown')
    """
    if before is None or before.n < FEWEST_ANSWERS:
        return "unknown"
    share = before.right / before.n
    return "hard" if share < HARD_BELOW else "easy" if share >= EASY_FROM else "medium"


def seen_hashes(labelers: Sequence[Labeler]) -> frozenset[str]:
    """Content that any of these people has answered before."""
    if not labelers:
        return frozenset()
    return frozenset(Label.objects.filter(labeler__in=labelers).values_list("item__content_hash", flat=True).distinct())


def pass_mark_of(items: int, right: int) -> PassMark | None:
    """The mark with its operating curve; None where there is no such mark."""
    return PassMark(items=items, right=right) if 0 < right <= items else None


def training_due(labeler: Labeler) -> list[Attempt]:
    """What a person still has to do, the soonest first."""
    attempts = Attempt.objects.filter(labeler=labeler, state__in=UNFINISHED)
    return list(
        attempts.select_related("calibration_set__training_queue").order_by(F("due_at").asc(nulls_last=True), "pk")
    )


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows a set has: a count of its own, so that none multiplies another."""
    own = rows.filter(calibration_set=OuterRef("pk")).order_by().values("calibration_set")
    return Coalesce(Subquery(own.annotate(n=Count("pk")).values("n")), 0)


def _current() -> QuerySet[GoldAnswer]:
    return GoldAnswer.objects.filter(approved_at__isnull=False, replaced_at=None)


def _with_clause(rows: Sequence[GoldItem]) -> list[tuple[GoldItem, int | None]]:
    answers = _current().filter(gold__in=rows).order_by("gold_id", "question")
    clauses = dict(answers.values_list("gold_id", "clause_revision__clause_id"))
    return [(gold, clauses.get(gold.pk)) for gold in rows]
