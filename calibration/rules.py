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


def mark_for(items: int, *, mark: int, of: int) -> int:
    """The pass mark of an attempt that asks another number of items: the same share, rounded up.

    >>> mark_for(40, mark=37, of=40), mark_for(39, mark=37, of=40), mark_for(10, mark=37, of=40)
    (37, 37, 10)
    """
    return max(1, min(items, -(-mark * items // of)))


def working_days_left(now: datetime, due: datetime) -> int:
    """How many working days, Monday to Friday, are left until a time of day that is due; 0 on its day, and after.

    >>> from datetime import UTC
    >>> working_days_left(datetime(2026, 11, 19, 9, tzinfo=UTC), datetime(2026, 11, 26, 9, tzinfo=UTC))
    5
    """
    days, at = 0, now
    while (at := at + timedelta(days=1)) <= due:
        days += at.weekday() < SATURDAY
    return days


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
