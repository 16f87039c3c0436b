"""Gold for pages and programs: only for those who look after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem, GoldScore, SamplingPlan
from calibration.queries.corrections import Rescored, rescored_by
from calibration.queries.questions import MeasuredQuestion, read_questions_of
from calibration.queries.stocks import GoldStocks, people_of_queues, read_sightings
from calibration.queries.watch_figures import gold_a_day
from calibration.stats import Estimate, proportion
from labeling.models import Queue
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler

# How the reason begins of gold that a policy's change has suspended; it goes live by being approved again.
POLICY_CHANGED = "The policy changed"
GOLD_ROLES = frozenset({Role.QA_MANAGER, Role.POLICY_OWNER, Role.TRAINER})


@dataclass(frozen=True, kw_only=True)
class GoldRow:
    """A gold item with the answer in force, else the newest one, and how often it was answered rightly."""

    gold_id: UUID
    item_id: UUID
    external_id: str
    queue_name: str
    state: str
    pool: str
    question: str
    accepted: tuple[str, ...]
    accepted_names: tuple[str, ...]
    reason: str
    clause: str
    number: int
    author: str
    approver: str
    approved_at: datetime | None
    approved_alone: bool
    approved_elsewhere: str
    answers: int
    right: int
    created_at: datetime
    is_made_from_item: bool

    @property
    def share_right(self) -> Estimate:
        """The share of its answers that are right, with its interval."""
        return proportion(self.right, self.answers)


@dataclass(frozen=True, kw_only=True)
class GoldVersion:
    """One numbered answer of a gold item, and the scores that were made against it."""

    number: int
    question: str
    accepted: tuple[str, ...]
    accepted_names: tuple[str, ...]
    reason: str
    author: str
    approver: str
    approved_elsewhere: str
    from_: datetime | None
    until: datetime | None
    clause: str
    scores: int
    right: int
    rescored: Rescored | None

    @property
    def is_discarded(self) -> bool:
        """Whether it was a correction that never came into force."""
        return self.from_ is None and self.until is not None


@dataclass(frozen=True, kw_only=True)
class GoldSupply:
    """How long the gold of a queue lasts; `days_left` is None where nobody is served any."""

    live: int
    people: int
    unseen_least: int
    unseen_median: float
    without_unseen: int
    days_left: float | None
    sentence: str


def visible_gold(access: Access) -> QuerySet[GoldItem]:
    """Gold for QA managers, policy owners and trainers who cover everybody; for all others there is none."""
    if access.reach(GOLD_ROLES).everything:
        return GoldItem.objects.all()
    return GoldItem.objects.none()


def gold_rows(
    access: Access, *, queue: Queue | None = None, state: str = "", pool: str = "", limit: int = 500
) -> tuple[GoldRow, ...]:
    """The answer in force of each visible gold item, newest items first, in five queries."""
    gold = visible_gold(access).select_related("item", "queue").order_by("-created_at", "-id")
    wanted = {name: value for name, value in (("queue", queue), ("state", state), ("pool", pool)) if value}
    return rows_of_gold(gold.filter(**wanted)[:limit])


def rows_of_gold(gold: Iterable[GoldItem]) -> tuple[GoldRow, ...]:
    """Rows of these gold items; an item that asks two questions has two."""
    items = {row.pk: row for row in gold}
    answers = GoldAnswer.objects.filter(gold__in=items).order_by("gold_id", "question", _in_force_first(), "-number")
    answers = answers.distinct("gold_id", "question").select_related("author", "approver", "clause_revision__clause")
    by_gold: dict[int, list[GoldAnswer]] = {pk: [] for pk in items}
    for answer in answers:
        by_gold[answer.gold_id].append(answer)
    counts = _counts([answer.pk for found in by_gold.values() for answer in found])
    questions = read_questions_of({row.queue_id: row.queue for row in items.values()}.values())
    return tuple(
        _row(items[pk], answer, counts.get(answer.pk, (0, 0)), questions)
        for pk, found in by_gold.items()
        for answer in found
    )


def gold_history(gold: GoldItem) -> tuple[GoldVersion, ...]:
    """All answers of a gold item, newest first; what was scored against an older one stays readable."""
    answers = list(gold.answers.select_related("author", "approver", "clause_revision__clause").order_by("-number"))
    counts = _all_counts(answers)
    questions = {question.key: question for question in read_questions_of([gold.queue])[gold.queue_id]}
    return tuple(_version(answer, answers, counts.get(answer.pk, (0, 0)), questions) for answer in answers)


def rescored(answer: GoldAnswer) -> Rescored:
    """What a correction that is in force changed."""
    answers = list(answer.gold.answers.order_by("-number"))
    return _rescored(answer, answers) or Rescored(answers=0, people=0, changed=0)


def waiting_proposals(queue: Queue) -> QuerySet[GoldAnswer]:
    """Answers that wait for approval and correct nothing that is in force."""
    waiting = GoldAnswer.objects.filter(gold__queue=queue, approved_at=None, replaced_at=None)
    return waiting.exclude(gold__state=GoldState.RETIRED).exclude(_replaces_something())


def waiting_corrections(gold: QuerySet[GoldItem]) -> QuerySet[GoldAnswer]:
    """Corrections of these gold items that wait for a second person, the oldest first."""
    waiting = GoldAnswer.objects.filter(_replaces_something(), gold__in=gold, approved_at=None, replaced_at=None)
    return waiting.exclude(gold__state=GoldState.RETIRED).select_related("gold__item", "author").order_by("created_at")


def suspended_by_policy(gold: QuerySet[GoldItem]) -> QuerySet[GoldItem]:
    """Those of these gold items that a policy's change has suspended."""
    return gold.filter(state=GoldState.SUSPENDED, state_reason__startswith=POLICY_CHANGED)


