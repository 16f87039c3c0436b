"""How many items violate: as labelers gave them, and corrected for their errors on gold."""

from collections import defaultdict
from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import Purpose
from calibration.models import GoldScore, Placement
from calibration.queries.prevalence import GoldRates, correct, read_prevalence
from calibration.stats import proportion
from labeling.enums import SlotOrigin
from labeling.models import Label
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for
from tests.calibration.pages.worlds import count, judge_gold, make_staff, make_world, write_gold, write_labels

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Three people on twelve items; on gold they miss six of 72 violations and see three in 60 others."""
    world = make_world(gold=0)
    people = [*world.people, world.rival]
    judge_gold(world.queue, people, [True] * 22 + [False] * 2)
    at = clock.now() - timedelta(days=2)
    golds = write_gold(world.queue, ["no_violation"] * 20, at=at)
    given = [
        (gold.item, labeler, "spam" if place == 0 else "no_violation")
        for labeler in people
        for place, gold in enumerate(golds)
    ]
    slots = write_labels(world.queue, given, at=at, origin=SlotOrigin.PLACED)
    by_item = {gold.item_id: gold for gold in golds}
    Placement.objects.bulk_create(
        Placement(slot=slot, purpose=Purpose.GOLD, gold=by_item[slot.item_id], rate_in_force=0.1) for slot in slots
    )
    count(world.queue)
    return world


def test_figures_are_those_of_raw_labels_and_scores(world):
    answers = defaultdict(list)
    ordinary = Label.objects.filter(queue=world.queue).exclude(slot__origin=SlotOrigin.PLACED)
    for item, category in ordinary.values_list("item_id", "answers__category"):
        answers[item].append(category != "no_violation")
    share = sum(sum(of_item) / len(of_item) for of_item in answers.values()) / len(answers)
    scores = GoldScore.objects.filter(queue=world.queue, is_base=True, ended_at=None)
    violating, clean = scores.exclude(expected="no_violation"), scores.filter(expected="no_violation")
    finds = violating.exclude(given="no_violation").count() / violating.count()
    sees = clean.exclude(given="no_violation").count() / clean.count()

    found = read_prevalence(world.queue, "category")

    assert (found.given.value, found.given.n) == (pytest.approx(share), 12)
    assert found.corrected.value == pytest.approx((share - sees) / (finds - sees))
    assert found.corrected.lower < found.corrected.value < found.corrected.upper
    assert found.words.startswith("Violations: ")


def test_the_agreement_page_says_it_with_its_population(world):
    page = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:agreement")).content.decode()

    found = read_prevalence(world.queue, "category")
    assert "corrected for their errors on gold about" in found.words
    assert found.words in page
    assert found.gold_population.sentence() in page


def test_without_enough_gold_of_both_sides_it_is_refused_in_words():
    world = make_world()

    found = read_prevalence(world.queue, "category")

    assert found.corrected is None
    assert "and 0 where none is; 20 of each are needed." in found.words


def test_labelers_no_better_than_a_coin_are_not_corrected():
    found, why = correct(proportion(40, 100), GoldRates(found=22, violating=40, left=20, clean=40))

    assert found is None
    assert "hardly better than a coin" in why


def test_a_share_that_their_errors_cannot_give_is_not_corrected():
    found, why = correct(proportion(1, 1000), GoldRates(found=36, violating=40, left=28, clean=40))

    assert found is None
    assert "no share would look like it" in why


def test_a_question_without_a_taxonomy_has_no_violations(world):
    assert read_prevalence(world.queue, "severity") is None
