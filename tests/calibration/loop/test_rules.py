"""The life cycle of a flag, and working days."""

from datetime import UTC, datetime

import pytest

from calibration.enums import FlagDecision, FlagState
from calibration.rules import add_working_days, decisions_in, is_finished, state_after

FINISHED = {FlagState.DISMISSED, FlagState.RECERTIFIED, FlagState.CLOSED}


@pytest.mark.parametrize("state", FlagState)
def test_what_is_finished_has_no_way_on(state):
    ways = {state_after(state, decision) for decision in FlagDecision} - {None}

    assert is_finished(state) == (state in FINISHED) == (not ways)


@pytest.mark.parametrize(
    ("state", "decisions"),
    [
        ("open", ["dismiss", "watch", "coach", "retrain"]),
        ("coaching", ["retrain", "close"]),
        ("retraining", ["close"]),
        ("dismissed", []),
    ],
)
def test_what_a_person_may_decide(state, decisions):
    assert list(decisions_in(state)) == decisions


def test_only_an_exam_recertifies():
    assert state_after("retraining", "recertify") == FlagState.RECERTIFIED
    assert all(FlagDecision.RECERTIFY not in decisions_in(state) for state in FlagState)


def test_a_weekend_is_no_working_day():
    friday_evening = datetime(2026, 11, 20, 18, tzinfo=UTC)

    assert add_working_days(friday_evening, 5) == datetime(2026, 11, 27, 18, tzinfo=UTC)
