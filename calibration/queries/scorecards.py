"""Everything that is known of one person's accuracy by one reference, queue by queue.

No item is named: gold stays hidden.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from calibration.enums import Cut, DisputeState, Metric, Reference
from calibration.models import (
    AuditedLabel,
    EvidenceRow,
    Flag,
    GoldScore,
    MetricSnapshot,
    SamplingPlan,
    StandingRecord,
    Watch,
)
from calibration.queries.accuracy import DisputedSplit, split_disputed
from calibration.queries.audited import counted_audits
from calibration.queries.best_guesses import BestGuess, best_guesses
from calibration.queries.clauses import read_versions_of, revisions_in_force
from calibration.queries.effects import FlagEffect, effects_of_flags
from calibration.queries.error_kinds import count_errors
from calibration.queries.people import PersonQueue, PersonRow, declared_accuracy, people_rows
from calibration.queries.populations import Population
from calibration.queries.profiles import ErrorProfile, error_profile
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion, read_questions_of
from calibration.queries.settling import settle_words
from calibration.queries.watch_figures import cusum_of
from calibration.queries.windows import is_before_restart, starts_by_skill, window_start
from calibration.stats import ConfusionTally, Estimate, proportion
from labeling.models import Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.models import Labeler

STANDINGS_SHOWN = 26


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Expected answers in rows, given ones in columns; the last column is "cannot tell"."""

    expected: tuple[str, ...]
    given: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ErrorKinds:
    """Errors by kind, and the two rates that say which way somebody leans."""

    false_positives: int
    false_negatives: int
    wrong_selections: int
    cannot_tell: int
    false_positive: Estimate
    false_negative: Estimate


@dataclass(frozen=True, kw_only=True)
class ClauseAccuracy:
    """Accuracy on the answers of one clause."""

    code: str
    title: str
    accuracy: Estimate
    errors: int


@dataclass(frozen=True, kw_only=True)
class CusumStep:
    """The level of the CUSUM after one answer."""

    at: datetime
    value: float
    is_wrong: bool


@dataclass(frozen=True, kw_only=True)
class CusumChart:
    """The path of a watch since it started, with its limits, alarm and change point (positions in `points`)."""

    points: tuple[CusumStep, ...]
    limit: float
    watch_level: float
    minimum: int
    alarm_index: int | None
    change_index: int | None
    n: int
    level: str
    started_at: datetime
    started_why: str


@dataclass(frozen=True, kw_only=True)
class StandingLine:
    """A standing as it was declared."""

    declared_on: date
    standing: str
    accuracy: Estimate
    target: float


@dataclass(frozen=True, kw_only=True)
class FlagLine:
    """A flag in the history of a person."""

    flag_id: UUID
    queue_name: str
    cause: str
    state: str
    error_kind: str
    opened_at: datetime
    is_disputed: bool
    effect: FlagEffect | None


@dataclass(frozen=True, kw_only=True)
class QueueScorecard:
    """One queue of a person's scorecard. By audits there is no running check and no dispute."""

    queue_id: UUID
    queue_name: str
    question: str
    target: float
    accuracy: Estimate
    standing: str
    standing_accuracy: Estimate
    declared_on: date | None
    answers_to_settle: int | None
    settle_words: str
    guesses: tuple[BestGuess, ...]
    n_base: int
    n_extra: int
    confusion: Confusion | None
    errors: ErrorKinds | None
    profile: ErrorProfile | None
    clauses: tuple[ClauseAccuracy, ...]
    watch: CusumChart | None
    standings: tuple[StandingLine, ...]
    population: Population | None
    disputed: DisputedSplit | None
    has_unequal_chances: bool
    is_weighted: bool
    chances_words: str
    restarted_at: datetime | None

    @property
    def is_declared_before(self) -> bool:
        """Whether the standing was declared before a certification restarted the window."""
        return is_before_restart(self.declared_on, self.restarted_at)


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """A person's scorecard by one reference: the one figure first, then each queue, then the flags."""

    reference: Reference
    person: PersonRow
    queues: tuple[QueueScorecard, ...]
    flags: tuple[FlagLine, ...]


