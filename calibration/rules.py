"""Rules of the road from a flag to its end: pure, so that each can be read and tested alone."""

from datetime import datetime, timedelta

from calibration.enums import FlagDecision, FlagState

DAYS_TO_REPLY = 5
DAYS_TO_DECIDE_A_DISPUTE = 5
SATURDAY = 5

UNFINISHED_STATES = (FlagState.OPEN, FlagState.COACHING, FlagState.RETRAINING)
AT_WORK_STATES = (FlagState.COACHING, FlagState.RETRAINING)

_LIFE_CYCLE = {
    (FlagState.OPEN, FlagDecision.DISMISS): FlagState.DISMISSED,
    (FlagState.OPEN, FlagDecision.WATCH): FlagState.DISMISSED,
    (FlagState.OPEN, FlagDecision.COACH): FlagState.COACHING,
    (FlagState.OPEN, FlagDecision.RETRAIN): FlagState.RETRAINING,
    (FlagState.COACHING, FlagDecision.RETRAIN): FlagState.RETRAINING,
    (FlagState.COACHING, FlagDecision.CLOSE): FlagState.CLOSED,
    (FlagState.COACHING, FlagDecision.RECERTIFY): FlagState.RECERTIFIED,
    (FlagState.RETRAINING, FlagDecision.CLOSE): FlagState.CLOSED,
    (FlagState.RETRAINING, FlagDecision.RECERTIFY): FlagState.RECERTIFIED,
}
# A person never decides that somebody is recertified: only a passed exam does.
_MADE_BY_EXAM = FlagDecision.RECERTIFY


def state_after(state: str, decision: str) -> FlagState | None:
    """The state that a decision leads to; None where it is not possible.

    >>> state_after("open", "coach"), state_after("closed", "coach")
    (FlagState.COACHING, None)
    """
    return _LIFE_CYCLE.get((FlagState(state), FlagDecision(decision)))


def decisions_in(state: str) -> tuple[FlagDecision, ...]:
    """What a person may decide in this state, in the order of the form.

    >>> [decision.value for decision in decisions_in("retraining")]
    ['close']
    """
    return tuple(d for d in FlagDecision if d != _MADE_BY_EXAM and state_after(state, d) is not None)


def is_finished(state: str) -> bool:
    """Whether nothing follows this state."""
    return FlagState(state) not in UNFINISHED_STATES


def add_working_days(at: datetime, days: int) -> datetime:
    """The same time of day so many working days later, Monday to Friday.

    >>> from datetime import UTC
    >>> add_working_days(datetime(2026, 11, 19, 9, tzinfo=UTC), 5).isoformat()
    '2026-11-26T09:00:00+00:00'
    """
    while days > 0:
        at += timedelta(days=1)
        days -= at.weekday() < SATURDAY
    return at
