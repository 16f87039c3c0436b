"""A claim looks at part of a level; before it says that nothing is left, at all of it."""

import pytest

from labeling.models import Slot
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from tests.builders import answer, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db

MORE_THAN_A_LOOK = 45


def work_through(queue, labeler, *, start, most=None):
    """The items that somebody answers until nothing is left, or so many; and what is said then."""
    seen = []
    got = None
    while most is None or len(seen) < most:
        got = claim_assignment(queue, labeler, draw=lambda: start)
        if not isinstance(got, Assignment):
            break
        seen.append(Slot.objects.get(assignment_id=got.id).item_id)
        submit_label(got.id, labeler, token=got.token, answers=answer())
    return seen, got


@pytest.mark.parametrize("order", ["mixed", "depth"])
def test_whoever_had_all_that_stands_at_the_head_is_served_from_elsewhere_and_finds_everything(order):
    queue = make_queue(order=order)
    labeler = make_labeler(queues=[queue])
    had = make_items(queue, MORE_THAN_A_LOOK, answers_needed=2)
    first, _ = work_through(queue, labeler, start=0.5)
    Slot.objects.filter(queue=queue, state="open").update(rank=0.2)
    rest = make_items(queue, 3)
    Slot.objects.filter(item__in=rest).update(rank=0.9)

    then, said = work_through(queue, labeler, start=0.1)

    assert sorted(first) == [item.pk for item in had]
    assert sorted(then) == [item.pk for item in rest]
    assert said.reason == "nothing_left"


def test_a_level_filled_by_what_somebody_had_hides_no_level_below_it():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, MORE_THAN_A_LOOK, answers_needed=2, priority=5)
    work_through(queue, labeler, start=0.5)
    rest = make_items(queue, 2)

    then, said = work_through(queue, labeler, start=0.5)

    assert sorted(then) == [item.pk for item in rest]
    assert said.reason == "nothing_left"