def scorecard(access: Access, labeler: Labeler, *, now: datetime, reference: Reference = Reference.GOLD) -> Scorecard:
    """The scorecard of a labeler whom the caller has looked up among the visible ones."""
    queues = list(visible_queues(access))
    [person] = people_rows([labeler], queues, now=now, reference=reference)
    by_public_id = {queue.public_id: queue for queue in queues}
    worked = [by_public_id[row.queue_id] for row in person.queues]
    facts = _read(labeler, worked, now, reference)
    cards = tuple(_card(row, by_public_id[row.queue_id], facts) for row in person.queues)
    return Scorecard(reference=reference, person=person, queues=cards, flags=_flags(labeler, queues, now))


@dataclass(frozen=True, slots=True)
class _Scored:
    """One scored answer of the person."""

    question: str
    clause_revision_id: int | None
    clause: str
    title: str
    revision: int
    is_correct: bool
    is_base: bool
    is_disputed: bool
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Facts:
    reference: Reference
    plans: Mapping[int, SamplingPlan]
    questions: Mapping[int, MeasuredQuestion]
    snapshots: Mapping[int, MetricSnapshot]
    scores: Mapping[int, list[_Scored]]
    watches: Mapping[int, Watch]
    standings: Mapping[int, list[StandingRecord]]
    starts: Mapping[int, datetime]
    restarts: Mapping[int | None, datetime]
    guesses: Mapping[int, tuple[BestGuess, ...]]


def _read(labeler: Labeler, queues: Sequence[Queue], now: datetime, reference: Reference) -> _Facts:
    plans = {plan.queue_id: plan for plan in SamplingPlan.objects.filter(queue__in=queues)}
    snapshots = _snapshots(labeler, plans, reference)
    in_force = _in_force(queues)
    watches = Watch.objects.filter(labeler=labeler, queue__in=queues) if reference == Reference.GOLD else ()
    return _Facts(
        reference=reference,
        plans=plans,
        questions=_questions(queues, plans),
        snapshots=snapshots,
        scores=_scores(labeler, queues, plans, reference, in_force),
        watches={watch.queue_id: watch for watch in watches},
        standings=_standings(labeler, queues, reference),
        starts={queue.pk: _start(snapshots.get(queue.pk), now) for queue in queues},
        restarts=starts_by_skill(labeler, since=window_start(now), until=now),
        guesses=best_guesses(labeler, plans, in_force=in_force, now=now) if reference == Reference.GOLD else {},
    )


def _start(snapshot: MetricSnapshot | None, now: datetime) -> datetime:
    since = snapshot.population.get("since") if snapshot else None
    return datetime.fromisoformat(since) if since else window_start(now)


def _questions(queues: Sequence[Queue], plans: Mapping[int, SamplingPlan]) -> dict[int, MeasuredQuestion]:
    return {
        queue_id: question
        for queue_id, questions in read_questions_of(queues).items()
        for question in questions
        if queue_id in plans and question.key == plans[queue_id].question
    }


def _snapshots(labeler: Labeler, plans: Mapping[int, SamplingPlan], reference: Reference) -> dict[int, MetricSnapshot]:
    rows = MetricSnapshot.objects.filter(
        queue__in=list(plans),
        metric=Metric.ACCURACY,
        cut=Cut.LABELER,
        key=str(labeler.public_id),
        reference=reference,
    )
    return {row.queue_id: row for row in rows if row.question == plans[row.queue_id].question}


def _in_force(queues: Sequence[Queue]) -> dict[int, frozenset[int]]:
    """The clause revisions of each queue whose gold counts."""
    versions = read_versions_of(queues)
    return {queue.pk: frozenset(revisions_in_force(versions.get(queue.policy_id, ()), queue).ids) for queue in queues}


