"""Simulated people under watch: what the rule that opens flags does, answer by answer and week by week."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.errors import NotEnoughData
from calibration.stats.inputs import codes, finite, same_length, share
from calibration.stats.judge import FlagReason, judge
from calibration.stats.watch import Cusum, CusumState, Serving, found_among, weekly_test

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LONGEST_GAP = 2**40


@dataclass(frozen=True, slots=True)
class SimulatedFlag:
    """A flag on one person: `answers` they had given, after `day` working days; which test opened it."""

    person: int
    reason: FlagReason
    day: float
    answers: int


@dataclass(frozen=True, slots=True)
class WatchSimulation:
    """Gold answers of M simulated people, in the order of answering for each person, and their first flags.

    `person`, `item`, `wrong` and `is_base` are arrays of one entry an answer: who, the how-manieth item they were
    served (from 1), whether it was wrong, and whether it belongs to the base sample. `flags` holds one flag a person
    at most: the first.
    """

    people: int
    days: int
    person: Ints
    item: Ints
    wrong: Flags
    is_base: Flags
    flags: tuple[SimulatedFlag, ...]

    @property
    def flagged_share(self) -> float:
        """Share of people with a flag."""
        return len(self.flags) / self.people

    @property
    def flagged_on(self) -> Floats:
        """Working days until each person's flag, float64[M]; infinite where there is none."""
        found = np.full(self.people, np.inf)
        for flag in self.flags:
            found[flag.person] = flag.day
        return found

    def accuracy(self, *, base_only: bool) -> float:
        """Right answers of all, pooled over people: of the base sample, or of all gold. Raises ValueError for none."""
        counted = self.is_base if base_only else np.ones(len(self.wrong), np.bool_)
        if not counted.any():
            raise NotEnoughData("Nobody was served gold: simulate more days or a higher rate.")
        return float(1 - self.wrong[counted].mean())


def simulate_watch(
    error_rates: ArrayLike,
    *,
    cusum: Cusum,
    serving: Serving,
    rng: np.random.Generator,
    queues: ArrayLike | None = None,
    days: int = 90,
    days_a_week: int = 5,
    q: float = 0.05,
) -> WatchSimulation:
    """People of error rates float[M] under the running check and the weekly test together, through `judge`.

    The running check is a CUSUM (Page 1954), the weekly test holds a rate (Benjamini and Hochberg 1995). Each item is
    gold with the rate that the person's CUSUM asks for, switched after each answer; such an answer is base with
    probability base rate / rate in force. At the end of each week everybody of one queue (codes int[M], one queue if
    None) is tested at false discovery rate q. The first flag of a person counts. Raises ValueError for error rates
    outside 0..1, or fewer queues than people.

    >>> rng = np.random.default_rng(1)
    >>> found = simulate_watch([0.05] * 50 + [0.3] * 50, cusum=Cusum(p0=0.05), serving=Serving(), rng=rng)
    >>> len(found.flags) >= 50, bool(np.median(found.flagged_on[50:]) < 6)
    (True, True)
    """
    errors = finite(error_rates, name="error_rates", lowest=0, highest=1)
    groups = codes(np.zeros(len(errors)) if queues is None else queues, name="queues")
    same_length(error_rates=errors, queues=groups)
    share(q, name="q")
    answers, alarms = _answer(errors, cusum, serving, days, rng)
    week = (answers.item - 1) // (serving.items_per_day * days_a_week)
    found = _weekly_flags(answers, week, groups, alarms, cusum, q, days_a_week, days)
    flags = sorted((alarms | found).values(), key=lambda flag: (flag.day, flag.person))
    return WatchSimulation(len(errors), days, *answers, tuple(flags))


class _Answers(NamedTuple):
    person: Ints
    item: Ints
    wrong: Flags
    is_base: Flags


