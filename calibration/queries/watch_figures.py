"""What the running check of a plan does: its limit, and what that limit brings about.

Solving takes a tenth of a second: the figures stand in the row of the plan, beside the settings they were solved for.
"""

from dataclasses import dataclass
from functools import lru_cache

from calibration.models import SamplingPlan
from calibration.stats import Cusum, Serving, default_p1, operating_figures, solve_h

DAYS = 90
HIGHEST_H = 15.0
METHOD = 1

Settings = tuple[int, float, int, float, float | None, float]


@dataclass(frozen=True)
class WatchFigures:
    """What the CUSUM of a plan does; `h` None where no threshold is quiet enough."""

    h: float | None
    false_flag_rate: float
    median_days: float | None
    p0: float
    p1: float


def watch_figures(plan: SamplingPlan) -> WatchFigures:
    """Threshold, false flags in 90 days, and median working days until a fall to the third is noticed."""
    stored = plan.figures
    if stored is None or not has_own_figures(plan):
        return _solve(_settings(plan))
    p0 = _p0(plan)
    return WatchFigures(stored["h"], stored["false_flag_rate"], stored["median_days"], p0, default_p1(p0))


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
    }


def cusum_of(plan: SamplingPlan) -> Cusum:
    """The CUSUM of a queue: its own threshold, or the one solved for its false-alarm rate.

    Where no threshold is quiet enough, the highest one: the settings page refuses such a plan in words.
    """
    return Cusum(p0=_p0(plan), h=plan.cusum_h or watch_figures(plan).h or HIGHEST_H)


def serving_of(plan: SamplingPlan) -> Serving:
    """How gold reaches people in a queue: at one flat rate."""
    return _serving(plan.items_a_day, plan.gold_rate)


def _p0(plan: SamplingPlan) -> float:
    return round(1 - plan.target, 6)


def _settings(plan: SamplingPlan) -> Settings:
    return (METHOD, plan.target, plan.items_a_day, plan.gold_rate, plan.cusum_h, plan.false_alarm_rate)


def _serving(items_a_day: int, gold_rate: float) -> Serving:
    return Serving(items_per_day=items_a_day, gold_rate=gold_rate, watch_gold_rate=gold_rate)


@lru_cache(maxsize=256)
def _solve(settings: Settings) -> WatchFigures:
    _, target, items_a_day, gold_rate, cusum_h, false_alarm_rate = settings
    p0, serving = round(1 - target, 6), _serving(items_a_day, gold_rate)
    try:
        h = cusum_h or solve_h(p0, serving=serving, false_flag_rate=false_alarm_rate, days=DAYS)
    except ValueError:
        return WatchFigures(None, 1, None, p0, default_p1(p0))
    found = operating_figures(Cusum(p0=p0, h=h), serving, days=DAYS)
    return WatchFigures(h, found.false_flag_rate, found.median_days, p0, default_p1(p0))
