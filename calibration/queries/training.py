"""Gold for sets, sets, attempts, and who is due or stuck."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db.models import Count, F, Q, QuerySet

from calibration.enums import AttemptState, FlagState, GoldPool, GoldState, SetPurpose
from calibration.models import Attempt, AttemptAnswer, CalibrationSet, Flag, GoldAnswer, GoldItem, SetItem
from calibration.queries.answer_names import read_answer_names
from calibration.stats import PassMark
from labeling.models import Item, Label, Queue
from qaplatform.people.access import Access, Reach
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

TRAINERS = frozenset({Role.TRAINER, Role.QA_MANAGER})
RESULT_READERS = frozenset({Role.TRAINER, Role.QA_MANAGER, Role.TEAM_LEAD})
UNFINISHED = (AttemptState.ASSIGNED, AttemptState.STARTED)
POOLS = {SetPurpose.PRACTICE: GoldPool.TRAINING, SetPurpose.EXAM: GoldPool.EXAM}
STUCK_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Line:
    """One person's attempt on the board: `state` is a state of attempts, or `overdue`."""

    attempt: Attempt
    state: str
    is_stuck: bool


@dataclass(frozen=True)
class AnswerView:
    """One scored answer of an attempt, with what was expected and why."""

    number: int
    item: Item
    given: str
    expected: tuple[str, ...]
    is_correct: bool
    clause: str
    reason: str


@dataclass(frozen=True)
class DueLine:
    """Somebody the trainer has to think of, and by when. `kind` names why."""

    kind: str
    labeler: Labeler
    words: str
    at: datetime | None
    attempt: Attempt | None
    flag: Flag | None


def visible_sets(access: Access) -> QuerySet[CalibrationSet]:
    """Sets hold expected answers, so only trainers and QA managers of the whole platform see them."""
    sets = CalibrationSet.objects.select_related(
        "source_queue", "training_queue", "policy_version", "skill", "created_by"
    )
    return sets if access.reach(TRAINERS).everything else sets.none()


def set_rows(sets: QuerySet[CalibrationSet]) -> QuerySet[CalibrationSet]:
    """Sets with the counts that their list shows."""
    counted = sets.annotate(
        item_count=Count("set_items", distinct=True),
        unfinished=Count("attempts", filter=Q(attempts__state__in=UNFINISHED), distinct=True),
        passed=Count("attempts", filter=Q(attempts__state=AttemptState.PASSED), distinct=True),
        failed=Count("attempts", filter=Q(attempts__state=AttemptState.FAILED), distinct=True),
    )
    return counted.order_by("-created_at", "-pk")


def visible_attempts(access: Access) -> QuerySet[Attempt]:
    """Own attempts, and those of the people whom a trainer, QA manager or team lead covers."""
    own = Q(labeler=access.labeler_id) if access.labeler_id else Q(pk__in=[])
    managed = _covered(access.reach(RESULT_READERS))
    related = Attempt.objects.select_related("calibration_set__source_queue", "calibration_set__training_queue")
    return related.select_related("labeler__vendor", "labeler__team", "flag").filter(own | managed)


def assignable_labelers(access: Access) -> QuerySet[Labeler]:
    """People with an account whom the asker may train."""
    reach = access.reach(TRAINERS)
    covered = Q() if reach.everything else Q(vendor__in=reach.vendor_ids) | Q(team__in=reach.team_ids)
    return Labeler.objects.filter(covered, is_active=True, user__isnull=False).select_related("vendor", "team")


