"""Standings and the weekly test, on their declared dates."""

from datetime import UTC, date, datetime, timedelta

import pytest

from calibration.enums import FlagCause, FlagState
from calibration.models import Dispute, Flag, GoldScore, StandingRecord, WeeklyTest
from calibration.queries.windows import WEEK
from calibration.services.flagging import open_flag
from calibration.services.judging import judge_due
from calibration.services.refresh import refresh_queue
from calibration.services.standings import declare_standings
from calibration.services.weekly import run_weekly_test
from tests.builders import make_labeler, make_user
from tests.calibration.builders import MINUTE, add_gold_label, answer_gold, make_gold, make_plan

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
LAST_WEEK = MONDAY - timedelta(days=5)


def test_a_standing_counts_base_gold_before_its_date_and_stays():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 40 + [False] * 20, start=LAST_WEEK)
    add_gold_label(make_gold(plan.queue), labeler, "spam", at=LAST_WEEK, is_base=False)
    add_gold_label(make_gold(plan.queue), labeler, "spam", at=MONDAY + MINUTE)
    refresh_queue(plan.queue.pk, now=MONDAY + timedelta(hours=1))
    StandingRecord.objects.all().delete()

    declare_standings(plan.queue, on=MONDAY.date(), now=MONDAY + timedelta(hours=1))
    again = declare_standings(plan.queue, on=MONDAY.date(), now=MONDAY + timedelta(hours=2))

    record = StandingRecord.objects.get()
    assert (record.n, record.correct, record.standing) == (60, 40, "below")
    assert record.window_from == MONDAY - timedelta(days=90)
    assert len(again) == 1


def test_the_first_standings_do_not_wait_for_monday_once_somebody_has_twenty_answers():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 19, start=LAST_WEEK)
    refresh_queue(plan.queue.pk, now=MONDAY)
    too_early = StandingRecord.objects.count()
    answer_gold(plan.queue, labeler, [True], start=LAST_WEEK + timedelta(days=1))
    refresh_queue(plan.queue.pk, now=MONDAY)
    answer_gold(plan.queue, labeler, [False] * 20, start=LAST_WEEK + timedelta(days=2))

    refresh_queue(plan.queue.pk, now=MONDAY)

    assert too_early == 0
    assert list(StandingRecord.objects.values_list("n", "correct")) == [(20, 20)]


def test_a_standing_below_never_opens_a_flag():
    plan = make_plan(target=0.99, cusum_h=50.0)
    answer_gold(plan.queue, make_labeler(), [True] * 40 + [False] * 4, start=LAST_WEEK - timedelta(days=30))

    refresh_queue(plan.queue.pk, now=MONDAY)

    assert StandingRecord.objects.get().standing == "below"
    assert not Flag.objects.exists()


def test_the_weekly_test_finds_the_bad_one_among_many_and_opens_one_flag():
    plan = make_plan(cusum_h=500.0)
    for _ in range(5):
        answer_gold(plan.queue, make_labeler(), [True] * 24 + [False], start=LAST_WEEK)
    bad = make_labeler()
    answer_gold(plan.queue, bad, [True, False] * 13, start=LAST_WEEK, wrong_as="scam")
    refresh_queue(plan.queue.pk, now=MONDAY)

    flags = run_weekly_test(plan.queue, on=MONDAY.date(), now=MONDAY)

    [flag] = flags
    test = WeeklyTest.objects.get()
    assert (flag.labeler, flag.cause, flag.error_kind) == (bad, FlagCause.WEEKLY_TEST, "wrong_selection")
    assert test.found == [bad.pk]
    assert len(test.labelers) == len(test.p_values) == 6
    assert flag.finding["p_value"] == pytest.approx(test.p_values[test.labelers.index(bad.pk)])
    assert flag.evidence.count() == 26


def test_the_weekly_test_of_a_date_runs_once_and_adds_no_flag_to_an_unfinished_one():
    plan, bad = make_plan(), make_labeler()
    answer_gold(plan.queue, bad, [False] * 25, start=LAST_WEEK)
    refresh_queue(plan.queue.pk, now=MONDAY)

    first = run_weekly_test(plan.queue, on=MONDAY.date(), now=MONDAY)
    second = run_weekly_test(plan.queue, on=MONDAY.date(), now=MONDAY)

    assert (first, second) == ([], [])
    assert Flag.objects.get().cause == FlagCause.CUSUM
    assert WeeklyTest.objects.count() == 1


def test_the_weekly_test_leaves_out_what_a_decision_closed():
    plan, bad = make_plan(cusum_h=500.0), make_labeler()
    answer_gold(plan.queue, bad, [False] * 25, start=LAST_WEEK)
    refresh_queue(plan.queue.pk, now=MONDAY)
    Flag.objects.create(
        labeler=bad,
        queue=plan.queue,
        cause=FlagCause.CUSUM,
        state=FlagState.CLOSED,
        error_kind="mixed",
        finding={},
        reply_due_at=MONDAY,
        closed_at=MONDAY - timedelta(hours=1),
    )

    assert run_weekly_test(plan.queue, on=MONDAY.date(), now=MONDAY) == []
    assert WeeklyTest.objects.get().labelers == []


def test_what_is_due_is_judged_once_after_monday_has_settled():
    plan = make_plan()
    answer_gold(plan.queue, make_labeler(), [True] * 25, start=LAST_WEEK)

    too_early = judge_due(now=MONDAY + 9 * MINUTE)
    due = judge_due(now=MONDAY + 10 * MINUTE)
    again = judge_due(now=MONDAY + timedelta(days=6))
    next_week = judge_due(now=MONDAY + timedelta(days=7, hours=1))

    assert (too_early, due, again, next_week) == (0, 1, 0, 1)
    assert list(WeeklyTest.objects.order_by("id").values_list("week_ends_on", flat=True)) == [
        date(2026, 11, 16),
        date(2026, 11, 23),
    ]


def test_the_weekly_test_leaves_out_answers_in_open_dispute():
    plan, bad = make_plan(cusum_h=500.0), make_labeler()
    answer_gold(plan.queue, bad, [True] * 20 + [False] * 10, start=LAST_WEEK)
    refresh_queue(plan.queue.pk, now=MONDAY)
    flag = open_flag(
        bad,
        plan.queue,
        cause=FlagCause.CUSUM,
        finding={"words": "Found."},
        scores=list(GoldScore.objects.order_by("answered_at")),
        now=MONDAY,
    )
    for row in flag.evidence.filter(is_correct=False):
        Dispute.objects.create(evidence=row, filed_by=make_user(), due_at=MONDAY, reason="It is fine.")

    run_weekly_test(plan.queue, on=MONDAY.date(), now=MONDAY)

    test = WeeklyTest.objects.get()
    assert (test.p_values, test.found) == ([1.0], [])


def test_a_standing_ends_when_its_answers_leave_the_window():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 10 + [False] * 20, start=MONDAY - timedelta(days=60))
    refresh_queue(plan.queue.pk, now=MONDAY)
    later = MONDAY + timedelta(days=42)

    declare_standings(plan.queue, on=later.date(), now=later)
    declare_standings(plan.queue, on=(later + WEEK).date(), now=later + WEEK)

    records = StandingRecord.objects.order_by("declared_on").values_list("n", "standing", "lower")
    assert [(n, standing) for n, standing, _ in records] == [(30, "below"), (0, "not_enough_data")]
    assert records[1][2] is None
