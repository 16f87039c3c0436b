"""What each role finds on its first page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from calibration.enums import Cut, GoldState, Metric, Reference, SetPurpose, SuspensionState
from calibration.models import Attempt, Flag, FlagReply, GoldAnswer, MetricSnapshot, SkillSuspension, StandingRecord
from calibration.queries.agreement import ConfusedPair, confused_pairs, main_questions
from calibration.queries.attempt_results import results_to_tell
from calibration.queries.flags import managed_flags, replies_due, unfinished_flags
from calibration.queries.people import PersonRow, people_list, result_queues, visible_people
from calibration.queries.questions import MeasuredQuestion, read_questions_of
from calibration.queries.queue_figures import GroupAccuracy, group_accuracies, work_queues
from calibration.queries.references import ReferenceChoice, choose_reference, people_by_reference
from calibration.queries.training import training_due
from calibration.queries.undated import UNDATED
from calibration.queries.windows import WEEK, day_start
from calibration.rules import UNFINISHED_STATES
from calibration.stats import AgreementTally, Estimate
from labeling.models import ClauseRevision, Label, Queue
from labeling.queries.acknowledgements import queues_to_read
from labeling.queries.work import OpenWork, open_work
from labeling.queries.workspaces import DayCount, count_since
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers

CLAUSES_SHOWN = 8
FEW = 20
PAIRS_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class SuspendedGrant:
    """A suspended certification, the exam that gives it back if one is assigned, and the flag that led to it."""

    grant: SkillGrant
    exam: Attempt | None
    flag: Flag | None


@dataclass(frozen=True, kw_only=True)
class LabelerDay:
    """A labeler's work, today's counts, and what waits for an answer."""

    work: list[OpenWork]
    to_read: list[Queue]
    grants: list[SkillGrant]
    suspended: list[SuspendedGrant]
    day: DayCount
    flags: list[Flag]
    training: list[Attempt]
    exams: list[Attempt]
    results: list[StandingRecord]

    @property
    def has_work(self) -> bool:
        """Whether there is anything to start."""
        return any(row.waiting or row.has_begun for row in self.work)


@dataclass(frozen=True, kw_only=True)
class TeamMember:
    """Somebody of one's team with today's answers."""

    person: PersonRow
    today: int


@dataclass(frozen=True, kw_only=True)
class TeamDay:
    """A team lead's people today, and the flags that still lack a reply."""

    members: tuple[TeamMember, ...]
    reference: ReferenceChoice
    replies: list[Flag]

    @property
    def accuracy_head(self) -> str:
        """The head of the accuracies' column."""
        return f"Accuracy against {self.reference.words}"

    @property
    def today(self) -> int:
        """Answers of the whole team today."""
        return sum(member.today for member in self.members)


@dataclass(frozen=True, kw_only=True)
class VendorQueue:
    """One queue of one's own people: a figure a vendor, their answers this month, and how many may work in it."""

    queue_id: UUID
    queue_name: str
    figures: tuple[GroupAccuracy, ...]
    labels: int
    certified: int


@dataclass(frozen=True, kw_only=True)
class VendorMonth:
    """A vendor manager's month."""

    since: datetime
    reference: ReferenceChoice
    queues: tuple[VendorQueue, ...]
    to_coach: list[Flag]
    heads: int

    @property
    def accuracy_head(self) -> str:
        """The head of the accuracies' column."""
        return f"Accuracy against {self.reference.words}"


@dataclass(frozen=True, kw_only=True)
class ClauseSplit:
    """How far labelers agree where a clause is in question."""

    queue_id: UUID
    queue_name: str
    question: str
    code: str
    title: str
    alpha: Estimate


@dataclass(frozen=True, kw_only=True)
class QueuePair:
    """A confused pair with the queue in which it was found."""

    queue_id: UUID
    queue_name: str
    question: str
    pair: ConfusedPair


@dataclass(frozen=True, kw_only=True)
class GoldCounts:
    """Gold of a queue that waits for a second person, or that nobody here has confirmed by name."""

    queue_id: UUID
    queue_name: str
    waiting: int
    unnamed: int


@dataclass(frozen=True, kw_only=True)
class PolicyDesk:
    """What a policy owner has to look at."""

    splits: tuple[ClauseSplit, ...]
    pairs: tuple[QueuePair, ...]
    gold: tuple[GoldCounts, ...]