def gold_supply(queue: Queue, *, now: datetime) -> GoldSupply:
    """Unseen gold before each person, and how many days it lasts at the queue's rate."""
    return gold_supplies([queue], now=now)[queue.pk]


def gold_supplies(queues: Sequence[Queue], *, now: datetime) -> dict[int, GoldSupply]:
    """`gold_supply` of each queue, in seven queries for any number of queues."""
    stocks, people = read_sightings(queues), people_of_queues(queues, now=now)
    plans = {plan.queue_id: plan for plan in SamplingPlan.objects.filter(queue__in=queues)}
    return {queue.pk: _supply(stocks[queue.pk], people[queue.pk], plans.get(queue.pk)) for queue in queues}


def _supply(stocks: GoldStocks, people: Sequence[Labeler], plan: SamplingPlan | None) -> GoldSupply:
    unseen = [len({gold.content_hash for gold in stocks.unseen(person)}) for person in people]
    per_day = gold_a_day(plan) if plan else 0
    least, middle = min(unseen, default=0), float(median(unseen)) if unseen else 0.0
    days = middle / per_day if per_day and unseen else None
    return GoldSupply(
        live=len(stocks.live),
        people=len(unseen),
        unseen_least=least,
        unseen_median=middle,
        without_unseen=sum(n == 0 for n in unseen),
        days_left=days,
        sentence=_supply_words(len(stocks.live), unseen, days, per_day),
    )


def _supply_words(live: int, unseen: list[int], days: float | None, per_day: float) -> str:
    if days is None:
        return "No gold is served in this queue: set a gold rate, and certify people."
    used_up = sum(n == 0 for n in unseen)
    if used_up:
        return (
            f"{used_up} of {len(unseen)} people have met all {live} gold items: watching them goes on by overlap and "
            f"adjudication only. Add {max(round(10 * per_day - min(unseen)), 1)} for ten days."
        )
    words = (
        f"{live} live gold items, of which the person in the middle has {median(unseen):.0f} unseen: "
        f"they last about {days:.0f} working days at {per_day:.0f} a person and day."
    )
    return words if days >= 10 else f"{words} Add {round((10 - days) * per_day)} to reach ten."


