"""People and where they stand: one figure a person first, over all queues, then each queue."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from calibration.enums import Cut, Metric, Reference, WatchLevel
from calibration.models import AuditedLabel, Flag, MetricSnapshot, SamplingPlan, StandingRecord, Watch
from calibration.queries.accuracy import RESULT_ROLES
from calibration.queries.draws import chances_words
from calibration.queries.settling import more_to_settle, settle_words
from calibration.queries.undated import UNDATED
from calibration.queries.watching import UNFINISHED
from calibration.queries.windows import WEEK
from calibration.stats import Estimate, Standing, Status, combined_share, proportion, standing, stratified_standing
from labeling.enums import QueueKind
from labeling.models import Label, Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers

GRAVITY = {"": 0, WatchLevel.QUIET.value: 1, WatchLevel.WATCH.value: 2, WatchLevel.ALARM.value: 3}
STANDING_WORDS = {
    "below": "Below the target: even the upper bound is under it.",
    "meets": "Meets the target: even the lower bound reaches it.",
    "not_enough_data": "Not enough data yet to tell.",
    "": "Not declared yet: standings are declared on Mondays.",
}


@dataclass(frozen=True, kw_only=True)
class PersonQueue:
    """Somebody's figure in one queue. `standing` is of the latest declared date; the figure moves between dates."""

    queue_id: UUID
    queue_name: str
    accuracy: Estimate
    n: int
    correct: int
    target: float
    standing: str
    standing_accuracy: Estimate
    declared_on: date | None
    watch: str
    has_unequal_chances: bool
    is_weighted: bool

    @property
    def answers_to_settle(self) -> int | None:
        """How many more answers would settle it: 0 where it is told, None where it cannot be or chances are unlike."""
        return None if self.has_unequal_chances else more_to_settle(self.correct, self.n, target=self.target)

    @property
    def chances_words(self) -> str:
        """What stands beside a figure of decisions that were drawn with unlike probabilities."""
        return chances_words(is_unequal=self.has_unequal_chances, is_weighted=self.is_weighted)


@dataclass(frozen=True, kw_only=True)
class PersonRow:
    """Somebody's figure over all queues by one reference, stratified: right answers summed over the queues' windows.

    The running check watches gold alone: by another reference `watch` is empty.
    """

    labeler_id: UUID
    name: str
    vendor: str
    team: str
    kind: str
    is_active: bool
    reference: Reference
    accuracy: Estimate
    n: int
    correct: int
    target: float | None
    standing: str
    standing_words: str
    standing_accuracy: Estimate
    declared_on: date | None
    watch: str
    labels_7_days: int
    open_flag: UUID | None
    queues: tuple[PersonQueue, ...]

    @property
    def key(self) -> str:
        """The id as addresses write it."""
        return str(self.labeler_id)

    @property
    def settle_words(self) -> str:
        """How many more answers would settle a standing that cannot be told yet; empty where it can be."""
        if self.standing != Standing.NOT_ENOUGH_DATA or self.has_unequal_chances or self.target is None:
            return ""
        return settle_words(self.correct, self.n, target=self.target, reference=self.reference)

    @property
    def answers_to_settle(self) -> int | None:
        """How many more answers would settle it: 0 where it is told, None where it cannot be or chances are unlike."""
        if self.has_unequal_chances or self.target is None:
            return None
        return more_to_settle(self.correct, self.n, target=self.target)

    @property
    def has_unequal_chances(self) -> bool:
        """Whether audits of this person were drawn with different probabilities, so that the plain share misleads."""
        return any(row.has_unequal_chances for row in self.queues)

    @property
    def is_weighted(self) -> bool:
        """Whether every figure of this person that needs weights has them."""
        return self.has_unequal_chances and all(row.is_weighted for row in self.queues if row.has_unequal_chances)

    @property
    def chances_words(self) -> str:
        """What stands beside the one figure."""
        return chances_words(is_unequal=self.has_unequal_chances, is_weighted=self.is_weighted)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Answers of somebody in a queue, and how many were right; `weighted` where they were drawn with unlike chances."""

    n: int
    right: int
    has_unequal_chances: bool
    weighted: Estimate | None = None

    @property
    def accuracy(self) -> Estimate:
        """The share that is shown."""
        return self.weighted or proportion(self.right, self.n)


NOTHING_COUNTED = _Counted(0, 0, has_unequal_chances=False)


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What was read, by labeler; snapshots and standings by (labeler, queue)."""

    reference: Reference
    plans: Mapping[int, SamplingPlan]
    queues: Mapping[int, Queue]
    counts: Mapping[str, dict[int, _Counted]]
    standings: Mapping[int, dict[int, StandingRecord]]
    watches: Mapping[int, dict[int, str]]
    load: Mapping[int, int]
    flags: Mapping[int, UUID]


