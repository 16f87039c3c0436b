"""Simulated people who go through the running check: flagged, watched until they are retrained, then measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.stats import BetaPrior, Cusum, RetrainingEffect, fit_prior, retraining_effect
from calibration.stats.effects import MOST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLAUSES = 4
# What each clause adds to a person's accuracy, and how often it comes before and after the retraining.
EASE = np.array([0.03, 0.01, -0.01, -0.03])
MIX_BEFORE = np.array([0.25, 0.25, 0.25, 0.25])
MIX_AFTER = np.array([0.4, 0.3, 0.2, 0.1])
ITEMS_A_DAY = 100


@dataclass(frozen=True)
class Retrained:
    """The flagged people: counts int[M, 4] by clause, of the run that raised the alarm, of before and of after."""

    run: tuple[Ints, Ints]
    pre: tuple[Ints, Ints]
    post: tuple[Ints, Ints]
    prior: BetaPrior


def flagged_people(
    accuracy: Floats,
    rng: np.random.Generator,
    *,
    gain: float = 0.0,
    before: Floats | None = None,
    days_watched: int = 90,
    days_between: int = 8,
    days_after: int = 20,
) -> Retrained:
    """Those of people of true `accuracy` [M] who raise an alarm within `days_watched`, at 4 % gold and 25 % on watch.

    `before` is their accuracy in the first 20 days, where they drift. Between flag and retraining lie `days_between`,
    whose answers were picked by nobody; retraining adds `gain`.
    """
    people = _People(accuracy, before, rng)
    alarmed, run = people.until_alarm(days_watched * ITEMS_A_DAY)
    prior = fit_prior(people.right, people.n)
    later = _People(accuracy[alarmed], None, rng)
    pre = later.answers(days_between * ITEMS_A_DAY, MIX_BEFORE, level=Cusum(p0=0.05).h)
    after = _People(np.minimum(accuracy[alarmed] + gain, 0.97), None, rng)
    post = after.answers(days_after * ITEMS_A_DAY, MIX_AFTER, level=0.0)
    return Retrained((run[0][alarmed], run[1][alarmed]), pre, post, prior)


def effects_of(people: Retrained) -> list[RetrainingEffect]:
    """The effect for each of them, told or not."""
    columns = zip(*people.pre, *people.post, people.run[0].sum(axis=1), people.run[1].sum(axis=1), strict=True)
    return [
        retraining_effect(*sides, prior=people.prior, run_right=int(run_right), run_n=int(run_n))
        for *sides, run_right, run_n in columns
    ]


class _People:
    """People who answer gold, item by item; the level of each one's check says how much gold they get."""

    def __init__(self, accuracy: Floats, before: Floats | None, rng: np.random.Generator) -> None:
        self.accuracy, self.before, self.rng = accuracy, before, rng
        self.cusum = Cusum(p0=0.05)
        self.size = len(accuracy)
        self.right, self.n = np.zeros(self.size, np.int64), np.zeros(self.size, np.int64)

    def until_alarm(self, items: int) -> tuple[NDArray[np.intp], tuple[Ints, Ints]]:
        """Who alarms, and everybody's answers since the check last stood at zero, by clause."""
        level, at = np.zeros(self.size), np.zeros(self.size)
        right, n = (np.zeros((self.size, CLAUSES), np.int64) for _ in range(2))
        working = np.arange(self.size)
        alarmed: list[int] = []
        while working.size:
            at[working] += self.rng.geometric(self._rates(level[working]))
            working = working[at[working] <= items]
            is_right, clause = self._answer(working, at[working], MIX_BEFORE)
            level[working] = np.maximum(level[working] + np.where(is_right, *self.cusum.steps), 0)
            right[working, clause] += is_right
            n[working, clause] += 1
            self.right[working] += is_right
            self.n[working] += 1
            back = working[level[working] == 0]
            right[back], n[back] = 0, 0
            is_alarm = (level[working] >= self.cusum.h) & (self.n[working] >= self.cusum.minimum)
            alarmed += working[is_alarm].tolist()
            working = working[~is_alarm]
        return np.array(sorted(alarmed), np.intp), (right, n)

    def answers(self, items: int, mix: Floats, *, level: float) -> tuple[Ints, Ints]:
        """The first right answers and answers, by clause, within so many items; the check begins at `level`."""
        levels, at = np.full(self.size, level), np.zeros(self.size)
        right, n = (np.zeros((self.size, CLAUSES), np.int64) for _ in range(2))
        working = np.arange(self.size)
        while working.size:
            at[working] += self.rng.geometric(self._rates(levels[working]))
            working = working[at[working] <= items]
            is_right, clause = self._answer(working, at[working], mix)
            levels[working] = np.maximum(levels[working] + np.where(is_right, *self.cusum.steps), 0)
            right[working, clause] += is_right
            n[working, clause] += 1
            working = working[n[working].sum(axis=1) < MOST]
        return right, n

    def _rates(self, level: Floats) -> Floats:
        return np.where(level >= self.cusum.watch_level, 0.25, 0.04)

    def _answer(self, who: NDArray[np.intp], at: Floats, mix: Floats) -> tuple[NDArray[np.bool_], Ints]:
        clause = np.searchsorted(np.cumsum(mix)[:-1], self.rng.random(len(who)), side="right")
        accuracy = self.accuracy[who]
        if self.before is not None:
            accuracy = np.where(at < 20 * ITEMS_A_DAY, self.before[who], accuracy)
        return self.rng.random(len(who)) < np.minimum(accuracy + EASE[clause], 1.0), clause
