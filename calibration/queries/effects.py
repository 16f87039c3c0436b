"""What retraining or coaching after a flag did: gold between flag and measure against gold after it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from calibration.enums import Cut, DisputeState, FlagDecision, FlagState, Metric, Reference
from calibration.models import EvidenceRow, Flag, FlagEvent, GoldScore, MetricSnapshot, SamplingPlan
from calibration.queries.best_guesses import prior_of
from calibration.queries.clauses import RevisionsInForce, read_versions_of, revisions_in_force
from calibration.queries.populations import Population
from calibration.stats import (
    BeforeAfter,
    BetaPrior,
    Estimate,
    RetrainingEffect,
    proportion,
    retraining_effect,
)
from calibration.stats.effects import MOST

MEASURES = (FlagDecision.RETRAIN, FlagDecision.COACH)
ENDED = (FlagState.RECERTIFIED, FlagState.CLOSED)
EFFECT_SLOTS = (
    f"all monitoring gold, base and extra: the first {MOST} answers after the flag, until the decision, and the first "
    f"{MOST} after the measure; the run that raised the flag, disputed answers and clauses that only one side holds "
    "are out"
)


@dataclass(frozen=True, kw_only=True)
class ClauseChange:
    """One clause before and after; a clause that one side lacks does not count for the effect."""

    clause: str
    before_right: int
    before: Estimate
    after_right: int
    after: Estimate

    @property
    def counts(self) -> bool:
        """Whether both sides hold it."""
        return bool(self.before.n and self.after.n)


@dataclass(frozen=True, kw_only=True)
class FlagEffect:
    """The effect of what followed a flag, with its parts. `run` is the share of the answers that raised the flag."""

    measure: str
    found: RetrainingEffect
    clauses: tuple[ClauseChange, ...]
    run: Estimate
    run_right: int
    prior: BetaPrior
    began_at: datetime
    ended_at: datetime
    counted_until: datetime
    population: Population

    @property
    def measure_words(self) -> str:
        """What was done."""
        return "retraining" if self.measure == FlagDecision.RETRAIN else "coaching"


@dataclass(frozen=True, slots=True)
class _Scored:
    clause: str
    is_correct: bool
    answered_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Facts:
    began: Mapping[int, tuple[datetime, str]]
    plans: Mapping[int, SamplingPlan]
    revisions: Mapping[int, RevisionsInForce]
    priors: Mapping[int, BetaPrior]
    scores: Mapping[tuple[int, int], Sequence[_Scored]]


def flag_effect(flag: Flag, *, now: datetime) -> FlagEffect | None:
    """The effect of one flag's measure, others of the queue beside it; None where nothing has ended."""
    facts = _read(_ended([flag]), now)
    return _with_peers(flag, _effect(flag, facts, now), facts) if flag.pk in facts.began else None


def effects_of_flags(flags: Iterable[Flag], *, now: datetime) -> dict[int, FlagEffect]:
    """Effects of the measures that have ended, by flag, in a number of queries that does not grow with the flags."""
    ended = _ended(flags)
    facts = _read(ended, now)
    return {flag.pk: _effect(flag, facts, now) for flag in ended if flag.pk in facts.began}


def _ended(flags: Iterable[Flag]) -> list[Flag]:
    return [flag for flag in flags if flag.state in ENDED and flag.closed_at is not None]


def _read(flags: Sequence[Flag], now: datetime) -> _Facts:
    if not flags:
        return _Facts(began={}, plans={}, revisions={}, priors={}, scores={})
    events = FlagEvent.objects.filter(flag__in=flags, action__in=MEASURES).order_by("at", "pk")
    began: dict[int, tuple[datetime, str]] = {}
    for flag_id, at, action in events.values_list("flag_id", "at", "action"):
        began.setdefault(flag_id, (at, action))
    queues = {flag.queue_id: flag.queue for flag in flags if flag.pk in began}
    plans = {plan.queue_id: plan for plan in SamplingPlan.objects.filter(queue__in=queues)}
    versions = read_versions_of(queues.values())
    revisions = {pk: revisions_in_force(versions.get(queue.policy_id, ()), queue) for pk, queue in queues.items()}
    return _Facts(
        began={flag.pk: began[flag.pk] for flag in flags if flag.pk in began and flag.queue_id in plans},
        plans=plans,
        revisions=revisions,
        priors=_priors(plans),
        scores=_scores(flags, plans, revisions, now),
    )


def _priors(plans: Mapping[int, SamplingPlan]) -> dict[int, BetaPrior]:
    """How accuracy against gold spreads over the people of each queue."""
    rows = MetricSnapshot.objects.filter(
        queue__in=list(plans), metric=Metric.ACCURACY, cut=Cut.LABELER, reference=Reference.GOLD
    )
    counts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for queue_id, question, right, n in rows.values_list(
        "queue_id", "question", "tally__right", "estimates__accuracy__n"
    ):
        if question == plans[queue_id].question:
            counts[queue_id].append((right, n))
    return {pk: prior_of(counts[pk]) for pk in plans}


def _scores(
    flags: Sequence[Flag],
    plans: Mapping[int, SamplingPlan],
    revisions: Mapping[int, RevisionsInForce],
    now: datetime,
) -> dict[tuple[int, int], list[_Scored]]:
    """By labeler and queue, in the order of answering."""
    rows = counted_gold(
        GoldScore.objects.filter(
            labeler__in={flag.labeler_id for flag in flags}, queue__in=list(plans), answered_at__lt=now
        )
    )
    found: defaultdict[tuple[int, int], list[_Scored]] = defaultdict(list)
    values = rows.order_by("answered_at", "id").values_list(
        "labeler_id",
        "queue_id",
        "question",
        "clause_revision_id",
        "clause_revision__clause__code",
        "is_correct",
        "answered_at",
    )
    for labeler_id, queue_id, question, revision_id, clause, is_correct, at in values:
        in_force = revision_id is None or revision_id in revisions[queue_id].ids
        if question == plans[queue_id].question and in_force:
            found[labeler_id, queue_id].append(_Scored(clause or "", is_correct, at))
    return found


