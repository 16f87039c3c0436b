"""What the settings say about how easily a team could spot gold."""

import pytest

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.queries.sightings import Sightings, sightings_in_words, sightings_of, sightings_warning
from labeling.models import Queue

QUEUE = Queue(base_answers=1, overlap_rate=0.1, overlap_size=3)


def plan_of(mode=GoldMode.MATCHED, cap=1, queue=QUEUE):
    return SamplingPlan(queue=queue, mode=mode, exposures_a_team_cap=cap)


def found_for(plan, **facts):
    return sightings_of(plan, **({"team": 6, "people": 18, "gold_a_day": 5.0, "live_gold": 300} | facts))


def test_matched_gold_is_hard_to_spot_and_nothing_is_warned_of():
    found = found_for(plan_of())

    assert found.ease == "hard"
    assert sightings_warning(found, plan_of()) == ""
    assert sightings_in_words(found) == (
        "A team of 6 that logs what it sees for 20 working days can hardly tell gold from other items by how often each"
        " comes by (right in 47 of 100 pairs; 50 would be guessing)."
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


@pytest.mark.parametrize(
    ("plan", "change"),
    [
        (plan_of(cap=3), "Let a team meet a gold item less often"),
        (
            plan_of(queue=Queue(base_answers=3, overlap_rate=0, overlap_size=3)),
            "Let a team meet a gold item more often",
        ),
    ],
)
def test_each_warning_says_what_to_change(plan, change):
    assert change in sightings_warning(found_for(plan, live_gold=150), plan)


def test_one_sighting_can_be_too_many_only_if_ordinary_items_never_come_twice():
    """At a cap of one, gold never comes by oftener than other items do."""
    assert found_for(plan_of(queue=Queue(base_answers=1, overlap_rate=0, overlap_size=1))).auc == 0.5


@pytest.mark.parametrize("facts", [{"team": 0, "people": 0}, {"gold_a_day": 0.0}, {"live_gold": 0}])
def test_where_no_gold_is_met_there_is_nothing_to_say(facts):
    found = found_for(plan_of(), **facts)

    assert found.auc is None
    assert (found.ease, sightings_in_words(found), sightings_warning(found, plan_of())) == ("", "", "")


def test_a_team_of_one_is_called_somebody():
    assert sightings_in_words(Sightings(team=1, auc=0.5)).startswith("Somebody who logs")
