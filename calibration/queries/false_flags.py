"""How many flags to expect although nothing is wrong: of the running check and of the weekly test, said once."""

from dataclasses import dataclass

from django.db.models import Count

from calibration.models import SamplingPlan, Watch
from calibration.queries.watch_figures import DAYS, watch_figures
from calibration.stats import weekly_false_flags
from labeling.enums import QueueState
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

WEEK = 7
WORKING_DAYS = 5


@dataclass(frozen=True, kw_only=True)
class FalseFlags:
    """Wrong flags to expect if everybody watched were exactly at target."""

    people: int
    a_week: float

    @property
    def in_90_days(self) -> float:
        """The same over the period for which plans state their false-alarm rate."""
        return self.a_week * DAYS / WEEK

    @property
    def sentence(self) -> str:
        """The expectation in words."""
        return (
            f"If all {self.people} running checks watched people exactly at target, they and the weekly tests would "
            f"raise about {self.a_week:.2f} wrong flags this week ({self.in_90_days:.1f} in {DAYS} days)."
        )


def expected_false_flags(access: Access) -> FalseFlags:
    """Over active people in active queues; nothing for partial reach."""
    if not access.reach({Role.QA_MANAGER}).everything:
        return FalseFlags(people=0, a_week=0.0)
    watches = Watch.objects.filter(labeler__is_active=True, queue__state=QueueState.ACTIVE)
    watched = dict(watches.order_by().values_list("queue").annotate(Count("pk")))
    plans = SamplingPlan.objects.filter(queue__in=list(watched))
    a_week = sum(_a_week(plan, watched[plan.queue_id]) for plan in plans)
    return FalseFlags(people=sum(watched.values()), a_week=a_week)


def _a_week(plan: SamplingPlan, people: int) -> float:
    figures = watch_figures(plan)
    answers = round(WORKING_DAYS * plan.items_a_day * plan.gold_rate)
    return people * figures.false_flag_rate * WEEK / DAYS + weekly_false_flags(answers, people, p0=figures.p0)
