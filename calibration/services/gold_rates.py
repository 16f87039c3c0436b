"""The rate of gold in force before each person, switched with the level of their watch."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from random import Random, SystemRandom

from django.db import connection, transaction

from calibration.models import SamplingPlan, Watch
from calibration.queries.sightings import read_placeable
from calibration.queries.stocks import GoldStocks, Stock, people_of, read_waiting
from calibration.queries.watch_figures import serving_of, watch_level_of
from calibration.stats import base_chance, rate_in_force
from labeling.models import Queue
from labeling.services.placement import change_serve_chance
from qaplatform.people.models import Labeler

# What a placement rests on, written beside the chance of its slot. Plan: probes of the unique index on slot_id.
WRITE_RATES = """
UPDATE calibration_placement p SET rate_in_force = %(rate)s, is_base = new.is_base
FROM unnest(%(slots)s::bigint[], %(is_base)s::boolean[]) AS new(slot_id, is_base)
WHERE p.slot_id = new.slot_id
"""


def watched_closely(queue: Queue, plan: SamplingPlan) -> frozenset[int]:
    """Labelers whose watch stands at its level or above; nobody where the plan's rate is flat."""
    if not plan.is_adaptive:
        return frozenset()
    watched = Watch.objects.filter(queue=queue, statistic__gte=watch_level_of(plan))
    return frozenset(watched.values_list("labeler_id", flat=True))


def rate_of(labeler: Labeler, stocks: GoldStocks, plan: SamplingPlan, *, watched: AbstractSet[int]) -> float:
    """The rate of gold in force for one person: by watch, by what they answered today, and by the gold left."""
    stock = stocks.stocks.get(labeler.pk, Stock())
    left = len(stocks.placeable(labeler)) + stock.waiting
    return rate_in_force(
        serving_of(plan),
        is_watched=labeler.pk in watched,
        answered_today=stock.answered_today,
        unseen=left,
    )


@transaction.atomic
def switch_rates(queue: Queue, plan: SamplingPlan, *, now: datetime, rng: Random | None = None) -> int:
    """Serve gold that waits at the rate now in force, and draw anew whether it is base; says how many slots changed.

    Rate and mark are drawn before the claim and depend on nothing that comes after, so base answers stay a random
    sample, at the base rate, of what a person was served.
    """
    waiting = read_waiting(queue)
    watched = watched_closely(queue, plan) & {slot.labeler_id for slot in waiting}
    rates = _watched_rates(plan, watched, now) if watched else {}
    wanted: defaultdict[float, list[int]] = defaultdict(list)
    for slot in waiting:
        rate = rates.get(slot.labeler_id, plan.gold_rate)
        if slot.serve_chance != rate:
            wanted[rate].append(slot.slot_id)
    return sum(_switch(slots, rate, plan, rng or SystemRandom()) for rate, slots in wanted.items())


@transaction.atomic
def redraw_base(queue: Queue, plan: SamplingPlan, *, rng: Random | None = None) -> int:
    """Draw anew which gold that waits is base, at the chance it waits at; says how many slots that were.

    For a plan whose base rate has changed: marks drawn at the old one would make base answers too many or too few.
    """
    by_chance: defaultdict[float, list[int]] = defaultdict(list)
    for slot in read_waiting(queue):
        by_chance[slot.serve_chance].append(slot.slot_id)
    return sum(_switch(slots, rate, plan, rng or SystemRandom()) for rate, slots in by_chance.items())


def draw_base(n: int, rate: float, plan: SamplingPlan, rng: Random) -> list[bool]:
    """Which of n placements at this rate belong to the base sample."""
    chance = base_chance(plan.gold_rate, rate)
    return [rng.random() < chance for _ in range(n)]


def _watched_rates(plan: SamplingPlan, watched: Collection[int], now: datetime) -> dict[int, float]:
    people = people_of(plan.queue, now=now)
    stocks = read_placeable(plan, people, now=now)
    found = [person for person in people if person.pk in watched]
    return {person.pk: rate_of(person, stocks, plan, watched=frozenset(watched)) for person in found}


def _switch(slots: Iterable[int], rate: float, plan: SamplingPlan, rng: Random) -> int:
    changed = sorted(change_serve_chance(slots, serve_chance=rate))
    _write_rates(changed, rate, draw_base(len(changed), rate, plan, rng))
    return len(changed)


def _write_rates(slots: Sequence[int], rate: float, is_base: Sequence[bool]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE_RATES, {"slots": list(slots), "rate": rate, "is_base": list(is_base)})
