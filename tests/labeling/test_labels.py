"""Answers: stored once, revised for a while, never lost."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.errors import AlreadyRevised, InvalidAnswer, KeyReused, LeaseTaken, UndoClosed
from labeling.models import IdempotentAnswer, Label, LateAnswer
from labeling.queries.labels import current_labels
from labeling.services.assignments import claim_assignment, give_back_leases
from labeling.services.labels import Submission, revise_label, submit_label, submit_under_key
from labeling.services.pruning import prune_idempotent_answers
from labeling.signals import label_recorded
from labeling.tasks import prune_keys
from qaplatform import clock
from qaplatform.errors import DomainError, NotFound
from tests.builders import answer, make_items, make_labeler, make_queue
from tests.labeling.clocks import shift_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


@pytest.fixture
def labeler(queue):
    return make_labeler(queues=[queue])


def submit_one(queue, labeler, category="spam"):
    held = claim_assignment(queue, labeler)
    return submit_label(held.id, labeler, token=held.token, answers=answer(category))


def test_a_label_says_under_what_it_was_made(queue, labeler):
    [item] = make_items(queue, 1)

    label = submit_one(queue, labeler)

    stored = Label.objects.get()
    assert stored == label
    assert (stored.item, stored.queue, stored.labeler) == (item, queue, labeler)
    assert (stored.policy_version, stored.schema) == (queue.policy_version, queue.schemas.get())
    assert stored.claimed_at <= stored.created_at
    assert stored.slot.done_at == stored.created_at


def test_listeners_hear_of_it_in_the_same_transaction(queue, labeler):
    [item] = make_items(queue, 1)
    held = claim_assignment(queue, labeler)

    def refuse(**event):
        raise RuntimeError(event["item_id"])

    label_recorded.connect(refuse)
    with pytest.raises(RuntimeError, match=str(item.pk)), transaction.atomic():
        submit_label(held.id, labeler, token=held.token, answers=answer())
    label_recorded.disconnect(refuse)

    assert not Label.objects.exists()
    assert submit_label(held.id, labeler, token=held.token, answers=answer()).pk


def test_a_revision_stands_instead_of_the_first_answer(queue, labeler):
    make_items(queue, 1)
    first = submit_one(queue, labeler)

    revision = revise_label(first, labeler, answers=answer("scam"))

    assert revision.revises == first
    assert list(current_labels()) == [revision]
    assert Label.objects.get(pk=first.pk).answers == {"category": "spam"}


def test_a_label_has_one_revision_and_that_can_be_revised_in_turn(queue, labeler):
    make_items(queue, 1)
    first = submit_one(queue, labeler)
    second = revise_label(first, labeler, answers=answer("scam"))

    with pytest.raises(AlreadyRevised):
        revise_label(first, labeler, answers=answer("no_violation"))
    third = revise_label(second, labeler, answers=answer("no_violation"))

    assert list(current_labels()) == [third]


def test_the_next_submit_closes_undo(queue, labeler):
    make_items(queue, 2)
    first = submit_one(queue, labeler)
    submit_one(queue, labeler)

    with pytest.raises(UndoClosed):
        revise_label(first, labeler, answers=answer("scam"))


def test_five_minutes_close_undo(queue, labeler):
    make_items(queue, 1)
    first = submit_one(queue, labeler)
    shift_clock(301)

    with pytest.raises(UndoClosed):
        revise_label(first, labeler, answers=answer("scam"))


def test_nobody_revises_the_answer_of_somebody_else(queue, labeler):
    make_items(queue, 1)
    first = submit_one(queue, labeler)

    with pytest.raises(NotFound):
        revise_label(first, make_labeler(queues=[queue]), answers=answer("scam"))


def test_a_revision_that_does_not_fit_is_refused(queue, labeler):
    make_items(queue, 1)
    first = submit_one(queue, labeler)

    with pytest.raises(InvalidAnswer):
        revise_label(first, labeler, answers=answer("weather"))


def test_the_database_refuses_a_second_first_label_of_a_slot(queue, labeler):
    make_items(queue, 1)
    label = submit_one(queue, labeler)
    label.pk = None
    label.public_id = "00000000-0000-4000-8000-000000000000"

    with pytest.raises(IntegrityError, match="first_label_once_a_slot"):
        label.save(force_insert=True)


def test_a_key_that_stored_one_answer_is_refused_for_another_assignment(queue, labeler):
    make_items(queue, 2)
    first = claim_assignment(queue, labeler)
    submit_under_key(first.id, labeler, Submission(first.token, answer()), key="k", body_hash="one")
    second = claim_assignment(queue, labeler)

    with pytest.raises(KeyReused):
        submit_under_key(second.id, labeler, Submission(second.token, answer()), key="k", body_hash="two")

    assert Label.objects.count() == 1
    assert claim_assignment(queue, labeler).id == second.id


def test_a_late_answer_keeps_the_item_from_coming_back(queue, labeler):
    other = make_labeler(queues=[queue])
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    shift_clock(queue.lease_seconds + 1)
    taken = claim_assignment(queue, other)
    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer())
    give_back_leases(other)

    assert claim_assignment(queue, labeler).reason == "nothing_left"
    assert claim_assignment(queue, other).id != taken.id


def test_an_answer_after_a_pause_is_kept_as_late(queue, labeler):
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)

    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer())

    assert LateAnswer.objects.get().answers == {"category": "spam"}


def test_each_late_text_is_kept_and_the_same_one_once(queue, labeler):
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)

    for said, rationale in [("spam", ""), ("scam", ""), ("spam", ""), ("spam", "A link.")]:
        with pytest.raises(LeaseTaken, match="kept as work done"):
            submit_label(held.id, labeler, token=held.token, answers=answer(said), rationale=rationale)

    kept = LateAnswer.objects.order_by("pk").values_list("answers__category", "rationale")
    assert list(kept) == [("spam", ""), ("scam", ""), ("spam", "A link.")]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sends=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["spam", "scam"])), min_size=1, max_size=6))
def test_whatever_is_sent_again_stores_once_and_answers_alike(queue, labeler, sends):
    """One assignment, two keys, two bodies, in any order: the first fitting send decides, its repeats get its bytes."""
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    before = Label.objects.count()
    IdempotentAnswer.objects.all().delete()
    outcomes: dict[tuple[str, str], object] = {}

    for key, category in sends:
        submission = Submission(held.token, answer(category))
        try:
            receipt = submit_under_key(held.id, labeler, submission, key=key, body_hash=category)
            outcome: object = (receipt.status, receipt.label)
        except DomainError as error:
            outcome = (error.http_status, error.code)
        assert outcomes.setdefault((key, category), outcome) == outcome

    first_key, first_category = sends[0]
    assert Label.objects.count() == before + 1
    assert [outcome[0] for outcome in outcomes.values()].count(201) == 1
    for (key, category), outcome in outcomes.items():
        if (key, category) == (first_key, first_category):
            assert outcome[0] == 201
        else:
            assert outcome == ((422, "key_reused") if key == first_key else (409, "already_answered"))


def test_keys_are_kept_for_seven_days(queue, labeler):
    make_items(queue, 2)
    now = clock.now()
    for key, age in (("old", timedelta(days=7, minutes=1)), ("young", timedelta(days=6))):
        held = claim_assignment(queue, labeler)
        submit_under_key(held.id, labeler, Submission(held.token, answer()), key=key, body_hash="x")
        IdempotentAnswer.objects.filter(key=key).update(created_at=now - age)

    assert prune_keys() == 1
    assert prune_keys() == 0
    assert prune_idempotent_answers(now=now) == 0
    assert IdempotentAnswer.objects.get().key == "young"
