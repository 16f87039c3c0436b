"""Somebody is deactivated, in the middle of work and of an exam, and comes back."""

import pytest

from calibration.enums import AttemptState
from calibration.models import Attempt
from calibration.services.placing import place_gold
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Slot
from labeling.services.assignments import Nothing, claim_assignment, give_back_leases
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import User
from qaplatform.people.services.accounts import deactivate_account, reactivate_account
from qaplatform.people.services.moves import move_labeler
from tests.builders import (
    answer,
    api_client_for,
    client_for,
    make_items,
    make_labeler,
    make_queue,
    make_team,
    make_user,
)
from tests.calibration.builders import make_gold, make_plan
from tests.calibration.loop.builders import assign, make_golds, make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", roles=[Role.ADMINISTRATOR])


def reserved(labeler) -> list[str]:
    return list(Slot.objects.filter(reserved_for=labeler, state=SlotState.OPEN).values_list("queue__kind", flat=True))


def test_what_was_held_and_reserved_is_released_and_the_session_ends(ada):
    queue = make_queue()
    lena = make_labeler("lena", queues=[queue])
    make_items(queue, 2)
    make_plan(queue, gold_rate=0.1)
    for _ in range(4):
        make_gold(queue)
    place_gold(queue, now=clock.now())
    claim_assignment(queue, lena)
    give_back_leases(lena)
    claim_assignment(queue, lena, draw=lambda: 0.99)
    assert "ordinary" in reserved(lena)
    browser, program = client_for(lena), api_client_for(lena)

    deactivate_account(lena.user, actor=ada, now=clock.now())

    assert reserved(lena) == []
    assert not Slot.objects.filter(labeler=lena, state=SlotState.LEASED).exists()
    assert Slot.objects.filter(origin=SlotOrigin.ENTRY, state=SlotState.OPEN, reserved_for=None).count() == 2
    assert browser.get("/work/").status_code == 302
    assert program.post(f"/api/v1/queues/{queue.public_id}/claim").status_code == 401


def test_gold_that_was_released_may_be_placed_anew(ada):
    queue = make_queue()
    lena = make_labeler("lena", queues=[queue])
    make_items(queue, 2)
    make_plan(queue, gold_rate=0.1)
    make_gold(queue)
    place_gold(queue, now=clock.now())
    deactivate_account(lena.user, actor=ada, now=clock.now())
    reactivate_account(lena.user, actor=ada)

    placed = place_gold(queue, now=clock.now())

    assert placed.placed == 1


def test_an_exam_in_the_middle_waits_and_goes_on_where_it_stopped(ada):
    queue = make_queue()
    make_plan(queue)
    make_golds(queue, 4)
    lena, tara = make_labeler("lena", queues=[queue]), make_user("tara", roles=[Role.TRAINER])
    attempt = assign(make_set(queue, actor=tara), lena, actor=tara)
    exam = attempt.calibration_set.training_queue
    held = claim_assignment(exam, lena)
    submit_label(held.id, lena, token=held.token, answers=answer("spam"))
    claim_assignment(exam, lena)

    deactivate_account(lena.user, actor=ada, now=clock.now())
    lena.refresh_from_db()

    assert isinstance(claim_assignment(exam, lena), Nothing)
    assert reserved(lena) == ["training"] * 3
    assert "deactivated" in client_for(tara).get("/training/board/").content.decode()
    reactivate_account(lena.user, actor=ada)
    lena.refresh_from_db()
    for _ in range(3):
        held = claim_assignment(exam, lena)
        submit_label(held.id, lena, token=held.token, answers=answer("spam"))
    refresh_queue(exam.pk)
    assert Attempt.objects.get().state == AttemptState.PASSED


def test_whoever_changes_vendors_leaves_held_and_reserved_work_and_inside_the_vendor_keeps_it(ada):
    queue, team = make_queue(), make_team()
    lena = make_labeler("lena", team=team, queues=[queue])
    make_items(queue, 2)
    held = claim_assignment(queue, lena)

    move_labeler(lena, vendor=team.vendor, team=make_team(team.vendor), actor=ada)
    kept = Slot.objects.get(assignment_id=held.id).labeler
    move_labeler(lena, vendor=(other := make_team()).vendor, team=other, actor=ada)

    assert kept == lena
    assert not Slot.objects.filter(labeler=lena).exists()
