"""Telling gold by counting sightings."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.stats import (
    Ease,
    SightingPlan,
    counted_auc,
    expected_sightings,
    showings_due,
    sighting_auc,
    spotted,
)
from calibration.stats.errors import OutOfRange

TEAM = SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200)
DAYS = 28


def test_pooled_gold_is_spotted_and_matched_gold_is_not():
    """METHODS, section 5: .99 on a pool of 200; within .05 of a coin where sightings are matched."""
    pooled = sighting_auc(TEAM, days=DAYS)
    matched = sighting_auc(replace(TEAM, team_cap=3), days=DAYS)

    assert pooled == pytest.approx(0.99, abs=0.005)
    assert matched == 0.5
    assert (spotted(pooled), spotted(matched)) == (Ease.EASY, Ease.HARD)


def test_a_cap_under_what_ordinary_items_show_betrays_gold():
    plan = replace(TEAM, overlap_rate=0.5, overlap_size=5)

    aucs = [sighting_auc(replace(plan, team_cap=cap)) for cap in (1, 2, 5)]

    assert aucs == sorted(aucs)
    assert [spotted(auc) for auc in aucs] == [Ease.POSSIBLE, Ease.HARD, Ease.HARD]
    assert aucs[-1] == 0.5


@pytest.mark.parametrize(
    ("plan", "counted", "expected"),
    [
        (TEAM, (), (0.934, 0.059, 0.007)),
        (replace(TEAM, team=18), (), (0.9, 0, 0.1)),
        (replace(TEAM, team_cap=1), (50, 50), (1.0,)),
        (replace(TEAM, team_cap=2), (0, 0, 99_999_999), (0, 1.0)),
        (replace(TEAM, overlap_rate=0, base_answers=1), (0, 900), (0.1, 0.9)),
    ],
)
def test_what_is_expected_is_counted_as_soon_as_there_is_something_to_count(plan, counted, expected):
    """By hand: (.9/3, .1 times the hypergeometric chances) given one at least; then 100 parts of that and the count."""
    assert expected_sightings(plan, counted) == pytest.approx(expected, abs=1e-3)


def test_gold_shown_as_is_due_follows_what_is_expected_at_any_time():
    """Whatever is expected, and wherever it begins: no tail is ever two items off."""
    rng = np.random.default_rng(8)
    for _ in range(20):
        expected = rng.dirichlet(np.ones(rng.integers(1, 6)))
        met = [0] * (len(expected) + 1)
        for _ in range(200):
            often = next((due for due in showings_due(met, expected) if met[due - 1]), 0)
            met[often] += 1
            if often:
                met[often - 1] -= 1
        off = np.cumsum(met[::-1])[::-1] - np.cumsum([0, *expected[::-1]])[::-1] * sum(met)
        assert np.abs(off[:-1]).max() < 2


def test_gold_that_came_by_too_often_rests_until_the_rest_has_caught_up():
    assert showings_due([0, 0, 10], [0.5, 0.5]) == ()
    assert showings_due([30, 0, 10], [0.5, 0.5]) == (1,)


def test_counts_and_settings_give_the_same_figure():
    counts = [934, 59, 7]

    assert counted_auc(counts, counts) == 0.5
    assert counted_auc([0, 0, 1], counts) == pytest.approx(0.993 + 0.007 / 2)
    assert counted_auc([1], [0, 1]) == 0


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


@pytest.mark.parametrize(
    "call",
    [
        lambda: sighting_auc(TEAM, days=0),
        lambda: spotted(1.1),
        lambda: spotted(np.nan),
        lambda: counted_auc([-1, 2], [1]),
        lambda: expected_sightings(TEAM, [-1]),
        lambda: showings_due([-1], [1.0]),
        lambda: showings_due([1], [0.5]),
        lambda: showings_due([1], [1.5, -0.5]),
    ],
)
def test_impossible_questions_are_refused(call):
    with pytest.raises(OutOfRange):
        call()