def _counts(answer_ids: list[int]) -> dict[int, tuple[int, int]]:
    scores = GoldScore.objects.filter(gold_answer__in=answer_ids, ended_at=None)
    rows = scores.order_by().values("gold_answer_id").annotate(n=Count("id"), right=Count("id", Q(is_correct=True)))
    return {row["gold_answer_id"]: (row["n"], row["right"]) for row in rows}


def _row(
    gold: GoldItem,
    answer: GoldAnswer,
    counts: tuple[int, int],
    questions: Mapping[int, tuple[MeasuredQuestion, ...]],
) -> GoldRow:
    question = next((found for found in questions[gold.queue_id] if found.key == answer.question), None)
    return GoldRow(
        gold_id=gold.public_id,
        item_id=gold.item.public_id,
        external_id=gold.item.external_id,
        queue_name=gold.queue.name,
        state=gold.state,
        pool=gold.pool,
        question=answer.question,
        accepted=tuple(answer.accepted),
        accepted_names=tuple(question.name_of(code) if question else code for code in answer.accepted),
        reason=answer.reason,
        clause=str(answer.clause_revision) if answer.clause_revision else "",
        number=answer.number,
        author=str(answer.author),
        approver=str(answer.approver) if answer.approver else "",
        approved_at=answer.approved_at,
        approved_alone=answer.approved_alone,
        approved_elsewhere=answer.approved_elsewhere,
        answers=counts[0],
        right=counts[1],
        created_at=gold.created_at,
        is_made_from_item=gold.made_from_id is not None,
    )


def _replaces_something() -> Exists:
    in_force = GoldAnswer.objects.filter(approved_at__isnull=False, replaced_at=None)
    return Exists(in_force.filter(gold=OuterRef("gold"), question=OuterRef("question")))


def _in_force_first() -> Case:
    in_force = Q(approved_at__isnull=False, replaced_at=None)
    return Case(When(in_force, then=0), When(replaced_at=None, then=1), default=2)


def _all_counts(answers: Sequence[GoldAnswer]) -> dict[int, tuple[int, int]]:
    """How many answers were ever scored against each, and how many of them were right."""
    scores = GoldScore.objects.filter(gold_answer__in=answers).order_by().values("gold_answer_id")
    rows = scores.annotate(n=Count("id"), right=Count("id", Q(is_correct=True)))
    return {row["gold_answer_id"]: (row["n"], row["right"]) for row in rows}


def _rescored(answer: GoldAnswer, answers: Sequence[GoldAnswer]) -> Rescored | None:
    """Compared with the answer that was in force before; None where it replaced none, or another meaning."""
    earlier = [old for old in answers if old.number < answer.number and old.question == answer.question]
    replaced = max((old for old in earlier if old.approved_at), key=lambda old: old.number, default=None)
    if replaced is None or answer.approved_at is None or replaced.accepted == answer.accepted:
        return None
    return rescored_by(answer, replaced)


def _version(
    answer: GoldAnswer,
    answers: Sequence[GoldAnswer],
    counts: tuple[int, int],
    questions: Mapping[str, MeasuredQuestion],
) -> GoldVersion:
    question = questions.get(answer.question)
    return GoldVersion(
        number=answer.number,
        question=answer.question,
        accepted=tuple(answer.accepted),
        accepted_names=tuple(question.name_of(code) if question else code for code in answer.accepted),
        reason=answer.reason,
        author=str(answer.author),
        approver=str(answer.approver) if answer.approver else "",
        approved_elsewhere=answer.approved_elsewhere,
        from_=answer.approved_at,
        until=answer.replaced_at,
        clause=_clause_words(answer),
        scores=counts[0],
        right=counts[1],
        rescored=_rescored(answer, answers),
    )


def _clause_words(answer: GoldAnswer) -> str:
    revision = answer.clause_revision
    return f"{revision.clause.code} r{revision.number}" if revision else ""
