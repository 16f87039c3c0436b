"""How easily a team of a queue could spot gold, in sentences for its settings."""

from dataclasses import dataclass

from calibration.enums import GoldMode
from calibration.models import SamplingPlan
from calibration.stats import Ease, SightingPlan, sighting_auc, spotted

# How long a team is taken to log what it sees, in working days.
LOGGED_DAYS = 20


@dataclass(frozen=True, kw_only=True)
class Sightings:
    """How well counting sightings tells gold, for the largest team of a queue; None where it meets no gold."""

    team: int
    auc: float | None

    @property
    def ease(self) -> str:
        """Hard, possible or easy; empty where there is nothing to spot."""
        return "" if self.auc is None else spotted(self.auc).value


def sightings_of(plan: SamplingPlan, *, team: int, people: int, gold_a_day: float, live_gold: int) -> Sightings:
    """What the largest `team` of the queue's `people` can make of what it sees."""
    if not team:
        return Sightings(team=0, auc=None)
    queue = plan.queue
    shown = SightingPlan(
        team=team,
        people=people,
        gold_a_day=gold_a_day,
        live_gold=live_gold,
        team_cap=plan.exposures_a_team_cap if plan.mode == GoldMode.MATCHED else None,
        base_answers=queue.base_answers,
        overlap_rate=queue.overlap_rate,
        overlap_size=queue.overlap_size,
    )
    return Sightings(team=team, auc=sighting_auc(shown, days=LOGGED_DAYS))


def sightings_in_words(found: Sightings) -> str:
    """One sentence; empty where there is nothing to spot."""
    if found.auc is None:
        return ""
    how = {Ease.HARD: "can hardly", Ease.POSSIBLE: "could possibly", Ease.EASY: "could easily"}[spotted(found.auc)]
    who = f"A team of {found.team} that logs" if found.team > 1 else "Somebody who logs"
    return (
        f"{who} what it sees for {LOGGED_DAYS} working days {how} tell gold from other items by how often each comes "
        f"by (right in {found.auc * 100:.0f} of 100 pairs; 50 would be guessing)."
    )


def sightings_warning(found: Sightings, plan: SamplingPlan) -> str:
    """What to change where gold can be told by counting; empty where it can hardly be."""
    if found.auc is None or spotted(found.auc) == Ease.HARD:
        return ""
    if plan.mode == GoldMode.POOLED:
        change = "Choose matched gold that a team meets rarely, which takes more of it, or add gold to the pool."
    elif found.auc > 0.5:
        change = "Let a team meet a gold item less often, which takes more gold."
    else:
        change = "Let a team meet a gold item more often: ordinary items come by oftener."
    return f"Gold can be told from other items by counting how often each comes by. {change}"
