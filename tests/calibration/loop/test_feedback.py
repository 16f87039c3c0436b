"""What was expected in practice: for the person's own answered item and nothing else; the answer then stands."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from calibration.enums import SetPurpose
from calibration.models import Attempt, AttemptAnswer
from calibration.services.attempts import score_attempts
from labeling.errors import UndoClosed
from labeling.models import Label
from labeling.services.labels import revise_label
from tests.builders import client_for, make_labeler
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor(days_ago=9)


def practise(floor: Floor, given: str = "scam") -> Label:
    practice = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE, name="Practice")
    attempt = assign(practice, floor.lena, actor=floor.tara)
    answer_set(attempt, [given])
    return Label.objects.get(slot__attempt_answer__attempt=attempt)


def ask(client: Client, label_id: object):
    return client.post(reverse("calibration:feedback", args=[label_id]))


def test_own_practice_says_what_was_expected_and_why(floor):
    said = ask(client_for(floor.lena), practise(floor).public_id)

    assert said.status_code == 200
    assert said.json() == {
        "is_right": False,
        "given": "Scam",
        "expected": ["Spam"],
        "clause": "",
        "reason": "Because it is.",
    }


def test_whatever_else_looks_like_what_does_not_exist(floor):
    exam = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(exam, ["spam"])
    of_exam = Label.objects.get(slot__attempt_answer__attempt=exam)
    of_monitoring = floor.flag.evidence.first().score.label
    lena = client_for(floor.lena)
    nothing = ask(lena, uuid4())

    answers = [ask(lena, label.public_id) for label in (of_exam, of_monitoring)]
    answers.append(ask(client_for(make_labeler(team=floor.team)), practise(floor).public_id))

    assert nothing.status_code == 404
    assert {answer.status_code for answer in answers} == {404}
    assert {len(answer.content) for answer in answers[:2]} == {len(nothing.content)}
    assert not AttemptAnswer.objects.filter(attempt__calibration_set__purpose=SetPurpose.EXAM, is_correct__isnull=False)


def test_an_exam_that_has_ended_gives_nothing_here_either(floor):
    exam = assign(make_set(floor.queue, actor=floor.tara, n=1, pass_mark=1), floor.lena, actor=floor.tara)
    answer_set(exam, ["spam"])
    score_attempts(exam.calibration_set.training_queue)

    label = Label.objects.get(slot__attempt_answer__attempt=exam)

    assert ask(client_for(floor.lena), label.public_id).status_code == 404


def test_before_it_was_shown_an_answer_can_be_changed(floor):
    label = practise(floor)

    revise_label(label, floor.lena, answers={"category": "spam"})

    assert ask(client_for(floor.lena), label.public_id).json()["is_right"] is True


def test_once_it_was_shown_the_answer_stands(floor):
    label = practise(floor)
    lena = client_for(floor.lena)
    ask(lena, label.public_id)

    with pytest.raises(UndoClosed, match="what is expected was shown"):
        revise_label(label, floor.lena, answers={"category": "spam"})
    over_http = lena.post(
        f"/api/v1/labels/{label.public_id}/revise", {"answers": {"category": "spam"}}, content_type="application/json"
    )

    assert (over_http.status_code, over_http.json()["code"]) == (409, "undo_closed")
    assert Label.objects.filter(revises=label).count() == 0


def test_asking_again_says_the_same(floor):
    label = practise(floor)
    lena = client_for(floor.lena)

    first, second = ask(lena, label.public_id), ask(lena, label.public_id)

    assert first.json() == second.json()
    assert Attempt.objects.get(answers__slot__labels=label).answered == 1
