"""What a sampling plan does, told before it is saved."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.queries.false_flags import false_flag_rate
from calibration.queries.sightings import (
    Sightings,
    counted_sightings,
    expected_by_team,
    read_ordinary,
    sightings_in_words,
    sightings_of,
    sightings_warning,
)
from calibration.queries.stocks import GoldStocks, LiveGold, people_of, read_stocks, team_of
from calibration.queries.watch_figures import DAYS, WatchFigures, gold_a_day, serving_of, watch_figures, watch_level_of
from calibration.stats import Cusum, Serving, operating_figures, solve_h
from calibration.stats.gold_rates import SPARE_FROM, STOP_FROM
from labeling.models import Queue
from qaplatform.people.models import Labeler

ENOUGH_DAYS = 15
DAYS_A_WEEK = 5
# A limit set by hand is worth a word once it is this much louder than what is allowed.
TOLERATED = 1.1
# The two tests together are worth a word where they flag so many times what the running check is allowed.
MANY_FALSE_FLAGS = 4
CURVE_STEPS = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0)


@dataclass(frozen=True)
class GoldNeed:
    """How long the live gold lasts, and how much more would make it last three weeks of working days.

    Gold answers a day are those of people on target, extra gold and caps included. `answers_a_gold` is how many a gold
    item gives before it is used up, on average.
    """

    live: int
    people: int
    answers_a_person_and_day: float
    answers_a_day: float
    answers_a_gold: float
    lasts_days: float | None
    add: int
    largest_team: int


@dataclass(frozen=True)
class CurvePoint:
    """How many working days pass until a fall to `accuracy` is noticed; None: more than 90.

    `flat_days` is the same with as much gold at a flat rate and as few false flags, where the plan's rate is not flat.
    """

    accuracy: float
    median_days: float | None
    flat_days: float | None = None


def operating_curve(plan: SamplingPlan) -> tuple[CurvePoint, ...]:
    """Days until a fall is noticed, by how deep it is."""
    figures = watch_figures(plan)
    if figures.h is None:
        return ()
    cusum, serving = Cusum(p0=figures.p0, h=figures.h), serving_of(plan)
    errors = [round(figures.p0 * step, 6) for step in CURVE_STEPS if figures.p0 * step < 1]
    days = _median_days(cusum, serving, errors)
    flat_days = _flat_days(figures, plan, errors) if plan.is_adaptive else [None] * len(errors)
    return tuple(CurvePoint(1 - error, found, flat) for error, found, flat in zip(errors, days, flat_days, strict=True))


def _flat_days(figures: WatchFigures, plan: SamplingPlan, errors: Sequence[float]) -> list[float | None]:
    """The curve with the average gold of people on target served at a flat rate, and the same false flags."""
    serving = Serving(plan.items_a_day, figures.gold_share, figures.gold_share)
    try:
        h = solve_h(figures.p0, serving=serving, false_flag_rate=figures.false_flag_rate, days=DAYS)
    except ValueError:
        return [None] * len(errors)
    return _median_days(Cusum(p0=figures.p0, h=h), serving, errors)


def _median_days(cusum: Cusum, serving: Serving, errors: Sequence[float]) -> list[float | None]:
    return [operating_figures(cusum, serving, drift_to=error, days=DAYS).median_days for error in errors]


def gold_need(plan: SamplingPlan, queue: Queue, *, now: datetime) -> GoldNeed:
    """How the plan uses up the queue's gold: nobody meets a gold item twice, in matched mode few of a team do."""
    people = people_of(queue, now=now)
    return _need(plan, people, read_stocks(queue, now=now), read_ordinary(queue))


