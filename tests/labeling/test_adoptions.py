"""A queue moves to another policy version while people work in it."""

from datetime import timedelta

import pytest

from labeling.enums import QueueKind, SkipReason, SlotState
from labeling.models import Acknowledgement, Adoption, Item, Label, Queue, Skip, Slot
from labeling.queries.claims import read_door
from labeling.services.adoptions import adopt_version, apply_adoption, cancel_adoption
from labeling.services.assignments import Nothing, claim_assignment, claim_at, skip_assignment
from labeling.services.labels import submit_label
from labeling.signals import policy_adopted
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, make_items, make_labeler, make_policy, make_queue, make_user
from tests.labeling.moves import move_due_queues

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def publish(queue, *, changed=("1.1",), without=()):
    """The next version of the queue's policy: these clauses get new text and are marked, those are dropped."""
    latest = queue.policy.versions.latest("number")
    version = queue.policy.versions.create(number=latest.number + 1, published_at=clock.now())
    for revision in latest.revisions.select_related("clause").exclude(clause__code__in=without):
        is_changed = revision.clause.code in changed
        version.revisions.add(renew(revision) if is_changed else revision)
        if is_changed:
            version.changed_clauses.add(revision.clause)
    return version


def renew(revision):
    """The clause with another text."""
    number = revision.clause.revisions.latest("number").number + 1
    return revision.clause.revisions.create(number=number, title=revision.title, text=f"Text {number}.")


def announce(queue, version, *, unfinished="finish", at=None, grace=HOUR):
    now = clock.now()
    actor = make_user()
    return adopt_version(queue, version, at=at or now, unfinished=unfinished, grace=grace, actor=actor, now=now)


def adopt(queue, version, **how):
    """Announce it and let it be carried out."""
    adoption = announce(queue, version, **how)
    apply_adoption(adoption.pk, now=clock.now())
    adoption.refresh_from_db()
    queue.refresh_from_db()
    return adoption


def acknowledge(labeler, version):
    Acknowledgement.objects.create(labeler=labeler, version=version)


def answer_next(queue, labeler, category="spam"):
    assignment = claim_assignment(queue, labeler)
    assert not isinstance(assignment, Nothing), assignment
    return submit_label(assignment.id, labeler, token=assignment.token, answers=answer(category))


def versions_of_open(item):
    return [slot.pinned_version_id for slot in item.slots.filter(state=SlotState.OPEN).order_by("slot_no")]


def test_a_queue_moves_when_its_time_has_come_and_not_before():
    queue = make_queue()
    version = publish(queue)
    adoption = announce(queue, version, at=clock.now() + HOUR)

    assert move_due_queues(now=clock.now()) == 0
    queue.refresh_from_db()
    assert queue.policy_version != version

    assert move_due_queues(now=clock.now() + HOUR + MINUTE) == 1
    queue.refresh_from_db()
    adoption.refresh_from_db()
    assert (queue.policy_version, queue.acknowledge_version) == (version, version)
    assert adoption.applied_at is not None
    assert list(TrailEntry.objects.values_list("action", flat=True)) == ["adoption_announced", "policy_adopted"]


def test_a_change_of_wording_alone_asks_nobody_to_read():
    queue = make_queue()

    adoption = adopt(queue, publish(queue, changed=()))

    assert queue.acknowledge_version is None
    assert adoption.changed_clauses.count() == 0


def test_clauses_that_come_and_go_between_the_versions_are_changed_ones():
    queue = make_queue()
    publish(queue, changed=["1.1"])
    version = publish(queue, changed=[], without=["1.3"])

    adoption = announce(queue, version)

    assert [clause.code for clause in adoption.changed_clauses.all()] == ["1.1", "1.3"]


def test_items_that_were_begun_are_finished_under_their_version():
    queue = make_queue(base_answers=2, overlap_size=2)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [begun] = make_items(queue)
    answer_next(queue, first)
    [fresh] = make_items(queue)
    old, version = queue.policy_version, publish(queue)

    adoption = adopt(queue, version)
    acknowledge(second, version)
    for _ in range(2):
        answer_next(queue, second)

    given = dict(Label.objects.filter(labeler=second).values_list("item", "policy_version"))
    assert given == {begun.pk: old.pk, fresh.pk: version.pk}
    assert adoption.counts == {"pinned_slots": 1}


