"""Placing gold: a small stock before each person, in an order that nobody can guess, through labeling's own door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom

from django.db import connection, transaction

from calibration.enums import GoldMode, Purpose
from calibration.models import Placement, SamplingPlan
from calibration.queries.stocks import GoldStocks, LiveGold, Stock, people_of, read_stocks, team_of
from labeling.enums import QueueKind, QueueState
from labeling.models import Item, Queue, Slot
from labeling.services.placement import place_pairs
from qaplatform.people.models import Labeler

LOW_STOCK = 3
FULL_STOCK = 6
LOCK_CLASS = 7302


@dataclass(frozen=True, kw_only=True)
class PlacedGold:
    """How many slots were placed for how many people, and who has no unseen gold left."""

    placed: int = 0
    people: int = 0
    out_of_gold: tuple[int, ...] = ()


def place_gold_everywhere(*, now: datetime) -> int:
    """Fill the stocks of every active queue with a gold rate; says how many slots were placed."""
    plans = SamplingPlan.objects.filter(gold_rate__gt=0, queue__state=QueueState.ACTIVE, queue__kind=QueueKind.ORDINARY)
    return sum(place_gold(plan.queue, now=now).placed for plan in plans.select_related("queue"))


@transaction.atomic
def place_gold(queue: Queue, *, now: datetime, rng: Random | None = None) -> PlacedGold:
    """Fill each person's stock of reserved gold where it is low. Whoever else does so right now is not waited for."""
    plan = SamplingPlan.objects.get(queue=queue)
    if plan.gold_rate == 0 or not _try_lock(queue.pk):
        return PlacedGold()
    chance = rng or SystemRandom()
    stocks = read_stocks(queue, now=now)
    pairs: list[tuple[LiveGold, Labeler]] = []
    out_of_gold = []
    for labeler in people_of(queue, now=now):
        wanted = wanted_gold(stocks.stocks.get(labeler.pk, Stock()), day_cap=plan.gold_a_day_cap)
        chosen = choose_gold(stocks, labeler, wanted, plan=plan, rng=chance)
        if wanted and not chosen:
            out_of_gold.append(labeler.pk)
        # The sightings are counted at once, so that the next person of the team gets others.
        stocks.exposures.update((team_of(labeler), gold.content_hash) for gold in chosen)
        pairs += [(gold, labeler) for gold in chosen]
    placed = _place(pairs, plan, chance, now)
    people = len({slot.reserved_for_id for slot in placed})
    return PlacedGold(placed=len(placed), people=people, out_of_gold=tuple(out_of_gold))


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


def choose_gold(
    stocks: GoldStocks, labeler: Labeler, wanted: int, *, plan: SamplingPlan, rng: Random
) -> list[LiveGold]:
    """Unseen gold for one person: at random in pooled mode; in matched mode the team's least exposed, under a cap."""
    if wanted == 0:
        return []
    candidates = _one_a_content(stocks.unseen(labeler))
    rng.shuffle(candidates)
    if plan.mode == GoldMode.MATCHED:
        cap = plan.exposures_a_team_cap
        candidates = [gold for gold in candidates if stocks.exposure(labeler, gold) < cap]
        candidates.sort(key=lambda gold: stocks.exposure(labeler, gold))
    return candidates[:wanted]


def _one_a_content(candidates: Iterable[LiveGold]) -> list[LiveGold]:
    return list({gold.content_hash: gold for gold in candidates}.values())


def _place(
    pairs: Sequence[tuple[LiveGold, Labeler]], plan: SamplingPlan, rng: Random, now: datetime
) -> tuple[Slot, ...]:
    """Reserve, and write why. The rate is flat, so the rate in force is the base rate and all gold is base."""
    items = Item.objects.in_bulk({gold.item_id for gold, _ in pairs})
    gold_ids = {gold.item_id: gold.gold_id for gold, _ in pairs}
    wanted = [(items[gold.item_id], labeler) for gold, labeler in pairs]
    slots = place_pairs(wanted, serve_chance=plan.gold_rate, now=now).slots
    rate_in_force = plan.gold_rate
    Placement.objects.bulk_create(
        Placement(
            slot=slot,
            purpose=Purpose.GOLD,
            gold_id=gold_ids[slot.item_id],
            rate_in_force=rate_in_force,
            is_base=rng.random() < plan.gold_rate / rate_in_force,
            placed_at=now,
        )
        for slot in slots
    )
    return slots


def _try_lock(queue_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, queue_id])
        row = cursor.fetchone()
    return bool(row[0])
