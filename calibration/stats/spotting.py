"""How well a team that logs what it sees could tell gold from other items, by counting how often each comes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import binom, hypergeom

from calibration.stats.errors import OutOfRange
from calibration.stats.inputs import Floats, counts, finite

# How far from even an AUC may lie to be hard to use, and from where on it is easy.
TOLERATED = 0.05
_EASY = 0.25
# So many items weighs what the settings say beside what was counted.
SETTINGS_WEIGH = 100


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
    `live_gold` items. In matched mode a team meets a gold item as often as chance gives for an ordinary one, never
    oftener than `team_cap`; None where everybody meets the same gold (pooled). Raises OutOfRange for a team that is
    empty or larger than the queue's people, for sizes under 1, and for shares and rates that are none.
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
    >>> sighting_auc(SightingPlan(team=6, people=18, gold_a_day=5, live_gold=900, team_cap=3), days=28)
    0.5
    """
    if days < 1:
        raise OutOfRange("A team logs for at least one day.")
    gold = _gold_sightings(plan, days)
    return None if gold is None else _auc(gold, _ordinary_sightings(plan))


def counted_auc(gold: Sequence[int], ordinary: Sequence[int]) -> float | None:
    """`sighting_auc` of what was counted: gold and ordinary items that a team has met once, twice, ....

    The area under the curve (Mann and Whitney 1947), ties as a half. None where either is empty. Raises OutOfRange for
    negative counts.

    >>> counted_auc([8, 2], [80, 20]), counted_auc([0, 10], [80, 20]), counted_auc([], [80])
    (0.5, 0.9, None)
    """
    of_gold, of_ordinary = counts(gold, name="gold"), counts(ordinary, name="ordinary")
    if not of_gold.sum() or not of_ordinary.sum():
        return None
    return _auc(*(np.append(0.0, met / met.sum()) for met in (of_gold, of_ordinary)))


def expected_sightings(plan: SightingPlan, counted: Sequence[int] = ()) -> tuple[float, ...]:
    """Chance that an ordinary item that a team has met came by once, twice, ..., as gold should.

    What the settings give by chance (hypergeometric), as if it were `SETTINGS_WEIGH` items, and `counted` items that
    the team has met once, twice, ...: people work unevenly, vendors have shares, and further answers wait. Cut at the
    team cap, to which what is beyond it is added. A weighted mean by definition, no estimate. Raises OutOfRange for
    negative counts.

    >>> [round(chance, 3) for chance in expected_sightings(SightingPlan(6, 18, 5, 200))]
    [0.934, 0.059, 0.007]
    >>> [round(chance, 3) for chance in expected_sightings(SightingPlan(6, 18, 5, 200), [900])]
    [0.993, 0.006, 0.001]
    """
    met = counts(counted, name="counted")
    chances = _ordinary_sightings(plan)[1:]
    seen = np.zeros(max(len(chances), len(met)))
    seen[: len(met)] = met
    seen[: len(chances)] += SETTINGS_WEIGH * chances
    shares = _cut(np.concatenate(([0.0], seen / seen.sum())), plan.team_cap)[1:]
    return tuple(float(share) for share in np.trim_zeros(shares, "b"))


def showings_due(met: Sequence[int], expected: Sequence[float]) -> tuple[int, ...]:
    """How often gold has been met that is due to come by again, what is lacking most first.

    `met` counts the gold that a team has met once, twice, ...; `expected` is the chance of each for an ordinary item.
    Gold is due again where, of all gold that was met, at least half an item fewer has come by so often than is
    expected; where nothing is due, gold that the team has not met comes next. So a team's sightings of gold follow
    those of ordinary items at any time, whatever was placed before. Quota by largest remainder. A rule by definition,
    no estimate. Raises OutOfRange for negative counts and for chances that do not add up to 1.

    >>> showings_due([9], [0.9, 0.1]), showings_due([10], [0.9, 0.1]), showings_due([9, 1], [0.9, 0.1])
    ((1,), (1,), ())
    >>> showings_due([0, 4], [0.2, 0.2, 0.6])
    (2,)
    """
    often_met, shares = counts(met, name="met"), finite(expected, name="expected", lowest=0)
    if abs(shares.sum() - 1) > 1e-6:
        raise OutOfRange("The chances of all sightings add up to 1.")
    size = max(len(often_met), len(shares))
    gold, chances = (np.pad(values.astype(np.float64), (0, size - len(values))) for values in (often_met, shares))
    lacking = chances[::-1].cumsum()[::-1] * gold.sum() - gold[::-1].cumsum()[::-1]
    due = [often for often in range(1, size) if round(lacking[often], 9) >= 0.5]
    return tuple(sorted(due, key=lambda often: -lacking[often]))


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
    return _cut(_ordinary_sightings(plan), plan.team_cap)


def _auc(gold: Floats, ordinary: Floats) -> float:
    """From the chances of 0, 1, 2, ... sightings."""
    size = max(len(gold), len(ordinary))
    often, rarely = (np.pad(chances, (0, size - len(chances))) for chances in (gold, ordinary))
    below = np.cumsum(rarely) - rarely
    return round(float(often @ (below + rarely / 2)), 12)


def _cut(chances: Floats, most: int | None) -> Floats:
    """The chances with all beyond `most` sightings at `most`."""
    if most is None or most >= len(chances):
        return chances
    cut = chances[: most + 1].copy()
    cut[most] += chances[most + 1 :].sum()
    return cut


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
