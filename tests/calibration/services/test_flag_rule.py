"""Thirty people through the database are flagged as the pure simulation flags them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest

from calibration.enums import FlagCause, Purpose
from calibration.models import Flag, GoldScore, Placement, StandingRecord, WeeklyTest
from calibration.queries.watch_figures import cusum_of, serving_of
from calibration.services.judging import judge_due
from calibration.stats import FlagReason, Serving, WatchSimulation, simulate_watch
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label, Slot
from qaplatform.people.models import Labeler
from tests.builders import make_labeler
from tests.calibration.builders import make_plan
from tests.calibration.pages.worlds import write_gold

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 9, 21, tzinfo=UTC)
WEEKS, WORKING_DAYS = 4, 5
ERROR_RATES = [0.05] * 22 + [0.15] * 5 + [0.25] * 3
CAUSES = {FlagReason.CUSUM: FlagCause.CUSUM, FlagReason.WEEKLY: FlagCause.WEEKLY_TEST}


def test_thirty_people_get_the_flags_that_the_simulation_gives():
    plan = make_plan(gold_rate=0.04, watch_gold_rate=0.25, gold_a_day_cap=100)
    people = [make_labeler() for _ in ERROR_RATES]
    rng, serving = np.random.default_rng(8), serving_of(plan)
    simulation = simulate_watch(ERROR_RATES, cusum=cusum_of(plan), serving=serving, rng=rng, days=WEEKS * WORKING_DAYS)
    golds = write_gold(plan.queue, ["spam"] * int(np.bincount(simulation.person).max()), at=MONDAY)

    for week in range(WEEKS):
        write_week(plan, people, golds, simulation, week)
        judge_due(now=MONDAY + timedelta(weeks=week + 1, minutes=20))

    numbers = {labeler.pk: number for number, labeler in enumerate(people)}
    found = {(numbers[flag.labeler_id], flag.cause, *moment(flag, simulation)) for flag in Flag.objects.all()}
    expected = {(flag.person, CAUSES[flag.reason], flag.answers, week_of(flag.day)) for flag in simulation.flags}
    assert found == expected
    assert {flag.reason for flag in simulation.flags} == {FlagReason.CUSUM, FlagReason.WEEKLY}
    assert WeeklyTest.objects.count() == WEEKS
    scores = GoldScore.objects.filter(queue=plan.queue)
    assert (scores.count(), scores.filter(is_base=True).count()) == (len(simulation.wrong), simulation.is_base.sum())
    last = StandingRecord.objects.filter(declared_on=(MONDAY + timedelta(weeks=WEEKS)).date())
    assert sum(last.values_list("n", flat=True)) == simulation.is_base.sum()


def write_week(plan, people: Sequence[Labeler], golds, simulation: WatchSimulation, week: int) -> None:
    """The answers of one working week as real rows: each person's k-th answer is on the k-th gold item."""
    queue, serving = plan.queue, serving_of(plan)
    schema = queue.schemas.get(number=1)
    days = (simulation.item - 1) // serving.items_per_day
    rows = np.flatnonzero(days // WORKING_DAYS == week)
    turns = turns_of(simulation)
    times = [moment_of(int(simulation.item[row]), serving) for row in rows]
    slots = Slot.objects.bulk_create(
        Slot(
            item=golds[turns[row]].item,
            slot_no=1000 + simulation.person[row],
            queue=queue,
            state=SlotState.DONE,
            origin=SlotOrigin.PLACED,
            labeler=people[simulation.person[row]],
            assignment_id=uuid4(),
            token=uuid4(),
            claimed_at=at,
            done_at=at,
            created_at=at,
        )
        for row, at in zip(rows, times, strict=True)
    )
    Label.objects.bulk_create(
        Label(
            slot=slot,
            item_id=slot.item_id,
            queue=queue,
            labeler_id=slot.labeler_id,
            answers={"category": "no_violation" if simulation.wrong[row] else "spam"},
            policy_version=queue.policy_version,
            schema=schema,
            claimed_at=slot.done_at,
            created_at=slot.done_at,
        )
        for row, slot in zip(rows, slots, strict=True)
    )
    Placement.objects.bulk_create(
        Placement(slot=slot, purpose=Purpose.GOLD, gold=golds[turns[row]], is_base=bool(simulation.is_base[row]))
        for row, slot in zip(rows, slots, strict=True)
    )


def turns_of(simulation: WatchSimulation) -> np.ndarray:
    """How many answers each answer's person had given before."""
    firsts = np.searchsorted(simulation.person, np.arange(simulation.people))
    return np.arange(len(simulation.person)) - firsts[simulation.person]


def moment_of(item: int, serving: Serving) -> datetime:
    """When an item was answered: five working days a week, from eight o'clock, an item in four minutes."""
    day, place = divmod(item - 1, serving.items_per_day)
    week, weekday = divmod(day, WORKING_DAYS)
    return MONDAY + timedelta(weeks=week, days=weekday, hours=8, minutes=4 * place)


def week_of(day: float) -> int:
    """The week in which a flag fell; the weekly test ends one."""
    return int(np.ceil(day / WORKING_DAYS)) - 1


def moment(flag: Flag, simulation: WatchSimulation) -> tuple[int, int]:
    """How many gold answers somebody had given when a flag's finding was complete, and in which week that was."""
    week = (flag.opened_at - MONDAY) // timedelta(weeks=1) - 1
    if flag.cause == FlagCause.CUSUM:
        return flag.finding["n"], week
    return GoldScore.objects.filter(labeler=flag.labeler, answered_at__lt=flag.opened_at).count(), week
