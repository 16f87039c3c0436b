"""How well the place in somebody's day tells gold, where a day's cap ends extra gold.

make bench ARGS="-s tests/bench/test_day_caps.py"
"""

import numpy as np
import pytest

from calibration.queries.stocks import Stock
from calibration.services.placing import wanted_gold
from calibration.stats import rate_in_force
from calibration.stats.watch import Serving
from tests.bench.blind_desk import auc_of
from tests.bench.measuring import tell

pytestmark = pytest.mark.bench

PLAN = Serving(gold_rate=0.04, watch_gold_rate=0.25, day_cap=30, items_per_day=100)
PLENTY = 10**6
DAYS = 300
ITEMS_A_PLACING = 5
TOLERATED = 0.05


def served_on_a_day(items: int, rng: np.random.Generator, *, is_watched: bool) -> list[bool]:
    """Which items are gold, by the product's own rules of stock and rate."""
    waiting, answered, rate, served = 0, 0, 0.0, []
    for place in range(items):
        if place % ITEMS_A_PLACING == 0:
            waiting += wanted_gold(Stock(waiting, answered), day_cap=PLAN.day_cap or 0)
            rate = rate_in_force(PLAN, is_watched=is_watched, answered_today=answered, unseen=PLENTY)
        is_gold = waiting > 0 and bool(rng.random() < rate)
        waiting, answered = waiting - is_gold, answered + is_gold
        served.append(is_gold)
    return served


def auc_of_place(items: int, *, is_watched: bool) -> float:
    rng = np.random.default_rng(8)
    is_gold = np.array([served_on_a_day(items, rng, is_watched=is_watched) for _ in range(DAYS)])
    early = np.tile(-np.arange(items), (DAYS, 1))
    return auc_of(early[is_gold], early[~is_gold])


def test_the_place_in_a_day_tells_nothing_at_the_base_rate(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = (100, 200, 400, 600, 1000)
    base = {items: auc_of_place(items, is_watched=False) for items in numbers}
    watched = {items: auc_of_place(items, is_watched=True) for items in numbers}

    with capsys.disabled():
        tell(
            "AUC of gold by its place in the day; 4 %, watched 25 %, at most 30 a day",
            "| items a day | base rate | watched closely |",
            "|---|---|---|",
            *(f"| {items:,} | {base[items]:.3f} | {watched[items]:.3f} |" for items in numbers),
        )
    # As long as the cap is out of reach: 30 gold items are 750 items at the base rate.
    assert all(abs(base[items] - 0.5) <= TOLERATED for items in numbers if items <= 600)