def in_role(access: Access, role: Role) -> Access:
    """The same person in one role alone, so that each section of a page shows what that role covers."""
    held = frozenset(holding for holding in access.holdings if holding.role == role)
    return replace(access, holdings=held)


def labeler_day(labeler: Labeler, *, now: datetime) -> LabelerDay:
    """The first page of a labeler."""
    grants = SkillGrant.objects.filter(labeler=labeler, revoked_at=None).select_related("skill").order_by("skill__name")
    results = StandingRecord.objects.filter(
        labeler=labeler, reference=Reference.GOLD, declared_on__gt=(now - WEEK).date()
    )
    replied = FlagReply.objects.filter(flag=OuterRef("pk"), author=labeler.user_id)
    training = training_due(labeler)
    return LabelerDay(
        work=open_work(labeler),
        to_read=list(queues_to_read(labeler.pk)),
        grants=list(grants),
        suspended=_suspended(grants, training),
        day=count_since(labeler.pk, day_start(now)),
        flags=list(unfinished_flags(labeler).annotate(has_replied=Exists(replied)).order_by("reply_due_at")),
        training=training,
        exams=results_to_tell(labeler, now=now),
        results=list(results.select_related("queue").order_by("-declared_on", "queue__name")),
    )


def team_day(access: Access, *, now: datetime) -> TeamDay:
    """The first page of a team lead; the access is of that role alone."""
    reference = choose_reference("", people_by_reference(visible_people(access), result_queues(access)))
    people = people_list(access, now=now, reference=reference.chosen)
    ids = [person.labeler_id for person in people]
    labels = Label.objects.filter(labeler__public_id__in=ids, revises=None, created_at__gte=day_start(now))
    today = dict(labels.exclude(UNDATED).order_by().values_list("labeler__public_id").annotate(Count("pk")))
    members = tuple(TeamMember(person=person, today=today.get(person.labeler_id, 0)) for person in people)
    return TeamDay(members=members, reference=reference, replies=list(replies_due(access)))


def vendor_month(access: Access, *, now: datetime) -> VendorMonth:
    """The first page of a vendor manager; the access is of that role alone."""
    since = day_start(now).replace(day=1)
    queues = work_queues(access)
    people = visible_labelers(access)
    reference = choose_reference("", people_by_reference(people, queues))
    figures: defaultdict[UUID, list[GroupAccuracy]] = defaultdict(list)
    for figure in group_accuracies(access, queues, cut=Cut.VENDOR, reference=reference.chosen):
        figures[figure.queue_id].append(figure)
    labels = _labels_by_queue(people, queues, since=since)
    certified = _certified_by_skill(people, now=now)
    rows = tuple(
        VendorQueue(
            queue_id=queue.public_id,
            queue_name=queue.name,
            figures=tuple(figures[queue.public_id]),
            labels=labels.get(queue.pk, 0),
            certified=certified.get(queue.skill_id or 0, 0),
        )
        for queue in queues
    )
    to_coach = managed_flags(access).filter(state__in=UNFINISHED_STATES).order_by("opened_at")
    heads = people.filter(is_active=True).count()
    return VendorMonth(since=since, reference=reference, queues=rows, to_coach=list(to_coach), heads=heads)


def policy_desk(access: Access) -> PolicyDesk:
    """Clauses that split people, pairs that are confused, and gold that needs a policy owner."""
    queues = work_queues(access)
    asked = main_questions(queues)
    by_id = {queue.pk: queue for queue in queues}
    rows = MetricSnapshot.objects.filter(queue__in=queues, metric=Metric.AGREEMENT, cut__in=[Cut.QUEUE, Cut.CLAUSE])
    counted = [row for row in rows if row.question == asked.get(row.queue_id)]
    return PolicyDesk(
        splits=_splits([row for row in counted if row.cut == Cut.CLAUSE], by_id),
        pairs=_pairs([row for row in counted if row.cut == Cut.QUEUE], by_id),
        gold=_gold_counts(queues),
    )


