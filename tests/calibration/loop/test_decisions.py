"""Deciding on a flag, and suspending with a second person."""

from datetime import timedelta

import pytest

from calibration.enums import FlagDecision, FlagState, SuspensionState
from calibration.models import FlagEvent, SkillSuspension, Watch
from calibration.services.decisions import decide_flag
from calibration.services.replies import reply_to_flag
from calibration.services.suspensions import confirm_suspension, lift_suspension, reject_suspension
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import SkillGrant
from qaplatform.trail.models import TrailEntry
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


def retrain(floor: Floor) -> SkillSuspension:
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Eight misses in a row")
    return SkillSuspension.objects.get(flag=floor.flag)


def is_suspended(floor: Floor) -> bool:
    return SkillGrant.objects.get(labeler=floor.lena).suspended_at is not None


def test_dismissing_ends_the_flag_and_restarts_the_watch(floor):
    decided = decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.quinn, reason="The clause was unclear")

    watch = Watch.objects.get(labeler=floor.lena, queue=floor.queue)
    assert decided.state == FlagState.DISMISSED
    assert decided.closed_at is not None
    assert (watch.n, watch.statistic, watch.started_why) == (0, 0.0, "decision on a flag")


def test_a_decision_is_noted_with_its_reason_and_in_the_trail(floor):
    decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason=" Misses of one clause ")

    event = FlagEvent.objects.get(flag=floor.flag, action=FlagDecision.COACH)
    entry = TrailEntry.objects.get(action="flag_decided")
    assert (event.actor, event.from_state, event.to_state) == (floor.quinn, "open", "coaching")
    assert event.reason == "Misses of one clause"
    assert (entry.actor, entry.detail["decision"]) == (floor.quinn, "coach")


def test_a_decision_without_a_reason_is_refused(floor):
    with pytest.raises(InvalidInput, match="Write the reason"):
        decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="  ")

    floor.flag.refresh_from_db()
    assert floor.flag.state == FlagState.OPEN


def test_a_decision_that_the_state_does_not_allow_is_refused(floor):
    decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.quinn, reason="No")

    with pytest.raises(Refused, match="Nothing more is to be decided"):
        decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="Yes")


def test_recertifying_by_hand_is_refused(floor):
    retrain(floor)

    with pytest.raises(Refused, match="cannot be decided now"):
        decide_flag(floor.flag, FlagDecision.RECERTIFY, actor=floor.quinn, reason="She is fine")


def test_nobody_decides_about_themselves(floor):
    with pytest.raises(Refused, match="about you"):
        decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.lena.user, reason="I am fine")


def test_retraining_proposes_a_suspension_and_suspends_nothing(floor):
    suspension = retrain(floor)

    assert (suspension.state, suspension.proposed_by) == (SuspensionState.PROPOSED, floor.quinn)
    assert not is_suspended(floor)


def test_the_proposer_cannot_confirm(floor):
    suspension = retrain(floor)
    reply_to_flag(floor.flag, author=floor.lena.user, text="I was tired")

    with pytest.raises(Refused, match="Another QA manager"):
        confirm_suspension(suspension, actor=floor.quinn, reason="Sure")


def test_a_suspension_before_five_working_days_without_a_reply_is_refused(floor):
    suspension = retrain(floor)

    with pytest.raises(Refused, match=r"has until .* to reply"):
        confirm_suspension(suspension, actor=floor.quentin, reason="Sure")

    assert not is_suspended(floor)


def test_a_reply_of_the_team_lead_does_not_end_the_time_to_reply(floor):
    suspension = retrain(floor)
    reply_to_flag(floor.flag, author=floor.theo, text="She was tired")

    with pytest.raises(Refused, match="to reply"):
        confirm_suspension(suspension, actor=floor.quentin, reason="Sure")


def test_a_reply_of_the_person_does_not_shorten_the_five_working_days(floor):
    suspension = retrain(floor)
    reply_to_flag(floor.flag, author=floor.lena.user, text="I was tired, and I have more to say")

    with pytest.raises(Refused, match="emergency pause"):
        confirm_suspension(suspension, actor=floor.quentin, reason="The misses are grave")

    assert not is_suspended(floor)


def test_nothing_restricts_work_until_the_very_minute_that_the_reply_is_due(floor):
    suspension = retrain(floor)

    with clock.lived_at(floor.flag.reply_due_at - timedelta(seconds=1)), pytest.raises(Refused, match="to reply"):
        confirm_suspension(suspension, actor=floor.quentin, reason="The misses are grave")
    with clock.lived_at(floor.flag.reply_due_at):
        confirmed = confirm_suspension(suspension, actor=floor.quentin, reason="The misses are grave")

    assert (confirmed.state, confirmed.decided_by) == (SuspensionState.CONFIRMED, floor.quentin)
    assert is_suspended(floor)


def test_a_second_manager_suspends_after_the_time_to_reply():
    floor = make_floor(days_ago=9)
    suspension = retrain(floor)

    confirm_suspension(suspension, actor=floor.quentin, reason="The misses are grave")

    assert is_suspended(floor)


def test_rejecting_leaves_the_certification(floor):
    rejected = reject_suspension(retrain(floor), actor=floor.quentin, reason="Coaching will do")

    assert rejected.state == SuspensionState.REJECTED
    assert not is_suspended(floor)


def test_closing_while_a_suspension_stands_is_refused(floor):
    retrain(floor)

    with pytest.raises(Refused, match="Reject or lift it first"):
        decide_flag(floor.flag, FlagDecision.CLOSE, actor=floor.quinn, reason="Done")


def test_lifting_gives_the_certification_back_and_the_flag_can_close():
    floor = make_floor(days_ago=9)
    suspension = confirm_suspension(retrain(floor), actor=floor.quentin, reason="Grave")

    lift_suspension(suspension, actor=floor.quentin, reason="Retrained elsewhere")

    closed = decide_flag(floor.flag, FlagDecision.CLOSE, actor=floor.quinn, reason="Done")
    assert not is_suspended(floor)
    assert closed.state == FlagState.CLOSED


def test_an_empty_reply_is_refused(floor):
    with pytest.raises(InvalidInput, match="Write your reply"):
        reply_to_flag(floor.flag, author=floor.lena.user, text=" ")


def test_a_reply_to_a_finished_flag_is_refused(floor):
    decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.quinn, reason="No")

    with pytest.raises(Refused, match="decided and closed"):
        reply_to_flag(floor.flag, author=floor.lena.user, text="Thanks")
