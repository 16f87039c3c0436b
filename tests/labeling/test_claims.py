"""Claiming: who gets what, in which order, and what is never handed out."""

from datetime import timedelta

import pytest

from labeling.engine.eligibility import Barrier
from labeling.enums import QueueKind, QueueState, SlotState
from labeling.errors import LeaseTaken
from labeling.models import EndedAssignment, LateAnswer, Slot
from labeling.services.assignments import Assignment, Nothing, claim_assignment, give_back_leases, skip_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from qaplatform import clock
from qaplatform.people.services.accounts import deactivate_account
from tests.builders import answer, make_items, make_labeler, make_policy, make_queue, make_vendor
from tests.labeling.clocks import shift_clock

pytestmark = pytest.mark.django_db


def item_of(assignment: Assignment) -> int:
    return Slot.objects.get(assignment_id=assignment.id).item_id


def test_a_claim_lends_a_slot_and_shows_its_item():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, content={"text": "Win a phone"})

    assignment = claim_assignment(queue, labeler)

    assert isinstance(assignment, Assignment)
    assert assignment.content == {"text": "Win a phone"}
    assert (assignment.kind, assignment.is_covered, assignment.schema_version) == ("text", False, 1)
    slot = Slot.objects.get(item=item)
    assert (slot.state, slot.labeler, slot.assignment_id) == (SlotState.LEASED, labeler, assignment.id)
    assert slot.lease_until - slot.claimed_at == timedelta(seconds=queue.lease_seconds)
    assert slot.policy_version == queue.policy_version


def test_whoever_holds_a_lease_gets_the_same_assignment_again():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 3)

    first = claim_assignment(queue, labeler)
    second = claim_assignment(queue, labeler)

    assert first == second
    assert Slot.objects.filter(state=SlotState.LEASED).count() == 1


def test_prefetch_allows_one_more_and_the_next_claim_begins_it():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 3)

    current = claim_assignment(queue, labeler)
    prefetched = claim_assignment(queue, labeler, prefetch=True)
    again = claim_assignment(queue, labeler, prefetch=True)
    submit_label(current.id, labeler, token=current.token, answers=answer())
    begun = claim_assignment(queue, labeler)

    assert prefetched.id != current.id
    assert again == prefetched
    assert (begun.id, begun.token) == (prefetched.id, prefetched.token)
    assert not Slot.objects.get(assignment_id=begun.id).is_prefetched


def test_two_people_never_hold_the_same_slot():
    queue = make_queue()
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 2)

    items = {item_of(claim_assignment(queue, one)), item_of(claim_assignment(queue, two))}

    assert len(items) == 2


def test_a_person_gets_an_item_with_overlap_once():
    queue = make_queue(overlap_rate=1.0, overlap_size=3)
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)

    first = claim_assignment(queue, labeler)
    submit_label(first.id, labeler, token=first.token, answers=answer())

    assert claim_assignment(queue, labeler) == Nothing(Barrier.NOTHING_LEFT)


def test_the_highest_priority_comes_first():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 5)
    [urgent] = make_items(queue, 1, priority=5)
    make_items(queue, 5, priority=2)

    assignment = claim_assignment(queue, labeler)

    assert item_of(assignment) == urgent.pk


def test_a_lower_priority_follows_when_nothing_of_the_higher_is_for_this_person():
    queue = make_queue(overlap_rate=1.0, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    [urgent] = make_items(queue, 1, priority=5)
    [other] = make_items(queue, 1)
    first = claim_assignment(queue, labeler)
    submit_label(first.id, labeler, token=first.token, answers=answer())

    second = claim_assignment(queue, labeler)

    assert [item_of(first), item_of(second)] == [urgent.pk, other.pk]


@pytest.mark.parametrize("start", [0.0, 0.5, 0.999999])
def test_the_circle_of_ranks_is_walked_wholly_from_wherever_it_is_entered(start):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 6)

    seen = set()
    while isinstance(assignment := claim_assignment(queue, labeler, draw=lambda: start), Assignment):
        seen.add(item_of(assignment))
        submit_label(assignment.id, labeler, token=assignment.token, answers=answer())

    assert len(seen) == 6


def test_a_lease_that_ran_out_goes_to_somebody_else_and_is_remembered():
    queue = make_queue(lease_seconds=60)
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 1)
    first = claim_assignment(queue, one)

    before = claim_assignment(queue, two)
    shift_clock(61)
    after = claim_assignment(queue, two)

    assert before == Nothing(Barrier.NOTHING_LEFT, retry_after=before.retry_after)
    assert before.retry_after <= 60
    assert after.id != first.id
    assert after.token != first.token
    ended = EndedAssignment.objects.get()
    assert (ended.assignment_id, ended.labeler, ended.why) == (first.id, one, "taken_over")


