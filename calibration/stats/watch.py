"""Watching error rates over time: one CUSUM a person and queue, and a weekly test over everybody."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import ceil, floor, log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import betabinom, binom, false_discovery_control

from calibration.stats.errors import OutOfRange
from calibration.stats.inputs import counts, finite, flags, same_length
from calibration.stats.inputs import share as checked_share

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Levels of the CUSUM a grid cell of the Markov chain is wide, and how far apart the thresholds are that solve_h tries.
_CELL = 0.02
_H_STEP = 0.1
_H_MOST = 15.0

# How often the Markov chain is looked at, and how little moves once it has settled.
_LOOK_EVERY = 64
_SETTLED = 1e-14
_NOBODY = 1e-100
_MOST_ANSWERS = 64_000
_UNLIKELY = 1e-9


class Signal(StrEnum):
    """What a CUSUM says now: nothing, look closer (more gold, nobody is told), or open a flag."""

    QUIET = "quiet"
    WATCH = "watch"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class CusumState:
    """Level of a CUSUM after `n` answers; `zero_at` answers had been given when it last stood at zero."""

    level: float = 0.0
    n: int = 0
    zero_at: int = 0


@dataclass(frozen=True, slots=True)
class CusumRun:
    """Path of a CUSUM over n answers, float64[n].

    `first_alarm` is the position of the answer that raised the alarm, `change_point` the position of the first answer
    after the path last stood at zero before it; both None without an alarm. `state` is where it ends.
    """

    path: Floats
    first_alarm: int | None
    change_point: int | None
    state: CusumState


@dataclass(frozen=True, slots=True)
class Cusum:
    """Bernoulli CUSUM of errors: p0 in control, p1 to be found, alarm at h (Page 1954; Reynolds and Stoumbos 1999).

    Each answer adds its log-likelihood ratio, log(p1 / p0) if wrong and log((1 - p1) / (1 - p0)) if right, and the
    level never falls under 0. Under `minimum` answers the signal stays `watch`. Raises ValueError unless 0 < p0 < p1
    < 1 and h > 0.

    >>> cusum = Cusum(p0=0.05)
    >>> cusum.p1, round(cusum.update(CusumState(), wrong=True).level, 3)
    (0.15, 1.099)
    """

    p0: float
    p1: float = 0.0
    h: float = 7.0
    watch_level: float = 1.5
    minimum: int = 20

    def __post_init__(self) -> None:
        if not self.p1 and 0 < self.p0 < 1:
            object.__setattr__(self, "p1", default_p1(self.p0))
        if not 0 < self.p0 < self.p1 < 1:
            raise OutOfRange("Error rates of a CUSUM satisfy 0 < p0 < p1 < 1.")
        if not 0 < self.h < float("inf"):
            raise OutOfRange("The threshold h of a CUSUM is above 0.")

    @property
    def steps(self) -> tuple[float, float]:
        """What a right and a wrong answer add, in nats."""
        return log((1 - self.p1) / (1 - self.p0)), log(self.p1 / self.p0)

    def start(self) -> CusumState:
        """The state before the first answer, and after a decision, a grant or a changed clause."""
        return CusumState()

    def update(self, state: CusumState, *, wrong: bool) -> CusumState:
        """The state after one more answer."""
        level, n = max(state.level + self.steps[wrong], 0.0), state.n + 1
        return CusumState(level, n, n if level == 0 else state.zero_at)

    def signal(self, state: CusumState) -> Signal:
        """What the state says; an alarm only from `minimum` answers on.

        >>> Cusum(p0=0.05).signal(CusumState(level=7.2, n=19)).value
        'watch'
        """
        if state.level >= self.h and state.n >= self.minimum:
            return Signal.ALARM
        return Signal.WATCH if state.level >= self.watch_level else Signal.QUIET

    def run(self, wrong: ArrayLike, start: CusumState | None = None) -> CusumRun:
        """Path over wrong, bool[n] in the order of the answers, from `start` or from zero.

        >>> run = Cusum(p0=0.05, h=3).run([False] * 20 + [True] * 4)
        >>> run.first_alarm, run.change_point, round(run.state.level, 2)
        (22, 20, 4.39)
        """
        begin = start or CusumState()
        right_step, wrong_step = self.steps
        walk = np.cumsum(np.where(flags(wrong, name="wrong"), wrong_step, right_step))
        floor = np.minimum(np.minimum.accumulate(walk) if walk.size else walk, -begin.level)
        path = walk - floor
        alarms = np.flatnonzero((path >= self.h) & (begin.n + np.arange(1, len(path) + 1) >= self.minimum))
        first = int(alarms[0]) if alarms.size else None
        change = None if first is None else _after_last_zero(path[: first + 1])
        zeros = np.flatnonzero(path == 0)
        zero_at = begin.n + int(zeros[-1]) + 1 if zeros.size else begin.zero_at
        level = float(path[-1]) if path.size else begin.level
        return CusumRun(path, first, change, CusumState(level, begin.n + len(path), zero_at))


@dataclass(frozen=True, slots=True)
class Serving:
    """How gold reaches a person: items a working day, and the share of gold below and above the watch level.

    A flat rate has `watch_gold_rate` equal to `gold_rate`. `day_cap` is the most gold a day, None: as much as comes.
    """

    items_per_day: int = 100
    gold_rate: float = 0.04
    watch_gold_rate: float = 0.25
    day_cap: int | None = None

    @property
    def rates(self) -> tuple[float, float]:
        """Shares of gold below and above the watch level as they come to over whole days, under the cap.

        >>> Serving(items_per_day=200, day_cap=30).rates
        (0.04, 0.15)
        """
        most = 1.0 if self.day_cap is None else self.day_cap / self.items_per_day
        return min(self.gold_rate, most), min(self.watch_gold_rate, most)


@dataclass(frozen=True, slots=True)
class OperatingFigures:
    """What a rule does in `days`: share of people in control it flags, and the median days until a drift is found.

    `median_days` is None where less than half of the drifted people are found in that time.
    """

    false_flag_rate: float
    median_days: float | None
    days: int


@dataclass(frozen=True, slots=True)
class WeeklyFindings:
    """p-values float64[M] of a weekly test and which labelers it finds, bool[M]."""

    p_values: Floats
    found: Flags


def default_p1(p0: float) -> float:
    """The error rate to be found if nothing else is said: three times p0, at most half-way to 1.

    A choice by definition, no estimate. Raises OutOfRange for p0 outside 0..1.

    >>> default_p1(0.05), default_p1(0.4)
    (0.15, 0.7)
    """
    return round(min(3 * checked_share(p0, name="p0"), (1 + p0) / 2), 12)


def operating_figures(
    cusum: Cusum, serving: Serving | None = None, *, drift_to: float | None = None, days: int = 90
) -> OperatingFigures:
    """False flags in `days` in control, and median working days to find a drift to error rate `drift_to` (default p1).

    A CUSUM from 0 on its first day; the drift is there from that day. Computed by the Markov chain of the level on a
    grid (Brook and Evans 1972), answer by answer, with the gold rate that the level asks for; a cap counts as the rate
    that it leaves over a day (it leaves more at the day's beginning: where it binds, falls are found a little sooner).
    The minimum number of answers is not modelled.

    >>> figures = operating_figures(Cusum(p0=0.05, h=6), Serving(gold_rate=0.05, watch_gold_rate=0.05))
    >>> round(figures.false_flag_rate, 3), round(figures.median_days, 1)
    (0.033, 13.4)
    """
    how = serving or Serving()
    if drift_to is not None:
        finite(drift_to, name="drift_to", lowest=0, highest=1)
    quiet = _alarmed_by_day(cusum, how, cusum.p0, days)
    drifted = _alarmed_by_day(cusum, how, cusum.p1 if drift_to is None else drift_to, days)
    return OperatingFigures(quiet[-1], _median_day(drifted), days)


def mean_gold_rate(cusum: Cusum, serving: Serving | None = None, *, error_rate: float | None = None) -> float:
    """Share of gold that somebody of this error rate (default p0) is served on average, between alarms.

    From how long the level stays at each height once its start is forgotten (the Markov chain of `operating_figures`;
    Brook and Evans 1972).

    >>> round(mean_gold_rate(Cusum(p0=0.05)), 3)
    0.046
    """
    if error_rate is not None:
        finite(error_rate, name="error_rate", lowest=0, highest=1)
    how = serving or Serving()
    base, watched = how.rates
    if base == watched or not max(base, watched):
        return base
    state = _settled_levels(_one_answer(cusum, how, cusum.p0 if error_rate is None else error_rate))
    share = float(state[_levels(cusum) >= cusum.watch_level].sum() / state.sum())
    return share * watched + (1 - share) * base


def solve_h(
    p0: float,
    *,
    p1: float | None = None,
    serving: Serving | None = None,
    days: int = 90,
    false_flag_rate: float = 0.0125,
    watch_level: float = 1.5,
) -> float:
    """The least threshold h, in steps of 0.1, with at most `false_flag_rate` false flags in `days`.

    The Markov chain of `operating_figures` tells (Brook and Evans 1972). p0 and p1 are error rates. Raises ValueError
    where no h up to 15 does it: then serve less gold or allow more false flags.

    >>> solve_h(0.05)
    7.0
    """
    how, base = serving or Serving(), Cusum(p0, p1 or 0.0, watch_level=watch_level)
    low, high = 10, round(_H_MOST / _H_STEP)
    checked_share(false_flag_rate, name="false_flag_rate")
    if _false_flags(base, _H_MOST, how, days) > false_flag_rate:
        raise OutOfRange(f"No threshold keeps false flags under {false_flag_rate:.2%} in {days} days.")
    while low < high:
        middle = (low + high) // 2
        if _false_flags(base, round(middle * _H_STEP, 1), how, days) <= false_flag_rate:
            high = middle
        else:
            low = middle + 1
    return round(high * _H_STEP, 1)


def weekly_test(wrong: ArrayLike, n: ArrayLike, *, p0: float, rho: float = 0.0) -> Floats:
    """Chance of so many wrong answers or more at error rate p0, float64[M]: binomial, or beta-binomial with rho.

    wrong[M] of n[M] answers of a week; rho, 0 <= rho < 1, is how alike the answers of one person in a week are
    (Griffiths 1973). n = 0 gives 1. Raises ValueError when wrong lies outside 0..n, p0 outside 0..1 or rho outside
    0..1.

    >>> weekly_test([1, 6], [25, 25], p0=0.05).round(4).tolist()
    [0.7226, 0.0012]
    """
    errors, total = counts(wrong, name="wrong"), counts(n, name="n")
    same_length(wrong=errors, n=total)
    if (errors > total).any():
        raise OutOfRange("Wrong answers lie between 0 and n.")
    if not 0 < p0 < 1 or not 0 <= rho < 1:
        raise OutOfRange("p0 lies between 0 and 1, rho from 0 to below 1.")
    if rho == 0:
        return np.asarray(binom.sf(errors - 1, total, p0), np.float64)
    size = (1 - rho) / rho
    tail = betabinom.sf(errors - 1, total, p0 * size, (1 - p0) * size)
    return np.asarray(np.where(errors == 0, 1.0, np.clip(tail, 0, 1)), np.float64)


def benjamini_hochberg(p_values: ArrayLike, *, q: float = 0.05) -> Flags:
    """Which hypotheses are rejected at false discovery rate q, bool[M] (Benjamini and Hochberg 1995, procedure 1).

    Raises ValueError for a p-value outside 0..1.

    >>> benjamini_hochberg([0.001, 0.02, 0.04, 0.8]).tolist()
    [True, True, False, False]
    """
    chances = finite(p_values, name="p_values", lowest=0, highest=1)
    checked_share(q, name="q")
    if chances.size == 0:
        return np.zeros(0, np.bool_)
    return np.asarray(false_discovery_control(chances) <= q, np.bool_)


def found_among(p_values: Floats, tested: Flags, *, q: float) -> Flags:
    """What `benjamini_hochberg` rejects of those `tested`, bool[M]; the others count for nothing.

    >>> found_among(np.array([0.04, 0.001, 0.02]), np.array([True, False, False]), q=0.05).tolist()
    [True, False, False]
    """
    found = np.zeros(len(p_values), np.bool_)
    found[tested] = benjamini_hochberg(p_values[tested], q=q)
    return found


def weekly_findings(
    wrong: ArrayLike, n: ArrayLike, *, p0: float, rho: float = 0.0, q: float = 0.05, minimum: int = 20
) -> WeeklyFindings:
    """Weekly test over all labelers (Benjamini and Hochberg 1995); under `minimum` answers nobody is tested or found.

    wrong[M] of n[M] answers. Raises as `weekly_test` does.

    >>> weekly_findings([9, 9, 1], [25, 12, 25], p0=0.05).found.tolist()
    [True, False, False]
    """
    p_values = weekly_test(wrong, n, p0=p0, rho=rho)
    return WeeklyFindings(p_values, found_among(p_values, np.asarray(n) >= minimum, q=q))


def weekly_false_flags(n: int, people: int, *, p0: float, q: float = 0.05, minimum: int = 20) -> float:
    """How many of `people` in control, of n answers each, one weekly test finds on average.

    Where nobody is out of control, the procedure (Benjamini and Hochberg 1995) finds hardly more than its first step, a
    p-value of q / people or less (Bonferroni); binomial p-values are coarse, so that this is well under q. Raises
    ValueError for p0 outside 0..1.

    >>> round(weekly_false_flags(40, 18, p0=0.05), 3)
    0.013
    """
    checked_share(q, name="q")
    if n < minimum or people < 1:
        return 0.0
    return people * _first_step(n, q / people, p0)


def weekly_false_flags_at(
    share: float, items: int, people: int, *, p0: float, q: float = 0.05, minimum: int = 20
) -> float:
    """The same where each is served `items` a week of which a share, 0 to 1, is gold: n then is binomial.

    Few reach the minimum where gold is rare, and only they are tested (Benjamini and Hochberg 1995). With an adaptive
    rate, give its mean share: that somebody's n rises with their errors makes the test a little quieter than said here.
    Raises ValueError for shares outside 0..1.

    >>> round(weekly_false_flags_at(0.046, 500, 20, p0=0.05), 3)
    0.024
    """
    checked_share(q, name="q")
    if not 0 <= share <= 1:
        raise OutOfRange("A share of gold lies between 0 and 1.")
    answers = np.arange(minimum, items + 1)
    chances = binom.pmf(answers, items, share)
    tested = max(people * float(chances.sum()), 1.0)
    likely = answers[chances > _UNLIKELY]
    found = [_first_step(int(n), q / tested, p0) for n in likely]
    return people * float(np.dot(found, binom.pmf(likely, items, share)))


def _first_step(n: int, limit: float, p0: float) -> float:
    """The largest p-value of n answers, with its chance, that does not exceed the limit; 0 where none does."""
    chances = weekly_test(np.arange(n + 1), np.full(n + 1, n), p0=p0)
    found = chances[chances <= limit]
    return float(found.max()) if found.size else 0.0


def _after_last_zero(path: Floats) -> int:
    zeros = np.flatnonzero(path == 0)
    return int(zeros[-1]) + 1 if zeros.size else 0


def _false_flags(cusum: Cusum, h: float, serving: Serving, days: int) -> float:
    return _alarmed(replace(cusum, h=h), serving, cusum.p0, (days * serving.items_per_day,))[0]


@lru_cache(maxsize=256)
def _alarmed_by_day(cusum: Cusum, serving: Serving, error_rate: float, days: int) -> tuple[float, ...]:
    """Share of people with an alarm by the end of each day, days + 1 of them, from day 0."""
    return _alarmed(cusum, serving, error_rate, tuple(day * serving.items_per_day for day in range(days + 1)))


def _alarmed(cusum: Cusum, serving: Serving, error_rate: float, items: Sequence[int]) -> tuple[float, ...]:
    """Share of people with an alarm after each of these numbers of items, in rising order.

    Items are taken to be gold at the higher of the two rates, and at the lower rate's levels as many of them do
    nothing: the number of such answers in n items is then binomial at every level (uniformisation, Jensen 1953).
    """
    rate = max(serving.rates)
    if not rate:
        return (0.0,) * len(items)
    most = _binomial_range(items[-1], rate)[-1]
    alarmed = _alarmed_by_answer(_one_answer(cusum, serving, error_rate), int(most))
    return tuple(_mixed(alarmed, n, rate) for n in items)


def _mixed(alarmed: Floats, n: int, rate: float) -> float:
    answers = _binomial_range(n, rate)
    return float(binom.pmf(answers, n, rate) @ alarmed[answers])


def _binomial_range(n: int, rate: float) -> NDArray[np.int64]:
    """The numbers of answers that n items can bring but for chances under 1e-15: ten standard deviations each way."""
    mean, spread = n * rate, 10 * sqrt(n * rate * (1 - rate)) + 20
    return np.arange(max(floor(mean - spread), 0), min(ceil(mean + spread), n) + 1)


def _alarmed_by_answer(one_answer: csr_array, most: int) -> Floats:
    """Share of people with an alarm after each number of answers up to `most`, float64[most + 1].

    Once the levels of those without an alarm are spread as they stay, the same share alarms at each further answer.
    """
    left = np.empty(most + 1)
    state = np.zeros(one_answer.shape[0])
    state[0] = left[0] = 1.0
    for answer in range(1, most + 1):
        before, state = state, np.asarray(one_answer @ state, np.float64)
        left[answer] = state.sum()
        if answer % _LOOK_EVERY == 0 and _is_settled(before, state, left[answer]):
            left[answer:] = left[answer] * (left[answer] / left[answer - 1]) ** np.arange(most + 1 - answer)
            break
    return np.asarray(1 - left, np.float64)


def _is_settled(before: Floats, state: Floats, left: float) -> bool:
    """Whether one answer moves no level's share of those without an alarm; true where nobody is without one."""
    if left < _NOBODY:
        return True
    return bool(np.abs(state / left - before / before.sum()).max() < _SETTLED)


def _settled_levels(one_answer: csr_array) -> Floats:
    """Levels of those without an alarm as they stay, up to a factor, float64[cells]."""
    state = np.zeros(one_answer.shape[0])
    state[0] = 1.0
    for _ in range(_MOST_ANSWERS // _LOOK_EVERY):
        for _ in range(_LOOK_EVERY):
            before, state = state, np.asarray(one_answer @ state, np.float64)
        if _is_settled(before, state, float(state.sum())):
            break
        state /= state.sum()
    return state


def _levels(cusum: Cusum) -> Floats:
    """Levels under the threshold that the chain knows, float64[cells], from 0 in equal steps."""
    cells = max(ceil(round(cusum.h / _CELL, 6)), 2)
    return np.arange(cells, dtype=np.float64) * (cusum.h / cells)


def _one_answer(cusum: Cusum, serving: Serving, error_rate: float) -> csr_array:
    """What one answer does to the share of people at each level, to be applied from the left; alarms drop out."""
    levels = _levels(cusum)
    cells, width = len(levels), levels[1]
    base, watched = serving.rates
    rates = np.where(levels >= cusum.watch_level, watched, base)
    counted = rates / rates.max()
    matrix = np.diag(np.append(1 - counted, 1.0))
    right_step, wrong_step = cusum.steps
    for step, chance in ((right_step, 1 - error_rate), (wrong_step, error_rate)):
        _spread_step(matrix, (levels + step) / width, np.asarray(counted * chance, np.float64))
    return csr_array(matrix[:cells, :cells].T)


def _spread_step(matrix: Floats, places: Floats, chances: Floats) -> None:
    """Add moves to `places`, in cells, split over the two nearest cells so that the mean step is exact."""
    cells = len(matrix) - 1
    inside = np.clip(places, 0, cells)
    below = np.minimum(np.floor(inside).astype(np.int64), cells - 1)
    above_share = np.where(places >= cells, 1.0, inside - below)
    rows = np.arange(cells)
    np.add.at(matrix, (rows, below), chances * (1 - above_share))
    np.add.at(matrix, (rows, below + 1), chances * above_share)


def _median_day(alarmed: tuple[float, ...]) -> float | None:
    """Day on which half were found, between whole days by the line between them."""
    after = bisect_left(alarmed, 0.5)
    if after == len(alarmed):
        return None
    before = alarmed[after - 1]
    return after - 1 + (0.5 - before) / (alarmed[after] - before)
