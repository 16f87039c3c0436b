"""What a labeler reads about their own work: delayed by a day and pooled, so that no single gold item is given away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from calibration.models import Attempt, Certification, Flag, GoldScore, SamplingPlan, StandingRecord
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.confusions import Confusion, confusions_of_scores
from calibration.queries.training import training_due
from calibration.queries.windows import day_start, own_starts, window_start
from calibration.stats import Estimate, answers_to_settle, proportion
from labeling.models import Queue
from qaplatform.people.models import Labeler, SkillGrant


@dataclass(frozen=True)
class OwnResult:
    """Somebody's result in one queue: right answers of the checked ones, with what would settle it."""

    queue: Queue
    target: float
    since: datetime
    right: int
    n: int
    accuracy: Estimate
    declared: StandingRecord | None
    more_needed: int | None
    confusions: list[Confusion]


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
        results=_results(labeler, until=until),
        flags=list(
            flags.annotate(wrong=Count("evidence", filter=Q(evidence__is_correct=False)), counted=Count("evidence"))
        ),
        due=training_due(labeler),
        done=list(done[:10]),
        certifications=list(labeler.certifications.select_related("skill", "policy_version").order_by("-certified_at")),
        grants=list(labeler.skill_grants.filter(revoked_at=None).select_related("skill").order_by("skill__name")),
        counted_to=until - timedelta(microseconds=1),
    )


def _results(labeler: Labeler, *, until: datetime) -> list[OwnResult]:
    start = window_start(until)
    scored = GoldScore.objects.filter(labeler=labeler, ended_at=None, answered_at__gte=start, answered_at__lt=until)
    plans = SamplingPlan.objects.filter(queue__in=scored.values("queue")).select_related("queue__policy")
    return [_result(labeler, plan, start=start, until=until) for plan in plans.order_by("queue__name")]


def _result(labeler: Labeler, plan: SamplingPlan, *, start: datetime, until: datetime) -> OwnResult:
    since = own_starts(plan.queue, since=start, until=until).get(labeler.pk, start)
    scores = _counted_scores(labeler, plan, since=since, until=until)
    counted = scores.aggregate(n=Count("pk"), right=Count("pk", filter=Q(is_correct=True)))
    right, n = counted["right"], counted["n"]
    records = StandingRecord.objects.filter(labeler=labeler, queue=plan.queue)
    return OwnResult(
        queue=plan.queue,
        target=plan.target,
        since=since,
        right=right,
        n=n,
        accuracy=proportion(right, n),
        declared=records.order_by("-declared_on").first(),
        more_needed=answers_to_settle(right, n, target=plan.target) if n else None,
        confusions=confusions_of_scores(scores.filter(is_correct=False), plan.queue),
    )


def _counted_scores(labeler: Labeler, plan: SamplingPlan, *, since: datetime, until: datetime) -> QuerySet[GoldScore]:
    """What the scorecard counts too: base gold of the queue's question, against clause revisions in force."""
    revisions = revisions_in_force(read_versions(plan.queue), plan.queue).ids
    return GoldScore.objects.filter(
        Q(clause_revision=None) | Q(clause_revision__in=revisions),
        labeler=labeler,
        queue=plan.queue,
        question=plan.question,
        reference="gold",
        is_base=True,
        ended_at=None,
        answered_at__gte=since,
        answered_at__lt=until,
    )
