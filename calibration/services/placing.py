"""Placing gold: a small stock before each person, in an order that nobody can guess, through labeling's own door."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random, SystemRandom

from django.db import transaction

from calibration.enums import Purpose
from calibration.models import Placement, SamplingPlan
from calibration.queries.sightings import read_placeable
from calibration.queries.stocks import GoldStocks, LiveGold, Stock, people_of, team_of
from calibration.services.gold_rates import draw_base, rate_of, switch_rates, watched_closely
from calibration.services.locks import QueueLock, try_lock
from calibration.services.sightings import keep_sightings
from calibration.stats import showings_due
from labeling.enums import QueueKind, QueueState
from labeling.models import Item, Queue, Slot
from labeling.services.placement import place_pairs
from qaplatform.people.models import Labeler

LOW_STOCK = 3
FULL_STOCK = 6
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class PlacedGold:
    """How many slots were placed for how many people, and who has no unseen gold left."""

    placed: int = 0
    people: int = 0
    out_of_gold: tuple[int, ...] = ()


def queues_with_gold() -> list[int]:
    """Active queues with a gold rate, whose stocks are kept full."""
    plans = SamplingPlan.objects.filter(gold_rate__gt=0, queue__state=QueueState.ACTIVE, queue__kind=QueueKind.ORDINARY)
    return list(plans.order_by("queue_id").values_list("queue_id", flat=True))


def fill_stocks(queue_id: int, *, now: datetime) -> PlacedGold:
    """Fill the stocks of one queue."""
    return place_gold(Queue.objects.get(pk=queue_id), now=now)


@transaction.atomic
def place_gold(queue: Queue, *, now: datetime, rng: Random | None = None) -> PlacedGold:
    """Fill each person's stock of reserved gold where it is low. Whoever else does so right now is not waited for."""
    plan = SamplingPlan.objects.get(queue=queue)
    if plan.gold_rate == 0 or not try_lock(QueueLock.GOLD_STOCKS, queue.pk):
        return PlacedGold()
    chance = rng or SystemRandom()
    keep_sightings(plan, now=now)
    people, watched = people_of(queue, now=now), watched_closely(queue, plan)
    stocks = read_placeable(plan, people, now=now)
    pairs: defaultdict[float, list[tuple[LiveGold, Labeler]]] = defaultdict(list)
    out_of_gold = []
    for labeler in chance.sample(people, len(people)):
        wanted = wanted_gold(stocks.stocks.get(labeler.pk, Stock()), day_cap=plan.gold_a_day_cap)
        rate = rate_of(labeler, stocks, plan, watched=watched)
        chosen = choose_gold(stocks, labeler, wanted, rng=chance)
        if wanted and not chosen:
            out_of_gold.append(labeler.pk)
        # The sightings are counted at once, so that the next person of the team gets others.
        now_met = [(team_of(labeler), gold.content_hash) for gold in chosen]
        stocks.exposures.update(now_met)
        stocks.last_met.update(dict.fromkeys(now_met, now))
        pairs[rate] += [(gold, labeler) for gold in chosen]
    placed = [slot for rate, wanted_now in pairs.items() for slot in _place(wanted_now, rate, plan, chance, now)]
    switch_rates(queue, plan, now=now, rng=chance)
    served = len({slot.reserved_for_id for slot in placed})
    return PlacedGold(placed=len(placed), people=served, out_of_gold=tuple(out_of_gold))


def wanted_gold(stock: Stock, *, day_cap: int) -> int:
    """How many gold items to add: up to a full stock once it is low, never beyond the day's cap.

    >>> wanted_gold(Stock(waiting=3), day_cap=30), wanted_gold(Stock(waiting=2), day_cap=30)
    (0, 4)
    >>> wanted_gold(Stock(waiting=0, answered_today=29), day_cap=30)
    1
    """
    if stock.waiting >= LOW_STOCK:
        return 0
    return max(min(FULL_STOCK - stock.waiting, day_cap - stock.answered_today - stock.waiting), 0)


def choose_gold(stocks: GoldStocks, labeler: Labeler, wanted: int, *, rng: Random) -> list[LiveGold]:
    """Unseen gold for one person: at random in pooled mode; in matched mode the team meets it as ordinary items.

    There, gold that has come by less often than ordinary items do comes again before new gold comes, what came by last
    first, since ordinary items come again soon or not at all; where neither is left, the person gets none.
    """
    candidates = stocks.unseen(labeler) if wanted else []
    rng.shuffle(candidates)
    if stocks.expected is None:
        return candidates[:wanted]
    team = team_of(labeler)
    candidates.sort(key=lambda gold: stocks.last_met.get((team, gold.content_hash), NEVER))
    by_exposure: defaultdict[int, list[LiveGold]] = defaultdict(list)
    for gold in candidates:
        by_exposure[stocks.exposure(labeler, gold)].append(gold)
    return _choose_matched(by_exposure, stocks.times_met(team), stocks.expected[team], wanted)


def _choose_matched(
    candidates: Mapping[int, list[LiveGold]], met: list[int], expected: Sequence[float], wanted: int
) -> list[LiveGold]:
    """Take from the candidates, by how often the team has met them, and count along what it then has `met`."""
    chosen: list[LiveGold] = []
    while len(chosen) < wanted:
        often = next((due for due in showings_due(met, expected) if candidates[due]), 0)
        if not candidates[often]:
            break
        chosen.append(candidates[often].pop())
        met += [0] * (often + 1 - len(met))
        met[often] += 1
        if often:
            met[often - 1] -= 1
    return chosen


def _place(
    pairs: Sequence[tuple[LiveGold, Labeler]], rate: float, plan: SamplingPlan, rng: Random, now: datetime
) -> tuple[Slot, ...]:
    """Reserve at the rate in force, and write why, and whether it is base."""
    items = Item.objects.in_bulk({gold.item_id for gold, _ in pairs})
    gold_ids = {gold.item_id: gold.gold_id for gold, _ in pairs}
    wanted = [(items[gold.item_id], labeler) for gold, labeler in pairs]
    slots = place_pairs(wanted, serve_chance=rate, now=now).slots
    Placement.objects.bulk_create(
        Placement(
            slot=slot,
            purpose=Purpose.GOLD,
            gold_id=gold_ids[slot.item_id],
            rate_in_force=rate,
            is_base=is_base,
            placed_at=now,
        )
        for slot, is_base in zip(slots, draw_base(len(slots), rate, plan, rng), strict=True)
    )
    return slots
