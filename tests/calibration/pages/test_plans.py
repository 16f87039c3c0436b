"""The measuring page of a queue."""

import pytest
from django.urls import reverse

from calibration.forms.plans import PRESETS
from calibration.models import GoldItem, Placement, SamplingPlan, StaleMark
from calibration.queries.plan_figures import (
    compare_modes,
    gold_need,
    operating_curve,
    sentences_of,
    warnings_of,
    wrongly_below,
)
from calibration.queries.watch_figures import WatchFigures, watch_figures
from calibration.services.sampling_plans import PlanSettings, draft_plan
from labeling.forms.queues import PRESET_WORDS
from labeling.forms.queues import PRESETS as QUEUE_PRESETS
from labeling.models import Item, Slot
from labeling.services.placement import place_items
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_team, make_user, make_vendor
from tests.calibration.builders import make_gold

pytestmark = pytest.mark.django_db

FORM = {
    "question": "category",
    "target_percent": 95,
    "gold_percent": 5,
    "watch_gold_percent": 0,
    "mode": "matched",
    "items_a_day": 100,
    "gold_a_day_cap": 30,
    "exposures_a_team_cap": 3,
    "false_flags": 40,
    "cusum_h": 6,
}


FLAT = {"gold_rate": 0.05, "watch_gold_rate": 0.0}


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


def test_the_sentences_say_what_the_literature_measured() -> None:
    """METHODS section 4: CUSUM .05 to .15, h = 6, flat 5 % gold: 3.6 % false flags simulated, 13.4 days."""
    plan = draft_plan(make_queue(), PlanSettings(question="category", cusum_h=6.0, **FLAT))

    figures = watch_figures(plan)
    sentences = sentences_of(figures, gold_need(plan, plan.queue, now=clock.now()), plan)

    assert sentences[0] == "Somebody who falls from 95 to 85 % is noticed in about 13 working days."
    assert sentences[1].startswith("About 33 of 1,000 people at 95 % are flagged wrongly in 90 days")


def test_a_queue_begins_with_the_rule_that_methods_recommend() -> None:
    """METHODS section 4: CUSUM h = 7, gold 4 %, 25 % while above 1.5: 1.2 % false flags, 7.6 days."""
    queue = make_queue()
    team = make_team(make_vendor())
    for _ in range(20):
        make_labeler(team=team, queues=[queue])
    plan = draft_plan(queue, PlanSettings(question="category"))

    figures = watch_figures(plan)
    sentences = sentences_of(figures, gold_need(plan, queue, now=clock.now()), plan)

    assert (figures.h, round(figures.false_flag_rate, 3), round(figures.median_days or 0, 1)) == (7.0, 0.012, 7.6)
    assert sentences[:3] == (
        "Somebody who falls from 95 to 85 % is noticed in about 8 working days.",
        (
            "About 12 of 1,000 people at 95 % are flagged wrongly in 90 days (threshold 7); "
            "with the weekly test over 20 people, at most about 34."
        ),
        (
            "Somebody whose running check rises to 1.5 is served 25 % gold in place of 4 % until it falls, and is not "
            "told: people on target meet about 4.6 gold items a day. Standings count the base share alone."
        ),
    )


def test_the_curve_below_a_preset_is_that_of_the_preset(quinn) -> None:
    queue = make_queue()
    page = quinn.get(reverse("calibration:plan", args=[queue.public_id]), {"preset": "launch"}).content.decode()
    address = reverse("calibration:plan_curve", args=[queue.public_id])

    part = quinn.get(address, {"preset": "launch"}, headers={"HX-Request": "true"})

    assert f'hx-get="{address}?preset=launch"' in page
    assert part.context["figures"].h == watch_figures(draft_plan(queue, launch_settings())).h != 7.0
    assert "At a flat rate" in part.content.decode()


def launch_settings() -> PlanSettings:
    """The settings that the preset of a launch fills in."""
    chosen = PRESETS["launch"]
    return PlanSettings(
        question="category", gold_rate=chosen.gold_rate, watch_gold_rate=chosen.watch_gold_rate, mode=chosen.mode
    )