def _need(
    plan: SamplingPlan, people: Sequence[Labeler], stocks: GoldStocks, ordinary: Mapping[int, Sequence[int]]
) -> GoldNeed:
    """Gold lasts until the first team has met what it may meet: what it met already is gone."""
    sizes = Counter((team_of(person), person.vendor_id) for person in people)
    often = _times_shown(plan, people, sizes, ordinary)
    a_person = gold_a_day(plan)
    live = {gold.content_hash: gold for gold in stocks.live}
    left = {team: _showings_left(stocks, live.values(), team, often[team]) for team in sizes}
    lasts = min((left[team] / (a_person * size) for team, size in sizes.items()), default=None) if a_person else None
    add = [(ENOUGH_DAYS * a_person * size - left[team]) / often[team] for team, size in sizes.items()]
    return GoldNeed(
        live=len(live),
        people=len(people),
        answers_a_person_and_day=a_person,
        answers_a_day=a_person * len(people),
        answers_a_gold=sum(often.values()),
        lasts_days=lasts,
        add=max(math.ceil(round(max(add, default=0), 6)), 0),
        largest_team=max(sizes.values(), default=0),
    )


def _times_shown(
    plan: SamplingPlan,
    people: Sequence[Labeler],
    sizes: Mapping[tuple[int, int], int],
    ordinary: Mapping[int, Sequence[int]],
) -> dict[tuple[int, int], float]:
    """How often each team meets a gold item: everybody once, or as often as it meets an ordinary item, on average."""
    if plan.mode == GoldMode.POOLED:
        return {team: float(size) for team, size in sizes.items()}
    expected = expected_by_team(plan, people, ordinary)
    return {
        team: math.fsum(often * chance for often, chance in enumerate(expected[team[0]], start=1)) for team in sizes
    }


def _showings_left(stocks: GoldStocks, live: Iterable[LiveGold], team: tuple[int, int], often: float) -> float:
    """How often gold may still be shown to a team, what its vendor knows the answer of left out."""
    team_id, vendor_id = team
    burnt = stocks.burnt.get(vendor_id, frozenset())
    usable = [gold for gold in live if gold.gold_id not in burnt]
    return max(often * len(usable) - sum(stocks.exposures[team_id, gold.content_hash] for gold in usable), 0)


@dataclass(frozen=True)
class ModeRow:
    """What showing gold in one of the two ways costs and betrays."""

    mode: str
    name: str
    is_chosen: bool
    answers_a_gold: float
    used_a_day: float | None
    lasts_days: float | None
    spotted: str
    words: str


def compare_modes(plan: SamplingPlan, queue: Queue, *, now: datetime) -> tuple[ModeRow, ...]:
    """Matched beside pooled gold, all else as in the plan."""
    people, stocks, ordinary = people_of(queue, now=now), read_stocks(queue, now=now), read_ordinary(queue)
    return tuple(_mode_row(plan, GoldMode(mode), people, stocks, ordinary) for mode in GoldMode.values)


def counted_words(queue: Queue, *, now: datetime) -> str:
    """How well gold could be told by what teams have met so far; empty where that is too little to say."""
    counted = counted_sightings(read_stocks(queue, now=now), read_ordinary(queue))
    return counted.sentence if counted else ""


def gold_words(queue: Queue, now: datetime) -> str:
    """How gold is shown in a queue and how easily it could be spotted, in two sentences; empty where none is served."""
    plan = SamplingPlan.objects.filter(queue=queue, gold_rate__gt=0).select_related("queue").first()
    if plan is None:
        return ""
    chosen = next(row for row in compare_modes(plan, queue, now=now) if row.is_chosen)
    if not chosen.spotted:
        return f"Gold is {chosen.name.lower()}, and nobody is served any yet."
    lasts = f"it lasts about {chosen.lasts_days:.0f} working days, and" if chosen.lasts_days is not None else ""
    return (
        f"Gold is {chosen.name.lower()}: each gold item gives about {chosen.answers_a_gold:.1f} answers; {lasts} "
        f"spotting it by counting what comes by is {chosen.spotted}."
    )


def warnings_of(figures: WatchFigures, need: GoldNeed, plan: SamplingPlan) -> tuple[str, ...]:
    """What somebody should know before saving such a plan, in sentences."""
    told = (
        _threshold_rule(plan),
        _own_limit(figures, plan),
        _capped(plan),
        _extra_capped(plan),
        _too_little_for_extra(need, plan),
        _runs_out(need),
        sightings_warning(_sightings(need, plan), plan),
        _rare(plan),
        _few_people(need, plan),
    )
    return tuple(sentence for sentence in told if sentence)