def live_gold(queue: Queue, purpose: str) -> QuerySet[GoldItem]:
    """Gold that a set of this purpose may take, with its current answer's clause."""
    golds = GoldItem.objects.filter(queue=queue, pool=POOLS[SetPurpose(purpose)], state=GoldState.LIVE)
    return (
        golds.filter(item__withdrawn_at=None, answers__in=_current()).select_related("item").distinct().order_by("pk")
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


def draw_gold(
    queue: Queue, purpose: str, *, n: int, seed: int, fresh_to: Sequence[Labeler] = (), category: str = ""
) -> list[GoldItem]:
    """Draw items evenly over clauses, only such as none of these people has answered before."""
    golds = live_gold(queue, purpose)
    if category:
        golds = golds.filter(answers__in=_current().filter(accepted__contains=[category]))
    seen = seen_hashes(fresh_to)
    by_clause: dict[int | None, list[GoldItem]] = {}
    for gold, clause in _with_clause(golds):
        if gold.item.content_hash not in seen:
            by_clause.setdefault(clause, []).append(gold)
    return _in_turn(by_clause, n=n, random=Random(seed))  # noqa: S311  A draw of exam items keeps no secret.


def current_answers(calibration_set: CalibrationSet) -> list[tuple[SetItem, GoldAnswer]]:
    """The set's items in order, each with the answer that is expected now."""
    entries = list(calibration_set.set_items.select_related("gold__item").order_by("position"))
    answers = (
        _current().filter(gold__in=[entry.gold_id for entry in entries]).order_by("gold_id", "question", "-number")
    )
    by_gold: dict[int, GoldAnswer] = {}
    for answer in answers.select_related("clause_revision__clause"):
        by_gold.setdefault(answer.gold_id, answer)
    return [(entry, by_gold[entry.gold_id]) for entry in entries if entry.gold_id in by_gold]


def seen_hashes(labelers: Sequence[Labeler]) -> frozenset[str]:
    """Content that any of these people has answered before."""
    if not labelers:
        return frozenset()
    return frozenset(Label.objects.filter(labeler__in=labelers).values_list("item__content_hash", flat=True).distinct())


def unfresh_counts(calibration_set: CalibrationSet, labelers: Sequence[Labeler]) -> dict[int, int]:
    """How many items of a set each person has answered before, here or in their work, by labeler."""
    hashes = calibration_set.set_items.values("gold__item__content_hash")
    labels = Label.objects.filter(labeler__in=labelers, item__content_hash__in=hashes)
    counted = labels.order_by().values_list("labeler_id").annotate(Count("item__content_hash", distinct=True))
    return dict(counted)


def pass_mark_of(items: int, right: int) -> PassMark | None:
    """The mark with its operating curve; None where there is no such mark."""
    return PassMark(items=items, right=right) if 0 < right <= items else None


def board(attempts: QuerySet[Attempt], *, now: datetime) -> list[Line]:
    """Attempts as the board shows them: what is overdue first, then by due date, what is finished last."""
    lines = [_line(attempt, now=now) for attempt in attempts]
    unfinished = [line for line in lines if line.attempt.finished_at is None]
    finished = [line for line in lines if line.attempt.finished_at is not None]
    return sorted(unfinished, key=_urgency) + sorted(finished, key=_ended, reverse=True)


def answer_views(attempt: Attempt) -> list[AnswerView]:
    """Scored answers that may be shown: of practice as they come, of an exam once it has ended."""
    chosen = attempt.calibration_set
    if chosen.purpose == SetPurpose.EXAM and attempt.finished_at is None:
        return []
    names = read_answer_names(chosen.training_queue)
    rows = attempt.answers.exclude(is_correct=None).select_related("slot__item", "gold_answer__clause_revision__clause")
    return [
        AnswerView(
            number=number,
            item=row.slot.item,
            given=names.words(row.gold_answer.question, row.given),
            expected=tuple(names.words(row.gold_answer.question, code) for code in row.gold_answer.accepted),
            is_correct=bool(row.is_correct),
            clause=_clause_words(row),
            reason=row.gold_answer.reason,
        )
        for number, row in enumerate(rows.order_by("label__created_at", "pk"), start=1)
    ]


def training_due(labeler: Labeler) -> list[Attempt]:
    """What a person still has to do, the soonest first."""
    attempts = Attempt.objects.filter(labeler=labeler, state__in=UNFINISHED)
    return list(
        attempts.select_related("calibration_set__training_queue").order_by(F("due_at").asc(nulls_last=True), "pk")
    )


def due_or_stuck(access: Access, *, now: datetime) -> list[DueLine]:
    """Who is due or stuck, by date: overdue, failed without a retake, retraining without a set, then what is due."""
    attempts = visible_attempts(access).exclude(labeler=access.labeler_id or 0)
    lines = [*_unassigned(access), *_failed(attempts), *_unfinished(attempts, now=now)]
    order = ["overdue", "failed", "retraining", "stuck", "due"]
    return sorted(lines, key=lambda line: (order.index(line.kind), line.at is None, line.at))


def _unassigned(access: Access) -> list[DueLine]:
    covered = _covered(access.reach({Role.TRAINER, Role.QA_MANAGER}))
    flags = Flag.objects.filter(covered, state=FlagState.RETRAINING, attempts=None).select_related("labeler", "queue")
    return [
        DueLine(
            "retraining",
            flag.labeler,
            f"is to be retrained for {flag.queue} and has no set yet",
            flag.decided_at,
            None,
            flag,
        )
        for flag in flags
    ]


def _failed(attempts: QuerySet[Attempt]) -> list[DueLine]:
    failed = attempts.filter(state=AttemptState.FAILED, flag__state__in=[FlagState.RETRAINING, FlagState.COACHING])
    latest: dict[int, Attempt] = {}
    for attempt in failed.order_by("finished_at"):
        latest[attempt.labeler_id] = attempt
    again = set(attempts.filter(labeler__in=list(latest), state__in=UNFINISHED).values_list("labeler_id", flat=True))
    return [
        DueLine(
            "failed",
            a.labeler,
            f"did not pass {a.calibration_set} ({a.correct} of {a.items} right)",
            a.finished_at,
            a,
            a.flag,
        )
        for labeler_id, a in latest.items()
        if labeler_id not in again
    ]


def _unfinished(attempts: QuerySet[Attempt], *, now: datetime) -> list[DueLine]:
    return [
        DueLine(
            _kind(line),
            line.attempt.labeler,
            _progress_words(line.attempt),
            line.attempt.due_at,
            line.attempt,
            line.attempt.flag,
        )
        for line in board(attempts.filter(state__in=UNFINISHED), now=now)
    ]


def _kind(line: Line) -> str:
    if line.state == "overdue":
        return "overdue"
    return "stuck" if line.is_stuck else "due"


def _progress_words(attempt: Attempt) -> str:
    if not attempt.answered:
        return f"has not begun {attempt.calibration_set}"
    return f"has answered {attempt.answered} of {attempt.items} in {attempt.calibration_set}"


def _line(attempt: Attempt, *, now: datetime) -> Line:
    is_open = attempt.state in UNFINISHED
    is_overdue = is_open and attempt.due_at is not None and attempt.due_at < now
    is_stuck = is_open and attempt.assigned_at < now - STUCK_AFTER
    return Line(attempt, "overdue" if is_overdue else attempt.state, is_stuck)


def _urgency(line: Line) -> tuple[bool, datetime]:
    due_at = line.attempt.due_at
    return (due_at is None, due_at or line.attempt.assigned_at)


def _ended(line: Line) -> datetime:
    return line.attempt.finished_at or line.attempt.assigned_at


def _covered(reach: Reach) -> Q:
    if reach.everything:
        return Q(pk__isnull=False)
    return Q(labeler__vendor__in=reach.vendor_ids) | Q(labeler__team__in=reach.team_ids)


def _current() -> QuerySet[GoldAnswer]:
    return GoldAnswer.objects.filter(approved_at__isnull=False, replaced_at=None)


def _with_clause(golds: QuerySet[GoldItem]) -> list[tuple[GoldItem, int | None]]:
    rows = list(golds)
    answers = _current().filter(gold__in=rows).order_by("gold_id", "question")
    clauses = dict(answers.values_list("gold_id", "clause_revision__clause_id"))
    return [(gold, clauses.get(gold.pk)) for gold in rows]


def _in_turn(by_clause: dict[int | None, list[GoldItem]], *, n: int, random: Random) -> list[GoldItem]:
    """One item of each clause in turn until n are drawn, then in random order."""
    piles = [random.sample(pile, len(pile)) for pile in by_clause.values()]
    random.shuffle(piles)
    drawn: list[GoldItem] = []
    while len(drawn) < n and any(piles):
        for pile in piles:
            if pile and len(drawn) < n:
                drawn.append(pile.pop())
    random.shuffle(drawn)
    return drawn


def _clause_words(row: AttemptAnswer) -> str:
    revision = row.gold_answer.clause_revision
    return f"{revision.clause.code} {revision.title}" if revision else ""
