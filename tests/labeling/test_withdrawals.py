"""Taking items out of work while people have them."""

import pytest

from labeling.errors import ItemWithdrawn
from labeling.models import EndedAssignment, Label, LateAnswer, Slot
from labeling.queries.contents import shown_content
from labeling.services.assignments import (
    Nothing,
    claim_assignment,
    extend_lease,
    reveal_item,
    skip_assignment,
)
from labeling.services.labels import revise_label, submit_label
from labeling.services.placement import Why, place_items
from labeling.services.withdrawals import withdraw_item
from labeling.signals import label_recorded
from qaplatform import clock
from qaplatform.people.access import Access, Holding
from qaplatform.people.enums import Role, Scope
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, make_items, make_labeler, make_queue, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(overlap_rate=1.0, overlap_size=3)


def test_withdrawing_cancels_open_slots_and_recalls_leases(queue):
    labeler, actor = make_labeler(queues=[queue]), make_user()
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)

    withdraw_item(item, reason="legal request", actor=actor)

    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}
    ended = EndedAssignment.objects.get()
    assert (ended.assignment_id, ended.labeler, ended.why) == (held.id, labeler, "withdrawn")
    entry = TrailEntry.objects.get()
    assert (entry.action, entry.target_id, entry.actor) == ("withdraw", item.public_id, actor)
    assert isinstance(claim_assignment(queue, labeler), Nothing)


def test_withdrawing_twice_is_withdrawing_once(queue):
    [item] = make_items(queue, 1)

    first = withdraw_item(item, reason="one", actor=None)
    second = withdraw_item(item, reason="two", actor=None)

    assert (second.withdrawn_at, second.withdrawn_reason) == (first.withdrawn_at, "one")
    assert TrailEntry.objects.count() == 1


def test_an_answer_to_a_withdrawn_item_is_kept_as_late(queue):
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    withdraw_item(item, reason="legal", actor=None)

    with pytest.raises(ItemWithdrawn):
        submit_label(held.id, labeler, token=held.token, answers=answer())

    assert LateAnswer.objects.get().assignment_id == held.id
    assert not Label.objects.exists()


@pytest.mark.parametrize("act", [extend_lease, reveal_item])
def test_a_withdrawn_item_is_neither_kept_nor_shown(queue, act):
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    withdraw_item(item, reason="legal", actor=None)

    with pytest.raises(ItemWithdrawn):
        act(held.id, held.token, labeler)


@pytest.mark.parametrize("reason", ["illegal", "imminent_harm"])
def test_an_escalation_that_names_danger_withdraws_the_item(queue, reason):
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held, beside = claim_assignment(queue, one), claim_assignment(queue, two)

    skip_assignment(held.id, held.token, one, reason=reason)

    item.refresh_from_db()
    assert item.withdrawn_reason == reason
    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}
    assert EndedAssignment.objects.get(assignment_id=beside.id).why == "withdrawn"
    assert TrailEntry.objects.get().actor == one.user


def test_other_escalations_leave_the_item_in_work(queue):
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)

    skip_assignment(held.id, held.token, labeler, reason="escalate")

    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert Slot.objects.filter(state="open").count() == 3


def test_an_answer_in_a_category_that_is_never_sampled_withdraws_the_item(queue):
    queue.policy.categories.filter(code="scam").update(never_sample=True)
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, one)
    claim_assignment(queue, two)

    submit_label(held.id, one, token=held.token, answers=answer("scam"))

    item.refresh_from_db()
    assert item.withdrawn_reason == "never_sample"
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "done"]


def test_a_revision_into_such_a_category_withdraws_as_well(queue):
    queue.policy.categories.filter(code="scam").update(never_sample=True)
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    label = submit_label(held.id, labeler, token=held.token, answers=answer())

    revise_label(label, labeler, answers=answer("scam"))

    item.refresh_from_db()
    assert item.withdrawn_at is not None


def test_a_withdrawn_item_cannot_be_placed(queue):
    [item] = make_items(queue, 1)
    withdraw_item(item, reason="legal", actor=None)

    placed = place_items([item], [make_labeler()], now=clock.now())

    assert [refusal.reason for refusal in placed.refused] == [Why.WITHDRAWN]


def test_withdrawn_content_is_for_the_escalation_role_only(queue):
    [item] = make_items(queue, 1, content={"text": "harsh"})
    item = withdraw_item(item, reason="legal", actor=None)

    shown = {
        role: shown_content(item, Access(user_id=1, holdings=frozenset({Holding(role, Scope.PLATFORM)}))).content
        for role in (Role.QA_MANAGER, Role.ADMINISTRATOR, Role.ESCALATION)
    }

    assert shown == {Role.QA_MANAGER: {}, Role.ADMINISTRATOR: {}, Role.ESCALATION: {"text": "harsh"}}


def test_whoever_counts_answers_is_told(queue):
    [item] = make_items(queue, 1)
    told = []

    def listen(**event):
        told.append((event["queue_id"], event["labeler_id"], event["item_id"]))

    label_recorded.connect(listen)
    withdraw_item(item, reason="legal", actor=None)
    label_recorded.disconnect(listen)

    assert told == [(queue.pk, None, None)]
