"""What the running check of a plan does: its limit, and what that limit brings about.

Solving takes a tenth of a second: the figures stand in the row of the plan, beside the settings they were solved for.
"""

from dataclasses import dataclass
from functools import lru_cache

from calibration.models import SamplingPlan
from calibration.stats import Cusum, Serving, default_p1, mean_gold_rate, operating_figures, solve_h

DAYS = 90
HIGHEST_H = 15.0
METHOD = 2

Settings = tuple[int, float, int, float, float, int, float | None, float]


@dataclass(frozen=True)
class WatchFigures:
    """What the CUSUM of a plan does; `h` None where no threshold is quiet enough.

    `gold_share` is the share of gold in what people on target are served on average, extra gold and caps included.
    """

    h: float | None
    false_flag_rate: float
    median_days: float | None
    p0: float
    p1: float
    gold_share: float = 0.0


def watch_figures(plan: SamplingPlan) -> WatchFigures:
    """Threshold, false flags in 90 days, and median working days until a fall to the third is noticed."""
    stored = plan.figures
    if stored is None or not has_own_figures(plan):
        return _solve(_settings(plan))
    p0 = _p0(plan)
    return WatchFigures(
        stored["h"], stored["false_flag_rate"], stored["median_days"], p0, default_p1(p0), stored["gold_share"]
    )


def has_own_figures(plan: SamplingPlan) -> bool:
    """Whether the figures in the row belong to the settings in the row."""
    return plan.figures is not None and plan.figures["settings"] == list(_settings(plan))


def figures_of(plan: SamplingPlan) -> dict[str, object]:
    """What the row of a plan holds."""
    found = _solve(_settings(plan))
    return {
        "settings": list(_settings(plan)),
        "h": found.h,
        "false_flag_rate": found.false_flag_rate,
        "median_days": found.median_days,
        "gold_share": found.gold_share,
    }


def cusum_of(plan: SamplingPlan) -> Cusum:
    """The CUSUM of a queue: its own threshold, or the one solved for its false-alarm rate.

    Where no threshold is quiet enough, the highest one: the settings page refuses such a plan in words.
    """
    return Cusum(p0=_p0(plan), h=plan.cusum_h or watch_figures(plan).h or HIGHEST_H)


def watch_level_of(plan: SamplingPlan) -> float:
    """The level of the CUSUM from which a person is served more gold, where the plan is adaptive."""
    return Cusum(p0=_p0(plan)).watch_level


def serving_of(plan: SamplingPlan) -> Serving:
    """How gold reaches people in a queue: at one rate, or at a higher one while they are watched closely."""
    return _serving(plan.items_a_day, plan.gold_rate, plan.watch_gold_rate, plan.gold_a_day_cap)


def gold_a_day(plan: SamplingPlan) -> float:
    """Gold answers that somebody on target gives a working day, extra gold and caps included."""
    return plan.items_a_day * watch_figures(plan).gold_share


def _p0(plan: SamplingPlan) -> float:
    return round(1 - plan.target, 6)


def _settings(plan: SamplingPlan) -> Settings:
    rates = (plan.gold_rate, plan.watch_gold_rate, plan.gold_a_day_cap)
    return (METHOD, plan.target, plan.items_a_day, *rates, plan.cusum_h, plan.false_alarm_rate)


def _serving(items_a_day: int, gold_rate: float, watch_gold_rate: float, day_cap: int) -> Serving:
    watched = max(gold_rate, watch_gold_rate) if gold_rate else 0.0
    return Serving(items_per_day=items_a_day, gold_rate=gold_rate, watch_gold_rate=watched, day_cap=day_cap)


@lru_cache(maxsize=256)
def _solve(settings: Settings) -> WatchFigures:
    _, target, items_a_day, gold_rate, watch_gold_rate, day_cap, cusum_h, false_alarm_rate = settings
    p0, serving = round(1 - target, 6), _serving(items_a_day, gold_rate, watch_gold_rate, day_cap)
    try:
        h = cusum_h or solve_h(p0, serving=serving, false_flag_rate=false_alarm_rate, days=DAYS)
    except ValueError:
        return WatchFigures(None, 1, None, p0, default_p1(p0), max(serving.rates))
    cusum = Cusum(p0=p0, h=h)
    found = operating_figures(cusum, serving, days=DAYS)
    share = mean_gold_rate(cusum, serving)
    return WatchFigures(h, found.false_flag_rate, found.median_days, p0, default_p1(p0), share)
