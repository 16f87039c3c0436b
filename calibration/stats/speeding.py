"""People who answer faster than the item can be read and are wrong more often for it; long runs of one answer.

Speed alone is never a finding: a person is found only where both the hurry and the lower accuracy are beyond chance.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln
from scipy.stats import binom, hypergeom

from calibration.stats.errors import OutOfRange
from calibration.stats.groups import group_medians
from calibration.stats.inputs import codes, finite, same_length, share
from calibration.stats.watch import found_among

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# An item's own median counts from so many answers on; before, it is that of all answers.
_OWN_MEDIAN = 5
_RARELY = 0.05


@dataclass(frozen=True, slots=True)
class Speeders:
    """Hurry and accuracy of each rater, arrays of length M.

    Of `n` answers `hurried` were hurried, int64; `seconds` is the rater's median and `usual_seconds` that of what is
    usual for the same items, 0 without an answer. Of `scored` answers `right` were right, int64, of the others' answers
    the share `rest_accuracy`. `p_hurry` and `p_accuracy` belong to the two tests, `p_value` is the larger; it is 1 and
    `tested` False where there are too few answers. `hurries` is what Benjamini-Hochberg finds by the first test,
    `found` what it finds among those by the second; `order` int64 are the raters, the clearest first.
    """

    n: Ints
    hurried: Ints
    seconds: Floats
    usual_seconds: Floats
    scored: Ints
    right: Ints
    rest_accuracy: Floats
    p_hurry: Floats
    p_accuracy: Floats
    p_value: Floats
    tested: Flags
    hurries: Flags
    found: Flags
    order: Ints


@dataclass(frozen=True, slots=True)
class LongRuns:
    """The most surprising run of each rater, arrays of length M.

    `length` answers `label` in a row from row `start` of what was given on, int64; -1, -1 and 0 for nobody's. `n` int64
    answers in all, `times` int64 of them that label; in 95 % of random orders no run is longer than `limit` int64.
    `p_value`, `found` and `order` as in `Speeders`.
    """

    length: Ints
    label: Ints
    start: Ints
    n: Ints
    times: Ints
    limit: Ints
    p_value: Floats
    found: Flags
    order: Ints


def speeders(
    raters: ArrayLike,
    seconds: ArrayLike,
    items: ArrayLike,
    is_right: ArrayLike,
    *,
    n_raters: int,
    n_items: int,
    floor: float = 5.0,
    fraction: float = 0.25,
    tolerated: float = 0.25,
    least: int = 20,
    q: float = 0.05,
) -> Speeders:
    """Who hurries beyond what is tolerated and is right less often than the rest, both at once.

    raters, items int[R] codes, seconds float[R] of each answer as the server measured it, is_right int[R] 1, 0, or -1
    where nobody scored it. An answer is hurried if it took less than `floor` seconds and less than `fraction` of what
    is usual for its item: the item's median from five answers on, else that of all. Two exact tests a rater, one-sided:
    the hurried ones are more than a share `tolerated` of the answers (binomial), and fewer scored answers are right
    than the others' share would give (Fisher 1935, section 21.02). Both have to hold: the p-value is the larger one
    (intersection-union, Berger 1982), so that neither quick people who are right nor slow ones who err are found. The
    false discovery rate is held at q over all by the first test, then by the second over those whom the first found,
    which is no looser: how fast somebody is says nothing of chance in what is right (independent filtering, Bourgon
    and others 2010). Under `least` answers or scored answers nobody is tested.

    Raises OutOfRange, NotFinite and UnlikeLengths for what are no codes or times.

    >>> raters, items = np.repeat([0, 1, 2], 40), np.tile(np.arange(40), 3)
    >>> seconds = np.where(raters == 0, 2.0, 30.0)
    >>> is_right = np.where((raters == 0) & (items < 12), 0, 1)
    >>> speeders(raters, seconds, items, is_right, n_raters=3, n_items=40).found.tolist()
    [True, False, False]
    """
    _check_settings(floor=floor, fraction=fraction, tolerated=tolerated, q=q)
    persons, units = codes(raters, name="raters", size=n_raters), codes(items, name="items", size=n_items)
    took = finite(seconds, name="seconds", lowest=0)
    verdict = codes(is_right, name="is_right", size=2, missing=True)
    same_length(raters=persons, seconds=took, items=units, is_right=verdict)
    usual = _usual_seconds(units, took, n_items)
    is_hurried = (took < floor) & (took < fraction * usual)
    n, hurried = _counts(persons, n_raters), _counts(persons[is_hurried], n_raters)
    scored, right = _counts(persons[verdict >= 0], n_raters), _counts(persons[verdict == 1], n_raters)
    p_hurry = np.where(hurried > 0, binom.sf(hurried - 1, n, tolerated), 1.0)
    p_accuracy = np.where(scored > 0, hypergeom.cdf(right, scored.sum(), right.sum(), scored), 1.0)
    tested = (n >= least) & (scored >= least) & (scored < scored.sum())
    p_value = np.where(tested, np.maximum(p_hurry, p_accuracy), 1.0)
    hurries = found_among(p_hurry, tested, q=q)
    return Speeders(
        n=n,
        hurried=hurried,
        seconds=group_medians(persons, took, n_raters),
        usual_seconds=group_medians(persons, usual, n_raters),
        scored=scored,
        right=right,
        rest_accuracy=(right.sum() - right) / np.maximum(scored.sum() - scored, 1),
        p_hurry=p_hurry,
        p_accuracy=p_accuracy,
        p_value=p_value,
        tested=tested,
        hurries=hurries,
        found=found_among(p_accuracy, hurries, q=q),
        order=np.lexsort((-hurried, p_value)).astype(np.int64),
    )


def long_runs(
    raters: ArrayLike, labels: ArrayLike, *, n_raters: int, n_categories: int, least: int = 20, q: float = 0.05
) -> LongRuns:
    """Who gave one answer more often in a row than a random order of the same answers would have it.

    raters and labels int[R] are codes in the order of time; -1 as a label is left out. Given that somebody gave a label
    k times in n answers, the expected number of runs of L or more is (n - k + 1) C(n - L, n - k) / C(n, k) (Mood 1940,
    section 3), which bounds the chance of one such run from above and is it but for its square (Bonferroni). Somebody's
    p-value is that of the most surprising run times the number of labels that the rater used. It rests on items that
    come in an order without pattern: not on those of an import. Under `least` answers nobody is tested.

    Raises OutOfRange and UnlikeLengths for what are no codes.

    >>> rng = np.random.default_rng(1)
    >>> labels = rng.integers(0, 2, 200)
    >>> labels[120:150] = 1
    >>> runs = long_runs(np.repeat([0, 1], 100), labels, n_raters=2, n_categories=2)
    >>> runs.found.tolist(), int(runs.length[1]) >= 30, int(runs.start[1])
    ([False, True], True, 120)
    """
    share(q, name="q")
    persons, given = (
        codes(raters, name="raters", size=n_raters),
        codes(labels, name="labels", size=n_categories, missing=True),
    )
    same_length(raters=persons, labels=given)
    rows = np.flatnonzero(given >= 0)
    rows = rows[np.argsort(persons[rows], kind="stable")]
    n = _counts(persons[rows], n_raters)
    runs = _runs(persons[rows], given[rows], n, n_categories)
    chance = _chance_of_run(n[runs.rater], runs.times, runs.length)
    best = _first_of_each(runs.rater, chance, -runs.length)
    tested = n >= least
    p_value, length, times = np.ones(n_raters), np.zeros(n_raters, np.int64), np.zeros(n_raters, np.int64)
    label, start = np.full(n_raters, -1), np.full(n_raters, -1)
    who = runs.rater[best]
    length[who], times[who], label[who] = runs.length[best], runs.times[best], runs.label[best]
    start[who] = rows[runs.start[best]]
    p_value[who] = np.where(tested[who], np.minimum(chance[best] * runs.labels[best], 1.0), 1.0)
    found, order = found_among(p_value, tested, q=q), np.lexsort((-length, p_value)).astype(np.int64)
    return LongRuns(length, label, start, n, times, _limits(n, times), p_value, found, order)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of one label: whose, of what, from which place on, how long; `times` and `labels` are the rater's own."""

    rater: Ints
    label: Ints
    start: Ints
    length: Ints
    times: Ints
    labels: Ints


