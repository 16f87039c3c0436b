"""In which order open work is handed out, and to whom."""

from datetime import timedelta

import pytest

from labeling.engine.eligibility import Barrier
from labeling.models import Item, Label, OptOut, Reveal, Slot
from labeling.services.assignments import Assignment, Nothing, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import Why, place_items
from qaplatform import clock
from tests.builders import answer, make_items, make_labeler, make_queue, make_vendor

pytestmark = pytest.mark.django_db

NOW = clock.now()


def take(queue, labeler):
    """The item of the next assignment, answered at once; None where nothing is left."""
    held = claim_assignment(queue, labeler)
    if not isinstance(held, Assignment):
        return None
    item = Slot.objects.get(assignment_id=held.id).item
    submit_label(held.id, labeler, token=held.token, answers=answer())
    return item


def make_german(queue):
    labeler = make_labeler(queues=[queue])
    labeler.language = "de"
    labeler.save()
    return labeler


def take_all(queue, labeler):
    return list(iter(lambda: take(queue, labeler), None))


def test_priority_comes_before_due_time_and_due_time_before_what_has_none():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [undated] = make_items(queue)
    [late] = make_items(queue, due_at=NOW + timedelta(days=2))
    [soon] = make_items(queue, due_at=NOW + timedelta(hours=1))
    [urgent] = make_items(queue, priority=1)

    assert take_all(queue, labeler) == [urgent, soon, late, undated]


def test_breadth_gives_every_item_its_first_answer_before_any_its_second():
    queue = make_queue(order="breadth", base_answers=2, overlap_size=2)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    items = make_items(queue, 6)
    for _ in range(3):
        take(queue, first)

    taken = {take(queue, second).pk for _ in range(3)}

    assert taken | set(Label.objects.filter(labeler=first).values_list("item", flat=True)) == {i.pk for i in items}


def test_depth_finishes_what_was_begun():
    queue = make_queue(order="depth", base_answers=2, overlap_size=2)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 20)

    begun = [take(queue, first) for _ in range(5)]

    assert [take(queue, second) for _ in range(5)] == begun


@pytest.mark.parametrize("order", ["mixed", "breadth", "depth"])
def test_whoever_had_all_of_the_head_is_handed_what_comes_after_and_in_the_end_everything(order):
    queue = make_queue(order=order, base_answers=2, overlap_size=2)
    fast, slow = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 60, priority=5)
    had = take_all(queue, fast)
    [later] = make_items(queue)

    assert len(had) == 60
    assert take(queue, fast) == later
    assert take(queue, fast) is None
    assert len(take_all(queue, slow)) == 61


def test_somebody_whose_past_fills_many_due_hours_is_handed_what_comes_after_them_and_in_the_end_everything():
    queue = make_queue(base_answers=2, overlap_size=2)
    fast, slow = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    for hours in range(40):
        make_items(queue, due_at=NOW + timedelta(hours=hours))
    had = take_all(queue, fast)
    [later] = make_items(queue, due_at=NOW + timedelta(days=300))

    assert len(had) == 40
    assert take(queue, fast) == later
    assert take(queue, fast) is None
    assert len(take_all(queue, slow)) == 41


def test_answers_are_shared_among_vendors_and_an_items_go_to_different_ones():
    ours, theirs = make_vendor(), make_vendor()
    queue = make_queue(
        base_answers=2, overlap_size=2, vendor_shares={str(ours.public_id): 0.5, str(theirs.public_id): 0.5}
    )
    here, there = make_labeler(vendor=ours, queues=[queue]), make_labeler(vendor=theirs, queues=[queue])
    colleague = make_labeler(vendor=ours, queues=[queue])
    items = {item.pk for item in make_items(queue, 12)}

    assert {item.pk for item in take_all(queue, here)} == items
    assert take(queue, colleague) is None
    assert {item.pk for item in take_all(queue, there)} == items


def test_an_item_is_for_who_works_in_its_language():
    queue = make_queue()
    german, anybody = make_german(queue), make_labeler(queues=[queue])
    make_items(queue, 3, language="en")
    [ours] = make_items(queue, language="de-AT")

    assert take_all(queue, german) == [ours]
    assert len(take_all(queue, anybody)) == 3


def test_who_declined_sensitive_items_is_handed_the_others_and_then_told_why_nothing_comes():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    OptOut.objects.create(labeler=labeler)
    make_items(queue, 2, is_sensitive=True)
    [plain] = make_items(queue)

    assert take_all(queue, labeler) == [plain]
    assert claim_assignment(queue, labeler) == Nothing(Barrier.ONLY_SENSITIVE)
    OptOut.objects.all().delete()
    assert len(take_all(queue, labeler)) == 2


def test_who_uncovered_enough_today_is_handed_no_more_sensitive_items():
    queue = make_queue(reveals_a_day_cap=2)
    labeler = make_labeler(queues=[queue])
    [covered] = make_items(queue, is_sensitive=True)
    for hours in (1, 2):
        Reveal.objects.create(labeler=labeler, item=covered, content_hash="x", at=NOW - timedelta(hours=hours))

    assert claim_assignment(queue, labeler) == Nothing(Barrier.ENOUGH_REVEALS)
    Reveal.objects.update(at=NOW - timedelta(hours=25))
    assert take_all(queue, labeler) == [covered]


def test_the_cap_of_answers_is_one_persons_and_of_one_queue():
    queue, another = make_queue(answers_a_day_cap=2), make_queue()
    labeler, other = make_labeler(queues=[queue, another]), make_labeler(queues=[queue])
    make_items(queue, 4)
    make_items(another)

    assert len(take_all(queue, labeler)) == 2
    assert claim_assignment(queue, labeler) == Nothing(Barrier.ENOUGH_ANSWERS)
    assert len(take_all(another, labeler)) == 1
    assert take(queue, other) is not None


def test_a_queue_that_somebody_declined_is_closed_to_them():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    OptOut.objects.create(labeler=labeler, queue=queue)

    assert claim_assignment(queue, labeler) == Nothing(Barrier.OPTED_OUT)


def test_nothing_is_placed_with_who_cannot_judge_it_or_declined_it():
    queue = make_queue()
    german = make_german(queue)
    careful, away = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    OptOut.objects.create(labeler=careful)
    OptOut.objects.create(labeler=away, queue=queue)
    [item] = make_items(queue, language="en", is_sensitive=True, answers_needed=0)

    placed = place_items([item], [german, careful, away], now=clock.now())

    assert [refusal.reason for refusal in placed.refused] == [Why.OTHER_LANGUAGE, Why.OPTED_OUT, Why.OPTED_OUT]


def test_placed_work_that_became_closed_to_its_person_waits():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, is_sensitive=True, answers_needed=0)
    place_items([item], [labeler], now=clock.now())
    OptOut.objects.create(labeler=labeler)

    assert isinstance(claim_assignment(queue, labeler), Nothing)
    assert Item.objects.get().slots.get().state == "open"
