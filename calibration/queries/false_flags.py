"""How many flags to expect although nothing is wrong: of the running check and of the weekly test, said once."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count

from calibration.models import SamplingPlan, Watch
from calibration.queries.watch_figures import DAYS, watch_figures
from calibration.stats import weekly_false_flags_at
from labeling.enums import QueueState
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

WORKING_DAYS = 5
WEEKS = DAYS / WORKING_DAYS


@dataclass(frozen=True, kw_only=True)
class FalseFlags:
    """Wrong flags to expect if everybody watched were exactly at target."""

    people: int
    a_week: float

    @property
    def in_90_days(self) -> float:
        """The same over the working days for which plans state their false-alarm rate."""
        return self.a_week * WEEKS

    @property
    def sentence(self) -> str:
        """The expectation in words."""
        return (
            f"If all {self.people} running checks watched people exactly at target, they and the weekly tests would "
            f"raise about {self.a_week:.2f} wrong flags this week ({self.in_90_days:.1f} in {DAYS} working days)."
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


def false_flag_rate(plan: SamplingPlan, people: int) -> float:
    """Share of people on target, `people` in the queue, that the two tests together flag in 90 working days at most.

    They often find the same person, who then has one flag: this is the sum.
    """
    return min(_a_week(plan, people) * WEEKS / people, 1.0) if people else watch_figures(plan).false_flag_rate


def expectation(plan: SamplingPlan, people: int) -> dict[str, object]:
    """What a flag keeps of the flags that were to be expected although nothing is wrong, both tests together."""
    rate = false_flag_rate(plan, people)
    target = f"{100 * plan.target:.1f}".removesuffix(".0")
    sentence = (
        f"At most about {round(1000 * rate)} of 1,000 people at {target} % are flagged wrongly in {DAYS} working days, "
        f"by the running check and the weekly test over {_watched(people)} together."
    )
    return {"rate": round(rate, 6), "days": DAYS, "sentence": sentence}


def _watched(people: int) -> str:
    return "the one person of this queue" if people == 1 else f"the {people} people of this queue"


def _a_week(plan: SamplingPlan, people: int) -> float:
    figures = watch_figures(plan)
    by_test = _by_weekly_test(figures.gold_share, WORKING_DAYS * plan.items_a_day, people, figures.p0)
    return people * figures.false_flag_rate / WEEKS + by_test


@lru_cache(maxsize=256)
def _by_weekly_test(share: float, items: int, people: int, p0: float) -> float:
    return weekly_false_flags_at(share, items, people, p0=p0)