def _runs(persons: Ints, given: Ints, n: Ints, n_categories: int) -> _Runs:
    """Runs of answers that are sorted by rater, then by time."""
    is_first = np.ones(len(persons), np.bool_)
    is_first[1:] = (persons[1:] != persons[:-1]) | (given[1:] != given[:-1])
    start = np.flatnonzero(is_first)
    length = np.diff(np.append(start, len(persons)))
    cells, cell, times = np.unique(persons * n_categories + given, return_inverse=True, return_counts=True)
    used = np.bincount(cells // n_categories, minlength=len(n))
    return _Runs(persons[start], given[start], start, length, times[cell.ravel()[start]], used[persons[start]])


def _chance_of_run(n: Ints, times: Ints, length: Ints) -> Floats:
    """Expected number of runs of `length` or more of a label given `times` in n answers in random order, at most 1."""
    others, rest = n - times, n - length
    possible = length <= times
    log_chance = np.log(others + 1.0) + gammaln(np.where(possible, rest, n) + 1.0) - gammaln(n + 1.0)
    log_chance += gammaln(times + 1.0) - gammaln(np.where(possible, times - length, times) + 1.0)
    return np.where(possible, np.exp(np.minimum(log_chance, 0.0)), 0.0)


def _limits(n: Ints, times: Ints) -> Ints:
    """The length that no run exceeds in 95 % of random orders, by bisection."""
    lower, upper = np.zeros(len(n), np.int64), times.astype(np.int64)
    while (lower < upper).any():
        middle = (lower + upper) // 2
        is_rare = _chance_of_run(n, times, middle + 1) <= _RARELY
        lower, upper = np.where(is_rare, lower, np.minimum(middle + 1, upper)), np.where(is_rare, middle, upper)
    return lower


def _usual_seconds(units: Ints, took: Floats, n_items: int) -> Floats:
    """What is usual for the item of each answer, float64[R]."""
    if not took.size:
        return took
    medians, n = group_medians(units, took, n_items), _counts(units, n_items)
    return np.where(n >= _OWN_MEDIAN, medians, np.median(took))[units]


def _first_of_each(groups: Ints, *keys: NDArray[np.generic]) -> Ints:
    """The row of each group that comes first by these keys."""
    order = np.lexsort((*reversed(keys), groups))
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = groups[order][1:] != groups[order][:-1]
    return order[is_first].astype(np.int64)


def _counts(groups: Ints, n_groups: int) -> Ints:
    return np.bincount(groups, minlength=n_groups).astype(np.int64)


def _check_settings(*, floor: float, fraction: float, tolerated: float, q: float) -> None:
    if not floor > 0:
        raise OutOfRange("floor is a time above 0 seconds.")
    share(fraction, name="fraction")
    share(tolerated, name="tolerated")
    share(q, name="q")
