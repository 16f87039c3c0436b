"""Whoever holds placed work is told the same of what waits, and keeps what ran out as long, as anybody else."""

import pytest

from labeling.models import Slot
from labeling.queries.work import open_work
from labeling.services.assignments import Assignment, Nothing, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from qaplatform import clock
from tests.builders import answer, make_items, make_labeler, make_queue
from tests.labeling.clocks import shift_clock

pytestmark = pytest.mark.django_db


def hold(*, placed: bool, items: int, also_placed: int = 0):
    """Somebody who has claimed in a queue with so many open answers: one of these, or what was placed for them."""
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, items)
    chosen = make_items(queue, 1 + also_placed, answers_needed=0)
    place_items(chosen, [labeler], serve_chance=0.5, now=clock.now())
    held = claim_assignment(queue, labeler, draw=lambda: 0.1 if placed else 0.9)
    assert (Slot.objects.get(assignment_id=held.id).origin == "placed") is placed
    return queue, labeler, held


def told_of(queue, labeler):
    """What the list of work says, and whether anything is there to be claimed ahead."""
    words = [row.waiting_words for row in open_work(labeler)]
    ahead = claim_assignment(queue, labeler, prefetch=True, draw=lambda: 0.9)
    return words, type(ahead), [row.waiting_words for row in open_work(labeler)]


@pytest.mark.parametrize("also_placed", [0, 2])
@pytest.mark.parametrize("items", [1, 2, 3])
def test_whoever_holds_an_item_is_told_the_same_of_what_waits(items, also_placed):
    told = []
    for placed in (False, True):
        queue, labeler, _ = hold(placed=placed, items=items, also_placed=also_placed)
        told.append(told_of(queue, labeler))

    assert told[0] == told[1]
    assert told[0][1] is (Nothing if items == 1 else Assignment)


def test_placed_work_is_not_handed_out_ahead_beside_the_last_open_answer():
    queue, labeler, _ = hold(placed=True, items=1, also_placed=1)

    ahead = claim_assignment(queue, labeler, prefetch=True, draw=lambda: 0.1)

    assert isinstance(ahead, Nothing)


def test_the_answer_that_is_left_alone_waits_for_everybody():
    queue, labeler, held = hold(placed=True, items=2)
    colleague = make_labeler(queues=[queue])

    taken = claim_assignment(queue, colleague)
    submit_label(held.id, labeler, token=held.token, answers=answer())
    following = claim_assignment(queue, labeler, draw=lambda: 0.9)

    assert isinstance(taken, Assignment)
    assert isinstance(following, Assignment)
    assert following.id != taken.id


@pytest.mark.parametrize("placed", [False, True], ids=["ordinary", "placed"])
def test_what_ran_out_stays_with_whoever_asks_for_work_ahead(placed):
    queue, labeler, held = hold(placed=placed, items=3)
    shift_clock(queue.lease_seconds + 1)

    claim_assignment(queue, labeler, prefetch=True, draw=lambda: 0.05)

    assert submit_label(held.id, labeler, token=held.token, answers=answer())