def test_whoever_comes_back_after_the_lease_goes_on_with_the_same_assignment():
    queue = make_queue(lease_seconds=60)
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    first = claim_assignment(queue, labeler)

    shift_clock(3600)
    again = claim_assignment(queue, labeler)

    assert (again.id, again.token) == (first.id, first.token)
    assert again.lease_until - first.lease_until > timedelta(minutes=59)


def test_a_skipped_item_never_returns_to_the_same_person_but_goes_to_others():
    queue = make_queue()
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    first = claim_assignment(queue, one)
    skip_assignment(first.id, first.token, one, reason="unclear")

    assert claim_assignment(queue, one) == Nothing(Barrier.NOTHING_LEFT)
    assert item_of(claim_assignment(queue, two)) == item.pk


def test_a_slot_of_a_vendor_is_for_its_people_only():
    ours, theirs = make_vendor(), make_vendor()
    queue = make_queue(vendor_shares={str(ours.public_id): 1})
    insider, outsider = make_labeler(vendor=ours, queues=[queue]), make_labeler(vendor=theirs, queues=[queue])
    make_items(queue, 1)

    assert isinstance(claim_assignment(queue, outsider), Nothing)
    assert isinstance(claim_assignment(queue, insider), Assignment)


def test_reserved_work_comes_first_with_its_chance():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], serve_chance=0.1, now=clock.now())

    ordinary = claim_assignment(queue, labeler, draw=lambda: 0.1)
    submit_label(ordinary.id, labeler, token=ordinary.token, answers=answer())
    reserved = claim_assignment(queue, labeler, draw=lambda: 0.0999)

    assert item_of(ordinary) != placed.pk
    assert item_of(reserved) == placed.pk


def test_what_is_mixed_in_by_chance_never_comes_alone():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], serve_chance=0.99, now=clock.now())

    alone = claim_assignment(queue, labeler, draw=lambda: 0.0)
    make_items(queue, 1)
    mixed = claim_assignment(queue, labeler, draw=lambda: 0.0)

    assert alone == Nothing(Barrier.NOTHING_LEFT)
    assert item_of(mixed) == placed.pk


def test_what_is_reserved_for_certain_comes_alone_too():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], now=clock.now())

    assert item_of(claim_assignment(queue, labeler)) == placed.pk


@pytest.mark.parametrize("is_placed", [False, True], ids=["ordinary", "placed"])
def test_after_a_pause_the_same_item_comes_again_whatever_it_was(is_placed):
    queue = make_queue()
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1, answers_needed=0 if is_placed else 1, priority=1)
    if is_placed:
        place_items([item], [labeler], serve_chance=0.5, now=clock.now())
    make_items(queue, 5)
    before = claim_assignment(queue, labeler, draw=lambda: 0.2)
    give_back_leases(labeler)

    others = claim_assignment(queue, other, draw=lambda: 0.2)
    after = claim_assignment(queue, labeler, draw=lambda: 0.9)

    assert item_of(after) == item.pk != item_of(others)
    assert after.id != before.id


def test_what_was_given_back_goes_to_others_when_its_lease_would_have_ended():
    queue = make_queue(lease_seconds=60)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 1)
    claim_assignment(queue, labeler)
    give_back_leases(labeler)

    before = claim_assignment(queue, other)
    shift_clock(61)

    assert isinstance(before, Nothing)
    assert isinstance(claim_assignment(queue, other), Assignment)


def test_what_was_given_back_twice_goes_to_others_when_its_second_lease_would_have_ended():
    queue = make_queue(lease_seconds=60)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 1)
    claim_assignment(queue, labeler)
    give_back_leases(labeler)
    shift_clock(40)
    claim_assignment(queue, labeler)
    give_back_leases(labeler)

    shift_clock(80)
    before = claim_assignment(queue, other)
    shift_clock(101)

    assert isinstance(before, Nothing)
    assert isinstance(claim_assignment(queue, other), Assignment)


def test_giving_back_an_item_that_is_also_reserved_for_the_person_leaves_one_reservation():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    place_items([item], [labeler], serve_chance=0.1, now=clock.now())
    claim_assignment(queue, labeler, draw=lambda: 0.9)

    give_back_leases(labeler)

    assert Slot.objects.filter(item=item, reserved_for=labeler, state=SlotState.OPEN).count() == 1


@pytest.mark.parametrize(("start", "is_taken"), [(0.09, True), (0.1, False)])
def test_one_claim_in_ten_takes_what_was_left_behind_before_what_is_new(start, is_taken):
    queue = make_queue(lease_seconds=60)
    gone, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    claim_assignment(queue, gone)
    make_items(queue, 5)
    shift_clock(61)

    taken = claim_assignment(queue, other, draw=lambda: start)

    assert (item_of(taken) == item.pk) is is_taken


def test_placed_work_is_nobody_elses():
    queue = make_queue()
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], now=clock.now())
    shift_clock(3700)

    assert claim_assignment(queue, other) == Nothing(Barrier.NOTHING_LEFT)
    assert item_of(claim_assignment(queue, labeler)) == placed.pk


