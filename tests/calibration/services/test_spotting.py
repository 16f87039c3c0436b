"""How well a team that logs all it is served could tell gold by counting: the real sampler, claim and queue (G3)."""

from collections import Counter
from datetime import timedelta
from random import Random

import numpy as np
import pytest

from calibration.enums import GoldMode
from calibration.queries.plan_figures import counted_words
from calibration.queries.sightings import counted_sightings, read_ordinary
from calibration.queries.stocks import GoldStocks, LiveGold, read_stocks
from calibration.services.placing import choose_gold
from calibration.services.sightings import keep_sightings
from calibration.stats import SightingPlan, sighting_auc
from calibration.stats.spotting import TOLERATED
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.calibration.sighting_teams import Site, auc_of, logged_by_first_team, trained_auc

POOL = SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200)
DAYS = 30


def ordinary_sightings(plan, rng, n=20_000):
    """Sightings by people 0 to team - 1 of items whose answers go to anybody; those never seen are unknown to them."""
    answers = np.where(rng.random(n) < plan.overlap_rate, plan.overlap_size, plan.base_answers)
    order = np.argsort(rng.random((n, plan.people)), axis=1)
    seen = ((order < plan.team) & (np.arange(plan.people) < answers[:, None])).sum(axis=1)
    return seen[seen > 0]


def pooled_sightings(plan, rng, days):
    """Sightings of gold that `choose_gold` gives out, day by day and in any order of people."""
    live = tuple(LiveGold(number, number, str(number)) for number in range(plan.live_gold))
    people = [Labeler(pk=number + 1, vendor_id=1, team_id=1) for number in range(plan.team)]
    met = {person.pk: set() for person in people}
    stocks = GoldStocks(live=live, met=met, stocks={}, exposures=Counter(), burnt={})
    chance = Random(int(rng.integers(1 << 30)))
    for _ in range(days):
        for person in chance.sample(people, len(people)):
            chosen = choose_gold(stocks, person, int(plan.gold_a_day), rng=chance)
            met[person.pk] |= {gold.content_hash for gold in chosen}
            stocks.exposures.update((1, gold.content_hash) for gold in chosen)
    return np.array([n for n in stocks.exposures.values() if n])


@pytest.mark.parametrize("live_gold", [200, 700])
def test_figure_of_pooled_gold_is_that_of_a_team_that_logs_what_the_product_chooses(live_gold):
    rng = np.random.default_rng(4)
    plan = SightingPlan(team=6, people=18, gold_a_day=5, live_gold=live_gold)
    gold, ordinary = pooled_sightings(plan, rng, DAYS), ordinary_sightings(plan, rng)

    assert sighting_auc(plan, days=DAYS) == pytest.approx(auc_of(gold, ordinary), abs=0.02)


@pytest.mark.django_db
@pytest.mark.parametrize(("overlap_rate", "live_gold"), [(0.1, 130), (0.5, 300)])
def test_matched_gold_comes_by_as_often_as_anything_else(overlap_rate, live_gold):
    """So little gold that chance alone would show it too often, and so much that it would be shown too rarely."""
    gold, ordinary = logged_by_first_team(Site(gold=live_gold, queue={"overlap_rate": overlap_rate})).counts()

    assert len(gold) > 40
    assert abs(auc_of(gold, ordinary) - 0.5) <= TOLERATED
    assert trained_auc(gold, ordinary, rng=np.random.default_rng(3)) <= 0.5 + 2 * TOLERATED


@pytest.mark.django_db
def test_pooled_gold_is_told_by_counting_and_the_page_says_so():
    site = Site(gold=40, plan={"mode": GoldMode.POOLED})
    gold, ordinary = logged_by_first_team(site).counts()
    queue, later = Queue.objects.get(), clock.now() + timedelta(days=site.days)
    queue.sampling_plan.sightings_counted_at = None

    keep_sightings(queue.sampling_plan, now=later)

    assert auc_of(gold, ordinary) > 0.5 + 2 * TOLERATED
    counted = counted_sightings(read_stocks(queue, now=later), read_ordinary(queue))
    assert counted.auc == pytest.approx(auc_of(gold, ordinary), abs=0.1)
    assert counted.sentence == counted_words(queue, now=later)
