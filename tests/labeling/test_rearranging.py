"""A queue's settings reach the items that are in."""

from collections import Counter
from datetime import timedelta

import pytest

from labeling.models import Item, Slot
from labeling.services import rearranging
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.rearranging import carry_out_rearrangement, rearrange
from labeling.services.requeue import carry_out_requeue, requeue_answers
from qaplatform import clock
from qaplatform.errors import Refused
from tests.builders import answer, make_items, make_labeler, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db


def change(queue, **settings):
    for name, value in settings.items():
        setattr(queue, name, value)
    queue.save()
    done = rearrange(queue, actor=make_user())
    carry_out_rearrangement(done.pk, now=clock.now())
    done.refresh_from_db()
    return done


def answer_one(queue, labeler):
    held = claim_assignment(queue, labeler)
    submit_label(held.id, labeler, token=held.token, answers=answer())
    return Slot.objects.get(assignment_id=held.id).item


def slots_by_item():
    return sorted(Counter(Slot.objects.exclude(state="cancelled").values_list("item", flat=True)).values())


def test_more_overlap_opens_the_slots_that_are_missing():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 4)
    answer_one(queue, labeler)

    done = change(queue, base_answers=3, overlap_size=3)

    assert (done.opened, done.cancelled) == (8, 0)
    assert slots_by_item() == [3, 3, 3, 3]
    assert set(Item.objects.values_list("answers_needed", flat=True)) == {3}


def test_less_overlap_cancels_what_waits_and_keeps_what_is_begun_or_answered():
    queue = make_queue(base_answers=3, overlap_size=3)
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue)
    answer_one(queue, one)
    held = claim_assignment(queue, two)

    done = change(queue, base_answers=1, overlap_size=1)

    assert (done.opened, done.cancelled) == (0, 1)
    item.refresh_from_db()
    assert item.answers_needed == 2
    submit_label(held.id, two, token=held.token, answers=answer())
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["cancelled", "done", "done"]


def test_an_item_that_has_all_its_answers_may_be_asked_for_more():
    queue = make_queue()
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue)
    answer_one(queue, one)

    change(queue, base_answers=2, overlap_size=2)

    assert isinstance(claim_assignment(queue, two), Assignment)
    assert not isinstance(claim_assignment(queue, one), Assignment)


def test_the_overlap_is_drawn_as_if_the_items_came_in_now():
    queue, fresh = make_queue(), make_queue(overlap_rate=0.3, overlap_size=3)
    make_items(queue, 40)
    change(queue, overlap_rate=0.3, overlap_size=3)
    fresh.draw_seed = queue.draw_seed
    fresh.save()

    from_before = dict(Item.objects.filter(queue=queue).values_list("external_id", "answers_needed"))
    entered_now = {
        item.external_id: item.answers_needed for name in from_before for item in make_items(fresh, external_id=name)
    }

    assert from_before == entered_now
    assert set(from_before.values()) == {1, 3}


def test_shares_give_waiting_slots_to_vendors_and_count_what_was_given():
    ours, theirs = make_vendor(), make_vendor()
    queue = make_queue(base_answers=2, overlap_size=2)
    here = make_labeler(vendor=ours, queues=[queue])
    make_items(queue, 10)

    done = change(queue, vendor_shares={str(ours.public_id): 0.5, str(theirs.public_id): 0.5})

    lanes = Counter(Slot.objects.values_list("item", "lane__vendor"))
    assert set(lanes.values()) == {1}
    assert done.moved == 20
    answer_one(queue, here)
    again = change(queue)
    assert (again.opened, again.cancelled, again.moved) == (0, 0, 0)


def test_breadth_sets_second_answers_back():
    queue = make_queue(base_answers=2, overlap_size=2)
    make_items(queue, 3)

    done = change(queue, order="breadth")

    turns = dict(Slot.objects.order_by("slot_no").values_list("slot_no", "turn"))
    assert turns[2] - turns[1] == 1
    assert done.moved == 3


def test_what_was_set_aside_is_not_counted_as_an_answer():
    queue = make_queue()
    one = make_labeler(queues=[queue])
    make_items(queue)
    answer_one(queue, one)
    now = clock.database_now()
    requeue = requeue_answers(queue, one, since=now - timedelta(hours=1), until=now, reason="x", actor=make_user())
    carry_out_requeue(requeue.pk, now=now)

    done = change(queue)

    assert (done.opened, done.cancelled) == (0, 0)
    assert slots_by_item() == [1]


def test_carried_out_in_steps_and_twice_it_is_once(monkeypatch):
    monkeypatch.setattr(rearranging, "ITEMS_A_STEP", 2)
    queue = make_queue()
    make_items(queue, 5)
    queue.base_answers = queue.overlap_size = 2
    queue.save()
    asked = rearrange(queue, actor=make_user())
    with pytest.raises(Refused, match="already"):
        rearrange(queue, actor=make_user())

    assert rearranging._step(asked.pk, now=clock.now())
    carry_out_rearrangement(asked.pk, now=clock.now())
    carry_out_rearrangement(asked.pk, now=clock.now())

    asked.refresh_from_db()
    assert asked.opened == 5
    assert slots_by_item() == [2] * 5
