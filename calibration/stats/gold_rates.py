"""How much gold somebody is served right now: more while they are watched closely, under the caps, base gold first."""

from calibration.stats.inputs import finite
from calibration.stats.watch import Serving

# Working days that unseen gold lasts at the base rate: from the first on extra gold is halved, from the second on none.
SPARE_FROM = 10
STOP_FROM = 5


def rate_in_force(serving: Serving, *, is_watched: bool, answered_today: int, unseen: int) -> float:
    """Share of gold in what a person is served next, 0 to 1.

    A rule by definition, no estimate. The base rate, or the higher rate of somebody whose CUSUM stands at its watch
    level or above. Extra gold stops for the day once the cap leaves room for a day of base gold only; it is halved when
    the `unseen` gold items of this person would last under ten working days at the base rate, and stops under five. So
    base gold, which standings rest on, is the last to be missed: whatever is in force, an item is base gold with the
    base rate, if gold that is served is drawn as base with `base_chance`.

    >>> plenty = {"answered_today": 0, "unseen": 500}
    >>> rate_in_force(Serving(), is_watched=True, **plenty), rate_in_force(Serving(), is_watched=False, **plenty)
    (0.25, 0.04)
    >>> rate_in_force(Serving(day_cap=30), is_watched=True, answered_today=26, unseen=500)
    0.04
    >>> [rate_in_force(Serving(), is_watched=True, answered_today=0, unseen=n) for n in (40, 39, 19)]
    [0.25, 0.145, 0.04]
    """
    base, watched = serving.gold_rate, max(serving.watch_gold_rate, serving.gold_rate)
    a_day = base * serving.items_per_day
    is_capped = serving.day_cap is not None and answered_today >= serving.day_cap - a_day
    if not is_watched or is_capped or unseen < STOP_FROM * a_day:
        return base
    return watched if unseen >= SPARE_FROM * a_day else round((base + watched) / 2, 9)


def base_chance(gold_rate: float, rate: float) -> float:
    """Chance that gold served at `rate` belongs to the base sample (thinning; Lewis and Shedler 1979).

    An item is gold with chance `rate` and base with this one, so base gold with chance `gold_rate`, whatever the rate
    in force was and why: base answers are a random sample of what the person was served. Raises OutOfRange for rates
    outside 0..1 and NotFinite.

    >>> base_chance(0.04, 0.25), base_chance(0.04, 0.04)
    (0.16, 1.0)
    """
    finite([gold_rate, rate], name="rates of gold", lowest=0, highest=1)
    return min(gold_rate / rate, 1.0) if rate > 0 else 1.0
