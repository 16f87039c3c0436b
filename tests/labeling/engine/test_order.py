"""When a slot's turn comes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from labeling.engine.order import LAST_PASS, WorkOrder, turn_of

priorities = st.integers(-32_768, 32_767)
moments = st.integers(0, 500_000).map(lambda hours: datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
orders = st.sampled_from(WorkOrder)
numbers = st.integers(1, 20)


slots = st.tuples(moments, numbers)


@given(st.tuples(priorities, priorities).filter(lambda pair: pair[0] != pair[1]), slots, slots, orders)
def test_a_higher_priority_comes_first_whatever_else_holds(pair, one, two, order):
    first, second = (
        turn_of(priority=priority, due_at=due, number=number, order=order)
        for priority, (due, number) in zip(pair, (one, two), strict=True)
    )

    assert (first < second) == (pair[0] > pair[1])


@given(priorities, slots, st.integers(1, 10_000), numbers, orders)
def test_within_a_priority_what_is_due_in_an_earlier_hour_comes_first(priority, slot, hours, other, order):
    due, number = slot
    first = turn_of(priority=priority, due_at=due, number=number, order=order)
    second = turn_of(priority=priority, due_at=due + timedelta(hours=hours), number=other, order=order)
    undated = turn_of(priority=priority, due_at=None, number=other, order=order)

    assert first < second < undated


@given(priorities, st.none() | moments, numbers)
def test_only_breadth_sets_an_items_answers_apart(priority, due, number):
    turns = {
        order: turn_of(priority=priority, due_at=due, number=number, order=order)
        - turn_of(priority=priority, due_at=due, order=order)
        for order in WorkOrder
    }

    assert turns == {WorkOrder.MIXED: 0, WorkOrder.DEPTH: 0, WorkOrder.BREADTH: number - 1}


def test_the_last_answers_of_a_very_wide_overlap_stay_within_their_hour():
    assert turn_of(priority=0, due_at=None, number=400, order="breadth") % (LAST_PASS + 1) == LAST_PASS
    assert turn_of(priority=-32_768, due_at=None, number=400, order="breadth") < 2**63


def test_what_was_due_long_ago_is_due_first():
    assert turn_of(priority=0, due_at=datetime(1999, 1, 1, tzinfo=UTC)) < turn_of(
        priority=0, due_at=datetime(2021, 1, 1, tzinfo=UTC)
    )
