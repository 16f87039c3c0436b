"""Telling gold by counting sightings."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.stats import Ease, SightingPlan, sighting_auc, spotted
from calibration.stats.errors import OutOfRange

TEAM = SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200)
DAYS = 28


def test_pooled_gold_is_spotted_and_matched_gold_is_not():
    """METHODS, section 5: .99 on a pool of 200; .54 either way with a cap that matches ordinary items."""
    pooled = sighting_auc(TEAM, days=DAYS)
    matched = sighting_auc(replace(TEAM, live_gold=1200, team_cap=1), days=DAYS)

    assert pooled == pytest.approx(0.99, abs=0.005)
    assert abs(matched - 0.5) <= 0.05
    assert 0.5 + abs(matched - 0.5) == pytest.approx(0.54, abs=0.01)
    assert (spotted(pooled), spotted(matched)) == (Ease.EASY, Ease.HARD)


def test_a_cap_above_what_ordinary_items_show_betrays_gold_once_it_is_reused():
    plan = replace(TEAM, live_gold=300, team_cap=3)

    aucs = [sighting_auc(plan, days=days) for days in (5, 20, 40)]

    assert aucs == sorted(aucs)
    assert [spotted(auc) for auc in aucs] == [Ease.HARD, Ease.EASY, Ease.EASY]


def test_without_gold_there_is_nothing_to_spot():
    assert sighting_auc(replace(TEAM, gold_a_day=0)) is None
    assert sighting_auc(replace(TEAM, live_gold=0)) is None


def test_who_is_the_whole_queue_sees_every_answer():
    assert sighting_auc(SightingPlan(team=1, people=1, gold_a_day=5, live_gold=50)) == 0.5


@pytest.mark.parametrize(
    "change",
    [
        {"team": 0},
        {"team": 19},
        {"base_answers": 0},
        {"overlap_size": 0},
        {"team_cap": 0},
        {"overlap_rate": 1.1},
        {"overlap_rate": np.nan},
        {"gold_a_day": -1.0},
        {"gold_a_day": np.nan},
        {"gold_a_day": np.inf},
        {"live_gold": -1},
    ],
)
def test_impossible_plans_are_refused(change):
    with pytest.raises(OutOfRange):
        replace(TEAM, **change)


@pytest.mark.parametrize("call", [lambda: sighting_auc(TEAM, days=0), lambda: spotted(1.1), lambda: spotted(np.nan)])
def test_impossible_questions_are_refused(call):
    with pytest.raises(OutOfRange):
        call()
