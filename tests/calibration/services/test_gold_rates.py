"""More gold for whoever is watched closely: switched with the watch, under the caps, with an unbiased base sample."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calibration.enums import FlagCause, GoldMode, WatchLevel
from calibration.models import Flag, Placement, SamplingPlan, Watch
from calibration.services.gold_rates import draw_base, switch_rates
from calibration.services.judging import judge_due
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from calibration.services.sampling_plans import PlanSettings, save_plan
from labeling.enums import SlotState
from labeling.models import Slot
from labeling.queries.holds import recall_of_labeler
from labeling.services.assignments import claim_assignment
from qaplatform import clock
from tests.builders import make_items, make_labeler, make_user
from tests.calibration.builders import MINUTE, add_gold_label, make_gold, make_plan
from tests.calibration.pages.worlds import write_gold

pytestmark = pytest.mark.django_db

BASE, WATCHED, HALVED = 0.04, 0.25, 0.145


def make_floor(*, people=1, gold=60, **plan):
    """An adaptive queue with gold and certified people: 4 gold items a day at the base rate."""
    fields = {"gold_rate": BASE, "watch_gold_rate": WATCHED, "mode": GoldMode.POOLED}
    plan = make_plan(**(fields | plan))
    write_gold(plan.queue, ["spam"] * gold, at=clock.now() - timedelta(days=30))
    return plan, [make_labeler(queues=[plan.queue]) for _ in range(people)]


def answer(plan, labeler, right, *, ago=timedelta(days=2), is_base=True):
    """Answers on gold of its own, some minutes apart."""
    start = clock.now() - ago
    for place, is_right in enumerate(right):
        given = "spam" if is_right else "no_violation"
        add_gold_label(make_gold(plan.queue), labeler, given, at=start + place * MINUTE, is_base=is_base)


def watch_closely(plan, *labelers):
    for labeler in labelers:
        fields = {"statistic": 3.0, "level": WatchLevel.WATCH, "started_at": clock.now(), "started_why": "first answer"}
        Watch.objects.update_or_create(queue=plan.queue, labeler=labeler, defaults=fields)


def rates_of(labeler):
    """Chances at which gold waits before somebody, and the rates written beside them."""
    waiting = Slot.objects.filter(reserved_for=labeler, state=SlotState.OPEN)
    return set(waiting.values_list("serve_chance", "placement__rate_in_force"))


def test_gold_that_waits_follows_the_watch_as_soon_as_it_is_replayed():
    plan, [ada, ben] = make_floor(people=2)
    place_gold(plan.queue, now=clock.now())
    answer(plan, ada, [True, False, False])
    answer(plan, ben, [True, True, True])

    refresh_queue(plan.queue_id)

    assert Watch.objects.get(labeler=ada).level == WatchLevel.WATCH
    assert (rates_of(ada), rates_of(ben)) == ({(WATCHED, WATCHED)}, {(BASE, BASE)})


def test_gold_that_waits_is_drawn_anew_once_the_base_rate_changes():
    """What waits at 25 % does so whatever the base rate: it is base in 20 of 25 cases, then in 1 of 25."""
    plan, people = make_floor(people=30, gold_rate=0.2, gold=6, gold_a_day_cap=1000, items_a_day=1)
    watch_closely(plan, *people)
    place_gold(plan.queue, now=clock.now(), rng=Random(1))
    before = Placement.objects.filter(is_base=True).count()

    settings = PlanSettings(question="category", gold_rate=0.01, mode=GoldMode.POOLED, cusum_h=7.0)
    save_plan(plan.queue, settings, actor=make_user())

    assert set(Slot.objects.filter(state=SlotState.OPEN, origin="placed").values_list("serve_chance", flat=True)) == {
        WATCHED
    }
    assert before > 110
    assert Placement.objects.filter(is_base=True).count() < 30


def test_gold_that_waits_goes_back_to_the_base_rate_once_the_watch_has_fallen():
    plan, [ada] = make_floor()
    answer(plan, ada, [False, False])
    refresh_queue(plan.queue_id)
    place_gold(plan.queue, now=clock.now())
    before = rates_of(ada)

    answer(plan, ada, [True] * 20, ago=timedelta(days=1))
    refresh_queue(plan.queue_id)

    assert (before, rates_of(ada)) == ({(WATCHED, WATCHED)}, {(BASE, BASE)})
    assert set(Placement.objects.filter(slot__state=SlotState.OPEN).values_list("is_base", flat=True)) == {True}


def test_base_marks_are_drawn_anew_with_base_rate_over_rate_in_force():
    plan, people = make_floor(people=40)
    place_gold(plan.queue, now=clock.now())
    watch_closely(plan, *people)

    changed = switch_rates(plan.queue, plan, now=clock.now(), rng=Random(3))

    placed = Placement.objects.filter(slot__queue=plan.queue)
    share = placed.filter(is_base=True).count() / changed
    assert changed == placed.count() == 240
    assert share == pytest.approx(0.16, abs=4 * (0.16 * 0.84 / 240) ** 0.5)


def test_base_marks_have_the_chance_that_makes_base_gold_the_base_rate_of_items():
    plan = make_plan(gold_rate=BASE, watch_gold_rate=WATCHED)
    rng = Random(4)

    extra, flat = draw_base(10_000, WATCHED, plan, rng), draw_base(100, BASE, plan, rng)

    assert sum(extra) / 10_000 * WATCHED == pytest.approx(BASE, abs=4 * WATCHED * (0.16 * 0.84 / 10_000) ** 0.5)
    assert all(flat)


def test_gold_is_placed_at_the_rate_in_force_of_each_person():
    plan, [ada, ben] = make_floor(people=2)
    watch_closely(plan, ada)

    place_gold(plan.queue, now=clock.now())

    assert (rates_of(ada), rates_of(ben)) == ({(WATCHED, WATCHED)}, {(BASE, BASE)})


@pytest.mark.django_db(transaction=True)
def test_what_was_handed_out_keeps_the_rate_and_mark_that_it_had():
    plan, [ada] = make_floor()
    place_gold(plan.queue, now=clock.now())
    make_items(plan.queue, 1)
    claim_assignment(plan.queue, ada, draw=lambda: 0.0)
    leased = Slot.objects.get(labeler=ada)
    watch_closely(plan, ada)

    switch_rates(plan.queue, plan, now=clock.now())
    recall_of_labeler(ada.pk)
    switch_rates(plan.queue, plan, now=clock.now())

    kept = Placement.objects.get(slot=leased)
    leased.refresh_from_db()
    assert (leased.state, leased.serve_chance) == (SlotState.OPEN, 1)
    assert (kept.rate_in_force, kept.is_base) == (BASE, True)
    others = Placement.objects.filter(slot__queue=plan.queue).exclude(slot=leased)
    assert set(others.values_list("slot__serve_chance", "rate_in_force")) == {(WATCHED, WATCHED)}


def test_a_flat_plan_serves_everybody_at_one_rate():
    plan, [ada] = make_floor(watch_gold_rate=0)
    watch_closely(plan, ada)

    place_gold(plan.queue, now=clock.now())
    refresh_queue(plan.queue_id)

    assert rates_of(ada) == {(BASE, BASE)}


def test_another_share_in_the_plan_reaches_gold_that_waits():
    plan, [ada] = make_floor(watch_gold_rate=0)
    place_gold(plan.queue, now=clock.now())
    SamplingPlan.objects.update(gold_rate=0.1)

    place_gold(plan.queue, now=clock.now())

    assert rates_of(ada) == {(0.1, 0.1)}


def test_extra_gold_stops_for_the_day_where_the_cap_leaves_room_for_base_gold_only():
    plan, [ada, ben] = make_floor(people=2, gold_a_day_cap=10)
    watch_closely(plan, ada, ben)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    answer(plan, ada, [True] * 6, ago=clock.now() - midnight)
    answer(plan, ben, [True] * 5, ago=clock.now() - midnight)

    place_gold(plan.queue, now=midnight + timedelta(hours=1))

    assert (rates_of(ada), rates_of(ben)) == ({(BASE, BASE)}, {(WATCHED, WATCHED)})


@pytest.mark.parametrize(("gold", "rate"), [(40, WATCHED), (39, HALVED), (19, BASE)])
def test_extra_gold_shrinks_when_unseen_gold_runs_low(gold, rate):
    plan, [ada] = make_floor(gold=gold)
    watch_closely(plan, ada)

    place_gold(plan.queue, now=clock.now())

    assert rates_of(ada) == {(rate, rate)}


def test_the_watch_and_the_weekly_test_count_extra_gold_too():
    plan, [ada] = make_floor()
    monday = clock.now() - timedelta(days=clock.now().weekday())
    answer(plan, ada, [False] * 25, ago=clock.now() - monday + timedelta(days=3), is_base=False)

    judge_due(now=clock.now())

    flag, watch = Flag.objects.get(labeler=ada), Watch.objects.get(labeler=ada)
    assert (flag.cause, watch.n) == (FlagCause.CUSUM, 25)
    assert Flag.objects.get().finding["expected_false_flags"]["sentence"].startswith("At most about ")


def test_switching_asks_the_same_number_of_questions_for_one_person_and_for_three():
    asked = []
    for people in (1, 3):
        plan, labelers = make_floor(people=people)
        place_gold(plan.queue, now=clock.now())
        watch_closely(plan, *labelers)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            switch_rates(plan.queue, plan, now=clock.now())
        asked.append(len(queries))

    assert asked[0] == asked[1]


def test_switching_twice_changes_nothing_more():
    plan, [ada] = make_floor()
    place_gold(plan.queue, now=clock.now())
    watch_closely(plan, ada)
    switch_rates(plan.queue, plan, now=clock.now())
    before = list(Placement.objects.order_by("pk").values_list("rate_in_force", "is_base"))

    again = switch_rates(plan.queue, plan, now=clock.now())

    assert again == 0
    assert list(Placement.objects.order_by("pk").values_list("rate_in_force", "is_base")) == before
