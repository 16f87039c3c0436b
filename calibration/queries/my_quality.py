"""What a labeler reads about their own work: delayed by a day and pooled, so that no single gold item is given away."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from calibration.enums import DisputeState, Reference
from calibration.models import (
    Attempt,
    AuditedLabel,
    Certification,
    EvidenceRow,
    Flag,
    GoldScore,
    SamplingPlan,
    StandingRecord,
)
from calibration.queries.accuracy import DisputedSplit, split_disputed
from calibration.queries.answer_names import AnswerNames, names_of
from calibration.queries.audited import counted_audits
from calibration.queries.clauses import read_versions_of, revisions_in_force
from calibration.queries.confusions import Confusion, ReadScore, confusions_of_scores
from calibration.queries.populations import REFERENCE_WORDS
from calibration.queries.questions import read_questions_of
from calibration.queries.score_counts import MEASURED
from calibration.queries.training import training_due
from calibration.queries.windows import day_start, is_before_restart, starts_by_skill, window_start
from calibration.stats import Estimate, answers_to_settle, proportion
from labeling.models import Queue
from qaplatform.people.models import Labeler, SkillGrant


@dataclass(frozen=True)
class OwnResult:
    """Somebody's result in one queue by one reference: right answers of the checked ones, with what would settle it."""

    queue: Queue
    reference: Reference
    target: float
    since: datetime
    right: int
    n: int
    accuracy: Estimate
    declared: StandingRecord | None
    more_needed: int | None
    confusions: list[Confusion]
    disputed: DisputedSplit | None
    restarted_at: datetime | None

    @property
    def is_declared_before(self) -> bool:
        """Whether the standing was declared before a certification restarted the window."""
        declared, restarted = self.declared, self.restarted_at
        return declared is not None and is_before_restart(declared.declared_on, restarted)

    @property
    def words(self) -> str:
        """What stands beside the figure."""
        return REFERENCE_WORDS[self.reference]


@dataclass(frozen=True)
class MyQuality:
    """Everything on the page."""

    results: list[OwnResult]
    flags: list[Flag]
    due: list[Attempt]
    done: list[Attempt]
    certifications: list[Certification]
    grants: list[SkillGrant]
    counted_to: datetime


def my_quality(labeler: Labeler, *, now: datetime) -> MyQuality:
    """The page of one person. Answers of today are left out: a count that moves at once would tell what was gold."""
    until = day_start(now)
    flags = Flag.objects.filter(labeler=labeler).select_related("queue").prefetch_related("replies")
    done = labeler.attempts.exclude(finished_at=None).select_related("calibration_set").order_by("-finished_at")
    return MyQuality(
        results=_results(labeler, until=until, now=now),
        flags=list(
            flags.annotate(wrong=Count("evidence", filter=Q(evidence__is_correct=False)), counted=Count("evidence"))
        ),
        due=training_due(labeler),
        done=list(done[:10]),
        certifications=list(labeler.certifications.select_related("skill", "policy_version").order_by("-certified_at")),
        grants=list(labeler.skill_grants.filter(revoked_at=None).select_related("skill").order_by("skill__name")),
        counted_to=until - timedelta(microseconds=1),
    )


def _results(labeler: Labeler, *, until: datetime, now: datetime) -> list[OwnResult]:
    """A result a queue and reference in which something was scored, in as many queries for one queue as for many."""
    start = window_start(until)
    scores = _read_scores(labeler, since=start, until=until)
    scored_queues = {queue_id for queue_id, _ in scores}
    plans = list(
        SamplingPlan.objects.filter(queue__in=scored_queues).select_related("queue__policy").order_by("queue__name")
    )
    queues = [plan.queue for plan in plans]
    versions, questions = read_versions_of(queues), read_questions_of(queues)
    starts = starts_by_skill(labeler, since=start, until=now)
    declared = _last_standings(labeler, queues)
    return [
        _result(
            plan,
            reference,
            scores[plan.queue_id, reference],
            since=start,
            restarted_at=starts.get(plan.queue.skill_id),
            revisions=revisions_in_force(versions.get(plan.queue.policy_id, ()), plan.queue).ids,
            names=names_of(questions[plan.queue_id]),
            declared=declared.get((plan.queue_id, reference)),
        )
        for plan in plans
        for reference in MEASURED
        if (plan.queue_id, reference) in scores
    ]


def _result(
    plan: SamplingPlan,
    reference: Reference,
    scores: Sequence[ReadScore],
    *,
    since: datetime,
    restarted_at: datetime | None,
    revisions: Sequence[int],
    names: AnswerNames,
    declared: StandingRecord | None,
) -> OwnResult:
    """From what the scorecard counts too: base answers to the queue's question, under clause revisions in force."""
    since, in_force = restarted_at or since, {None, *revisions}
    counted = [
        score
        for score in scores
        if score.question == plan.question and score.answered_at >= since and score.clause_revision_id in in_force
    ]
    right, n = sum(score.is_correct for score in counted), len(counted)
    split = split_disputed((score.is_correct, score.is_disputed) for score in counted)
    return OwnResult(
        queue=plan.queue,
        reference=reference,
        target=plan.target,
        since=since,
        right=right,
        n=n,
        accuracy=proportion(right, n),
        declared=declared,
        more_needed=answers_to_settle(right, n, target=plan.target) if n else None,
        confusions=confusions_of_scores((score for score in counted if not score.is_correct), names),
        disputed=split if split.disputed else None,
        restarted_at=restarted_at,
    )


def _read_scores(labeler: Labeler, *, since: datetime, until: datetime) -> dict[tuple[int, Reference], list[ReadScore]]:
    """Base scores of a person by queue and reference."""
    disputed = EvidenceRow.objects.filter(score=OuterRef("pk"), dispute__state=DisputeState.OPEN)
    gold = GoldScore.objects.filter(labeler=labeler, reference=Reference.GOLD, is_base=True, ended_at=None)
    audits = counted_audits().filter(labeler=labeler)
    found: defaultdict[tuple[int, Reference], list[ReadScore]] = defaultdict(list)
    for rows in (gold.annotate(is_disputed=Exists(disputed)), audits):
        period = rows.filter(answered_at__gte=since, answered_at__lt=until)
        for row in period.select_related("clause_revision__clause").order_by("answered_at", "id"):
            found[row.queue_id, Reference(row.reference)].append(_read_score(row))
    return dict(found)


def _read_score(row: GoldScore | AuditedLabel) -> ReadScore:
    revision = row.clause_revision
    return ReadScore(
        question=row.question,
        clause_revision_id=row.clause_revision_id,
        clause=f"{revision.clause.code} {revision.title}".strip() if revision else "",
        expected=row.expected,
        given=row.given,
        is_correct=bool(row.is_correct),
        is_disputed=getattr(row, "is_disputed", False),
        answered_at=row.answered_at,
    )


def _last_standings(labeler: Labeler, queues: Sequence[Queue]) -> dict[tuple[int, Reference], StandingRecord]:
    records = StandingRecord.objects.filter(labeler=labeler, queue__in=queues)
    latest = records.order_by("queue_id", "reference", "-declared_on").distinct("queue_id", "reference")
    return {(row.queue_id, Reference(row.reference)): row for row in latest}