def _answer(
    errors: Floats, cusum: Cusum, serving: Serving, days: int, rng: np.random.Generator
) -> tuple[_Answers, dict[int, SimulatedFlag]]:
    """All answers and the alarms of the CUSUM; each turn gives everybody who has items left one more gold answer."""
    day = serving.items_per_day
    person = np.arange(len(errors))
    item, n, zero_at, today = (np.zeros(len(errors), np.int64) for _ in range(4))
    level, is_alarmed = np.zeros(len(errors)), np.zeros(len(errors), np.bool_)
    turns: list[_Answers] = []
    alarms: dict[int, SimulatedFlag] = {}
    while person.size:
        rate, is_capped = _rates(level[person], today[person], cusum, serving)
        reached = item[person] + _gaps(rate, rng)
        # What the cap holds back ends with the day: the rate is another one then, and the wait begins anew.
        day_end = (item[person] // day + 1) * day
        is_held = is_capped & (reached > day_end)
        is_new_day = np.where(is_held, True, (reached - 1) // day > (item[person] - 1) // day)
        item[person] = np.where(is_held, day_end, reached)
        today[person] = np.where(is_new_day, 0, today[person])
        is_left = item[person] <= days * day
        served, rate = person[is_left & ~is_held], rate[is_left & ~is_held]
        person = person[is_left]
        wrong = rng.random(len(served)) < errors[served]
        n[served] += 1
        today[served] += 1
        level[served] = np.maximum(level[served] + np.where(wrong, cusum.steps[1], cusum.steps[0]), 0.0)
        zero_at[served] = np.where(level[served] == 0, n[served], zero_at[served])
        turns.append(_Answers(served, item[served], wrong, rng.random(len(served)) < serving.gold_rate / rate))
        for one in served[(level[served] >= cusum.h) & ~is_alarmed[served]].tolist():
            state = CusumState(float(level[one]), int(n[one]), int(zero_at[one]))
            judged = judge(n=state.n, cusum=cusum, state=state, minimum=cusum.minimum)
            if judged.opens and judged.reason is not None:
                alarms[one] = SimulatedFlag(one, judged.reason, item[one] / day, state.n)
                is_alarmed[one] = True
    return _in_order(turns), alarms


def _rates(level: Floats, today: Ints, cusum: Cusum, serving: Serving) -> tuple[Floats, Flags]:
    """Rate of gold in force, and whom the cap holds back: extra gold stops first, then all, until the day ends."""
    base = serving.gold_rate
    rate = np.where(level >= cusum.watch_level, serving.watch_gold_rate, base)
    if serving.day_cap is None:
        return rate, np.zeros(len(rate), np.bool_)
    is_full = today >= serving.day_cap
    is_spared = today >= serving.day_cap - base * serving.items_per_day
    capped = np.where(is_full, 0.0, np.where(is_spared, np.minimum(base, rate), rate))
    return capped, capped < rate


def _gaps(rate: Floats, rng: np.random.Generator) -> Ints:
    """Items until the next gold one; at rate 0 it never comes."""
    gaps = np.full(len(rate), _LONGEST_GAP)
    gaps[rate > 0] = rng.geometric(rate[rate > 0])
    return gaps


def _in_order(turns: list[_Answers]) -> _Answers:
    if not turns:
        none = np.zeros(0, np.int64)
        return _Answers(none, none, none.astype(np.bool_), none.astype(np.bool_))
    person, item, wrong, is_base = (np.concatenate(column) for column in zip(*turns, strict=True))
    order = np.lexsort((item, person))
    return _Answers(person[order], item[order], wrong[order], is_base[order])


def _weekly_flags(  # noqa: PLR0917
    answers: _Answers,
    week: Ints,
    groups: Ints,
    alarms: dict[int, SimulatedFlag],
    cusum: Cusum,
    q: float,
    days_a_week: int,
    days: int,
) -> dict[int, SimulatedFlag]:
    """First flags that the weekly tests open on people without one, by person; only whole weeks are tested."""
    weeks, people = days // days_a_week, len(groups)
    cell = week * people + answers.person
    n = np.bincount(cell, minlength=weeks * people)[: weeks * people].reshape(weeks, people)
    wrong = np.bincount(cell, answers.wrong, minlength=weeks * people)[: weeks * people].reshape(weeks, people)
    p_values = weekly_test(wrong.astype(np.int64).ravel(), n.ravel(), p0=cusum.p0).reshape(weeks, people)
    flags: dict[int, SimulatedFlag] = {}
    for number in range(weeks):
        day = float((number + 1) * days_a_week)
        for one in _found(p_values[number], n[number] >= cusum.minimum, groups, q).tolist():
            earlier = alarms.get(one)
            has_flag = one in flags or (earlier is not None and earlier.day <= day)
            judged = judge(
                n=int(n[number, one]),
                weekly_found=True,
                weekly_p=float(p_values[number, one]),
                has_open_flag=has_flag,
                minimum=cusum.minimum,
            )
            if judged.opens and judged.reason is not None:
                given = int(n[: number + 1, one].sum())
                flags[one] = SimulatedFlag(one, judged.reason, day, given)
    return flags


def _found(p_values: Floats, is_tested: Flags, groups: Ints, q: float) -> Ints:
    """Whom Benjamini-Hochberg finds, queue by queue; queues without a p-value of at most q find nobody."""
    found = np.zeros(len(p_values), np.bool_)
    for group in np.unique(groups[is_tested & (p_values <= q)]):
        found |= found_among(p_values, is_tested & (groups == group), q=q)
    return np.flatnonzero(found)
