"""Living through the history: the product scores, watches and tests as it would have, and people decide as they might.

Nothing is written by hand here: flags, decisions, replies, disputes and sets come from the services, each at its time.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calibration.demo.audits import audit_decisions
from calibration.demo.copying import analyze_tables
from calibration.demo.findings import DAY_SECONDS, alarm_day, alarm_days, gold_rows
from calibration.demo.loading import Loaded, Report
from calibration.demo.practice import practise
from calibration.enums import FlagDecision, GoldPool, GoldState, SetPurpose, SuspensionState
from calibration.models import (
    CoachingPlan,
    EvidenceRow,
    Flag,
    GoldItem,
    GoldScore,
    SamplingPlan,
    SkillSuspension,
    StaleMark,
)
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.watch_figures import cusum_of
from calibration.services.coaching import mark_step_done, sign_plan
from calibration.services.decisions import decide_flag
from calibration.services.disputes import file_dispute
from calibration.services.judging import judge_due
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from calibration.services.replies import reply_to_flag
from calibration.services.scoring import score_gold
from calibration.services.sets import SetDraft, build_set
from calibration.services.standings import declare_standings
from calibration.services.suspensions import confirm_suspension
from calibration.services.watching import replay_watches
from calibration.services.weekly import run_weekly_test
from labeling.models import Queue
from qaplatform import clock

MORNING, AFTERNOON, EVENING = 10, 17, 22
MONDAY = 0
AFTER_MIDNIGHT = timedelta(minutes=15)

Act = Callable[["Life", Flag], None]


@dataclass
class Life:
    """The story as far as it has been lived: what is to be done on which day, and whose flags have been met."""

    loaded: Loaded
    agenda: defaultdict[int, list[tuple[int, Act, Flag]]] = field(default_factory=lambda: defaultdict(list))
    evenings: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    met: set[int] = field(default_factory=set)

    @property
    def last_day(self) -> int:
        """The last working day of the history."""
        return len(self.loaded.timeline.days) - 1


def live_through(loaded: Loaded, *, report: Report, now: datetime) -> None:
    """Live through the days of the history, then count everything as it stands now and place gold for today."""
    life = Life(loaded)
    _build_sets(life)
    _expect_alarms(life)
    for day, date in enumerate(loaded.timeline.days):
        if date.weekday() == MONDAY and day > 0:
            report(f"Judging the weeks: {day // 5} of {len(loaded.timeline.days) // 5}")
            _judge_week(life, day)
        _do(life, day)
        _look(life, day)
    practise(loaded.queues[0].queue, loaded.staff.users["tara"], now=now)
    report("Counting agreement and accuracy")
    audit_decisions(loaded, now=now)
    judge_due(now=now)
    for rows in loaded.queues:
        refresh_queue(rows.queue.pk, now=now)
        place_gold(rows.queue, now=now)
    for queue_id in StaleMark.objects.order_by("queue").values_list("queue", flat=True).distinct():
        refresh_queue(queue_id, now=now)


def _build_sets(life: Life) -> None:
    """An exam for each queue, ready to be assigned; its pool gives a second try on other items where gold suffices."""
    plan, timeline = life.loaded.world.plan, life.loaded.timeline
    for rows in life.loaded.queues:
        golds = GoldItem.objects.filter(queue=rows.queue, pool=GoldPool.EXAM, state=GoldState.LIVE).order_by("pk")
        draft = SetDraft(
            name=f"{rows.skill.name}: exam 1",
            source_queue=rows.queue,
            purpose=SetPurpose.EXAM,
            golds=list(golds[: 2 * plan.set_items]),
            pass_mark=plan.set_pass_mark,
            draw_size=plan.set_items,
        )
        with clock.lived_at(timeline.begin):
            build_set(draft, actor=life.loaded.staff.users["tara"])


def _expect_alarms(life: Life) -> None:
    """On which evenings the running check of a queue has something to say; on the others nobody need look."""
    for number, (drawn, rows) in enumerate(zip(life.loaded.world.queues, life.loaded.queues, strict=True)):
        cusum = cusum_of(SamplingPlan.objects.get(queue=rows.queue))
        for day in alarm_days(drawn, cusum).values():
            life.evenings[day].add(number)


def _expect_another_alarm(life: Life, flag: Flag, *, day: int, hour: int) -> None:
    """The check of somebody has started again from zero."""
    number = next(n for n, rows in enumerate(life.loaded.queues) if rows.queue.pk == flag.queue_id)
    drawn, cusum = life.loaded.world.queues[number], cusum_of(SamplingPlan.objects.get(queue=flag.queue_id))
    person = drawn.people.index(flag.labeler.user.username if flag.labeler.user else "")
    next_day = alarm_day(gold_rows(drawn), person, cusum, since=day * DAY_SECONDS + hour * 3600)
    if next_day is not None:
        life.evenings[next_day].add(number)


def _judge_week(life: Life, day: int) -> None:
    """What falls due on a Monday, over the week before."""
    date = life.loaded.timeline.days[day]
    now = life.loaded.timeline.at(day, hour=0) + AFTER_MIDNIGHT
    for rows in life.loaded.queues:
        with clock.lived_at(now):
            score_gold(rows.queue.pk, now=now)
            declare_standings(rows.queue, on=date, now=now)
            run_weekly_test(rows.queue, on=date, now=now)
    _meet_flags(life, day)


def _look(life: Life, day: int) -> None:
    """What the running check says at the end of a day."""
    now = life.loaded.timeline.at(day, hour=EVENING)
    for number in sorted(life.evenings.pop(day, set())):
        queue = life.loaded.queues[number].queue
        with clock.lived_at(now):
            score_gold(queue.pk, now=now)
            analyze_tables(GoldScore)
            _replay(queue, now)
        _meet_flags(life, day + 1)


def _replay(queue: Queue, now: datetime) -> None:
    plan = SamplingPlan.objects.get(queue=queue)
    replay_watches(queue, plan, revisions=revisions_in_force(read_versions(queue), queue), now=now)


def _meet_flags(life: Life, day: int) -> None:
    """Put what people will do about new flags on the agenda; `day` is the first on which they can act."""
    for flag in Flag.objects.exclude(pk__in=life.met).select_related("labeler__user", "queue"):
        life.met.add(flag.pk)
        name = flag.labeler.user.username if flag.labeler.user else ""
        for due, hour, act in _plot(name, day=day, last=life.last_day, is_first=_is_first(flag)):
            life.agenda[min(due, life.last_day)].append((hour, act, flag))


def _is_first(flag: Flag) -> bool:
    return not Flag.objects.filter(labeler=flag.labeler, pk__lt=flag.pk).exists()


def _plot(name: str, *, day: int, last: int, is_first: bool) -> list[tuple[int, int, Act]]:
    """On which day, at which hour, what is done about a flag that is known from `day` on; `last` is the last day."""
    if name == "marco":
        return [
            (day + 2, AFTERNOON, _marco_replies),
            (last - 2, MORNING, _retrain),
            (last, AFTERNOON - 1, _dispute),
            (last, EVENING + 1, _confirm),
        ]
    plots: dict[str, list[tuple[int, int, Act]]] = {
        "lena": [(day + 3, MORNING, _theo_replies)],
        "yusuf": [(day + 6, MORNING, _coach), (day + 9, AFTERNOON, _sign_off)],
        "oskar": [(day + 4, MORNING, _watch_on if is_first else _coach_for_strictness)],
    }
    return plots.get(name, [])


def _do(life: Life, day: int) -> None:
    for hour, act, flag in sorted(life.agenda.pop(day, []), key=lambda entry: entry[0]):
        with clock.lived_at(life.loaded.timeline.at(day, hour=hour)):
            act(life, Flag.objects.select_related("labeler__user", "queue").get(pk=flag.pk))
        if act in {_watch_on, _sign_off}:
            _expect_another_alarm(life, flag, day=day, hour=hour)


def _marco_replies(life: Life, flag: Flag) -> None:
    text = (
        "I have had many items on clause 2.2 lately and I read it differently from the examples. "
        "I would like to go through them with somebody."
    )
    reply_to_flag(flag, author=life.loaded.staff.users["marco"], text=text)


def _theo_replies(life: Life, flag: Flag) -> None:
    text = (
        "Lena moved to another shift three weeks ago and has asked for a refresher since. "
        "I would support a retraining rather than a pause."
    )
    reply_to_flag(flag, author=life.loaded.staff.users["theo"], text=text)


def _retrain(life: Life, flag: Flag) -> None:
    reason = "The errors began on one day and go through several clauses: practise on fresh items, then the exam."
    decide_flag(flag, FlagDecision.RETRAIN, actor=life.loaded.staff.users["quinn"], reason=reason)


def _confirm(life: Life, flag: Flag) -> None:
    suspension = SkillSuspension.objects.get(flag=flag, state=SuspensionState.PROPOSED)
    reason = (
        "Read the evidence and the reply. One disputed item does not change the finding; work goes on after the exam."
    )
    confirm_suspension(suspension, actor=life.loaded.staff.users["quentin"], reason=reason)


def _dispute(life: Life, flag: Flag) -> None:
    wrong = EvidenceRow.objects.filter(flag=flag, is_correct=False).order_by("-position").first()
    if wrong is not None:
        reason = "The text names nobody and asks for nothing. I would answer the same again."
        file_dispute(wrong, actor=life.loaded.staff.users["marco"], reason=reason)


def _coach(life: Life, flag: Flag) -> None:
    reason = "Violations are missed, hardly anything else is wrong: go through the missed ones together."
    decide_flag(flag, FlagDecision.COACH, actor=life.loaded.staff.users["quinn"], reason=reason)


def _sign_off(life: Life, flag: Flag) -> None:
    """Everything on the plan is done, and both sides sign: from now on answers tell what the coaching did."""
    plan, users = CoachingPlan.objects.get(flag=flag), life.loaded.staff.users
    for step in plan.steps.order_by("position"):
        mark_step_done(step, actor=users["tara"])
    sign_plan(plan, actor=users["tara"])
    sign_plan(plan, actor=users["yusuf"])


def _coach_for_strictness(life: Life, flag: Flag) -> None:
    reason = "The same errors again: violations are seen where there are none. Go through them with the trainer."
    decide_flag(flag, FlagDecision.COACH, actor=life.loaded.staff.users["quinn"], reason=reason)


def _watch_on(life: Life, flag: Flag) -> None:
    reason = "Oskar began with this policy only weeks ago. The check starts again from zero; a second flag gets a plan."
    decide_flag(flag, FlagDecision.WATCH, actor=life.loaded.staff.users["quinn"], reason=reason)