def test_what_somebody_has_in_hand_ends_under_the_version_that_it_was_claimed_with():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    old, version = queue.policy_version, publish(queue)
    assignment = claim_assignment(queue, labeler)

    adopt(queue, version)
    label = submit_label(assignment.id, labeler, token=assignment.token, answers=answer())

    assert label.policy_version == old


def test_the_other_answers_of_an_item_in_hand_are_given_under_its_version():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue)
    old, version = queue.policy_version, publish(queue)
    claim_assignment(queue, labeler)

    adopt(queue, version)

    assert versions_of_open(item) == [old.pk]


def test_a_lease_that_runs_out_on_an_item_without_answers_is_taken_over_under_the_new_version():
    queue = make_queue(lease_seconds=10)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue)
    claim_assignment(queue, first)
    version = publish(queue)

    adopt(queue, version)
    acknowledge(second, version)
    Slot.objects.update(lease_until=clock.now() - MINUTE)

    assert answer_next(queue, second).policy_version == version


def test_restarted_items_are_asked_anew_with_all_their_answers():
    queue = make_queue(base_answers=3, overlap_size=3)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [begun] = make_items(queue, external_id="post-1")
    answer_next(queue, first)
    version = publish(queue)

    adoption = adopt(queue, version, unfinished="restart")

    anew = Item.objects.get(external_id="post-1")
    begun.refresh_from_db()
    assert anew.pk != begun.pk
    assert anew.content_hash == begun.content_hash
    assert begun.external_id.startswith("post-1 (v1, ")
    assert [slot.state for slot in begun.slots.order_by("slot_no")].count("cancelled") == 2
    assert versions_of_open(anew) == [version.pk] * 3
    assert adoption.counts == {"restarted_items": 1, "cancelled_slots": 2}
    for labeler in (first, second):
        acknowledge(labeler, version)
        assert answer_next(queue, labeler).item == anew


def test_items_that_nobody_began_stay_as_they_are_at_a_restart():
    queue = make_queue(base_answers=2, overlap_size=2)
    [fresh] = make_items(queue)

    adopt(queue, publish(queue), unfinished="restart")

    assert list(Item.objects.all()) == [fresh]
    assert versions_of_open(fresh) == [None, None]


def test_whoever_skipped_an_item_for_their_own_sake_does_not_meet_it_again_after_a_restart():
    queue = make_queue(base_answers=2, overlap_size=2)
    first, second = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue)
    answer_next(queue, first)
    assignment = claim_assignment(queue, second)
    skip_assignment(assignment.id, assignment.token, second, reason=SkipReason.WELLBEING)
    version = publish(queue)

    adopt(queue, version, unfinished="restart")
    acknowledge(second, version)

    assert isinstance(claim_assignment(queue, second), Nothing)
    assert Skip.objects.count() == 2


def test_an_item_in_hand_at_a_restart_keeps_its_answer_under_the_old_version():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, external_id="post-1")
    old, version = queue.policy_version, publish(queue)
    assignment = claim_assignment(queue, labeler)

    adopt(queue, version, unfinished="restart")
    label = submit_label(assignment.id, labeler, token=assignment.token, answers=answer())

    assert (label.item, label.policy_version) == (item, old)
    assert versions_of_open(Item.objects.get(external_id="post-1")) == [version.pk] * 2


def test_a_withdrawn_item_is_not_entered_anew():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    assignment = claim_assignment(queue, labeler)
    skip_assignment(assignment.id, assignment.token, labeler, reason=SkipReason.ILLEGAL)

    adopt(queue, publish(queue), unfinished="restart")

    assert Item.objects.count() == 1


def test_nobody_is_handed_anything_before_reading_the_change():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    version = publish(queue)

    adopt(queue, version)
    before = claim_assignment(queue, labeler)
    acknowledge(labeler, version)

    assert isinstance(before, Nothing)
    assert before.reason == "must_read_policy"
    assert answer_next(queue, labeler).policy_version == version


def test_carried_out_twice_is_carried_out_once():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    answer_next(queue, labeler)
    heard = []
    policy_adopted.connect(lambda adoption_id, **_: heard.append(adoption_id), weak=False, dispatch_uid="test")

    adoption = adopt(queue, publish(queue), unfinished="restart")
    first = adoption.counts
    for seconds in (1, 20, 40):
        move_due_queues(now=clock.now() + timedelta(seconds=seconds))
    adoption.refresh_from_db()
    policy_adopted.disconnect(dispatch_uid="test")

    assert heard == [adoption.pk]
    assert adoption.counts == first
    assert Item.objects.count() == 2
    assert adoption.settled_at is not None


