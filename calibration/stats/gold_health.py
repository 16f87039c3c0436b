"""Gold that is probably wrong, and gold whose answer has probably got about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr
from scipy.stats import norm

from calibration.stats import inputs
from calibration.stats.groups import group_medians
from calibration.stats.tallies import kept_rows
from calibration.stats.watch import found_among

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

# An exact chance is counted up to here; beyond, the refined normal approximation is right to more than three digits.
MOST_EXACT = 400
LEAST_ANSWERS = 3
LEAST_EXPOSURES = 8
COLLAPSE = 0.5
# Right or wrong tells less of a leak than the time does; half its weight finds the most in simulation.
WEIGHT_OF_RIGHT = 0.5
# The log of the time counts up to a seventh, or seven times, of what is usual: a break is no evidence.
FARTHEST_PACE = 2.0
STRENGTH_OF_ALL = 20
Q = 0.05


@dataclass(frozen=True, slots=True)
class SuspectedGold:
    """Per item, float64[N] or int64[N]: `score`, answers `n`, `right` ones, and how many wrong ones were `expected`.

    `order` lists the items, the likeliest wrong first. `score` is above 0 where the weight of those who disagree is the
    greater one. `p_value` is the chance that people of this skill are wrong as often on right gold; `found` are items
    with enough answers that stand out at a false discovery rate of 5 % and whose score is above 0. `skill` float64[M]
    is each rater's shrunk accuracy.
    """

    score: Floats
    order: Codes
    n: Codes
    right: Codes
    expected: Floats
    p_value: Floats
    found: Flags
    skill: Floats


@dataclass(frozen=True, slots=True)
class LeakScores:
    """Per item: how far answers get better and faster with each exposure, float64[N].

    `score` is a rise in standard errors, above 0 for better and faster, `p_value` one-sided. `gain` is the share right
    in the later half of the exposures less that in the first half, `faster` the part of the median time that the later
    half saves. Where `n` is under the least number, score, gain and faster are 0 and p is 1. `found` are items that
    stand out at a false discovery rate of 5 %, halved their time and lost no accuracy.
    """

    score: Floats
    p_value: Floats
    gain: Floats
    faster: Floats
    n: Codes
    found: Flags


def suspected_gold(
    items: ArrayLike,
    raters: ArrayLike,
    is_right: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    n_categories: int = 2,
    strength: float = 5,
    least: int = LEAST_ANSWERS,
) -> SuspectedGold:
    """Disagreement with gold, weighted by the skill log-odds of those who disagree.

    items and raters are int[R] codes from 0, is_right bool[R]: whether the answer was the expected one. A rater's skill
    is the share right on other gold, the item itself left out, with `strength` answers at the mean of all. An answer
    weighs log(a (K - 1) / (1 - a)) for skill a and K = `n_categories`, at least 0 (Nitzan and Paroush 1982; for K > 2
    the log-likelihood ratio of the one-coin model, Li and Yu 2014). The score is the weight against less the weight for
    the gold, over the root of their sum: single answers do not outrank many. The chance of as many wrong answers is
    that of a Poisson-binomial (Chen and Liu 1997). Raises ValueError for codes out of range, unlike lengths, and a
    second answer of a rater.

    >>> right = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1]
    >>> found = suspected_gold([0, 1, 2] * 5, np.repeat(range(5), 3), right, n_items=3, n_raters=5)
    >>> found.order.tolist(), found.n.tolist(), found.right.tolist()
    ([2, 0, 1], [5, 5, 5], [4, 5, 2])
    """
    units = inputs.codes(items, name="items", size=n_items)
    persons = inputs.codes(raters, name="raters", size=n_raters)
    right = inputs.flags(is_right, name="is_right")
    inputs.same_length(items=units, raters=persons, is_right=right)
    kept_rows(units, persons, duplicates="error")
    if n_categories < 2:
        raise ValueError("An answer can be right or wrong only where there are two categories or more.")
    if not strength > 0:
        raise ValueError("The strength of the prior is above 0.")
    skill, apart = _skills(persons, right, n_raters, strength)
    n, hits = np.bincount(units, minlength=n_items), np.bincount(units[right], minlength=n_items)
    weight = np.maximum(np.log(apart * (n_categories - 1) / (1 - apart)), 0.0)
    total = np.bincount(units, weight, n_items)
    against = np.bincount(units, np.where(right, -weight, weight), n_items)
    score = against / np.sqrt(np.maximum(total, 1e-12))
    order = np.lexsort((np.arange(n_items), hits - n, -score, n == 0))
    p_value = _tail(units, 1 - apart, n, n - hits)
    enough = n >= least
    found = found_among(p_value, enough, q=Q) & (score > 0)
    expected = np.asarray(np.bincount(units, 1 - apart, n_items), np.float64)
    return SuspectedGold(score, order.astype(np.int64), n, hits, expected, p_value, found, skill)


def leak_scores(
    items: ArrayLike,
    moments: ArrayLike,
    is_right: ArrayLike,
    seconds: ArrayLike,
    *,
    n_items: int,
    raters: ArrayLike | None = None,
    least: int = LEAST_EXPOSURES,
) -> LeakScores:
    """Whether answers to an item become better and faster with its exposures, more than those to all others do.

    items int[R] are codes from 0, moments float[R] when each answer was given (any unit), is_right bool[R], seconds
    float[R] > 0 how long it took. With `raters`, int[R], each answer is compared with what its person usually does.
    Each answer scores how fast it is (the log of its time) plus half of how right, both in standard deviations over all
    answers, less the slope over time that all items share. The rise with the order of exposures is tested by a
    moderated t (Smyth 2004): an item's own variance, from successive answers so that a jump does not widen it (von
    Neumann 1941), counts beside that of all items, which weighs as 20 answers. Raises ValueError for codes out of
    range, unlike lengths, times that are not above 0 and numbers that are not finite.

    >>> right, seconds = [0, 0, 1, 0, 1, 1, 1, 1], [30, 28, 33, 25, 5, 4, 6, 5]
    >>> leak = leak_scores([0] * 8, range(8), right, seconds, n_items=1)
    >>> leak.gain.tolist(), leak.faster.round(2).tolist()
    ([0.75], [0.83])
    """
    units = inputs.codes(items, name="items", size=n_items)
    when = inputs.finite(moments, name="moments")
    right = inputs.flags(is_right, name="is_right")
    took = inputs.finite(seconds, name="seconds", lowest=0)
    inputs.same_length(items=units, moments=when, is_right=right, seconds=took)
    if took.size and took.min() <= 0:
        raise ValueError("seconds: an answer takes more than no time; leave out answers without a time.")
    n = np.bincount(units, minlength=n_items)
    enough = n >= least
    exposure = _ranks(units, when, n_items)
    hits, pace = right.astype(np.float64), np.log(took)
    if raters is not None:
        persons = inputs.codes(raters, name="raters")
        inputs.same_length(items=units, raters=persons)
        hits, pace = _less_usual(persons, hits), _less_usual(persons, pace)
    pace = np.clip(pace - np.median(pace), -FARTHEST_PACE, FARTHEST_PACE) if pace.size else pace
    better = WEIGHT_OF_RIGHT * _standardised(units, hits, n_items) - _standardised(units, pace, n_items)
    score, p_value = _trend(units, _without_shared_slope(units, better, when, n, enough), exposure, n)
    gain, faster = _halves(units, exposure, right, took, n)
    score, gain, faster = (np.where(enough, part, 0.0) for part in (score, gain, faster))
    p_value = np.where(enough, p_value, 1.0)
    found = found_among(p_value, enough, q=Q) & (gain >= 0) & (faster >= COLLAPSE)
    return LeakScores(score, p_value, gain, faster, n, found)


def _skills(persons: Codes, right: Flags, n_raters: int, strength: float) -> tuple[Floats, Floats]:
    """Shrunk accuracy float64[M], and for each answer that of its rater without the answer, float64[R]."""
    n, hits = np.bincount(persons, minlength=n_raters), np.bincount(persons, right, n_raters)
    usual = (hits.sum() + 0.5) / (n.sum() + 1)
    apart = (hits[persons] - right + strength * usual) / (n[persons] - 1 + strength)
    return (hits + strength * usual) / (n + strength), apart


def _tail(units: Codes, chance: Floats, n: Codes, wrong: Codes) -> Floats:
    """P(as many wrong or more) of each item, float64[N], where answer r is wrong with `chance[r]`."""
    exact = n <= MOST_EXACT
    p_value = _normal_tail(units, chance, wrong)
    p_value[exact] = _exact_tail(units, chance, np.where(exact, n, 0), wrong)[exact]
    return p_value


def _exact_tail(units: Codes, chance: Floats, n: Codes, wrong: Codes) -> Floats:
    """One answer of every item at a time; an item's last column absorbs, so that small chances keep their digits."""
    by_size = np.argsort(-n, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(units, minlength=len(n)))])[by_size]
    sorted_chance = chance[np.argsort(units, kind="stable")]
    sizes, most = n[by_size], wrong[by_size]
    state = np.zeros((len(n), int(most[sizes > 0].max(initial=0)) + 1))
    state[:, 0] = 1
    for step in range(int(sizes.max(initial=0))):
        active = int(np.count_nonzero(sizes > step))
        hit = sorted_chance[start[:active] + step][:, None]
        rows, moved = state[:active], state[:active] * hit
        absorbed = moved[np.arange(active), most[:active]]
        rows -= moved
        rows[:, 1:] += moved[:, :-1]
        rows[np.arange(active), most[:active]] += absorbed
        rows[np.arange(rows.shape[1]) > most[:active, None]] = 0
    tail = np.ones(len(n))
    tail[by_size] = np.clip(state[np.arange(len(n)), np.minimum(most, state.shape[1] - 1)], 0, 1)
    return tail


