"""Who may open the desk of a queue: one rule for pages, lists and claims; and what keeps work back at the door."""

from datetime import timedelta

import pytest

from labeling.engine.eligibility import Barrier
from labeling.enums import QueueKind
from labeling.models import Acknowledgement, Queue, Slot
from labeling.queries.claims import find_door
from labeling.queries.queues import visible_queues
from labeling.queries.workspaces import queues_of_labeler
from labeling.services.assignments import Assignment, Nothing, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from qaplatform import clock
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.accesses import read_access
from tests.builders import answer, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db


def assert_place(queue: Queue, labeler: Labeler, *, has_place: bool) -> None:
    """All three doors say the same."""
    access = read_access(labeler.user)
    assert (find_door(queue.public_id, labeler.pk) is not None) is has_place
    assert queues_of_labeler(labeler.pk).filter(pk=queue.pk).exists() is has_place
    assert visible_queues(access).filter(pk=queue.pk).exists() is has_place


def test_certified_people_have_a_place():
    queue = make_queue()

    assert_place(queue, make_labeler(queues=[queue]), has_place=True)
    assert_place(queue, make_labeler(), has_place=False)


@pytest.mark.parametrize("field", ["suspended_at", "expires_at"])
def test_a_suspended_or_expired_certification_keeps_the_place_and_hands_out_nothing(field):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    SkillGrant.objects.update(**{field: clock.now() - timedelta(hours=1)})

    assert_place(queue, labeler, has_place=True)
    assert claim_assignment(queue, labeler) == Nothing(Barrier.NOT_CERTIFIED)


def test_a_revoked_certification_leaves_a_place_only_while_something_is_in_hand():
    queue = make_queue()
    holder, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue)
    assignment = claim_assignment(queue, holder)
    SkillGrant.objects.update(revoked_at=clock.now())

    assert_place(queue, holder, has_place=True)
    assert_place(queue, other, has_place=False)
    submit_label(assignment.id, holder, token=assignment.token, answers=answer())
    assert_place(queue, holder, has_place=False)


def test_a_queue_without_a_certification_is_nobodys():
    queue = make_queue()
    queue.skill = None
    queue.save()

    assert_place(queue, make_labeler(), has_place=False)


@pytest.mark.parametrize("kind", [QueueKind.TRAINING, QueueKind.AUDIT])
def test_a_reservation_gives_a_place_which_stays_when_all_is_answered(kind):
    queue = make_queue()
    labeler, certified = make_labeler(), make_labeler(queues=[queue])
    Queue.objects.update(kind=kind)
    place_items(make_items(queue, answers_needed=0), [labeler], serve_chance=1.0, now=clock.now())

    assert_place(queue, labeler, has_place=True)
    assert_place(queue, certified, has_place=False)
    assignment = claim_assignment(queue, labeler)
    submit_label(assignment.id, labeler, token=assignment.token, answers=answer())
    assert_place(queue, labeler, has_place=True)


def test_an_emergency_pause_hands_out_nothing_until_it_ends_by_itself():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    Labeler.objects.update(paused_until=clock.now() + timedelta(hours=1))

    assert claim_assignment(queue, labeler) == Nothing(Barrier.LABELER_PAUSED)
    Labeler.objects.update(paused_until=clock.now() - timedelta(seconds=1))
    assert isinstance(claim_assignment(queue, labeler), Assignment)


def test_nothing_is_handed_out_before_the_change_of_the_policy_was_acknowledged():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    Queue.objects.update(acknowledge_version=queue.policy_version)

    assert claim_assignment(queue, labeler) == Nothing(Barrier.MUST_READ_POLICY)
    Acknowledgement.objects.create(labeler=labeler, version=queue.policy_version)
    assert isinstance(claim_assignment(queue, labeler), Assignment)


def test_a_model_need_not_acknowledge():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    Queue.objects.update(acknowledge_version=queue.policy_version)
    Labeler.objects.update(kind=LabelerKind.MODEL)

    assert isinstance(claim_assignment(queue, labeler), Assignment)


def test_an_item_that_was_begun_is_answered_under_the_version_it_was_begun_with():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    older = queue.policy_version
    newer = queue.policy.versions.create(number=2, published_at=clock.now())
    begun = Slot.objects.order_by("id").first()
    Slot.objects.filter(pk=begun.pk).update(pinned_version=older)
    Queue.objects.update(policy_version=newer)

    claim_assignment(queue, labeler)
    claim_assignment(queue, labeler, prefetch=True)

    versions = dict(Slot.objects.values_list("pk", "policy_version"))
    assert versions.pop(begun.pk) == older.pk
    assert set(versions.values()) == {newer.pk}