def test_a_claim_that_slipped_in_at_the_move_is_settled_afterwards():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue)
    old, version = queue.policy_version, publish(queue)
    adoption = adopt(queue, version)
    Queue.objects.update(policy_version=old, acknowledge_version=None)
    claim_assignment(queue, labeler)
    Queue.objects.update(policy_version=version)

    apply_adoption(adoption.pk, now=clock.now())

    assert versions_of_open(item) == [old.pk]


def test_a_claim_whose_door_was_read_before_the_move_records_the_version_that_the_queue_follows():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    version = publish(queue)
    door = read_door(queue.pk, labeler.pk)
    adopt(queue, version)

    claim_at(door)

    assert Slot.objects.get(labeler=labeler).policy_version == version


def test_a_second_move_unpins_what_was_entered_anew_and_not_begun():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    make_items(queue, external_id="post-1")
    answer_next(queue, labeler)
    adopt(queue, publish(queue), unfinished="restart")
    third = publish(queue)

    adopt(queue, third)

    assert versions_of_open(Item.objects.get(external_id="post-1")) == [None, None]


def test_an_item_that_outlives_two_moves_stays_with_its_first_version():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue)
    old = queue.policy_version
    answer_next(queue, labeler)

    adopt(queue, publish(queue))
    adopt(queue, publish(queue))

    assert versions_of_open(item) == [old.pk]


def test_a_queue_can_go_back_to_an_older_version():
    queue = make_queue()
    old = queue.policy_version
    adopt(queue, publish(queue))

    adoption = adopt(queue, old)

    assert (queue.policy_version, queue.acknowledge_version) == (old, old)
    assert [clause.code for clause in adoption.changed_clauses.all()] == ["1.1"]


def test_a_move_that_was_called_off_does_not_happen():
    queue = make_queue()
    version = publish(queue)
    adoption = announce(queue, version, at=clock.now() + HOUR)

    cancel_adoption(adoption, actor=make_user(), now=clock.now())
    cancel_adoption(adoption, actor=make_user(), now=clock.now())
    move_due_queues(now=clock.now() + 2 * HOUR)

    queue.refresh_from_db()
    assert queue.policy_version != version
    assert TrailEntry.objects.filter(action="adoption_cancelled").count() == 1
    assert announce(queue, version).pk != adoption.pk


def test_a_move_that_happened_cannot_be_called_off():
    queue = make_queue()
    adoption = adopt(queue, publish(queue))

    with pytest.raises(Refused, match="To go back, let it adopt the earlier version"):
        cancel_adoption(adoption, actor=make_user(), now=clock.now())


def test_the_version_that_a_queue_follows_is_refused():
    queue = make_queue()

    with pytest.raises(InvalidInput, match="follows version 1 already"):
        announce(queue, queue.policy_version)


def test_a_version_of_another_policy_is_refused():
    with pytest.raises(InvalidInput, match="this queue's policy"):
        announce(make_queue(), make_policy().versions.get())


def test_a_time_in_the_past_is_refused():
    queue = make_queue()

    with pytest.raises(InvalidInput, match="This time is past"):
        announce(queue, publish(queue), at=clock.now() - HOUR)


@pytest.mark.parametrize("grace", [-HOUR, timedelta(days=15)])
def test_a_grace_period_out_of_bounds_is_refused(grace):
    queue = make_queue()

    with pytest.raises(InvalidInput, match="0 to 336 hours"):
        announce(queue, publish(queue), grace=grace)


def test_a_second_move_to_come_is_refused():
    queue = make_queue()
    announce(queue, publish(queue), at=clock.now() + HOUR)

    with pytest.raises(Refused, match="is to move to version 2 already"):
        announce(queue, publish(queue), at=clock.now() + 2 * HOUR)


def test_a_training_queue_keeps_its_version():
    queue = make_queue(kind=QueueKind.TRAINING)

    with pytest.raises(Refused, match="keep the version"):
        announce(queue, publish(queue))
    assert not Adoption.objects.exists()
