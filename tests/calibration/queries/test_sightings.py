"""What the settings say about how easily a team could spot gold."""

from collections import Counter
from datetime import timedelta

import pytest

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.queries.sightings import (
    Sightings,
    count_ordinary,
    counted_sightings,
    read_ordinary,
    sightings_in_words,
    sightings_of,
    sightings_warning,
)
from calibration.queries.stocks import GoldStocks, LiveGold
from calibration.services.sightings import keep_sightings
from labeling.models import Label, Queue
from tests.builders import make_items, make_labeler, make_queue, make_team
from tests.calibration.builders import NOON, add_label, make_plan, revise

HOUR = timedelta(hours=1)
QUEUE = Queue(base_answers=1, overlap_rate=0.1, overlap_size=3)


def plan_of(mode=GoldMode.MATCHED, cap=3, queue=QUEUE):
    return SamplingPlan(queue=queue, mode=mode, exposures_a_team_cap=cap)


def found_for(plan, **facts):
    return sightings_of(plan, **({"team": 6, "people": 18, "gold_a_day": 5.0, "live_gold": 300} | facts))


def test_matched_gold_is_hard_to_spot_and_nothing_is_warned_of():
    found = found_for(plan_of())

    assert found.ease == "hard"
    assert sightings_warning(found, plan_of()) == ""
    assert sightings_in_words(found) == (
        "A team of 6 that logs what it sees for 20 working days can hardly tell gold from other items by how often each"
        " comes by (right in 50 of 100 pairs; 50 would be guessing)."
    )


def test_pooled_gold_is_easy_to_spot_and_the_warning_says_what_to_do():
    plan = plan_of(GoldMode.POOLED)
    found = found_for(plan, live_gold=200)

    assert found.ease == "easy"
    assert "could easily tell gold" in sightings_in_words(found)
    assert "Choose matched gold" in sightings_warning(found, plan)


def test_between_the_two_it_is_possible():
    found = found_for(plan_of(GoldMode.POOLED), live_gold=1200)

    assert found.ease == "possible"
    assert "could possibly tell gold" in sightings_in_words(found)


def test_a_cap_under_what_ordinary_items_show_is_warned_of():
    plan = plan_of(cap=1, queue=Queue(base_answers=3, overlap_rate=0, overlap_size=3))

    assert "Let a team meet a gold item more often" in sightings_warning(found_for(plan, live_gold=150), plan)


@pytest.mark.parametrize("facts", [{"team": 0, "people": 0}, {"gold_a_day": 0.0}, {"live_gold": 0}])
def test_where_no_gold_is_met_there_is_nothing_to_say(facts):
    found = found_for(plan_of(), **facts)

    assert found.auc is None
    assert (found.ease, sightings_in_words(found), sightings_warning(found, plan_of())) == ("", "", "")


def test_a_team_of_one_is_called_somebody():
    assert sightings_in_words(Sightings(team=1, auc=0.5)).startswith("Somebody who logs")


def stocks_of(gold):
    """A team, number 7, has met so much gold once, twice, ...."""
    live = tuple(LiveGold(n, n, str(n)) for n in range(sum(gold)))
    often = [times for times, items in enumerate(gold, start=1) for _ in range(items)]
    exposures = Counter({(7, str(n)): times for n, times in enumerate(often)})
    return GoldStocks(live=live, met={}, stocks={}, exposures=exposures, burnt={})


def test_what_was_counted_is_said_of_the_team_that_could_tell_most():
    ordinary = {7: (180, 20), 8: (200,)}

    hard, easy = (counted_sightings(stocks_of(gold), ordinary) for gold in ((36, 4), (0, 30)))

    assert (hard.gold, hard.ordinary, hard.auc) == (40, 200, 0.5)
    assert easy.sentence == (
        "Counted so far: the team that could tell most has met 30 gold and 200 other items and would be right in 95 of "
        "100 pairs. Spotting gold by counting is easy there."
    )


@pytest.mark.parametrize(("gold", "ordinary"), [((29,), {7: (200,)}), ((40,), {7: (99,)}), ((40,), {})])
def test_little_is_not_told(gold, ordinary):
    assert counted_sightings(stocks_of(gold), ordinary) is None


@pytest.mark.django_db
def test_sightings_are_counted_by_team_and_content_without_what_was_placed_or_long_ago():
    queue, team = make_queue(), make_team()
    lena, mira = (make_labeler(team=team) for _ in range(2))
    omar = make_labeler()
    once, twice = make_items(queue, 2)
    twin = make_items(queue, content=twice.content)[0]
    for item, who, days, origin in (
        (once, lena, 1, "entry"),
        (twice, lena, 2, "entry"),
        (twin, mira, 3, "entry"),
        (once, omar, 3, "entry"),
        (make_items(queue)[0], lena, 1, "placed"),
        (make_items(queue)[0], lena, 29, "entry"),
    ):
        add_label(item, who, "spam", at=NOON - timedelta(days=days), origin=origin)
    revise(once.labels.get(labeler=lena), "scam", at=NOON)

    counted = count_ordinary(queue, now=NOON)

    assert counted == {team.pk: (1, 1), -omar.vendor_id: (1,)}


@pytest.mark.django_db
def test_counts_are_kept_for_an_hour_and_then_made_anew():
    plan = make_plan()
    add_label(make_items(plan.queue)[0], make_labeler(team=make_team()), "spam", origin="entry")
    first = keep_sightings(plan, now=NOON)
    before = read_ordinary(plan.queue)
    other = make_labeler()
    Label.objects.update(labeler=other)

    again, later = keep_sightings(plan, now=NOON + timedelta(minutes=59)), keep_sightings(plan, now=NOON + HOUR)

    assert (first, again, later) == (True, False, True)
    assert list(before.values()) == [(1,)]
    assert read_ordinary(plan.queue) == {-other.vendor_id: (1,)}
