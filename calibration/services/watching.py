"""Replaying the CUSUM of each labeler in a queue, and opening a flag where it raises an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calibration.enums import FlagCause, WatchLevel
from calibration.models import Flag, GoldScore, SamplingPlan, Watch
from calibration.queries.clauses import RevisionsInForce
from calibration.queries.false_flags import expectation
from calibration.queries.populations import watched_population
from calibration.queries.watch_figures import cusum_of
from calibration.queries.watching import (
    WatchedAnswer,
    labelers_with_unfinished_flags,
    last_decisions,
    read_answers,
)
from calibration.services.flagging import open_flag
from calibration.services.gold_rates import switch_rates
from calibration.services.marks import mark_stale
from calibration.stats import Cusum, CusumRun, judge
from labeling.models import Queue
from qaplatform.people.models import Labeler

FIRST_ANSWER = "first answer"
DECISION = "decision on a flag"
WRITTEN = ["started_at", "started_why", "n", "statistic", "level", "alarmed_at", "replayed_at"]


@dataclass(frozen=True, slots=True)
class Replay:
    """One labeler's CUSUM over the answers since the watch started."""

    watch: Watch
    answers: tuple[WatchedAnswer, ...]
    run: CusumRun
    is_restarted: bool

    @property
    def wrong(self) -> list[bool]:
        """Which answers were wrong, in order."""
        return [not answer.is_correct for answer in self.answers]


@transaction.atomic
def restart_watch(labeler: Labeler, queue: Queue, why: str, *, now: datetime) -> Watch:
    """Start a labeler's CUSUM from zero, after a decision or a certification."""
    fresh = {"started_at": now, "started_why": why[:40], "n": 0, "statistic": 0.0, "level": WatchLevel.QUIET}
    watch, _ = Watch.objects.update_or_create(
        labeler=labeler, queue=queue, defaults={**fresh, "alarmed_at": None, "replayed_at": now}
    )
    mark_stale(queue, labeler)
    return watch


@transaction.atomic
def replay_watches(queue: Queue, plan: SamplingPlan, *, revisions: RevisionsInForce, now: datetime) -> list[Flag]:
    """Replay every watch of a queue from its scores; gives the flags that opened. Call it under the queue's lock.

    Gold that waits before people follows at once: at the rate that the level of their watch now asks for.
    """
    cusum = cusum_of(plan)
    answers = read_answers(queue.pk, plan.question, revisions.ids)
    watches = {watch.labeler_id: watch for watch in Watch.objects.filter(queue=queue)}
    decided = last_decisions(queue)
    replays = [
        _replay(watches.get(labeler) or _new_watch(queue, labeler, given), given, cusum, decided.get(labeler))
        for labeler, given in {**{labeler: [] for labeler in watches}, **answers}.items()
    ]
    _store(replays, cusum, now)
    flags = _open_flags(queue, plan, cusum, replays, revisions, now)
    switch_rates(queue, plan, now=now)
    return flags


def _new_watch(queue: Queue, labeler_id: int, answers: Sequence[WatchedAnswer]) -> Watch:
    started = answers[0].answered_at
    return Watch(queue=queue, labeler_id=labeler_id, started_at=started, started_why=FIRST_ANSWER)


def _replay(watch: Watch, answers: Sequence[WatchedAnswer], cusum: Cusum, decided_at: datetime | None) -> Replay:
    is_restarted = decided_at is not None and decided_at > watch.started_at
    if decided_at is not None and is_restarted:
        watch.started_at, watch.started_why = decided_at, DECISION
    counted = tuple(answer for answer in answers if answer.answered_at >= watch.started_at)
    return Replay(watch, counted, cusum.run([not answer.is_correct for answer in counted]), is_restarted)


def _store(replays: Sequence[Replay], cusum: Cusum, now: datetime) -> None:
    new: list[Watch] = []
    changed: list[Watch] = []
    for replay in replays:
        watch, before = replay.watch, _facts(replay.watch)
        _apply(replay, cusum)
        if watch.pk is None:
            watch.replayed_at = now
            new.append(watch)
        elif replay.is_restarted or _facts(watch) != before:
            watch.replayed_at = now
            changed.append(watch)
    Watch.objects.bulk_create(new)
    Watch.objects.bulk_update(changed, WRITTEN)


def _apply(replay: Replay, cusum: Cusum) -> None:
    """An alarm stays until somebody decides; until then the level only describes."""
    watch, run = replay.watch, replay.run
    watch.n, watch.statistic = run.state.n, round(run.state.level, 9)
    if run.first_alarm is None:
        watch.level, watch.alarmed_at = WatchLevel(cusum.signal(run.state).value), None
    else:
        watch.level, watch.alarmed_at = WatchLevel.ALARM, replay.answers[run.first_alarm].answered_at


def _facts(watch: Watch) -> tuple[object, ...]:
    return (watch.n, watch.statistic, watch.level, watch.alarmed_at)


def _open_flags(  # noqa: PLR0917
    queue: Queue,
    plan: SamplingPlan,
    cusum: Cusum,
    replays: Sequence[Replay],
    revisions: RevisionsInForce,
    now: datetime,
) -> list[Flag]:
    alarmed = [replay for replay in replays if replay.run.first_alarm is not None]
    if not alarmed:
        return []
    flagged = labelers_with_unfinished_flags(queue)
    waiting = [replay for replay in alarmed if replay.watch.labeler_id not in flagged]
    labelers = Labeler.objects.in_bulk([replay.watch.labeler_id for replay in waiting])
    return [
        _open_flag(labelers[replay.watch.labeler_id], queue, plan, cusum, replay, revisions, len(replays), now)
        for replay in waiting
    ]


def _open_flag(  # noqa: PLR0917
    labeler: Labeler,
    queue: Queue,
    plan: SamplingPlan,
    cusum: Cusum,
    replay: Replay,
    revisions: RevisionsInForce,
    people: int,
    now: datetime,
) -> Flag:
    alarm = replay.run.first_alarm or 0
    counted = replay.answers[: alarm + 1]
    run = cusum.run(replay.wrong[: alarm + 1])
    judged = judge(n=run.state.n, cusum=cusum, state=run.state)
    finding = {
        "words": judged.words,
        "parameters": {
            "p0": cusum.p0,
            "p1": cusum.p1,
            "h": cusum.h,
            "watch_level": cusum.watch_level,
            "minimum": cusum.minimum,
        },
        "path": [round(float(level), 6) for level in run.path],
        "answered_at": [answer.answered_at.isoformat() for answer in counted],
        "wrong": replay.wrong[: alarm + 1],
        "alarm": alarm,
        "change_point": run.change_point,
        "p_value": None,
        "n": len(counted),
        "wrong_count": sum(replay.wrong[: alarm + 1]),
        "population": watched_population(
            queue,
            plan.question,
            clauses=revisions.words,
            since=counted[0].answered_at,
            until=counted[-1].answered_at,
        ).as_json(),
        "expected_false_flags": expectation(plan, people),
    }
    scores = GoldScore.objects.in_bulk([answer.score_id for answer in counted])
    ordered = [scores[answer.score_id] for answer in counted]
    return open_flag(labeler, queue, cause=FlagCause.CUSUM, finding=finding, scores=ordered, now=now)