def people_list(
    access: Access,
    *,
    now: datetime,
    queue: Queue | None = None,
    reference: Reference = Reference.GOLD,
    people: Sequence[Labeler] | None = None,
) -> tuple[PersonRow, ...]:
    """Everybody else whose results this access may see; weakest lower bound first, too few answers last.

    `people` are those of `visible_people`, where they have been read already.
    """
    listed = visible_people(access) if people is None else people
    rows = people_rows(listed, result_queues(access, queue), now=now, reference=reference)
    seen = [row for row in rows if row.queues or row.labels_7_days or row.is_active]
    return tuple(sorted(seen, key=_by_lower_bound))


def visible_people(access: Access) -> list[Labeler]:
    """Everybody else whose results this access may see; who does nothing but audit has no results."""
    people = visible_labelers(access, roles=RESULT_ROLES).exclude(pk=access.labeler_id or 0)
    return list(people.exclude(_only_audits()).select_related("vendor", "team"))


def _only_audits() -> Q:
    """Desks of auditors: they judge decisions, hold no certification, and made no label in ordinary queues."""
    judges = Exists(AuditedLabel.objects.filter(auditor=OuterRef("pk")))
    is_certified = Exists(SkillGrant.objects.filter(labeler=OuterRef("pk")))
    labels = Exists(Label.objects.filter(labeler=OuterRef("pk"), queue__kind=QueueKind.ORDINARY))
    return Q(judges) & ~Q(is_certified) & ~Q(labels)


def result_queues(access: Access, queue: Queue | None = None) -> list[Queue]:
    """The queue that was asked for, else all that this access may see."""
    return [queue] if queue is not None else list(visible_queues(access))


def people_rows(
    people: Iterable[Labeler], queues: Sequence[Queue], *, now: datetime, reference: Reference = Reference.GOLD
) -> tuple[PersonRow, ...]:
    """Rows of these people over these queues by one reference, in six queries."""
    chosen = list(people)
    facts = _read(chosen, queues, now, reference)
    return tuple(_person(labeler, facts) for labeler in chosen)


def worst_watch(levels: Iterable[str]) -> str:
    """The gravest of some watch levels, empty for none.

    >>> worst_watch(["quiet", "alarm"])
    'alarm'
    """
    return max(levels, key=lambda level: GRAVITY[level], default="")


def _by_lower_bound(row: PersonRow) -> tuple[bool, float, str]:
    """Whoever has too few answers stands last: small cells are never sorted first."""
    is_small = row.accuracy.lower is None or row.accuracy.n < 20
    return is_small, row.accuracy.lower or 0.0, row.name


def _read(people: Sequence[Labeler], queues: Sequence[Queue], now: datetime, reference: Reference) -> _Facts:
    plans = {plan.queue_id: plan for plan in SamplingPlan.objects.filter(queue__in=queues)}
    return _Facts(
        reference=reference,
        plans=plans,
        queues={queue.pk: queue for queue in queues},
        counts=_counts(people, plans, reference),
        standings=_latest_standings(people, plans, reference),
        watches=_watches(people, plans) if reference == Reference.GOLD else {},
        load=_load(people, queues, now),
        flags=_open_flags(people, queues),
    )


def _counts(
    people: Sequence[Labeler], plans: Mapping[int, SamplingPlan], reference: Reference
) -> dict[str, dict[int, _Counted]]:
    """By labeler's public id and queue, of each queue's main question."""
    rows = MetricSnapshot.objects.filter(
        queue__in=list(plans),
        metric=Metric.ACCURACY,
        cut=Cut.LABELER,
        reference=reference,
        key__in=[str(labeler.public_id) for labeler in people],
    )
    found: defaultdict[str, dict[int, _Counted]] = defaultdict(dict)
    values = rows.values_list(
        "key",
        "queue_id",
        "question",
        "estimates__accuracy__n",
        "tally__right",
        "estimates__has_unequal_chances",
        "estimates__weighted",
    )
    for key, queue_id, question, n, right, unequal, kept in values:
        if question == plans[queue_id].question:
            weighted = Estimate.from_json(kept) if kept else None
            found[key][queue_id] = _Counted(n, right, bool(unequal), weighted)
    return found


def _latest_standings(
    people: Sequence[Labeler], plans: Mapping[int, SamplingPlan], reference: Reference
) -> dict[int, dict[int, StandingRecord]]:
    rows = StandingRecord.objects.filter(labeler__in=people, queue__in=list(plans), reference=reference)
    latest = rows.order_by("labeler_id", "queue_id", "-declared_on").distinct("labeler_id", "queue_id")
    found: defaultdict[int, dict[int, StandingRecord]] = defaultdict(dict)
    for row in latest:
        found[row.labeler_id][row.queue_id] = row
    return found