def wrongly_below(n: int, target: float) -> float:
    """The share of people exactly on target whose score over `n` answers falls below it: a binomial tail.

    >>> round(wrongly_below(25, 0.95), 2), wrongly_below(0, 0.95)
    (0.36, 0.0)
    """
    fewest = math.ceil(round(n * target, 9))
    return math.fsum(math.comb(n, right) * target**right * (1 - target) ** (n - right) for right in range(fewest))


def sentences_of(figures: WatchFigures, need: GoldNeed, plan: SamplingPlan) -> tuple[str, ...]:
    """The consequences of a plan, in sentences."""
    return (
        _noticed(figures),
        _wrongly(figures, need, plan),
        _closely(need, plan),
        _gold(need),
        sightings_in_words(_sightings(need, plan)),
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


def _wrongly(figures: WatchFigures, need: GoldNeed, plan: SamplingPlan) -> str:
    if figures.h is None:
        return ""
    words = (
        f"About {figures.false_flag_rate * 1000:.0f} of 1,000 people at {_percent(1 - figures.p0)} % "
        f"are flagged wrongly in {DAYS} days (threshold {figures.h:g})"
    )
    if not need.people or not plan.gold_rate:
        return f"{words}."
    together = round(false_flag_rate(plan, need.people) * 1000)
    return f"{words}; with the weekly test over {_people(need.people)}, at most about {together}."


def _closely(need: GoldNeed, plan: SamplingPlan) -> str:
    if not plan.is_adaptive:
        return ""
    return (
        f"Somebody whose running check rises to {watch_level_of(plan):g} is served {_percent(plan.watch_gold_rate)} % "
        f"gold in place of {_percent(plan.gold_rate)} % until it falls, and is not told: people on target meet about "
        f"{need.answers_a_person_and_day:.1f} gold items a day. Standings count the base share alone."
    )


def _gold(need: GoldNeed) -> str:
    if need.lasts_days is None:
        return f"There are {need.live:,} gold items, and nobody is served any: certify people, and set a rate of gold."
    used = (
        f"{need.answers_a_day:.0f} gold answers a day by {_people(need.people)}, about {need.answers_a_gold:.1f} a gold"
        " item"
    )
    more = f": add {need.add:,} to reach {ENOUGH_DAYS}" if need.add else ""
    return (
        f"What people have not met yet of your {need.live:,} gold items lasts {need.lasts_days:.0f} working days{more} "
        f"({used})."
    )


def _sightings(need: GoldNeed, plan: SamplingPlan) -> Sightings:
    return sightings_of(
        plan,
        team=need.largest_team,
        people=need.people,
        gold_a_day=need.answers_a_person_and_day,
        live_gold=need.live,
    )


def _mode_row(
    plan: SamplingPlan,
    mode: GoldMode,
    people: Sequence[Labeler],
    stocks: GoldStocks,
    ordinary: Mapping[int, Sequence[int]],
) -> ModeRow:
    other = copy(plan)
    other.mode = mode
    need = _need(other, people, stocks, ordinary)
    found = _sightings(need, other)
    return ModeRow(
        mode=mode,
        name=mode.label.partition(":")[0],
        is_chosen=plan.mode == mode,
        answers_a_gold=need.answers_a_gold,
        used_a_day=need.answers_a_day / need.answers_a_gold if need.answers_a_gold else None,
        lasts_days=need.lasts_days,
        spotted=found.ease,
        words=_mode_words(mode, need, found),
    )


def _mode_words(mode: GoldMode, need: GoldNeed, found: Sightings) -> str:
    """What choosing the mode means, in a sentence; empty where nobody is served gold."""
    if not need.answers_a_gold or found.auc is None:
        return ""
    used = f"{need.answers_a_day / need.answers_a_gold:.1f} gold items are used up a day"
    right = f"{found.auc * 100:.0f} of 100 pairs"
    if mode == GoldMode.MATCHED:
        return (
            f"Matched: a team meets a gold item as often as any other item, so each gives about "
            f"{need.answers_a_gold:.1f} answers and {used}. Whoever counts what comes by is right in {right}, where 50 "
            "is guessing."
        )
    return (
        f"Pooled: everybody meets the same gold, so each gives {need.answers_a_gold:.0f} answers, which tells more "
        f"about the gold itself, and {used}. Whoever counts what comes by is right in {right}."
    )


def _threshold_rule(plan: SamplingPlan) -> str:
    n = round(_base_gold_a_day(plan) * DAYS_A_WEEK)
    if n < 1:
        return ""
    share = wrongly_below(n, plan.target)
    return (
        f"Do not flag by a plain rule such as “under {_percent(plan.target)} % this week”: with {n} gold answers a "
        f"week it hits {share * 100:.0f} of 100 people who are exactly on target, every week anew."
    )


def _own_limit(figures: WatchFigures, plan: SamplingPlan) -> str:
    if plan.cusum_h is None or figures.false_flag_rate <= plan.false_alarm_rate * TOLERATED:
        return ""
    return (
        f"The control limit {plan.cusum_h:g} that is set by hand flags {figures.false_flag_rate * 1000:.0f} of 1,000 "
        f"people wrongly, more than the {plan.false_alarm_rate * 1000:.0f} that you allow. Leave it empty to have it "
        "computed."
    )


def _capped(plan: SamplingPlan) -> str:
    wanted = plan.items_a_day * plan.gold_rate
    if wanted <= plan.gold_a_day_cap:
        return ""
    return (
        f"The share asks for {wanted:.0f} gold items a person and day, the cap allows {plan.gold_a_day_cap}: the cap "
        "holds, and what is said above counts with it."
    )


def _extra_capped(plan: SamplingPlan) -> str:
    wanted, base = plan.items_a_day * plan.watch_gold_rate, plan.items_a_day * plan.gold_rate
    if not plan.is_adaptive or not base <= plan.gold_a_day_cap < wanted:
        return ""
    return (
        f"Close watching asks for {wanted:.0f} gold items a day, the cap allows {plan.gold_a_day_cap}: extra gold "
        f"stops at {plan.gold_a_day_cap - base:.0f} a day, base gold goes on. What is said above counts with it."
    )


def _too_little_for_extra(need: GoldNeed, plan: SamplingPlan) -> str:
    a_day = plan.items_a_day * plan.gold_rate
    if not plan.is_adaptive or need.live >= SPARE_FROM * a_day:
        return ""
    return (
        f"Your {need.live:,} gold items are few for close watching: extra gold is halved for whoever has under "
        f"{SPARE_FROM * a_day:.0f} unseen ones left and stops under {STOP_FROM * a_day:.0f}, so that base gold lasts. "
        "Falls are then noticed later than said; without unseen gold, watching goes on by overlap and adjudication."
    )


def _runs_out(need: GoldNeed) -> str:
    if need.lasts_days is None or need.lasts_days >= DAYS_A_WEEK:
        return ""
    return "Gold runs out within a working week; then nobody is measured. Add gold, or serve less of it."


def _rare(plan: SamplingPlan) -> str:
    if not 0 < _base_gold_a_day(plan) < 1:
        return ""
    days = 1 / _base_gold_a_day(plan)
    return f"A person meets gold once in {days:.0f} working days only; standings stay “not enough data” for months."


def _few_people(need: GoldNeed, plan: SamplingPlan) -> str:
    if not need.people or not plan.gold_rate:
        return ""
    together = false_flag_rate(plan, need.people)
    if together <= MANY_FALSE_FLAGS * plan.false_alarm_rate:
        return ""
    return (
        f"The weekly test over only {_people(need.people)} raises most of the wrong flags: a week in twenty finds "
        "somebody although everybody is on target, and the fewer people there are, the oftener it is the same one."
    )


def _people(n: int) -> str:
    return "one person" if n == 1 else f"{n:,} people"


def _base_gold_a_day(plan: SamplingPlan) -> float:
    return min(plan.items_a_day * plan.gold_rate, plan.gold_a_day_cap)


def _percent(share: float) -> str:
    return f"{share * 100:.1f}".rstrip("0").rstrip(".")
