"""How assignments stand."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from labeling.engine.eligibility import BARRIER_WORDS, Barrier, Standing, find_barrier
from labeling.engine.lifecycles import Ended, HeldSlot, Hold, can_undo, judge_hold

TOKEN, OTHER = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("slot", "ended", "hold"),
    [
        (HeldSlot("leased", TOKEN), None, Hold.LIVE),
        (HeldSlot("done", TOKEN), None, Hold.ANSWERED),
        (HeldSlot("leased", OTHER), None, Hold.NEVER),
        (None, Ended(TOKEN, item_is_withdrawn=False), Hold.LATE),
        (None, Ended(TOKEN, item_is_withdrawn=True), Hold.WITHDRAWN),
        (None, Ended(OTHER, item_is_withdrawn=False), Hold.NEVER),
        (None, None, Hold.NEVER),
    ],
)
def test_an_assignment_is_live_while_its_slot_carries_the_token(slot, ended, hold):
    assert judge_hold(slot, ended, TOKEN) is hold


@pytest.mark.parametrize(
    ("age", "answered_since", "allowed"), [(300, False, True), (301, False, False), (1, True, False)]
)
def test_undo_closes_with_the_next_answer_or_after_five_minutes(age, answered_since, allowed):
    assert can_undo(answered_at=NOW - timedelta(seconds=age), answered_since=answered_since, now=NOW) is allowed


@pytest.mark.parametrize(
    ("changes", "barrier"),
    [
        ({}, None),
        ({"labeler_is_active": False}, Barrier.INACTIVE),
        ({"queue_state": "paused"}, Barrier.PAUSED),
        ({"queue_state": "closed"}, Barrier.CLOSED),
        ({"queue_has_schema": False}, Barrier.NO_QUESTIONS),
        ({"has_skill": False}, Barrier.NOT_CERTIFIED),
        ({"has_skill": False, "queue_by_reservation": True}, None),
        ({"labeler_is_paused": True}, Barrier.LABELER_PAUSED),
        ({"must_read_policy": True}, Barrier.MUST_READ_POLICY),
        ({"must_read_policy": True, "has_skill": False}, Barrier.NOT_CERTIFIED),
        ({"must_read_policy": True, "queue_by_reservation": True}, None),
    ],
)
def test_what_keeps_somebody_from_work(changes, barrier):
    free = {
        "queue_state": "active",
        "queue_by_reservation": False,
        "queue_has_schema": True,
        "labeler_is_active": True,
        "labeler_is_paused": False,
        "must_read_policy": False,
        "has_skill": True,
    }

    assert find_barrier(Standing(**(free | changes))) is barrier


def test_every_barrier_has_its_words():
    assert set(BARRIER_WORDS) == set(Barrier)
