"""How well a team that logs what it sees could tell gold from other items, by counting how often each comes by."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom

from calibration.stats.errors import OutOfRange

Floats = NDArray[np.float64]

# How far from even an AUC may lie to be hard to use, and from where on it is easy.
TOLERATED = 0.05
_EASY = 0.25


class Ease(StrEnum):
    """How easily a team could spot gold by counting."""

    HARD = "hard"
    POSSIBLE = "possible"
    EASY = "easy"


@dataclass(frozen=True, slots=True)
class SightingPlan:
    """How items and gold reach one team of a queue.

    `team` of the queue's `people` log and compare what they see. An ordinary item gets `base_answers`, a share
    `overlap_rate` of them `overlap_size`, each from somebody else of the queue. Everybody answers `gold_a_day` of
    `live_gold` items. `team_cap` is how often a team may meet a gold item (matched); None where everybody meets the
    same gold (pooled). Raises OutOfRange for a team that is empty or larger than the queue's people, for sizes under 1,
    and for shares and rates that are none.
    """

    team: int
    people: int
    gold_a_day: float
    live_gold: int
    team_cap: int | None = None
    base_answers: int = 1
    overlap_rate: float = 0.1
    overlap_size: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.team <= self.people:
            raise OutOfRange("A team has at least one person, and no more than the queue.")
        if min(self.base_answers, self.overlap_size) < 1 or (self.team_cap is not None and self.team_cap < 1):
            raise OutOfRange("Answers an item, and sightings a team, are at least 1.")
        if not 0 <= self.overlap_rate <= 1:
            raise OutOfRange("The overlap rate is a share, from 0 to 1.")
        if not 0 <= self.gold_a_day < np.inf or self.live_gold < 0:
            raise OutOfRange("Gold a day, and live gold, are numbers of at least 0.")


def sighting_auc(plan: SightingPlan, *, days: int = 20) -> float | None:
    """Chance that a gold item that a team has met came by oftener than an ordinary one, ties as a half.

    The area under the curve of a classifier by the number of sightings (Mann and Whitney 1947), exact under the plan
    for a team that logs for so many working days: .5 is a coin, and under .5 gold comes by more rarely, which tells as
    much as over it. None where the team meets no gold in that time. Raises OutOfRange for days under 1.

    >>> round(sighting_auc(SightingPlan(team=6, people=18, gold_a_day=5, live_gold=200), days=28), 2)
    0.99
    >>> round(sighting_auc(SightingPlan(team=6, people=18, gold_a_day=5, live_gold=900, team_cap=1), days=28), 2)
    0.47
    """
    if days < 1:
        raise OutOfRange("A team logs for at least one day.")
    gold = _gold_sightings(plan, days)
    if gold is None:
        return None
    ordinary = _ordinary_sightings(plan)
    size = max(len(gold), len(ordinary))
    often, rarely = (np.pad(chances, (0, size - len(chances))) for chances in (gold, ordinary))
    below = np.cumsum(rarely) - rarely
    return float(often @ (below + rarely / 2))


def spotted(auc: float) -> Ease:
    """How easily gold could be told by such an AUC: hard within .05 of even, easy beyond .25.

    Words by definition, no estimate.

    >>> spotted(0.54).value, spotted(0.4).value, spotted(0.99).value
    ('hard', 'possible', 'easy')
    """
    if not 0 <= auc <= 1:
        raise OutOfRange("An AUC lies between 0 and 1.")
    away = abs(auc - 0.5)
    if round(away, 9) <= TOLERATED:
        return Ease.HARD
    return Ease.POSSIBLE if away <= _EASY else Ease.EASY


def _gold_sightings(plan: SightingPlan, days: int) -> Floats | None:
    """Chance of 0, 1, 2, ... sightings of a gold item that the team has met."""
    met = min(plan.gold_a_day * days, plan.live_gold)
    if met <= 0:
        return None
    if plan.team_cap is None:
        return _given_seen(binom.pmf(np.arange(plan.team + 1), plan.team, met / plan.live_gold))
    return _given_seen(_evenly(plan.team * met / plan.live_gold, min(plan.team_cap, plan.team)))


def _evenly(level: float, cap: int) -> Floats:
    """Sightings where the least met item always comes next, until each has been met `cap` times."""
    chances = np.zeros(cap + 1)
    whole = min(int(level), cap)
    chances[whole] = 1.0
    if whole < cap:
        chances[whole], chances[whole + 1] = 1 - (level - whole), level - whole
    return chances


def _ordinary_sightings(plan: SightingPlan) -> Floats:
    """The same of an ordinary item: its answers go to people of the queue, as many of them from the team as chance."""
    counts = np.arange(plan.team + 1)
    sizes = [min(size, plan.people) for size in (plan.base_answers, plan.overlap_size)]
    once, often = (hypergeom.pmf(counts, plan.people, plan.team, size) for size in sizes)
    return _given_seen((1 - plan.overlap_rate) * once + plan.overlap_rate * often)


def _given_seen(chances: Floats) -> Floats:
    seen = chances.copy()
    seen[0] = 0.0
    return np.asarray(seen / seen.sum(), np.float64)