def counted_gold(scores: QuerySet[GoldScore]) -> QuerySet[GoldScore]:
    """Current scores against gold without those in open dispute."""
    disputed = EvidenceRow.objects.filter(score=OuterRef("pk"), dispute__state=DisputeState.OPEN)
    return scores.filter(reference=Reference.GOLD, ended_at=None).exclude(Exists(disputed))


def alarm_of(finding: Mapping[str, Any]) -> tuple[datetime | None, int, int]:
    """When the answer that raised a flag was given, and the right answers and answers of the run that ends with it."""
    wrong, days = finding.get("wrong") or [], finding.get("answered_at") or []
    alarm = finding.get("alarm")
    last = len(wrong) - 1 if alarm is None else min(int(alarm), len(wrong) - 1)
    run = wrong[finding.get("change_point") or 0 : last + 1]
    at = datetime.fromisoformat(days[last]) if 0 <= last < len(days) else None
    return at, len(run) - sum(run), len(run)


def _effect(flag: Flag, facts: _Facts, now: datetime) -> FlagEffect:
    began_at, measure = facts.began[flag.pk]
    alarmed_at, run_right, run_n = alarm_of(flag.finding)
    ended_at = flag.closed_at or now
    scores = facts.scores.get((flag.labeler_id, flag.queue_id), [])
    since = alarmed_at or flag.opened_at
    before = [score for score in scores if since < score.answered_at < began_at][:MOST]
    after = [score for score in scores if score.answered_at >= ended_at][:MOST]
    clauses = _changes(before, after)
    prior = facts.priors[flag.queue_id]
    found = retraining_effect(*_columns(clauses), prior=prior, run_right=run_right, run_n=run_n)
    return FlagEffect(
        measure=measure,
        found=found,
        clauses=clauses,
        run=proportion(run_right, run_n),
        run_right=run_right,
        prior=prior,
        began_at=began_at,
        ended_at=ended_at,
        counted_until=after[-1].answered_at if after else now,
        population=_population(flag, facts, since=since, until=after[-1].answered_at if after else now),
    )


def _changes(before: Sequence[_Scored], after: Sequence[_Scored]) -> tuple[ClauseChange, ...]:
    changes = []
    for clause in sorted({score.clause for score in (*before, *after)}):
        (right, n), (right_after, n_after) = _count(before, clause), _count(after, clause)
        changes.append(
            ClauseChange(
                clause=clause,
                before_right=right,
                before=proportion(right, n),
                after_right=right_after,
                after=proportion(right_after, n_after),
            )
        )
    return tuple(changes)


def _count(scores: Sequence[_Scored], clause: str) -> tuple[int, int]:
    own = [score.is_correct for score in scores if score.clause == clause]
    return sum(own), len(own)


def _population(flag: Flag, facts: _Facts, *, since: datetime, until: datetime) -> Population:
    return Population(
        queue=flag.queue.name,
        queue_id=str(flag.queue.public_id),
        question=facts.plans[flag.queue_id].question,
        slots=EFFECT_SLOTS,
        reference=Reference.GOLD,
        clauses=facts.revisions[flag.queue_id].words,
        since=since.isoformat(),
        until=until.isoformat(),
    )


def _with_peers(flag: Flag, effect: FlagEffect, facts: _Facts) -> FlagEffect:
    """The same with how others changed on the same clauses in the same two periods: those without a flag since."""
    plan, revisions = facts.plans[flag.queue_id], facts.revisions[flag.queue_id].ids
    begin = datetime.fromisoformat(effect.population.since or "")
    flagged = Flag.objects.filter(Q(closed_at=None) | Q(closed_at__gte=begin), queue=flag.queue_id)
    scores = counted_gold(GoldScore.objects.filter(queue=flag.queue_id, question=plan.question))
    in_force = scores.filter(Q(clause_revision=None) | Q(clause_revision__in=revisions))
    own = in_force.exclude(labeler=flag.labeler_id).exclude(labeler__in=flagged.values("labeler"))
    is_before = Q(answered_at__gt=begin, answered_at__lt=effect.began_at)
    is_after = Q(answered_at__gte=effect.ended_at, answered_at__lte=effect.counted_until)
    counted = own.filter(is_before | is_after).values("clause_revision__clause__code").order_by()
    rows = {
        row["clause_revision__clause__code"] or "": row
        for row in counted.annotate(
            pre_right=Count("pk", filter=is_before & Q(is_correct=True)),
            pre_n=Count("pk", filter=is_before),
            post_right=Count("pk", filter=is_after & Q(is_correct=True)),
            post_n=Count("pk", filter=is_after),
        )
    }
    columns = {
        name: np.array([rows[change.clause][name] if change.clause in rows else 0 for change in effect.clauses])
        for name in ("pre_right", "pre_n", "post_right", "post_n")
    }
    found = retraining_effect(
        *_columns(effect.clauses),
        prior=effect.prior,
        run_right=effect.run_right,
        run_n=effect.run.n,
        peers=BeforeAfter(**columns),
    )
    return replace(effect, found=found)


def _columns(clauses: Sequence[ClauseChange]) -> tuple[list[int], ...]:
    """Right answers and answers before, and after, by clause."""
    return (
        [change.before_right for change in clauses],
        [change.before.n for change in clauses],
        [change.after_right for change in clauses],
        [change.after.n for change in clauses],
    )
