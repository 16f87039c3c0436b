"""The weekly test over all labelers of a queue, on its declared date, at a false discovery rate."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from django.db import transaction

from calibration.enums import DisputeState, FlagCause
from calibration.models import EvidenceRow, Flag, GoldScore, SamplingPlan, Watch, WeeklyTest
from calibration.queries.clauses import RevisionsInForce, read_versions, revisions_in_force
from calibration.queries.declared import RightAnswers, count_right
from calibration.queries.false_flags import expectation
from calibration.queries.populations import watched_population
from calibration.queries.watching import labelers_with_unfinished_flags, last_decisions
from calibration.queries.windows import WEEK
from calibration.services.flagging import open_flag
from calibration.services.marks import lock_figures
from calibration.stats import WeeklyFindings, judge, weekly_findings
from labeling.models import Queue
from qaplatform.people.models import Labeler

Q = 0.05
A_TEST = "If everybody were at the target, at most one weekly test in 20 would find anybody."


@transaction.atomic
def run_weekly_test(queue: Queue, *, on: date, now: datetime) -> list[Flag]:
    """Test the seven days before `on`; what a decision or a restarted watch closed does not count again.

    The test of a date is run once: later calls change nothing.
    """
    lock_figures(queue.pk)
    if WeeklyTest.objects.filter(queue=queue, week_ends_on=on).exists():
        return []
    plan = SamplingPlan.objects.get(queue=queue)
    until = datetime.combine(on, time.min, UTC)
    revisions = revisions_in_force(read_versions(queue), queue)
    rows = count_right(
        queue.pk,
        plan.question,
        revisions=revisions.ids,
        since=until - WEEK,
        until=until,
        own_starts=_restarts(queue),
    )
    findings = weekly_findings([row.wrong for row in rows], [row.n for row in rows], p0=1 - plan.target, q=Q)
    _store(queue, on, until, rows, findings)
    return _open_flags(queue, plan, rows, findings, revisions, until, now)


def _restarts(queue: Queue) -> dict[int, datetime]:
    starts = dict(Watch.objects.filter(queue=queue).values_list("labeler_id", "started_at"))
    for labeler_id, decided_at in last_decisions(queue).items():
        starts[labeler_id] = max(decided_at, starts.get(labeler_id, decided_at))
    return starts


def _store(queue: Queue, on: date, until: datetime, rows: Sequence[RightAnswers], findings: WeeklyFindings) -> None:
    WeeklyTest.objects.create(
        queue=queue,
        week_ends_on=on,
        window_from=until - WEEK,
        q=Q,
        labelers=[row.labeler_id for row in rows],
        p_values=[float(p) for p in findings.p_values],
        found=[row.labeler_id for row, found in zip(rows, findings.found, strict=True) if found],
    )


def _open_flags(  # noqa: PLR0917
    queue: Queue,
    plan: SamplingPlan,
    rows: Sequence[RightAnswers],
    findings: WeeklyFindings,
    revisions: RevisionsInForce,
    until: datetime,
    now: datetime,
) -> list[Flag]:
    flagged = labelers_with_unfinished_flags(queue)
    found = [
        (row, float(p))
        for row, p, is_found in zip(rows, findings.p_values, findings.found, strict=True)
        if is_found and row.labeler_id not in flagged
    ]
    labelers = Labeler.objects.in_bulk([row.labeler_id for row, _ in found])
    restarts = _restarts(queue) if found else {}
    flags = []
    for row, p in found:
        since = max(until - WEEK, restarts.get(row.labeler_id, until - WEEK))
        scores = _scores(row.labeler_id, queue, plan, revisions, since, until)
        finding = _finding(queue, plan, revisions, scores, p, len(rows), since, until)
        flags.append(
            open_flag(
                labelers[row.labeler_id], queue, cause=FlagCause.WEEKLY_TEST, finding=finding, scores=scores, now=now
            )
        )
    return flags


def _scores(  # noqa: PLR0917
    labeler_id: int, queue: Queue, plan: SamplingPlan, revisions: RevisionsInForce, since: datetime, until: datetime
) -> list[GoldScore]:
    rows = GoldScore.objects.filter(
        labeler_id=labeler_id,
        queue=queue,
        question=plan.question,
        reference="gold",
        ended_at=None,
        answered_at__gte=since,
        answered_at__lt=until,
    )
    kept = rows.filter(clause_revision=None) | rows.filter(clause_revision__in=revisions.ids)
    disputed = EvidenceRow.objects.filter(flag__labeler=labeler_id, dispute__state=DisputeState.OPEN)
    return list(kept.exclude(pk__in=disputed.values("score_id")).order_by("answered_at", "id"))


def _finding(  # noqa: PLR0917
    queue: Queue,
    plan: SamplingPlan,
    revisions: RevisionsInForce,
    scores: Sequence[GoldScore],
    p: float,
    people: int,
    since: datetime,
    until: datetime,
) -> dict[str, object]:
    expected = expectation(plan, people)
    population = watched_population(queue, plan.question, clauses=revisions.words, since=since, until=until)
    return {
        "words": judge(n=len(scores), weekly_found=True, weekly_p=p).words,
        "parameters": {"q": Q, "p0": round(1 - plan.target, 6), "window_from": since.isoformat()},
        "path": [],
        "answered_at": [score.answered_at.isoformat() for score in scores],
        "wrong": [not score.is_correct for score in scores],
        "alarm": None,
        "change_point": None,
        "p_value": p,
        "n": len(scores),
        "wrong_count": sum(not score.is_correct for score in scores),
        "population": population.as_json(),
        "expected_false_flags": expected | {"sentence": f"{A_TEST} {expected['sentence']}"},
    }
