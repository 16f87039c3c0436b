"""Pages of sets and attempts: who gets in, and what they say."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.urls import reverse

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt, CalibrationSet
from calibration.services.attempts import score_attempts
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_team, make_user
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_golds, make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


def failed_attempt(floor: Floor) -> Attempt:
    made = make_set(floor.queue, actor=floor.tara, n=8, draw_size=4)
    attempt = assign(made, floor.lena, actor=floor.tara)
    answer_set(attempt, ["scam"] * 4)
    score_attempts(made.training_queue)
    attempt.refresh_from_db()
    return attempt


def test_sets_do_not_exist_for_whoever_does_not_train(floor):
    address = reverse("calibration:set", args=[make_set(floor.queue, actor=floor.tara).public_id])
    vendor_trainer = make_user(roles=[Role.TRAINER], vendor=floor.team.vendor)

    statuses = {client_for(who).get(address).status_code for who in (floor.lena, floor.theo, vendor_trainer)}

    assert statuses == {404}
    assert client_for(floor.tara).get(address).status_code == 200


def test_an_attempt_exists_for_its_person_and_those_who_cover_them(floor):
    address = reverse("calibration:attempt", args=[failed_attempt(floor).public_id])
    strangers = [make_labeler(team=floor.team), make_labeler(), make_user(roles=[Role.TRAINER], team=make_team())]

    assert {client_for(who).get(address).status_code for who in strangers} == {404}
    assert {client_for(who).get(address).status_code for who in (floor.lena, floor.theo, floor.tara)} == {200}


def test_building_draws_as_many_items_as_the_address_asks_for(floor):
    make_golds(floor.queue, 7)

    page = client_for(floor.tara).get(reverse("calibration:new_set"), {"n": "5"}).content.decode()

    assert page.count(" checked></td>") == 5
    assert page.count('name="items"') == 7


def test_a_preview_says_what_the_pass_mark_does(floor):
    fields = {"pass_mark": "37", "items": ["x"] * 40}

    words = client_for(floor.tara).post(reverse("calibration:preview_set"), fields).content.decode()

    assert "97 in 100 people at .97" in words
    assert "13 in 100 at .85" in words
    assert "one try a person, and no retake. Add 40 items" in words


@pytest.mark.parametrize("pass_mark", ["", "x", "0", "41", "9" * 40])
def test_a_preview_of_an_impossible_mark_says_what_is_possible(floor, pass_mark):
    fields = {"pass_mark": pass_mark, "items": ["x"] * 40}

    words = client_for(floor.tara).post(reverse("calibration:preview_set"), fields).content.decode()

    assert "between 1 and the number of items of a try, 40" in words


def test_a_refused_set_keeps_what_was_chosen(floor):
    golds = make_golds(floor.queue, 3)
    fields = {"name": "Exam", "pass_mark": "9", "items": [str(gold.public_id) for gold in golds[:2]]}

    page = client_for(floor.tara).post(reverse("calibration:new_set"), fields)

    text = page.content.decode()
    assert page.status_code == 422
    assert "The pass mark lies between 1 and the number of items of a try, 2." in text
    assert text.count(" checked></td>") == 2
    assert not CalibrationSet.objects.exists()


def test_gold_of_another_pool_cannot_be_slipped_in(floor):
    own = make_golds(floor.queue, 1)
    monitoring = floor.flag.evidence.first().score.gold_answer.gold
    fields = {"name": "Exam", "pass_mark": "1", "items": [str(own[0].public_id), str(monitoring.public_id)]}

    page = client_for(floor.tara).post(reverse("calibration:new_set"), fields)

    assert page.status_code == 422
    assert not CalibrationSet.objects.exists()


def test_a_retake_from_the_page_is_the_next_attempt(floor):
    failed = failed_attempt(floor)

    page = client_for(floor.tara).post(reverse("calibration:retake", args=[failed.public_id]), follow=True)

    again = Attempt.objects.get(number=2)
    assert (again.state, again.labeler) == (AttemptState.ASSIGNED, floor.lena)
    assert "Attempt 2 is assigned to lena" in page.content.decode()


def test_the_person_cannot_assign_a_retake(floor):
    failed = failed_attempt(floor)

    answer = client_for(floor.lena).post(reverse("calibration:retake", args=[failed.public_id]))

    assert answer.status_code == 404
    assert Attempt.objects.count() == 1


def test_without_gold_the_page_says_what_to_do(floor):
    page = client_for(floor.tara).get(reverse("calibration:new_set")).content.decode()

    assert "No queue has gold for training or exams" in page


@pytest.mark.parametrize(
    "query", ["?queue=nonsense", "?n=-3", "?n=x&category=zzz", "?fresh_to=1", "?purpose=zzz", "?seed=x"]
)
def test_nonsense_in_the_address_breaks_nothing(floor, query):
    make_golds(floor.queue, 3)

    assert client_for(floor.tara).get(reverse("calibration:new_set") + query).status_code in {200, 422}


def test_the_board_shows_the_own_team_only(floor):
    made = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE)
    own, other = assign(made, floor.lena, actor=floor.tara), assign(made, make_labeler(), actor=floor.tara)

    page = client_for(floor.theo).get(reverse("calibration:board")).content.decode()

    assert str(own.public_id) in page
    assert str(other.public_id) not in page


def test_a_set_is_due_at_the_end_of_the_day_that_was_chosen(floor):
    made = make_set(floor.queue, actor=floor.tara)
    day = (clock.now() + timedelta(days=5)).date()
    form = {"labelers": [str(floor.lena.public_id)], "due_on": day.isoformat(), "confirm": "yes"}

    client_for(floor.tara).post(reverse("calibration:assign_set", args=[made.public_id]), form)

    due_at = Attempt.objects.get(labeler=floor.lena).due_at
    assert due_at == datetime.combine(day, time(23, 59, 59), UTC)


@pytest.mark.parametrize("shows", [True, False])
def test_a_team_lead_reads_expected_answers_of_an_exam_only_where_its_people_do(floor, shows):
    attempt = failed_attempt(floor)
    CalibrationSet.objects.filter(pk=attempt.calibration_set_id).update(shows_answers=shows)
    address = reverse("calibration:attempt", args=[attempt.public_id])

    read = {who: len(client_for(who).get(address).context["answers"]) for who in (floor.lena, floor.theo, floor.tara)}

    assert read == {floor.lena: 4 * shows, floor.theo: 4 * shows, floor.tara: 4}