def test_the_curve_compares_the_adaptive_rate_with_as_much_gold_at_a_flat_one() -> None:
    plan = draft_plan(make_queue(), PlanSettings(question="category"))

    points = operating_curve(plan)

    to_85 = next(point for point in points if point.accuracy == pytest.approx(0.85))
    assert to_85.median_days == pytest.approx(7.6, abs=0.1)
    assert to_85.flat_days is not None
    assert to_85.flat_days > 2 * to_85.median_days


def test_gold_lasts_as_long_as_people_have_not_met_it() -> None:
    queue = make_queue()
    team = make_team(make_vendor())
    for _ in range(6):
        make_labeler(team=team, queues=[queue])
    for _ in range(10):
        make_gold(queue)
    matched = draft_plan(queue, PlanSettings(question="category", exposures_a_team_cap=3, **FLAT))
    pooled = draft_plan(queue, PlanSettings(question="category", mode="pooled", **FLAT))

    need, shared = (gold_need(plan, queue, now=clock.now()) for plan in (matched, pooled))

    assert (need.live, need.people, need.answers_a_day, need.answers_a_gold) == (10, 6, 30, 1)
    assert (need.lasts_days, need.add) == (pytest.approx(10 / 30), 440)
    assert (shared.answers_a_gold, shared.lasts_days) == (6, 2)


def test_a_small_team_leaves_its_cap_unused_and_gold_that_is_not_placed_lasts_for_nobody() -> None:
    queue, vendor = make_queue(), make_vendor()
    large = make_team(vendor)
    for team in (large, large, large, large, large, make_team(vendor)):
        make_labeler(team=team, queues=[queue])
    gold = [make_gold(queue) for _ in range(11)]
    Item.objects.filter(pk=gold[0].item_id).update(withdrawn_at=clock.now())
    matched = draft_plan(queue, PlanSettings(question="category", exposures_a_team_cap=3, **FLAT))

    need = gold_need(matched, queue, now=clock.now())

    assert (need.live, need.answers_a_gold) == (10, 2)
    # The large team runs out first: 10 gold, shown once each, 5 answers a day of 5 people.
    assert need.lasts_days == pytest.approx(10 / 25)


def test_gold_that_was_met_lasts_no_longer() -> None:
    queue = make_queue()
    plan = draft_plan(queue, PlanSettings(question="category", mode="pooled", **FLAT))
    people = [make_labeler(queues=[queue], team=make_team(make_vendor())) for _ in range(2)]
    gold = [make_gold(queue) for _ in range(10)]
    before = gold_need(plan, queue, now=clock.now())
    place_items([gold[0].item, gold[1].item], [people[0]], now=clock.now())
    for slot in Slot.objects.filter(reserved_for=people[0]):
        Placement.objects.create(slot=slot, purpose="gold", gold=GoldItem.objects.get(item=slot.item_id))

    after = gold_need(plan, queue, now=clock.now())

    assert (before.lasts_days, after.lasts_days) == (10 / 5, 8 / 5)
    assert (before.live, after.live) == (10, 10)


def test_a_plan_is_saved_and_its_queue_counted_anew(quinn) -> None:
    queue = make_queue()

    answer = quinn.post(reverse("calibration:plan", args=[queue.public_id]), FORM)

    plan = SamplingPlan.objects.get(queue=queue)
    assert answer.status_code == 302
    assert (plan.target, plan.gold_rate, plan.watch_gold_rate) == (0.95, 0.05, 0)
    assert (plan.false_alarm_rate, plan.cusum_h) == (0.04, 6.0)
    assert StaleMark.objects.filter(queue=queue).count() == 1


def test_consequences_are_told_before_anything_is_saved(quinn) -> None:
    queue = make_queue()

    shown = quinn.get(reverse("calibration:plan_consequences", args=[queue.public_id]), FORM).content.decode()

    assert "is noticed in about 13 working days" in shown
    assert SamplingPlan.objects.count() == 0


def test_a_rule_that_cannot_be_quiet_enough_says_so() -> None:
    plan = draft_plan(make_queue(), PlanSettings(question="category"))
    none = WatchFigures(h=None, false_flag_rate=1, median_days=None, p0=0.05, p1=0.15)

    sentences = sentences_of(none, gold_need(plan, plan.queue, now=clock.now()), plan)

    assert sentences[0].endswith("Serve less gold, or allow more false flags.")


