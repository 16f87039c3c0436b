"""What one person answered is asked again of others."""

from datetime import timedelta

import pytest

from labeling.models import Label, Requeue, Slot
from labeling.queries.requeues import read_progress, scope_of, unfinished_requeue_ids
from labeling.services import requeue as requeues
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from labeling.services.requeue import carry_out_requeue, requeue_answers
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, make_items, make_labeler, make_queue, make_user

pytestmark = pytest.mark.django_db


def answer_all(queue, labeler):
    while isinstance(held := claim_assignment(queue, labeler), Assignment):
        submit_label(held.id, labeler, token=held.token, answers=answer())


def ask(queue, labeler, **more):
    now = clock.database_now()
    period = {"since": now - timedelta(hours=1), "until": now}
    return requeue_answers(queue, labeler, **(period | {"reason": "Drifted", "actor": make_user()} | more))


def test_answers_are_set_aside_and_asked_once_more_of_somebody_else():
    queue = make_queue()
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    items = make_items(queue, 3, priority=2)
    answer_all(queue, labeler)
    turn = Slot.objects.filter(item=items[0]).get().turn

    requeue = ask(queue, labeler)
    carry_out_requeue(requeue.pk, now=clock.now())

    requeue.refresh_from_db()
    assert (requeue.asked, requeue.left_out, unfinished_requeue_ids()) == (3, 0, [])
    assert Slot.objects.filter(set_aside_by=requeue, state="cancelled", labeler=labeler).count() == 3
    assert set(Slot.objects.filter(asked_by=requeue).values_list("origin", "state", "turn", "slot_no")) == {
        ("requeue", "open", turn, 2)
    }
    assert not isinstance(claim_assignment(queue, labeler), Assignment)
    answer_all(queue, other)
    assert Label.objects.filter(labeler=other).count() == 3
    assert Label.objects.filter(labeler=labeler).count() == 3
    assert TrailEntry.objects.filter(action="answers_asked_again").count() == 1


def test_only_the_period_and_the_persons_ordinary_answers_are_asked_again():
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 2)
    [placed] = make_items(queue, 1, answers_needed=0)
    place_items([placed], [labeler], now=clock.now())
    answer_all(queue, labeler)
    answer_all(queue, other)
    early = Slot.objects.filter(labeler=labeler, origin="entry").order_by("pk").first()
    Slot.objects.filter(pk=early.pk).update(done_at=clock.now() - timedelta(days=3))

    requeue = ask(queue, labeler)
    carry_out_requeue(requeue.pk, now=clock.now())

    set_aside = Slot.objects.get(set_aside_by=requeue)
    assert (set_aside.labeler, set_aside.origin) == (labeler, "entry")
    assert set_aside.pk != early.pk
    assert Slot.objects.filter(state="done").count() == 4


def test_withdrawn_items_stay_as_they_are():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item, _] = make_items(queue, 2)
    answer_all(queue, labeler)
    withdraw_item(item, reason="legal", actor=None)
    now = clock.database_now()

    scope = scope_of(queue, labeler, since=now - timedelta(hours=1), until=now)
    requeue = ask(queue, labeler)
    carry_out_requeue(requeue.pk, now=now)

    requeue.refresh_from_db()
    assert (scope.asked, scope.left_out) == (requeue.asked, requeue.left_out) == (1, 1)


def test_carried_out_in_steps_and_twice_it_is_once(monkeypatch):
    monkeypatch.setattr(requeues, "ANSWERS_A_STEP", 2)
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 5)
    answer_all(queue, labeler)
    requeue = ask(queue, labeler)

    assert requeues._step(requeue.pk, now=clock.now())  # a crash comes after this step
    carry_out_requeue(requeue.pk, now=clock.now())
    carry_out_requeue(requeue.pk, now=clock.now())

    requeue.refresh_from_db()
    assert requeue.asked == 5
    assert Slot.objects.filter(asked_by=requeue).count() == 5


def test_progress_says_how_far_it_is_before_and_after_each_step(monkeypatch):
    monkeypatch.setattr(requeues, "ANSWERS_A_STEP", 2)
    queue = make_queue()
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    items = make_items(queue, 5)
    answer_all(queue, labeler)
    requeue = ask(queue, labeler)
    told = [how_far(requeue)]

    requeues._step(requeue.pk, now=clock.now())
    told.append(how_far(requeue))
    carry_out_requeue(requeue.pk, now=clock.now())
    told.append(how_far(requeue))
    withdraw_item(items[0], reason="legal", actor=None)
    answer_all(queue, other)
    told.append(how_far(requeue))
    carry_out_requeue(ask(queue, other).pk, now=clock.now())
    told.append(how_far(requeue))

    # State, asked so far, of how many, new answers in, still needed.
    assert told == [
        ("waiting", 0, 5, 0, 0),
        ("running", 2, 5, 0, 2),
        ("finished", 5, 5, 0, 5),
        ("finished", 5, 5, 4, 0),
        ("finished", 5, 5, 4, 0),
    ]


def how_far(requeue):
    [row] = read_progress(Requeue.objects.filter(pk=requeue.pk))
    return row.state, row.requeue.asked, row.total, row.given, row.needed


def test_an_answer_asked_again_may_be_asked_again_of_a_third():
    queue = make_queue()
    people = [make_labeler(queues=[queue]) for _ in range(3)]
    make_items(queue)
    for person in people[:2]:
        answer_all(queue, person)
        carry_out_requeue(ask(queue, person).pk, now=clock.now())

    answer_all(queue, people[2])

    assert [slot.state for slot in Slot.objects.order_by("slot_no")] == ["cancelled", "cancelled", "done"]


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"reason": " "}, InvalidInput, "Give a reason"),
        ({"since": clock.now() + timedelta(days=1)}, InvalidInput, "ends before it begins"),
        ({"until": clock.now() - timedelta(minutes=30)}, Refused, "gave no answer"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(more, error, words):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    answer_all(queue, labeler)

    with pytest.raises(error, match=words):
        ask(queue, labeler, **more)


def test_one_at_a_time():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    answer_all(queue, labeler)
    ask(queue, labeler)

    with pytest.raises(Refused, match="already"):
        ask(queue, labeler)
