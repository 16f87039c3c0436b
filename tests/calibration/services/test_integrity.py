"""What the search finds about people, in which words, and that nothing follows from it."""

import logging
from datetime import timedelta

import pytest
from django.db.models import F

from calibration.enums import SuspicionKind, SuspicionState
from calibration.models import (
    CoachingPlan,
    Flag,
    GoldAnswer,
    GroupStanding,
    MetricSnapshot,
    StandingRecord,
    Suspicion,
    Watch,
)
from calibration.services.checking_integrity import check_integrity
from calibration.services.integrity import find_suspicions, main_question
from calibration.services.refresh import refresh_queue
from calibration.stats import copying
from labeling.enums import SlotOrigin
from labeling.models import Item, Label, Slot
from qaplatform import clock
from tests.builders import make_items, make_queue
from tests.calibration.builders import NOON, make_plan, revise
from tests.calibration.integrity_worlds import make_integrity_world, make_people, write_answers

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(days=1)


@pytest.fixture
def queue():
    return make_plan().queue


@pytest.fixture
def people(queue):
    return make_people(queue)


def search(queue):
    found = find_suspicions(queue, now=NOW)
    return {row.kind: row for row in found}


def store(found):
    return Suspicion.objects.bulk_create(found.values())


def test_each_sign_is_found_with_whom_it_concerns(queue, people):
    make_integrity_world(queue, people)

    found = find_suspicions(queue, now=NOW)

    assert [(row.kind, row.labeler_id, row.other_id) for row in found] == [
        (SuspicionKind.COPYING, people[0].pk, people[1].pk),
        (SuspicionKind.SPEEDING, people[2].pk, None),
        (SuspicionKind.LONG_RUNS, people[3].pk, None),
    ]
    assert [row.queue for row in found] == [queue] * 3
    assert all(row.pk is None and row.question == "category" for row in found)


def test_too_many_pairs_for_memory_leave_out_copying_alone(queue, people, monkeypatch, caplog):
    make_integrity_world(queue, people)
    monkeypatch.setattr(copying, "_MOST_PAIRS", 1)

    with caplog.at_level(logging.WARNING):
        found = search(queue)

    assert set(found) == {SuspicionKind.SPEEDING, SuspicionKind.LONG_RUNS}
    assert f"Copying is not looked for in queue {queue.public_id}" in caplog.text


def test_nothing_is_found_where_nothing_is_planted(queue, people):
    make_integrity_world(queue, people, copies=False, hurries=False, runs=False)

    assert find_suspicions(queue, now=NOW) == []


def test_words_give_the_numbers_against_chance(queue, people):
    make_integrity_world(queue, people)

    found = search(queue)

    copying = found[SuspicionKind.COPYING]
    facts = copying.facts
    assert copying.words.startswith(
        f"Of 90 items that both answered they gave the same wrong answer on {facts['same_wrong']}, where people who err"
        f" as they do would on {facts['expected_same']:.1f}. By chance, fewer than 0.01 of 36 pairs"
    )
    assert copying.words.endswith(
        f"On {facts['same_wrong']} of the {facts['same_wrong']} the same one of the two answered first."
    )
    assert found[SuspicionKind.SPEEDING].words.startswith(
        "2.0 s an answer in the median, where 40 s is usual for the same items; 100% of 90 answers took under 5 s and"
        " under a quarter of the item's usual time. "
    )
    assert found[SuspicionKind.LONG_RUNS].words.startswith(
        f"“Spam” {found[SuspicionKind.LONG_RUNS].facts['length']} times in a row"
    )
    assert all(len(row.words) <= 500 for row in found.values())


def test_rows_name_the_answers_behind_them(queue, people):
    make_integrity_world(queue, people)

    found = search(queue)

    copying = found[SuspicionKind.COPYING]
    labels = Label.objects.filter(pk__in=copying.facts["labels"])
    assert {label.labeler_id for label in labels} == {people[0].pk, people[1].pk}
    assert len(labels) == 2 * copying.facts["same_wrong"]
    expected = dict(GoldAnswer.objects.values_list("gold__item_id", "accepted"))
    assert {int(item): [code] for item, code in copying.facts["expected"].items()} == {
        label.item_id: expected[label.item_id] for label in labels
    }
    run = Label.objects.filter(pk__in=found[SuspicionKind.LONG_RUNS].facts["labels"])
    assert {label.answers["category"] for label in run} == {"spam"}
    assert len(run) == found[SuspicionKind.LONG_RUNS].facts["length"]


