"""Placing gold: enough, unseen, unguessable, under the caps."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from calibration.enums import GoldMode
from calibration.models import BurntGold, Flag, Placement
from calibration.queries.gold import gold_supply
from calibration.queries.stocks import GoldStocks, LiveGold
from calibration.services.placing import choose_gold, place_gold
from labeling.enums import SlotState
from labeling.models import Skip, Slot
from labeling.services.assignments import claim_assignment, skip_assignment
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import make_items, make_labeler, make_team
from tests.calibration.builders import NOON, add_label, make_gold, make_plan

pytestmark = pytest.mark.django_db


def make_served_queue(*, gold=12, people=1, team=None, **plan):
    queue = make_plan(**({"gold_rate": 0.2} | plan)).queue
    items = [make_gold(queue) for _ in range(gold)]
    labelers = [make_labeler(team=team, queues=[queue]) for _ in range(people)]
    return queue, items, labelers


def waiting(labeler):
    return Slot.objects.filter(reserved_for=labeler, state=SlotState.OPEN)


def test_each_person_gets_a_small_stock_served_at_the_gold_rate():
    queue, _, (labeler, other) = make_served_queue(people=2, exposures_a_team_cap=9)

    placed = place_gold(queue, now=clock.now())

    assert (placed.placed, placed.people, placed.out_of_gold) == (12, 2, ())
    assert (waiting(labeler).count(), waiting(other).count()) == (6, 6)
    assert set(waiting(labeler).values_list("serve_chance", flat=True)) == {0.2}
    assert set(Placement.objects.values_list("purpose", "rate_in_force", "is_base")) == {("gold", 0.2, True)}


def test_placing_twice_adds_nothing():
    queue, _, _ = make_served_queue()
    place_gold(queue, now=clock.now())

    again = place_gold(queue, now=clock.now())

    assert again.placed == 0


def test_two_people_do_not_get_the_same_order():
    queue, _, labelers = make_served_queue(gold=40, people=2, mode=GoldMode.POOLED)

    place_gold(queue, now=clock.now(), rng=Random(4))

    first, second = (set(waiting(labeler).values_list("item", flat=True)) for labeler in labelers)
    assert first != second


def test_content_that_the_person_has_met_elsewhere_is_not_placed():
    queue, gold, [labeler] = make_served_queue(gold=3)
    twin = make_items(queue, content=gold[0].item.content)[0]
    add_label(twin, labeler, "spam")
    Skip.objects.create(item=gold[1].item, labeler=labeler, slot=make_items(queue)[0].slots.get(), reason="unclear")

    place_gold(queue, now=clock.now())

    assert list(waiting(labeler).values_list("item", flat=True)) == [gold[2].item_id]


def test_matched_gold_comes_by_as_often_as_the_teams_ordinary_items():
    team = make_team()
    queue, gold, people = make_served_queue(gold=40, people=3, team=team)
    other = make_labeler(team=team)
    for item in make_items(queue, 100):
        add_label(item, people[0], "spam", at=clock.now(), origin="entry")
        add_label(item, other, "spam", at=clock.now(), origin="entry")

    place_gold(queue, now=clock.now())

    counts = Counter(Placement.objects.filter(gold=item).count() for item in gold)
    # Half of what the settings give is one sighting, the other half counted is two: 18 showings of 12 contents.
    assert counts == {0: 28, 1: 6, 2: 6}


def test_gold_that_was_met_last_comes_again_first():
    live = tuple(LiveGold(number, number, str(number)) for number in range(4))
    stocks = GoldStocks(
        live=live,
        met={1: {"0", "1", "2"}, 2: set()},
        stocks={},
        exposures=Counter({(7, "0"): 1, (7, "1"): 1, (7, "2"): 1}),
        burnt={},
        expected={7: (0.0, 1.0)},
        last_met={(7, str(number)): NOON - timedelta(days=abs(number - 1)) for number in range(3)},
    )

    chosen = choose_gold(stocks, Labeler(pk=2, vendor_id=1, team_id=7), 5, rng=Random(1))

    assert chosen[0].content_hash == "1"
    assert {gold.content_hash for gold in chosen[1:3]} == {"0", "2"}
    assert chosen[3].content_hash == "3"


def test_content_that_was_met_as_an_ordinary_item_counts_as_met_by_the_team():
    team = make_team()
    queue, gold, (first, _) = make_served_queue(gold=1, people=2, team=team)
    twin = make_items(queue, content=gold[0].item.content)[0]
    add_label(twin, first, "spam", origin="entry")

    placed = place_gold(queue, now=clock.now())

    assert placed.placed == 0
    assert len(placed.out_of_gold) == 2


def test_matched_gold_that_was_met_enough_is_no_reason_to_show_it_oftener():
    queue, _, _ = make_served_queue(gold=4, people=3, team=make_team())

    placed = place_gold(queue, now=clock.now())

    assert placed.placed == 4
    assert len(placed.out_of_gold) == 2


def test_pooled_mode_has_no_cap():
    queue, _, _ = make_served_queue(gold=4, people=3, team=make_team(), exposures_a_team_cap=2, mode=GoldMode.POOLED)

    assert place_gold(queue, now=clock.now()).placed == 12


def test_the_day_cap_limits_what_is_placed():
    queue, _, [labeler] = make_served_queue(gold_a_day_cap=2)

    place_gold(queue, now=clock.now())

    assert waiting(labeler).count() == 2


def test_gold_burnt_for_a_vendor_is_not_placed_there():
    queue, gold, [labeler] = make_served_queue(gold=2)
    flag = Flag.objects.create(
        labeler=labeler, queue=queue, cause="cusum", error_kind="mixed", finding={}, reply_due_at=clock.now()
    )
    BurntGold.objects.create(gold=gold[0], vendor=labeler.vendor, flag=flag)

    place_gold(queue, now=clock.now())

    assert list(waiting(labeler).values_list("item", flat=True)) == [gold[1].item_id]


def test_people_without_the_skill_get_none_and_paused_gold_is_left_out():
    queue, gold, [labeler] = make_served_queue(gold=3)
    labeler.skill_grants.update(suspended_at=clock.now())
    make_labeler()

    assert place_gold(queue, now=clock.now()).placed == 0
    assert len(gold) == 3


@pytest.mark.django_db(transaction=True)
def test_a_skipped_gold_item_is_replaced_by_another():
    queue, _, [labeler] = make_served_queue(gold=4, gold_a_day_cap=3, gold_rate=0.5)
    place_gold(queue, now=clock.now())
    make_items(queue, 1)
    before = set(waiting(labeler).values_list("item", flat=True))
    assignment = claim_assignment(queue, labeler, draw=lambda: 0.0)

    skip_assignment(assignment.id, assignment.token, labeler, reason="unclear")
    place_gold(queue, now=clock.now())

    after = set(waiting(labeler).values_list("item", flat=True))
    assert len(before) == len(after) == 3
    assert len(after - before) == 1


def test_the_supply_says_how_long_gold_lasts_and_for_whom_it_is_used_up():
    queue, _, _ = make_served_queue(gold=6, items_a_day=10)
    fresh = gold_supply(queue, now=clock.now())
    place_gold(queue, now=clock.now())

    used_up = gold_supply(queue, now=clock.now())

    assert (fresh.unseen_least, fresh.days_left) == (6, 3.0)
    assert fresh.sentence == (
        "6 live gold items, of which the person in the middle has 6 unseen: "
        "they last about 3 working days at 2 a person and day. Add 14 to reach ten."
    )
    assert used_up.without_unseen == 1
    assert used_up.sentence.startswith("1 of 1 people have met all 6 gold items")
