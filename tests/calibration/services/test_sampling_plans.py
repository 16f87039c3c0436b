"""The figures of a plan stand in its row, and belong to the settings beside them."""

import pytest

from calibration.models import SamplingPlan
from calibration.queries.watch_figures import cusum_of, has_own_figures, watch_figures
from calibration.services.refresh import refresh_queue
from calibration.services.sampling_plans import PlanSettings, save_plan
from calibration.stats import Serving, solve_h
from tests.builders import make_queue, make_user
from tests.calibration.builders import NOON, make_plan

pytestmark = pytest.mark.django_db


def test_saving_a_plan_stores_the_limit_that_was_solved_for_it():
    queue = make_queue()

    save_plan(queue, PlanSettings(question="category", gold_rate=0.08, false_alarm_rate=0.02), actor=make_user())

    plan = SamplingPlan.objects.get(queue=queue)
    serving = Serving(items_per_day=100, gold_rate=0.08, watch_gold_rate=0.25, day_cap=30)
    assert has_own_figures(plan)
    assert plan.figures["h"] == solve_h(0.05, serving=serving, false_flag_rate=0.02) == cusum_of(plan).h


def test_a_stored_limit_is_read_and_not_solved_again():
    plan = make_plan(cusum_h=None)
    refresh_queue(plan.queue_id, now=NOON)
    plan.refresh_from_db()
    plan.figures["h"] = 9.9

    assert watch_figures(plan).h == 9.9


def test_figures_of_other_settings_are_not_taken_for_the_plan_s_own():
    plan = make_plan()
    refresh_queue(plan.queue_id, now=NOON)
    plan.refresh_from_db()
    before = watch_figures(plan)

    plan.cusum_h = 5.0

    assert not has_own_figures(plan)
    assert watch_figures(plan).false_flag_rate > before.false_flag_rate