def _suspended(grants: Iterable[SkillGrant], training: Sequence[Attempt]) -> list[SuspendedGrant]:
    suspended = [grant for grant in grants if grant.suspended_at is not None]
    if not suspended:
        return []
    exams = {
        attempt.calibration_set.skill_id: attempt
        for attempt in training
        if attempt.calibration_set.purpose == SetPurpose.EXAM
    }
    causes = SkillSuspension.objects.filter(grant__in=suspended, state=SuspensionState.CONFIRMED).order_by("pk")
    flags = {cause.grant_id: cause.flag for cause in causes.select_related("flag")}
    return [
        SuspendedGrant(grant=grant, exam=exams.get(grant.skill_id), flag=flags.get(grant.pk)) for grant in suspended
    ]


def _labels_by_queue(people: QuerySet[Labeler], queues: Sequence[Queue], *, since: datetime) -> dict[int, int]:
    labels = Label.objects.filter(labeler__in=people, queue__in=queues, revises=None, created_at__gte=since)
    return dict(labels.exclude(UNDATED).order_by().values_list("queue_id").annotate(Count("pk")))


def _certified_by_skill(people: QuerySet[Labeler], *, now: datetime) -> dict[int, int]:
    grants = SkillGrant.objects.filter(labeler__in=people, labeler__is_active=True, suspended_at=None, revoked_at=None)
    live = grants.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    return dict(live.order_by().values_list("skill_id").annotate(Count("labeler_id", distinct=True)))


def _splits(rows: Sequence[MetricSnapshot], queues: Mapping[int, Queue]) -> tuple[ClauseSplit, ...]:
    """Clauses by alpha, the lowest first, small samples last; what cannot be told is left out."""
    titles = _clause_titles(queues.values())
    found = [_split(row, queues[row.queue_id], titles) for row in rows]
    known = [split for split in found if split.alpha.value is not None]
    return tuple(sorted(known, key=lambda split: (split.alpha.n < FEW, split.alpha.value or 0.0))[:CLAUSES_SHOWN])


def _split(row: MetricSnapshot, queue: Queue, titles: Mapping[tuple[int, str], str]) -> ClauseSplit:
    return ClauseSplit(
        queue_id=queue.public_id,
        queue_name=queue.name,
        question=row.question,
        code=row.key,
        title=titles.get((queue.policy_id, row.key), ""),
        alpha=Estimate.from_json(row.estimates["alpha"]),
    )


def _clause_titles(queues: Iterable[Queue]) -> dict[tuple[int, str], str]:
    policies = {queue.policy_id for queue in queues}
    revisions = ClauseRevision.objects.filter(clause__policy__in=policies).order_by("number")
    rows = revisions.values_list("clause__policy_id", "clause__code", "title")
    return {(policy, code): title for policy, code, title in rows}


def _pairs(rows: Sequence[MetricSnapshot], queues: Mapping[int, Queue]) -> tuple[QueuePair, ...]:
    questions = read_questions_of(queues.values())
    found = []
    for row in rows:
        question = next((each for each in questions[row.queue_id] if each.key == row.question), None)
        if question is not None:
            found += _pairs_of(row, queues[row.queue_id], question)
    return tuple(sorted(found, key=lambda entry: -entry.pair.items)[:PAIRS_SHOWN])


def _pairs_of(row: MetricSnapshot, queue: Queue, question: MeasuredQuestion) -> list[QueuePair]:
    pairs = confused_pairs(AgreementTally.from_json(row.tally), question)
    return [
        QueuePair(queue_id=queue.public_id, queue_name=queue.name, question=question.key, pair=pair) for pair in pairs
    ]


def _gold_counts(queues: Sequence[Queue]) -> tuple[GoldCounts, ...]:
    """Waiting: written and not yet approved. Without names: approved elsewhere, or by the author alone."""
    answers = GoldAnswer.objects.filter(gold__queue__in=queues, replaced_at=None).exclude(gold__state=GoldState.RETIRED)
    unnamed = Q(approved_at__isnull=False) & (Q(approver=None) | Q(approved_alone=True))
    counted = (
        answers.order_by()
        .values("gold__queue_id")
        .annotate(waiting=Count("pk", filter=Q(approved_at=None)), unnamed=Count("pk", filter=unnamed))
    )
    found = {row["gold__queue_id"]: (row["waiting"], row["unnamed"]) for row in counted}
    return tuple(
        GoldCounts(
            queue_id=queue.public_id,
            queue_name=queue.name,
            waiting=found[queue.pk][0],
            unnamed=found[queue.pk][1],
        )
        for queue in queues
        if any(found.get(queue.pk, (0, 0)))
    )
