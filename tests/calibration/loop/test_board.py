"""The board and the trainer's pages: counts that are filters, acts on several, queries that do not grow."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt
from calibration.queries.boards import BoardWish, board, filtered, state_counts
from calibration.services.assigning import assign_set, cancel_attempts
from calibration.services.attempts import score_attempts
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_user
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


def one_in_each_state(floor: Floor) -> None:
    """Somebody has passed, somebody not, and so on: seven people with the same practice."""
    made = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE, n=2, pass_mark=2)
    people = [
        make_labeler(f"{name}", team=floor.team) for name in ("new", "begun", "late", "off", "good", "bad", "gone")
    ]
    attempts = {person.display_name: assign(made, person, actor=floor.tara) for person in people}
    for name, given in {"begun": ["spam"], "good": ["spam", "spam"], "bad": ["spam", "scam"]}.items():
        answer_set(attempts[name], given)
    score_attempts(made.training_queue)
    Attempt.objects.filter(pk=attempts["late"].pk).update(due_at=clock.now() - timedelta(days=1))
    people[3].is_active = False
    people[3].save(update_fields=["is_active"])
    cancel_attempts([attempts["gone"]], reason="Another set", actor=floor.tara)


def test_each_attempt_is_counted_in_one_state(floor):
    one_in_each_state(floor)

    rows = board(Attempt.objects.all(), now=clock.now())

    assert [(count.code, count.n) for count in state_counts(rows)] == [
        ("assigned", 1),
        ("started", 1),
        ("overdue", 1),
        ("interrupted", 1),
        ("passed", 1),
        ("failed", 1),
        ("cancelled", 1),
    ]


def test_what_is_due_first_stands_first_and_what_has_ended_last(floor):
    one_in_each_state(floor)

    rows = list(board(Attempt.objects.all(), now=clock.now()))

    assert rows[0].labeler.display_name == "late"
    assert {row.labeler.display_name for row in rows[-3:]} == {"good", "bad", "gone"}


def test_filters_by_set_team_due_date_and_name(floor):
    one_in_each_state(floor)
    now, rows = clock.now(), board(Attempt.objects.all(), now=clock.now())
    made = Attempt.objects.first().calibration_set

    def found(**wish: str) -> int:
        return filtered(rows, BoardWish(**wish), now=now).count()

    assert (found(set_id=str(made.public_id)), found(team_id=str(floor.team.public_id))) == (7, 7)
    assert (found(due="past"), found(due="none"), found(due="week"), found(name="GOO")) == (1, 6, 0, 1)


def test_the_page_counts_what_its_other_filters_leave(floor):
    one_in_each_state(floor)
    address = reverse("calibration:board")

    page = client_for(floor.tara).get(address, {"name": "good", "state": "passed"}).content.decode()

    assert 'Passed <span class="nums">1</span>' in page
    assert 'Not passed <span class="nums">0</span>' in page


@pytest.mark.parametrize("query", ["?state=x", "?set=1", "?team=%27", "?due=soon", "?page=99", "?name=%25"])
def test_nonsense_in_the_address_of_the_board_breaks_nothing(floor, query):
    one_in_each_state(floor)

    assert client_for(floor.tara).get(reverse("calibration:board") + query).status_code == 200


def test_the_export_holds_what_the_board_shows(floor):
    one_in_each_state(floor)

    answer = client_for(floor.tara).get(reverse("calibration:board_export"), {"state": "cancelled"})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Person"], row["State"], row["Reason"]) for row in rows] == [("gone", "Cancelled", "Another set")]


def test_several_are_cancelled_from_the_board_and_a_team_lead_cannot(floor):
    made = make_set(floor.queue, actor=floor.tara)
    attempts = assign_set(made, [make_labeler(team=floor.team) for _ in range(3)], actor=floor.tara, due_at=None)
    fields = {"attempts": [str(attempt.public_id) for attempt in attempts[:2]], "reason": "Not now"}
    address = reverse("calibration:cancel_attempts")

    by_lead = client_for(floor.theo).post(address, fields)
    by_trainer = client_for(floor.tara).post(address, fields, follow=True)

    assert by_lead.status_code == 404
    assert "2 assignments are cancelled." in by_trainer.content.decode()
    assert Attempt.objects.filter(state=AttemptState.CANCELLED).count() == 2


def test_a_trainer_of_another_vendor_cancels_nothing(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    stranger = make_user(roles=[Role.TRAINER], vendor=make_labeler().vendor)

    page = client_for(stranger).post(
        reverse("calibration:cancel_attempts"),
        {"attempts": [str(attempt.public_id)], "reason": "No"},
        follow=True,
    )

    assert "is not there any more" in page.content.decode()
    assert Attempt.objects.get().state == AttemptState.ASSIGNED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "x"}, "Tick at least one assignment first."),
        ({"attempts": "own", "reason": ""}, "Say why: the person reads it."),
        ({"attempts": ["nonsense"], "reason": "x"}, "is not there any more"),
    ],
)
def test_a_bad_cancellation_says_what_is_missing(floor, fields, words):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    named = fields | ({"attempts": [str(attempt.public_id)]} if fields.get("attempts") == "own" else {})

    page = client_for(floor.tara).post(reverse("calibration:cancel_attempts"), named, follow=True)

    assert words in page.content.decode()
    assert Attempt.objects.get().state == AttemptState.ASSIGNED


def test_the_due_date_of_one_is_changed_from_its_page(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    day = (clock.now() + timedelta(days=4)).date()
    fields = {"attempts": [str(attempt.public_id)], "due_on": day.isoformat(), "back": "attempt"}

    page = client_for(floor.tara).post(reverse("calibration:postpone_attempts"), fields, follow=True)

    assert page.redirect_chain[-1][0] == reverse("calibration:attempt", args=[attempt.public_id])
    assert Attempt.objects.get().due_at.date() == day


def test_pages_of_training_ask_as_often_for_many_as_for_few(floor):
    one_in_each_state(floor)
    made = Attempt.objects.first().calibration_set
    tara = client_for(floor.tara)
    addresses = [
        reverse("calibration:board"),
        reverse("calibration:board_export"),
        reverse("calibration:sets"),
        reverse("calibration:set", args=[made.public_id]),
        reverse("calibration:assign_set", args=[made.public_id]),
        reverse("calibration:home"),
    ]
    for address in addresses:
        tara.get(address)
    few = {address: count_of(tara, address) for address in addresses}
    assign_set(made, [make_labeler(team=floor.team) for _ in range(30)], actor=floor.tara, due_at=None)

    assert {address: count_of(tara, address) for address in addresses} == few


def count_of(client, address: str) -> int:

    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