def test_population_says_what_was_counted(queue, people):
    make_integrity_world(queue, people)

    found = search(queue)

    population = found[SuspicionKind.COPYING].population
    assert population["until"] == NOW.isoformat()
    assert population["versions"] == [queue.policy_version.number]
    assert "held against gold where there is any" in population["slots"]
    assert "timed by the server" in found[SuspicionKind.SPEEDING].population["slots"]


def test_ordinary_answers_are_held_against_what_the_others_say(queue, people):
    """Three people an item: two of them share every slip, others slip alone."""
    items = make_items(queue, 240)
    Item.objects.filter(queue=queue).update(answers_needed=3)
    for place, labeler in enumerate(people[:6]):
        own = [item for number, item in enumerate(items) if place in _three(number)]
        numbers = [number for number in range(len(items)) if place in _three(number)]
        given = [1 if _slips(place, number) else 0 for number in numbers]
        write_answers(queue, labeler, own, given, first=NOON, seconds=30, origin=SlotOrigin.ENTRY)

    found = search(queue)

    copying = found[SuspicionKind.COPYING]
    assert (copying.labeler_id, copying.other_id) == (people[0].pk, people[1].pk)
    assert "no_violation" in copying.facts["expected"].values()
    assert len(copying.facts["labels"]) == 2 * copying.facts["same_wrong"]
    assert copying.facts["gold_items"] == 0


