"""Setting how a queue is measured."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from calibration.enums import GoldMode
from calibration.errors import InvalidPlan
from calibration.models import SamplingPlan
from calibration.queries.questions import read_questions
from calibration.queries.watch_figures import figures_of, has_own_figures, watch_figures
from calibration.services.gold_rates import redraw_base
from calibration.services.marks import mark_stale
from labeling.models import Queue
from qaplatform import clock
from qaplatform.trail.services import record

HIGHEST_GOLD_RATE = 0.5
LOWEST_TARGET = 0.5


@dataclass(frozen=True, kw_only=True)
class PlanSettings:
    """What a QA manager decides about measuring. Shares run from 0 to 1; `cusum_h` None is solved.

    A `watch_gold_rate` at or under the `gold_rate` makes the rate flat. `severity_costs` says by expected category what
    an error costs where that is not 1.
    """

    question: str
    gold_rate: float = 0.04
    watch_gold_rate: float = 0.25
    mode: str = GoldMode.MATCHED
    gold_a_day_cap: int = 30
    exposures_a_team_cap: int = 3
    target: float = 0.95
    items_a_day: int = 100
    cusum_h: float | None = None
    false_alarm_rate: float = 0.0125
    is_small_team: bool = False
    severity_costs: Mapping[str, float] = field(default_factory=dict)


def draft_plan(queue: Queue, settings: PlanSettings) -> SamplingPlan:
    """The plan as it would be, not saved."""
    return SamplingPlan(queue=queue, **asdict(settings))


def current_plan(queue: Queue) -> SamplingPlan:
    """The queue's plan, or the one that a queue begins with, not saved."""
    plan = SamplingPlan.objects.filter(queue=queue).select_related("queue").first()
    if plan is not None:
        return plan
    questions = read_questions(queue)
    first = next((question.key for question in questions if question.is_taxonomy), "")
    return draft_plan(queue, PlanSettings(question=first or (questions[0].key if questions else "")))


@transaction.atomic
def save_plan(queue: Queue, settings: PlanSettings, *, actor: AbstractBaseUser) -> SamplingPlan:
    """Save how a queue is measured; its figures are counted anew. Raises InvalidPlan with the field."""
    _check(queue, settings)
    figures = figures_of(draft_plan(queue, settings))
    was = SamplingPlan.objects.filter(queue=queue).values_list("gold_rate", flat=True).first()
    plan, _ = SamplingPlan.objects.update_or_create(
        queue=queue, defaults={**asdict(settings), "figures": figures, "changed_at": clock.now()}
    )
    if was is not None and was != plan.gold_rate:
        redraw_base(queue, plan)
    mark_stale(queue)
    record("plan changed", queue, actor=actor, detail=asdict(settings))
    return plan


def keep_figures(plan: SamplingPlan) -> None:
    """Store what the running check of a plan does, where it does not stand in its row."""
    if not has_own_figures(plan):
        plan.figures = figures_of(plan)
        plan.save(update_fields=["figures"])


def _check(queue: Queue, settings: PlanSettings) -> None:
    if settings.question not in {question.key for question in read_questions(queue)}:
        raise InvalidPlan("The queue does not ask this question. Choose another.", detail={"field": "question"})
    if not 0 <= settings.gold_rate <= HIGHEST_GOLD_RATE:
        raise InvalidPlan("The share of gold runs from 0 to 50 %.", detail={"field": "gold_rate"})
    if not 0 <= settings.watch_gold_rate <= HIGHEST_GOLD_RATE:
        raise InvalidPlan("The share of gold runs from 0 to 50 %.", detail={"field": "watch_gold_rate"})
    if not LOWEST_TARGET < settings.target < 1:
        raise InvalidPlan("The target lies above 50 % and below 100 %.", detail={"field": "target"})
    if not 0 < settings.false_alarm_rate < 1:
        raise InvalidPlan("False flags lie above 0 and below 1,000 in 1,000.", detail={"field": "false_alarm_rate"})
    if settings.cusum_h is not None and settings.cusum_h <= 0:
        raise InvalidPlan("The threshold is above 0; leave it empty to have it computed.", detail={"field": "cusum_h"})
    if settings.gold_rate and watch_figures(draft_plan(queue, settings)).h is None:
        raise InvalidPlan(
            "No threshold is that quiet at this rate of gold. Serve less gold, or allow more false flags.",
            detail={"field": "false_alarm_rate"},
        )