def _scores(
    labeler: Labeler,
    queues: Sequence[Queue],
    plans: Mapping[int, SamplingPlan],
    reference: Reference,
    in_force: Mapping[int, frozenset[int]],
) -> dict[int, list[_Scored]]:
    """The person's scores against clause revisions in force, in the order given."""
    rows = _gold_rows(labeler, queues) if reference == Reference.GOLD else _audit_rows(labeler, queues, reference)
    found: defaultdict[int, list[_Scored]] = defaultdict(list)
    for row in rows:
        is_current = row.clause_revision_id is None or row.clause_revision_id in in_force[row.queue_id]
        if row.queue_id in plans and row.question == plans[row.queue_id].question and is_current:
            found[row.queue_id].append(_scored(row))
    return found


def _gold_rows(labeler: Labeler, queues: Sequence[Queue]) -> Iterable[GoldScore]:
    """An answer in open dispute counts for the accuracy, and neither for nor against in the running check."""
    rows = GoldScore.objects.filter(labeler=labeler, queue__in=queues, ended_at=None, reference=Reference.GOLD)
    disputed = EvidenceRow.objects.filter(score=OuterRef("pk"), dispute__state=DisputeState.OPEN)
    kept = rows.annotate(is_disputed=Exists(disputed)).select_related("clause_revision__clause")
    return kept.order_by("answered_at", "id")


def _audit_rows(labeler: Labeler, queues: Sequence[Queue], reference: Reference) -> Iterable[AuditedLabel]:
    rows = counted_audits().filter(labeler=labeler, queue__in=queues, reference=reference)
    return rows.select_related("clause_revision__clause").order_by("answered_at", "id")


def _scored(row: GoldScore | AuditedLabel) -> _Scored:
    revision = row.clause_revision
    return _Scored(
        question=row.question,
        clause_revision_id=row.clause_revision_id,
        clause=revision.clause.code if revision else "",
        title=revision.title if revision else "No clause named",
        revision=revision.number if revision else 0,
        is_correct=bool(row.is_correct),
        is_base=getattr(row, "is_base", True),
        is_disputed=getattr(row, "is_disputed", False),
        answered_at=row.answered_at,
    )


def _standings(labeler: Labeler, queues: Sequence[Queue], reference: Reference) -> dict[int, list[StandingRecord]]:
    found: defaultdict[int, list[StandingRecord]] = defaultdict(list)
    rows = StandingRecord.objects.filter(labeler=labeler, queue__in=queues, reference=reference)
    for row in rows.order_by("-declared_on"):
        found[row.queue_id].append(row)
    return found


def _card(row: PersonQueue, queue: Queue, facts: _Facts) -> QueueScorecard:
    snapshot, question = facts.snapshots.get(queue.pk), facts.questions.get(queue.pk)
    tally = ConfusionTally.from_json(snapshot.tally) if snapshot else None
    counted = [score for score in facts.scores.get(queue.pk, []) if score.answered_at >= facts.starts[queue.pk]]
    base = [score for score in counted if score.is_base]
    return QueueScorecard(
        queue_id=row.queue_id,
        queue_name=row.queue_name,
        question=facts.plans[queue.pk].question,
        target=row.target,
        accuracy=row.accuracy,
        standing=row.standing,
        standing_accuracy=row.standing_accuracy,
        declared_on=row.declared_on,
        answers_to_settle=row.answers_to_settle,
        settle_words=""
        if row.is_weighted
        else settle_words(row.correct, row.n, target=row.target, reference=facts.reference),
        guesses=facts.guesses.get(queue.pk, ()),
        n_base=len(base),
        n_extra=len(counted) - len(base),
        confusion=_confusion(tally, question) if tally and question else None,
        errors=_errors(tally, question) if tally and question else None,
        profile=_profile(tally, question, facts.plans[queue.pk]),
        clauses=_clauses(base),
        watch=_chart(facts.watches.get(queue.pk), facts.scores.get(queue.pk, []), facts.plans[queue.pk]),
        standings=tuple(_line(record) for record in facts.standings.get(queue.pk, [])[:STANDINGS_SHOWN]),
        population=Population.from_json(snapshot.population) if snapshot else None,
        disputed=_disputed(base) if facts.reference == Reference.GOLD else None,
        has_unequal_chances=row.has_unequal_chances,
        is_weighted=row.is_weighted,
        chances_words=row.chances_words,
        restarted_at=facts.restarts.get(queue.skill_id) if queue.skill_id else None,
    )