def _three(number):
    """Who answers an item: the pair with each of the others in turn, or three of the others."""
    return {0, 1, 2 + number % 4} if number % 2 else {2, 3, 4, 5} - {2 + number // 2 % 4}


def _slips(place, number):
    return number % 14 == 1 if place < 2 else (number + 5 * place) % 17 == 0


def test_only_current_answers_of_counted_slots_count(queue, people):
    make_integrity_world(queue, people)
    before = search(queue)[SuspicionKind.COPYING].facts["shared"]
    labels = list(Label.objects.filter(labeler=people[0]).order_by("id"))
    labels[0].item.withdrawn_at = NOON
    labels[0].item.save()
    Slot.objects.filter(pk=labels[1].slot_id).update(state="cancelled")
    revise(labels[2], "cannot_tell", at=NOON)

    after = search(queue)[SuspicionKind.COPYING].facts["shared"]

    assert after == before - 3


def test_gold_with_several_right_answers_is_left_out(queue, people):
    make_integrity_world(queue, people)
    answer = GoldAnswer.objects.filter(accepted=["spam"]).first()
    answer.accepted = ["spam", "scam"]
    answer.save()

    assert search(queue)[SuspicionKind.COPYING].facts["shared"] == 89


def test_decisions_made_elsewhere_have_neither_times_nor_an_order(queue, people):
    make_integrity_world(queue, people)
    Slot.objects.update(origin="imported")

    assert set(search(queue)) == {SuspicionKind.COPYING}


def test_what_was_fetched_ahead_counts_from_the_answer_before(queue, people):
    make_integrity_world(queue, people, copies=False, runs=False)
    Label.objects.filter(labeler=people[5]).update(claimed_at=NOON - timedelta(days=30))

    found = search(queue)

    assert found[SuspicionKind.SPEEDING].labeler_id == people[2].pk
    others = {row["part"]: row["others"] for row in found[SuspicionKind.SPEEDING].facts["times"]}
    assert others[0.9] <= 120


def test_answers_before_the_window_and_after_now_do_not_count(queue, people):
    make_integrity_world(queue, people)

    assert find_suspicions(queue, now=NOON - timedelta(days=6)) == []
    assert find_suspicions(queue, now=NOON + timedelta(days=120)) == []


def test_a_queue_without_answers_or_questions_has_no_suspicions(queue):
    empty = make_queue()
    empty.schemas.all().delete()

    assert find_suspicions(queue, now=NOW) == []
    assert main_question(empty) is None
    assert find_suspicions(empty, now=NOW) == []


def test_nothing_of_it_reaches_flags_standings_watches_or_figures(queue, people):
    make_integrity_world(queue, people)
    refresh_queue(queue.pk, now=clock.now())
    kept = _judgements()

    store(search(queue))
    Suspicion.objects.update(state=SuspicionState.OPEN)
    refresh_queue(queue.pk, now=clock.now())

    assert Suspicion.objects.count() == 3
    assert _judgements() == kept


def _judgements():
    figures = MetricSnapshot.objects.order_by("id").values_list("cut", "key", "metric", "tally", "estimates")
    standings = StandingRecord.objects.order_by("id").values_list("labeler_id", "standing")
    groups = GroupStanding.objects.order_by("id").values_list("pk", "standing")
    watches = Watch.objects.order_by("id").values_list("labeler_id", "statistic", "level")
    return [list(rows) for rows in (figures, standings, groups, watches)] + [
        Flag.objects.count(),
        CoachingPlan.objects.count(),
    ]


def test_plain_loops_confirm_every_count(queue, people):
    make_integrity_world(queue, people)
    store(search(queue))

    assert check_integrity(queue) == []


@pytest.mark.parametrize(
    ("kind", "fact"),
    [
        ("copying", "shared"),
        ("copying", "same_wrong"),
        ("copying", "answered_first"),
        ("speeding", "hurried"),
        ("speeding", "usual_seconds"),
        ("speeding", "p_accuracy"),
        ("long_runs", "length"),
        ("long_runs", "given_times"),
    ],
)
def test_a_count_that_labels_do_not_confirm_is_told(queue, people, kind, fact):
    make_integrity_world(queue, people)
    store(search(queue))
    row = Suspicion.objects.get(kind=kind)
    row.facts[fact] = row.facts[fact] + 1
    row.save()

    assert [difference.what.split(" of ")[0] for difference in check_integrity(queue)] == [fact]


def test_answers_and_gold_that_came_later_change_no_recount(queue, people):
    make_integrity_world(queue, people)
    store(search(queue))
    revise(Label.objects.filter(labeler=people[0]).first(), "cannot_tell", at=NOW + timedelta(hours=1))

    assert check_integrity(queue) == []


def test_a_search_under_other_gold_is_left_to_the_next_one(queue, people):
    make_integrity_world(queue, people)
    store(search(queue))
    answer = GoldAnswer.objects.first()
    answer.gold.state = "retired"
    answer.gold.save()

    assert check_integrity(queue) == []


def test_who_answered_first_is_not_told_of_decisions_without_a_date(queue, people):
    test_ordinary_answers_are_held_against_what_the_others_say(queue, people)
    Slot.objects.filter(queue=queue).update(origin=SlotOrigin.IMPORTED, done_at=NOON, created_at=NOON)
    found = search(queue)

    copying = found[SuspicionKind.COPYING]
    assert copying.facts["answered_first"] == 0
    assert copying.words.endswith("pairs would look like this.")
    store(found)
    assert check_integrity(queue) == []


def test_who_answered_first_is_told_of_the_items_that_tell(queue, people):
    make_integrity_world(queue, people)
    undated = Slot.objects.filter(queue=queue, labeler=people[0]).order_by("pk")[:60]
    Slot.objects.filter(pk__in=undated.values("pk")).update(origin=SlotOrigin.IMPORTED, done_at=F("created_at"))

    copying = find_suspicions(queue, now=clock.now())[0]

    told, same = copying.facts["answered_first"], copying.facts["same_wrong"]
    assert 0 < told < same
    assert copying.words.endswith(
        f"On {told} of the {told} whose order is known the same one of the two answered first."
    )


def test_the_same_counts_are_confirmed_where_few_answered_each_item(queue, people):
    test_ordinary_answers_are_held_against_what_the_others_say(queue, people)
    store(search(queue))

    assert check_integrity(queue) == []