def _normal_tail(units: Codes, chance: Floats, wrong: Codes) -> Floats:
    """The normal approximation with its correction for skewness (Volkova 1996)."""
    n_items = len(wrong)
    mean, spread = np.bincount(units, chance, n_items), chance * (1 - chance)
    sd = np.sqrt(np.maximum(np.bincount(units, spread, n_items), 1e-12))
    skew = np.bincount(units, spread * (1 - 2 * chance), n_items) / sd**3
    x = (wrong - 0.5 - mean) / sd
    return np.asarray(np.clip(norm.sf(x) - skew * (1 - x**2) * norm.pdf(x) / 6, 0, 1), np.float64)


def _ranks(units: Codes, values: Floats, n_items: int) -> Floats:
    """Mid-ranks within the item from 1, float64[R]."""
    order = np.lexsort((values, units))
    first = np.concatenate([[0], np.cumsum(np.bincount(units, minlength=n_items))])[units[order]]
    place = np.arange(len(units)) - first + 1.0
    new = np.ones(len(units), np.bool_)
    new[1:] = (np.diff(units[order]) != 0) | (np.diff(values[order]) != 0)
    group = np.cumsum(new) - 1
    ranks = np.empty(len(units))
    ranks[order] = (np.bincount(group, place) / np.bincount(group))[group]
    return ranks