def _disputed(scores: Sequence[_Scored]) -> DisputedSplit | None:
    """The figures with and without disputed answers; None where none is disputed."""
    found = split_disputed((score.is_correct, score.is_disputed) for score in scores)
    return found if found.disputed else None


def _confusion(tally: ConfusionTally, question: MeasuredQuestion) -> Confusion:
    names = tuple(question.name_of(code) for code in tally.categories)
    cells = tuple(tuple(row) for row in tally.counts.tolist())
    return Confusion(expected=names, given=(*names, question.name_of(CANNOT_TELL)), cells=cells)


def _errors(tally: ConfusionTally, question: MeasuredQuestion) -> ErrorKinds:
    counts = count_errors(tally, question)
    return ErrorKinds(
        false_positives=counts.false_positives,
        false_negatives=counts.false_negatives,
        wrong_selections=counts.wrong_selections,
        cannot_tell=counts.cannot_tell,
        false_positive=counts.false_positive,
        false_negative=counts.false_negative,
    )


def _profile(
    tally: ConfusionTally | None, question: MeasuredQuestion | None, plan: SamplingPlan
) -> ErrorProfile | None:
    return error_profile(tally, question, costs=plan.severity_costs) if tally and question else None


def _clauses(scores: Sequence[_Scored]) -> tuple[ClauseAccuracy, ...]:
    """By clause, whatever its revisions in force were called; the newest title names it."""
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    titles: dict[str, tuple[int, str]] = {}
    for score in scores:
        total[score.clause] += 1
        right[score.clause] += score.is_correct
        titles[score.clause] = max(titles.get(score.clause, (0, "")), (score.revision, score.title))
    return tuple(
        ClauseAccuracy(code=code, title=titles[code][1], accuracy=proportion(right[code], n), errors=n - right[code])
        for code, n in sorted(total.items())
    )


def _chart(watch: Watch | None, scores: Sequence[_Scored], plan: SamplingPlan) -> CusumChart | None:
    if watch is None:
        return None
    counted = [score for score in scores if score.answered_at >= watch.started_at and not score.is_disputed]
    cusum = cusum_of(plan)
    run = cusum.run([not score.is_correct for score in counted])
    points = tuple(
        CusumStep(at=score.answered_at, value=float(level), is_wrong=not score.is_correct)
        for score, level in zip(counted, run.path, strict=True)
    )
    return CusumChart(
        points=points,
        limit=cusum.h,
        watch_level=cusum.watch_level,
        minimum=cusum.minimum,
        alarm_index=run.first_alarm,
        change_index=run.change_point,
        n=len(points),
        level=watch.level,
        started_at=watch.started_at,
        started_why=watch.started_why,
    )


def _line(record: StandingRecord) -> StandingLine:
    return StandingLine(
        declared_on=record.declared_on,
        standing=record.standing,
        accuracy=declared_accuracy(record),
        target=record.target,
    )


def _flags(labeler: Labeler, queues: Sequence[Queue], now: datetime) -> tuple[FlagLine, ...]:
    found = Flag.objects.filter(labeler=labeler, queue__in=queues).select_related("queue", "labeler")
    rows = list(found.order_by("-opened_at"))
    effects = effects_of_flags(rows, now=now)
    return tuple(
        FlagLine(
            flag_id=flag.public_id,
            queue_name=flag.queue.name,
            cause=flag.cause,
            state=flag.state,
            error_kind=flag.error_kind,
            opened_at=flag.opened_at,
            is_disputed=flag.is_disputed,
            effect=effects.get(flag.pk),
        )
        for flag in rows
    )