@pytest.mark.parametrize("is_placed", [False, True], ids=["ordinary", "placed"])
def test_what_was_given_back_for_long_is_lost_to_a_colleague_whatever_it_was(is_placed):
    queue = make_queue(lease_seconds=60)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1, answers_needed=0 if is_placed else 1)
    if is_placed:
        place_items([item], [labeler], now=clock.now())
    claim_assignment(queue, labeler)
    give_back_leases(labeler)
    shift_clock(61)
    make_items(queue, 5, priority=-1)

    for _ in range(3):
        held = claim_assignment(queue, other, draw=lambda: 0.01)
        submit_label(held.id, other, token=held.token, answers=answer())

    assert not Slot.objects.filter(item=item, state="open").exists()
    assert item_of(claim_assignment(queue, labeler)) != item.pk


def test_placed_work_lapses_also_where_the_colleague_had_the_same_item():
    queue = make_queue(lease_seconds=60)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1, answers_needed=0)
    place_items([item], [labeler, other], now=clock.now())
    mine, theirs = claim_assignment(queue, labeler), claim_assignment(queue, other)
    submit_label(theirs.id, other, token=theirs.token, answers=answer())
    shift_clock(61)
    claim_assignment(queue, other)

    with pytest.raises(LeaseTaken):
        submit_label(mine.id, labeler, token=mine.token, answers=answer())


def test_placed_work_stands_in_the_lane_of_its_persons_vendor_where_answers_are_shared():
    ours, theirs = make_vendor(), make_vendor()
    queue = make_queue(lease_seconds=60, vendor_shares={str(ours.public_id): 1, str(theirs.public_id): 1})
    labeler, stranger = make_labeler(vendor=ours, queues=[queue]), make_labeler(vendor=theirs, queues=[queue])
    [item] = make_items(queue, 1, answers_needed=0)
    place_items([item], [labeler], now=clock.now())
    held = claim_assignment(queue, labeler)
    shift_clock(61)
    claim_assignment(queue, stranger)

    assert submit_label(held.id, labeler, token=held.token, answers=answer())


def test_placed_work_whose_lease_ran_out_is_lost_to_its_person_as_other_work_is():
    queue = make_queue(lease_seconds=60)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], now=clock.now())
    held = claim_assignment(queue, labeler)
    shift_clock(3600)

    assert isinstance(claim_assignment(queue, other), Nothing)
    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer())
    assert Slot.objects.get().state == "cancelled"
    assert EndedAssignment.objects.get().why == "taken_over"
    assert LateAnswer.objects.get().labeler == labeler


def test_placed_work_whose_lease_ran_out_is_its_persons_until_a_colleague_asks():
    queue = make_queue(lease_seconds=60)
    labeler = make_labeler(queues=[queue])
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], now=clock.now())
    held = claim_assignment(queue, labeler)
    shift_clock(3600)

    assert claim_assignment(queue, labeler).id == held.id


def test_a_training_queue_asks_for_a_reservation_and_not_for_a_skill():
    queue = make_queue(kind=QueueKind.TRAINING)
    trainee, other = make_labeler(), make_labeler()
    items = make_items(queue, 2, answers_needed=0)
    make_items(queue, 1)
    place_items(items, [trainee], now=clock.now())

    assert isinstance(claim_assignment(queue, trainee), Assignment)
    assert claim_assignment(queue, other) == Nothing(Barrier.NOTHING_LEFT)


@pytest.mark.parametrize("change", ["suspended_at", "revoked_at", "expires_at"])
def test_a_skill_that_does_not_count_opens_nothing(change):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)
    labeler.skill_grants.update(**{change: clock.now()})

    assert claim_assignment(queue, labeler) == Nothing(Barrier.NOT_CERTIFIED)


@pytest.mark.parametrize(
    ("state", "reason"), [(QueueState.PAUSED, Barrier.PAUSED), (QueueState.CLOSED, Barrier.CLOSED)]
)
def test_a_queue_that_is_not_active_hands_out_nothing(state, reason):
    queue = make_queue(state=state)
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)

    assert claim_assignment(queue, labeler) == Nothing(reason)


def test_somebody_who_was_deactivated_gets_nothing():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)
    labeler.is_active = False
    labeler.save()

    assert claim_assignment(queue, labeler) == Nothing(Barrier.INACTIVE)


def test_what_somebody_held_is_open_to_others_as_soon_as_their_account_is_switched_off():
    queue = make_queue()
    gone, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    claim_assignment(queue, gone)

    deactivate_account(gone.user, actor=other.user, now=clock.now())

    assert item_of(claim_assignment(queue, other)) == item.pk


def test_a_sensitive_item_is_covered():
    queue = make_queue(policy=make_policy())
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1, is_sensitive=True, context={"thread": "parent"})

    assignment = claim_assignment(queue, labeler)

    assert (assignment.is_covered, assignment.content, assignment.context) == (True, None, {})