def test_deeper_falls_are_noticed_sooner() -> None:
    plan = draft_plan(make_queue(), PlanSettings(question="category", cusum_h=6.0))

    days = [point.median_days for point in operating_curve(plan) if point.median_days is not None]

    assert days == sorted(days, reverse=True)
    assert len(days) >= 3


def test_only_those_who_run_queues_find_the_page(quinn) -> None:
    page = reverse("calibration:plan", args=[make_queue().public_id])
    others = [client_for(make_user(roles=[role])) for role in (Role.TRAINER, Role.POLICY_OWNER)]

    assert [client.get(page).status_code for client in (quinn, *others)] == [200, 404, 404]


@pytest.mark.parametrize("preset", ["launch", "steady", "high_stakes"])
def test_a_preset_is_filled_in_and_not_saved(quinn, preset) -> None:
    queue = make_queue()
    chosen = PRESETS[preset]

    page = quinn.get(reverse("calibration:plan", args=[queue.public_id]), {"preset": preset})

    fields = page.context["form"].initial
    assert (fields["gold_percent"], fields["mode"]) == (chosen.gold_rate * 100, chosen.mode)
    assert fields["watch_gold_percent"] == chosen.watch_gold_rate * 100
    assert chosen.audit_words in page.content.decode()
    assert not SamplingPlan.objects.exists()


def test_both_sets_of_presets_have_the_same_keys() -> None:
    assert PRESETS.keys() == QUEUE_PRESETS.keys() == PRESET_WORDS.keys()


def test_matched_and_pooled_gold_stand_side_by_side() -> None:
    queue = make_queue()
    team = make_team(make_vendor())
    for _ in range(6):
        make_labeler(team=team, queues=[queue])
    for _ in range(10):
        make_gold(queue)
    plan = draft_plan(queue, PlanSettings(question="category", exposures_a_team_cap=3, **FLAT))

    matched, pooled = compare_modes(plan, queue, now=clock.now())

    assert (matched.name, matched.answers_a_gold, matched.used_a_day) == ("Matched", 1, 30)
    assert matched.lasts_days == pytest.approx(10 / 30)
    assert (pooled.name, pooled.answers_a_gold, pooled.used_a_day, pooled.lasts_days) == ("Pooled", 6, 5, 2)
    assert (matched.spotted, pooled.spotted) == ("hard", "easy")
    assert matched.words == (
        "Matched: a team meets a gold item as often as any other item, so each gives about 1.0 answers and 30.0 gold "
        "items are used up a day. Whoever counts what comes by is right in 50 of 100 pairs, where 50 is guessing."
    )
    assert "each gives 6 answers" in pooled.words
    assert (matched.is_chosen, pooled.is_chosen) == (True, False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"gold_rate": 0.05}, "it hits 36 of 100 people who are exactly on target"),
        ({"cusum_h": 2.0}, "Leave it empty to have it computed"),
        ({"gold_rate": 0.5}, "the cap allows 30"),
        ({"items_a_day": 200}, "extra gold stops at 22 a day, base gold goes on"),
        ({}, "extra gold is halved for whoever has under 40 unseen ones left and stops under 20"),
        ({}, "The weekly test over only one person raises most of the wrong flags"),
        ({"gold_rate": 0.002}, "A person meets gold once in 5 working days only"),
        ({"gold_rate": 0.05, "exposures_a_team_cap": 3}, "Gold runs out within a working week"),
    ],
)
def test_what_should_be_known_before_saving_is_said(settings, sentence) -> None:
    queue = make_queue()
    make_labeler(queues=[queue])
    make_gold(queue)
    plan = draft_plan(queue, PlanSettings(question="category", **settings))

    warnings = warnings_of(watch_figures(plan), gold_need(plan, queue, now=clock.now()), plan)

    assert [warning for warning in warnings if sentence in warning] != []


def test_a_plain_rule_is_no_safer_with_few_answers() -> None:
    """P(X < .95 n) for X binomial with .95: computed by hand for n = 1 and 2."""
    assert wrongly_below(1, 0.95) == pytest.approx(0.05)
    assert wrongly_below(2, 0.95) == pytest.approx(1 - 0.95**2)


def test_the_curve_comes_below_the_sentences_without_leaving_the_form(quinn) -> None:
    address = reverse("calibration:plan_curve", args=[make_queue().public_id])

    part = quinn.get(address, FORM, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert "Working days until a fall is noticed" in part
    assert "data-chart" not in part
