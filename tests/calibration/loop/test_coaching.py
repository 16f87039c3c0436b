"""Coaching plans."""

import pytest

from calibration.enums import FlagDecision, FlagState
from calibration.models import CoachingPlan
from calibration.services.coaching import mark_step_done, sign_plan
from calibration.services.decisions import decide_flag
from qaplatform.errors import Refused
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    floor = make_floor()
    decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="Misses")
    return floor


@pytest.fixture
def plan(floor) -> CoachingPlan:
    return CoachingPlan.objects.get(flag=floor.flag)


def test_the_plan_names_what_came_up_at_least_three_times(floor, plan):
    wrong = floor.flag.evidence.filter(is_correct=False).count()

    first = plan.steps.get(position=1)

    assert plan.summary.startswith(f"{wrong} errors are of one kind")
    assert "“No violation” where “Spam” was expected" in first.text


def test_a_plan_with_open_steps_cannot_be_signed(floor, plan):
    with pytest.raises(Refused, match="Not all steps are done"):
        sign_plan(plan, actor=floor.theo)


def test_both_signatures_close_the_flag(floor, plan):
    for step in plan.steps.all():
        mark_step_done(step, actor=floor.theo)

    sign_plan(plan, actor=floor.theo)
    floor.flag.refresh_from_db()
    between = floor.flag.state
    signed = sign_plan(plan, actor=floor.lena.user)

    floor.flag.refresh_from_db()
    assert (between, floor.flag.state) == (FlagState.COACHING, FlagState.CLOSED)
    assert signed.coach == floor.theo


def test_one_side_cannot_sign_for_both(floor, plan):
    for step in plan.steps.all():
        mark_step_done(step, actor=floor.theo)

    sign_plan(plan, actor=floor.theo)
    sign_plan(plan, actor=floor.quinn)

    floor.flag.refresh_from_db()
    assert floor.flag.state == FlagState.COACHING


def test_signing_in_retraining_does_not_close_the_flag(floor, plan):
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="More is needed")
    for step in plan.steps.all():
        mark_step_done(step, actor=floor.theo)

    sign_plan(plan, actor=floor.theo)
    sign_plan(plan, actor=floor.lena.user)

    floor.flag.refresh_from_db()
    assert floor.flag.state == FlagState.RETRAINING
