"""What a sampling plan does, told before it is saved. Computing takes about a second, so all processes share it."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.cache import cache

from calibration.enums import GoldMode, GoldPool, GoldState
from calibration.models import GoldItem, SamplingPlan
from calibration.queries.stocks import people_of
from calibration.queries.watching import serving_of
from calibration.stats import Cusum, default_p1, operating_figures, solve_h
from labeling.models import Queue

DAYS = 90
KEPT_SECONDS = 30 * 24 * 3600
ENOUGH_DAYS = 15
CURVE_STEPS = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
VERSION = "1"


@dataclass(frozen=True)
class WatchFigures:
    """What the CUSUM of a plan does; `h` None where no threshold is quiet enough."""

    h: float | None
    false_flag_rate: float
    median_days: float | None
    p0: float
    p1: float


@dataclass(frozen=True)
class GoldNeed:
    """How long the live gold lasts, and how much more would make it last three weeks of working days."""

    live: int
    people: int
    answers_a_person_and_day: float
    answers_a_day: float
    answers_a_gold: int
    lasts_days: float | None
    add: int


@dataclass(frozen=True)
class CurvePoint:
    """How many working days pass until a fall to `accuracy` is noticed; None: more than 90."""

    accuracy: float
    median_days: float | None


def watch_figures(plan: SamplingPlan) -> WatchFigures:
    """Threshold, false flags in 90 days, and median working days until a fall to the third is noticed."""
    key = _key("figures", plan)
    found: WatchFigures | None = cache.get(key)
    if found is None:
        found = _compute(plan)
        cache.set(key, found, KEPT_SECONDS)
    return found


def operating_curve(plan: SamplingPlan) -> tuple[CurvePoint, ...]:
    """Days until a fall is noticed, by how deep it is."""
    key = _key("curve", plan)
    found: tuple[CurvePoint, ...] | None = cache.get(key)
    if found is None:
        found = _curve(plan)
        cache.set(key, found, KEPT_SECONDS)
    return found


def gold_need(plan: SamplingPlan, queue: Queue, *, now: datetime) -> GoldNeed:
    """How the plan uses up the queue's gold: nobody meets a gold item twice, in matched mode few of a team do."""
    live = GoldItem.objects.filter(queue=queue, state=GoldState.LIVE, pool=GoldPool.MONITORING).count()
    people = list(people_of(queue, now=now))
    teams = len({(person.vendor_id, person.team_id) for person in people})
    a_gold = len(people) if plan.mode == GoldMode.POOLED else min(len(people), teams * plan.exposures_a_team_cap)
    a_person = min(plan.items_a_day * plan.gold_rate, plan.gold_a_day_cap)
    a_day = a_person * len(people)
    lasts = live * a_gold / a_day if a_day else None
    wanted = ENOUGH_DAYS * a_day / a_gold if a_gold else 0
    return GoldNeed(live, len(people), a_person, a_day, a_gold, lasts, max(round(wanted) - live, 0))


def sentences_of(figures: WatchFigures, need: GoldNeed, plan: SamplingPlan) -> tuple[str, ...]:
    """The consequences of a plan, in sentences."""
    return (_noticed(figures), _wrongly(figures), _gold(need), _spotting(plan))


def _compute(plan: SamplingPlan) -> WatchFigures:
    p0 = round(1 - plan.target, 6)
    serving = serving_of(plan)
    try:
        h = plan.cusum_h or solve_h(p0, serving=serving, false_flag_rate=plan.false_alarm_rate, days=DAYS)
    except ValueError:
        return WatchFigures(None, 1, None, p0, default_p1(p0))
    found = operating_figures(Cusum(p0=p0, h=h), serving, days=DAYS)
    return WatchFigures(h, found.false_flag_rate, found.median_days, p0, default_p1(p0))


def _curve(plan: SamplingPlan) -> tuple[CurvePoint, ...]:
    figures = watch_figures(plan)
    if figures.h is None:
        return ()
    cusum, serving = Cusum(p0=figures.p0, h=figures.h), serving_of(plan)
    errors = [round(figures.p0 * step, 6) for step in CURVE_STEPS if figures.p0 * step < 1]
    return tuple(
        CurvePoint(1 - error, operating_figures(cusum, serving, drift_to=error, days=DAYS).median_days)
        for error in errors
    )


def _noticed(figures: WatchFigures) -> str:
    fall = f"falls from {_percent(1 - figures.p0)} to {_percent(1 - figures.p1)} %"
    if figures.h is None:
        return (
            "No threshold keeps false flags that rare at this rate of gold. Serve less gold, or allow more false flags."
        )
    if figures.median_days is None:
        return f"Somebody who {fall} is more likely than not still unnoticed after {DAYS} working days."
    return f"Somebody who {fall} is noticed in about {figures.median_days:.0f} working days."


def _wrongly(figures: WatchFigures) -> str:
    if figures.h is None:
        return ""
    return (
        f"About {figures.false_flag_rate * 1000:.0f} of 1,000 people at {_percent(1 - figures.p0)} % "
        f"are flagged wrongly in {DAYS} days (threshold {figures.h:g})."
    )


def _gold(need: GoldNeed) -> str:
    if need.lasts_days is None:
        return f"There are {need.live:,} gold items, and nobody is served any: certify people, and set a rate of gold."
    used = (
        f"{need.answers_a_day:.0f} gold answers a day by {need.people} people, about {need.answers_a_gold} a gold item"
    )
    more = f": add {need.add:,} to reach {ENOUGH_DAYS}" if need.add else ""
    return f"Your {need.live:,} gold items last {need.lasts_days:.0f} working days{more} ({used})."


def _spotting(plan: SamplingPlan) -> str:
    if plan.mode == GoldMode.POOLED:
        return "A team that logs what it sees can easily tell gold from other items, as everybody meets the same gold."
    ordinary = max(plan.queue.overlap_size if plan.queue.overlap_rate else 0, plan.queue.base_answers)
    if plan.exposures_a_team_cap <= ordinary:
        return "A team that logs what it sees can hardly tell gold: it meets gold no oftener than other items."
    return (
        f"A team could possibly tell gold: it meets a gold item up to {plan.exposures_a_team_cap} times, other items "
        f"{ordinary} times at most."
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".rstrip("0").rstrip(".")


def _key(what: str, plan: SamplingPlan) -> str:
    facts = (VERSION, plan.target, plan.items_a_day, plan.gold_rate, plan.false_alarm_rate, plan.cusum_h)
    return f"plan-{what}-{sha256(repr(facts).encode()).hexdigest()[:32]}"
