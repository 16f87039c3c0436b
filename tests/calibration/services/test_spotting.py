"""How well a team could tell the gold that the product places, against what the settings say."""

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.queries.stocks import GoldStocks, LiveGold
from calibration.services.placing import choose_gold
from calibration.stats import SightingPlan, sighting_auc
from qaplatform.people.models import Labeler

TEAM = SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200)
DAYS = 30


def auc_of(gold, ordinary):
    """Mann and Whitney: the share of pairs in which gold was seen oftener, ties as a half."""
    gold, ordinary = np.sort(gold), np.sort(ordinary)
    below, to = np.searchsorted(ordinary, gold, "left"), np.searchsorted(ordinary, gold, "right")
    return float((below + to).mean() / (2 * len(ordinary)))


def ordinary_sightings(plan, rng, n=20_000):
    """Sightings by people 0 to team - 1 of items whose answers go to anybody; those never seen are unknown to them."""
    answers = np.where(rng.random(n) < plan.overlap_rate, plan.overlap_size, plan.base_answers)
    order = np.argsort(rng.random((n, plan.people)), axis=1)
    seen = ((order < plan.team) & (np.arange(plan.people) < answers[:, None])).sum(axis=1)
    return seen[seen > 0]


def gold_sightings(plan, rng, days):
    """Sightings of gold that `choose_gold` gives out, day by day and in any order of people."""
    live = tuple(LiveGold(number, number, str(number)) for number in range(plan.live_gold))
    people = [Labeler(pk=number + 1, vendor_id=1, team_id=1) for number in range(plan.team)]
    met = {person.pk: set() for person in people}
    stocks = GoldStocks(live=live, met=met, stocks={}, exposures=Counter(), burnt={})
    mode = GoldMode.POOLED if plan.team_cap is None else GoldMode.MATCHED
    settings = SamplingPlan(mode=mode, exposures_a_team_cap=plan.team_cap or 1)
    chance = Random(int(rng.integers(1 << 30)))
    for _ in range(days):
        for person in chance.sample(people, len(people)):
            chosen = choose_gold(stocks, person, int(plan.gold_a_day), plan=settings, rng=chance)
            met[person.pk] |= {gold.content_hash for gold in chosen}
            stocks.exposures.update((1, gold.content_hash) for gold in chosen)
    return np.array([n for n in stocks.exposures.values() if n])


@pytest.mark.parametrize(
    "plan",
    [
        TEAM,
        replace(TEAM, live_gold=700),
        replace(TEAM, live_gold=1200, team_cap=1),
        replace(TEAM, live_gold=400, team_cap=3),
        replace(TEAM, live_gold=1200, team_cap=1, overlap_rate=0.5),
        replace(TEAM, live_gold=400, team_cap=6, base_answers=2, overlap_size=5),
    ],
)
def test_figure_is_that_of_a_team_that_logs_what_the_product_serves(plan):
    rng = np.random.default_rng(4)
    gold, ordinary = gold_sightings(plan, rng, DAYS), ordinary_sightings(plan, rng)

    assert sighting_auc(plan, days=DAYS) == pytest.approx(auc_of(gold, ordinary), abs=0.02)