def _watches(people: Sequence[Labeler], plans: Mapping[int, SamplingPlan]) -> dict[int, dict[int, str]]:
    rows = Watch.objects.filter(labeler__in=people, queue__in=list(plans))
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for labeler_id, queue_id, level in rows.values_list("labeler_id", "queue_id", "level"):
        found[labeler_id][queue_id] = level
    return found


def _load(people: Sequence[Labeler], queues: Sequence[Queue], now: datetime) -> dict[int, int]:
    """Dated answers of the last seven days; the index label_by_labeler is read for these days only."""
    rows = Label.objects.filter(labeler__in=people, queue__in=queues, created_at__gte=now - WEEK, revises=None)
    rows = rows.exclude(UNDATED)
    return {row["labeler_id"]: row["n"] for row in rows.order_by().values("labeler_id").annotate(n=Count("id"))}


def _open_flags(people: Sequence[Labeler], queues: Sequence[Queue]) -> dict[int, UUID]:
    rows = Flag.objects.filter(labeler__in=people, queue__in=queues, state__in=UNFINISHED).order_by("-opened_at")
    return dict(rows.values_list("labeler_id", "public_id"))


def _person(labeler: Labeler, facts: _Facts) -> PersonRow:
    queues = tuple(_queue_rows(labeler, facts))
    n, correct = sum(row.n for row in queues), sum(row.correct for row in queues)
    declared = [row for row in facts.standings.get(labeler.pk, {}).values() if row.n]
    judged, target, name = _stratified_standing(declared)
    return PersonRow(
        labeler_id=labeler.public_id,
        name=labeler.display_name,
        vendor=labeler.vendor.name,
        team=labeler.team.name if labeler.team else "",
        kind=labeler.kind,
        is_active=labeler.is_active,
        reference=facts.reference,
        accuracy=_stratified(queues, correct, n),
        n=n,
        correct=correct,
        target=target if target is not None else _mean_target(queues),
        standing=name,
        standing_words=STANDING_WORDS[name],
        standing_accuracy=judged,
        declared_on=max((row.declared_on for row in declared), default=None),
        watch=worst_watch(row.watch for row in queues),
        labels_7_days=facts.load.get(labeler.pk, 0),
        open_flag=facts.flags.get(labeler.pk),
        queues=queues,
    )


def _queue_rows(labeler: Labeler, facts: _Facts) -> Iterable[PersonQueue]:
    counts = facts.counts.get(str(labeler.public_id), {})
    watches = facts.watches.get(labeler.pk, {})
    standings = facts.standings.get(labeler.pk, {})
    for queue_id in sorted(counts.keys() | watches.keys() | standings.keys()):
        counted = counts.get(queue_id, NOTHING_COUNTED)
        record = standings.get(queue_id)
        yield PersonQueue(
            queue_id=facts.queues[queue_id].public_id,
            queue_name=facts.queues[queue_id].name,
            accuracy=counted.accuracy,
            n=counted.n,
            correct=counted.right,
            target=facts.plans[queue_id].target,
            standing=record.standing if record else "",
            standing_accuracy=declared_accuracy(record),
            declared_on=record.declared_on if record else None,
            watch=watches.get(queue_id, ""),
            has_unequal_chances=counted.has_unequal_chances,
            is_weighted=counted.weighted is not None,
        )


def _stratified(queues: Sequence[PersonQueue], correct: int, n: int) -> Estimate:
    """Right answers summed over queues; where a queue's are weighted, the queues' shares, each by its answers."""
    counted = [row.accuracy for row in queues if row.n]
    if not any(row.is_weighted for row in queues):
        return proportion(correct, n)
    return counted[0] if len(counted) == 1 else combined_share(counted)


def declared_accuracy(record: StandingRecord | None) -> Estimate:
    """The accuracy of a declared standing with the interval that it was judged by."""
    if record is None or record.n == 0:
        return Estimate.undefined(Status.EMPTY, confidence=0.9)
    return standing(record.correct, record.n, target=record.target).accuracy


def _stratified_standing(records: Sequence[StandingRecord]) -> tuple[Estimate, float | None, str]:
    """Over queues: right answers summed against the targets, weighted by the answers in each queue."""
    counted = [(record.correct, record.n, record.target) for record in records]
    judged = stratified_standing(*zip(*counted, strict=True)) if counted else None
    if judged is None:
        return Estimate.undefined(Status.EMPTY, confidence=0.9), None, ""
    return judged.accuracy, judged.target, judged.standing.value


def _mean_target(queues: Sequence[PersonQueue]) -> float | None:
    n = sum(row.n for row in queues)
    return sum(row.target * row.n for row in queues) / n if n else None
