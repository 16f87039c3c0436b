"""The pages of asking a person's answers again: count, confirmation, progress."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from labeling.models import Requeue, Slot
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.requeue import carry_out_requeue
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import SkillGrant
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, client_for, make_items, make_labeler, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue("Spam")


@pytest.fixture
def lena(queue):
    """Three answers, one of them to an item that was withdrawn since."""
    lena = make_labeler("lena", queues=[queue])
    items = make_items(queue, 3)
    answer_all(queue, lena)
    withdraw_item(items[0], reason="legal", actor=None)
    return lena


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


def answer_all(queue, labeler):
    while isinstance(held := claim_assignment(queue, labeler), Assignment):
        submit_label(held.id, labeler, token=held.token, answers=answer())


def address(queue):
    return reverse("labeling:ask_again", args=[queue.public_id])


def period(labeler, **more):
    since = clock.now() - timedelta(days=1)
    return {"labeler": str(labeler.public_id), "since": since.strftime("%Y-%m-%dT%H:%M"), "until": ""} | more


def read(response):
    return " ".join(strip_tags(response.content.decode()).replace("&#x27;", "'").split())


def read_queue_page(client, queue):
    return read(client.get(reverse("labeling:queue", args=[queue.public_id])))


def test_the_count_comes_first_and_changes_nothing(quinn, queue, lena):
    make_labeler("omar", queues=[queue])

    page = read(quinn.get(address(queue), period(lena)))

    assert "2 answers of lena would be asked of others; 1 stays because its item was withdrawn" in page
    assert "1 other person is certified for this queue." in page
    assert "Ask 2 answers again" in page
    assert Requeue.objects.count() == 0


def test_confirming_asks_again_and_leads_to_the_queue(quinn, queue, lena):
    answer = quinn.post(address(queue), period(lena, reason="Drifted"))

    requeue = Requeue.objects.get()
    assert (requeue.labeler, requeue.queue, requeue.reason, requeue.requested_by.username) == (
        lena,
        queue,
        "Drifted",
        "quinn",
    )
    assert answer.status_code == 302
    assert answer.url == f"{reverse('labeling:queue', args=[queue.public_id])}#asked-again-title"
    entry = TrailEntry.objects.get(action="answers_asked_again")
    assert (entry.target_id, entry.detail["answers"], entry.detail["reason"]) == (requeue.public_id, 2, "Drifted")


def test_nobody_else_certified_is_said_before_it_is_confirmed(quinn, queue, lena):
    other = make_labeler("omar", queues=[queue])
    SkillGrant.objects.filter(labeler=other).update(expires_at=clock.now() - timedelta(days=1))

    assert "Nobody else is certified for this queue yet" in read(quinn.get(address(queue), period(lena)))


def test_what_is_answered_after_the_count_was_shown_is_not_asked_again(quinn, queue, lena):
    shown = quinn.get(address(queue), period(lena)).context["confirm"].initial
    make_items(queue, 2)
    answer_all(queue, lena)

    quinn.post(address(queue), {**shown, "reason": "Drifted"})
    carry_out_requeue(Requeue.objects.get().pk, now=clock.now())

    assert Requeue.objects.get().asked == 2
    assert Slot.objects.filter(labeler=lena, state="done").count() == 3


def test_confirming_twice_asks_once(quinn, queue, lena):
    quinn.post(address(queue), period(lena, reason="Drifted"))

    while_waiting = quinn.post(address(queue), period(lena, reason="Drifted"))
    carry_out_requeue(Requeue.objects.get().pk, now=clock.now())
    afterwards = quinn.post(address(queue), period(lena, reason="Drifted"))

    assert (while_waiting.status_code, afterwards.status_code) == (422, 422)
    assert "Answers of lena in Spam are being asked again already. Wait until that is done." in read(while_waiting)
    assert "lena gave no answer in Spam in this period that could be asked again." in read(afterwards)
    assert Requeue.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": " "}, "Write the reason: it stays with what was asked again."),
        ({"reason": "x" * 501}, "Give a reason of 1 to 500 characters."),
        ({"since": "2100-01-01T00:00"}, "The period ends before it begins. Choose an earlier start."),
        ({"since": "soon"}, "Write a date and a time."),
        ({"since": ""}, "Choose from when on."),
        ({"until": "later"}, "Write a date and a time, or leave it empty."),
        ({"labeler": ""}, "Choose the person whose answers are asked again."),
        ({"labeler": "lena"}, "Choose somebody who has answered in this queue."),
        ({"until": "2020-01-02T00:00", "since": "2020-01-01T00:00"}, "gave no answer in Spam in this period"),
        ({"shown_at": "now"}, "Choose “Show what happens” again."),
    ],
)
def test_what_cannot_be_is_told_beside_the_form(quinn, queue, lena, changed, words):
    answer = quinn.post(address(queue), period(lena, reason="Drifted") | changed)

    assert answer.status_code == 422
    assert words in read(answer)
    assert Requeue.objects.count() == 0


def test_somebody_who_has_not_answered_here_reads_like_nobody(quinn, queue, lena):
    elsewhere = make_labeler("omar", queues=[queue])
    unknown = period(lena) | {"labeler": "00000000-0000-4000-8000-000000000000"}

    pages = [read(quinn.get(address(queue), asked)) for asked in (period(elsewhere), unknown)]

    assert pages[0] == pages[1]
    assert "Choose somebody who has answered in this queue." in pages[0]


def test_a_queue_without_answers_says_so_and_a_queue_of_a_set_has_no_such_page(quinn, queue):
    training = make_queue("Set", kind="training")

    assert "Nobody has answered here yet" in read(quinn.get(address(queue)))
    assert quinn.get(address(training)).status_code == 404


def test_the_form_begins_with_the_person_that_the_address_names(quinn, queue, lena):
    form = quinn.get(address(queue), {"labeler": str(lena.public_id)}).context["form"]

    assert form["labeler"].value() == str(lena.public_id)
    assert not form.is_bound


def test_only_whoever_runs_queues_may(queue, lena):
    trainer = make_user(roles=[Role.TRAINER])
    lead = make_user(roles=[Role.TEAM_LEAD], vendor=lena.vendor)
    vendor_manager = make_user(roles=[Role.VENDOR_MANAGER], vendor=lena.vendor)
    quality_of_vendor = make_user(roles=[Role.QA_MANAGER], vendor=lena.vendor)
    elsewhere = make_user(roles=[Role.QA_MANAGER], vendor=make_vendor())
    people = [trainer, lead, vendor_manager, quality_of_vendor, elsewhere, lena]

    answers = [
        call(address(queue), period(lena, reason="Drifted")).status_code
        for person in people
        for call in (client_for(person).get, client_for(person).post)
    ]

    assert set(answers) == {404}
    assert Requeue.objects.count() == 0


def test_the_queue_page_follows_it_to_the_end(quinn, queue, lena):
    omar = make_labeler("omar", queues=[queue])
    before = read_queue_page(quinn, queue)
    quinn.post(address(queue), period(lena, reason="Drifted"))
    waiting = read_queue_page(quinn, queue)

    carry_out_requeue(Requeue.objects.get().pk, now=clock.now())
    finished = read_queue_page(quinn, queue)
    held = claim_assignment(queue, omar)
    submit_label(held.id, omar, token=held.token, answers=answer())
    one_in = read_queue_page(quinn, queue)
    answer_all(queue, omar)
    all_in = read_queue_page(quinn, queue)

    assert "No answers were asked again" in before
    assert "2 answers wait to be asked again" in waiting
    assert "2 answers were asked again; 1 stayed because its item was withdrawn" in finished
    assert "0 of 2 new answers are in." in finished
    assert "1 of 2 new answers is in." in one_in
    assert "All new answers are in." in all_in
    assert "quinn" in all_in
    assert "Drifted" in all_in


def test_a_trainer_reads_the_progress_and_is_offered_nothing(queue, lena, quinn):
    quinn.post(address(queue), period(lena, reason="Drifted"))
    trainer = client_for(make_user(roles=[Role.TRAINER]))

    page = trainer.get(reverse("labeling:queue", args=[queue.public_id])).content.decode()

    assert "Drifted" in page
    assert address(queue) not in page


def test_the_queue_page_asks_the_database_as_often_for_three_requeues_as_for_one(
    quinn, queue, lena, django_assert_max_num_queries
):
    page = reverse("labeling:queue", args=[queue.public_id])
    quinn.post(address(queue), period(lena, reason="Drifted"))
    quinn.get(page)
    with django_assert_max_num_queries(100) as for_one:
        quinn.get(page)
    allowed = len(for_one)
    for name in ("omar", "mia"):
        make_items(queue, 2)
        answer_all(queue, person := make_labeler(name, queues=[queue]))
        quinn.post(address(queue), period(person, reason="Drifted"))

    with django_assert_max_num_queries(allowed):
        quinn.get(page)
    assert Requeue.objects.count() == 3