def _less_usual(persons: Codes, values: Floats) -> Floats:
    """Values less the person's own mean, which is shrunk by five answers towards that of all."""
    if not values.size:
        return values
    overall, n = values.mean(), np.bincount(persons)
    usual = (np.bincount(persons, values) + 5 * overall) / (n + 5)
    return np.asarray(values - usual[persons], np.float64)


def _centred(units: Codes, values: Floats, n_items: int) -> Floats:
    n = np.maximum(np.bincount(units, minlength=n_items), 1)
    return np.asarray(values - (np.bincount(units, values, n_items) / n)[units], np.float64)


def _standardised(units: Codes, values: Floats, n_items: int) -> Floats:
    """Mean 0 within the item, in standard deviations over all answers; 0 where all are alike."""
    centred = _centred(units, values, n_items)
    sd = float(np.sqrt((centred**2).mean())) if centred.size else 0.0
    return centred / sd if sd > 1e-9 else np.zeros_like(centred)


def _without_shared_slope(units: Codes, better: Floats, when: Floats, n: Codes, enough: Flags) -> Floats:
    """The median of the items' own slopes is what everybody learns; one leaked item does not move it."""
    moved = _centred(units, when, len(n))
    spread = np.bincount(units, moved**2, len(n))
    own = enough & (spread > 0)
    if np.count_nonzero(own) < 3:
        return better
    slopes = np.bincount(units, moved * better, len(n))[own] / spread[own]
    return np.asarray(better - np.median(slopes) * moved, np.float64)


def _trend(units: Codes, better: Floats, exposure: Floats, n: Codes) -> tuple[Floats, Floats]:
    """Rise of the score with the order of exposures in standard errors, and its one-sided p-value."""
    rising, centred = _centred(units, exposure, len(n)), _centred(units, better, len(n))
    both, width = np.bincount(units, rising * centred, len(n)), np.bincount(units, rising**2, len(n))
    squares, free = _successive_squares(units, better, exposure, len(n)), np.maximum(n - 1, 0)
    usual = squares.sum() / max(free.sum(), 1)
    variance = (STRENGTH_OF_ALL * usual + squares) / (STRENGTH_OF_ALL + free)
    t = both / np.sqrt(np.maximum(width * variance, 1e-12))
    return t, np.asarray(stdtr(STRENGTH_OF_ALL + free, -t), np.float64)


def _successive_squares(units: Codes, values: Floats, exposure: Floats, n_items: int) -> Floats:
    """Half the squared differences of each answer and the next one to the item, summed by item, float64[N]."""
    order = np.lexsort((exposure, units))
    item, value = units[order], values[order]
    same = item[1:] == item[:-1]
    return np.asarray(np.bincount(item[1:][same], np.diff(value)[same] ** 2 / 2, n_items), np.float64)


def _halves(units: Codes, exposure: Floats, right: Flags, took: Floats, n: Codes) -> tuple[Floats, Floats]:
    """Share right late less early, and the part of the median time that is saved; the odd answer counts as late."""
    late = exposure > (n // 2)[units]
    half = units * 2 + late
    size = np.maximum(np.bincount(half, minlength=2 * len(n)), 1)
    share = (np.bincount(half, right, 2 * len(n)) / size).reshape(-1, 2)
    middle = group_medians(half, took, 2 * len(n)).reshape(-1, 2)
    faster = np.where(middle[:, 0] > 0, 1 - middle[:, 1] / np.where(middle[:, 0] > 0, middle[:, 0], 1), 0.0)
    return share[:, 1] - share[:, 0], faster
