"""Where somebody stands against a target, how much more would settle it, and small samples shrunk to their group."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize
from scipy.special import betaincinv, betaln
from scipy.stats import binom, norm
from scipy.stats import t as student

from calibration.stats.errors import OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import counts, finite, flags, grouped, same_length, share
from calibration.stats.intervals import clopper_pearson

Floats = NDArray[np.float64]

# Numbers of answers are tried in steps that grow: most questions are answered by the first.
_STEPS = (100, 400, 1600, 6400)
# Both sides of a standing are one-sided 95 % bounds, which together are a 90 % interval.
_CONFIDENCE = 0.9


class Standing(StrEnum):
    """Where an accuracy stands against a target. It describes; it never opens a flag."""

    BELOW = "below"
    MEETS = "meets"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True)
class StandingEstimate:
    """A standing with the counts it rests on and the interval it was judged by."""

    standing: Standing
    hits: int
    n: int
    target: float
    accuracy: Estimate


def standing(hits: int, n: int, *, target: float, minimum: int = 20) -> StandingEstimate:
    """Standing of one person: Clopper-Pearson, one-sided 95 % each way (Clopper and Pearson 1934).

    hits of n answers, target as a share. `below` if the upper bound is under the target, `meets` if the lower bound
    reaches it, else, and always under `minimum` answers, `not_enough_data`. Raises ValueError when hits lies outside
    0..n or the target outside 0..1.

    >>> standing(1783, 1861, target=0.98).standing.value
    'below'
    >>> standing(19, 19, target=0.5).standing.value
    'not_enough_data'
    """
    _check_target(target)
    if n == 0:
        empty = Estimate.undefined(Status.EMPTY, confidence=_CONFIDENCE, method="clopper_pearson")
        return StandingEstimate(Standing.NOT_ENOUGH_DATA, 0, 0, target, empty)
    lower, upper = clopper_pearson(hits, n, confidence=_CONFIDENCE)
    accuracy = Estimate(hits / n, lower, upper, _CONFIDENCE, n, _size_status(n, minimum), n, "clopper_pearson")
    return StandingEstimate(_stands(accuracy, target), hits, n, target, accuracy)


def clustered_standing(
    right: ArrayLike, labelers: ArrayLike, items: ArrayLike, *, target: float, minimum: int = 20
) -> StandingEstimate:
    """Standing of a team, vendor or queue, whose answers hang together by labeler and by item.

    right is bool[R], labelers and items are arrays[R] of anything sortable. The two-way clustered variance (Cameron,
    Gelbach and Miller 2011, pp. 238-249) gives the number of independent answers that would be as precise;
    Clopper-Pearson is taken at that number with the degrees of freedom of the smaller clustering (Korn and Graubard
    1998, pp. 193-201). Under two labelers the person's own standing holds. Raises ValueError when the arrays differ in
    length.

    >>> rights = [1] * 95 + [0] * 5
    >>> team = clustered_standing(rights, [row % 10 for row in range(100)], range(100), target=0.8)
    >>> team.standing.value, team.accuracy.n
    ('meets', 100)
    """
    _check_target(target)
    hit = flags(right, name="right").astype(np.float64)
    persons, units = grouped(labelers, name="labelers"), grouped(items, name="items")
    same_length(right=hit, labelers=persons, items=units)
    hits, n = int(hit.sum()), len(hit)
    if n == 0 or persons.max() == 0:
        return standing(hits, n, target=target, minimum=minimum)
    effective = _effective_answers(hit, persons, units)
    lower, upper = clopper_pearson(hits / n * effective, effective, confidence=_CONFIDENCE)
    status = _size_status(n, minimum)
    accuracy = Estimate(hits / n, lower, upper, _CONFIDENCE, n, status, n, "clopper_pearson_clustered")
    return StandingEstimate(_stands(accuracy, target), hits, n, target, accuracy)


def stratified_standing(
    hits: ArrayLike, n: ArrayLike, targets: ArrayLike, *, minimum: int = 20
) -> StandingEstimate | None:
    """One standing of a person over several queues, each with its own target.

    hits[Q] of n[Q] answers against targets[Q], shares. Right answers are summed and set against the mean of the
    targets, weighted by the answers of each queue: what somebody exactly on every target would reach (stratified share,
    Cochran 1977, section 5.2). None without answers. Raises ValueError as `standing` does.

    >>> found = stratified_standing([95, 18], [100, 20], [0.95, 0.9])
    >>> found.hits, found.n, round(found.target, 3), found.standing.value
    (113, 120, 0.942, 'not_enough_data')
    """
    hit, total = counts(np.atleast_1d(hits), name="hits"), counts(np.atleast_1d(n), name="n")
    wanted = finite(np.atleast_1d(targets), name="targets", lowest=0, highest=1)
    same_length(hits=hit, n=total, targets=wanted)
    answers = int(total.sum())
    if answers == 0:
        return None
    return standing(int(hit.sum()), answers, target=float(total @ wanted / answers), minimum=minimum)


def answers_needed(accuracy: float, *, target: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Answers after which somebody of true `accuracy` is told from `target` with probability `power`.

    Exact one-sided binomial test of the target at level alpha (Chernick and Liu 2002, the first n of the saw-tooth).
    Shares in 0..1. Raises ValueError when both are equal, or when 20,000 answers do not do.

    >>> answers_needed(0.95, target=0.98), answers_needed(0.85, target=0.95)
    (226, 52)
    """
    _check_target(target)
    finite(accuracy, name="accuracy", lowest=0, highest=1)
    share(power, name="power")
    share(alpha, name="alpha")
    if accuracy == target:
        raise OutOfRange("An accuracy equal to its target can never be told from it.")
    more = _answers_to_settle(0, 0, accuracy, target, power=power, alpha=alpha, limit=20_000)
    if more is None:
        raise OutOfRange("More than 20,000 answers would be needed: choose values further apart.")
    return more


def answers_to_settle(
    hits: int, n: int, *, target: float, power: float = 0.8, alpha: float = 0.05, minimum: int = 20, limit: int = 5000
) -> int | None:
    """How many more answers settle a standing with probability `power`, if the person is as they look (hits / n).

    Found by exact binomial chances of the standing (Clopper and Pearson 1934) at each n. 0 where it is settled already,
    None where `limit` more would not do (somebody who looks exactly on target never is). Without answers nothing is
    known: None. Raises ValueError when hits lies outside 0..n.

    >>> answers_to_settle(95, 100, target=0.98), answers_to_settle(0, 0, target=0.95)
    (59, None)
    """
    now = standing(hits, n, target=target, minimum=minimum)
    share(power, name="power")
    share(alpha, name="alpha")
    if n == 0:
        return None
    if now.standing is not Standing.NOT_ENOUGH_DATA:
        return 0
    return _answers_to_settle(hits, n, hits / n, target, power=power, alpha=alpha, limit=limit, minimum=minimum)


def group_answers_to_settle(
    judged: Estimate, *, target: float, power: float = 0.8, alpha: float = 0.05, minimum: int = 20, limit: int = 5000
) -> int | None:
    """About how many more answers settle the standing of a group, whose answers hang together.

    judged is the accuracy of `clustered_standing`. Each answer counts as `n_effective / n`, where n_effective is the
    number of independent answers that the interval is as wide as (Korn and Graubard 1998, pp. 193-201), and further
    answers are taken to hang together alike; the rest is as in `answers_to_settle`, in whole independent answers. 0
    where it is settled already, None where `limit` more independent answers would not do or nothing is known. Raises
    ValueError for shares outside 0..1.

    >>> rights, people = [1] * 91 + [0] * 9, [row % 10 for row in range(100)]
    >>> group_answers_to_settle(clustered_standing(rights, people, range(100), target=0.95).accuracy, target=0.95)
    88
    """
    _check_target(target)
    share(power, name="power")
    share(alpha, name="alpha")
    if judged.value is None or judged.lower is None or judged.upper is None or not judged.n:
        return None
    if _stands(judged, target) is not Standing.NOT_ENOUGH_DATA:
        return 0
    size = _independent_answers(judged)
    hits, n = round(judged.value * size), max(round(size), 1)
    more = _answers_to_settle(min(hits, n), n, judged.value, target, power=power, alpha=alpha, limit=limit)
    return None if more is None else max(ceil(more * judged.n / size), minimum - judged.n)


@dataclass(frozen=True, slots=True)
class BetaPrior:
    """Beta(a, b) distribution of accuracy in a group, which small samples are shrunk towards."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The accuracy of the group."""
        return self.a / (self.a + self.b)

    def shrink(self, hits: ArrayLike, n: ArrayLike) -> Floats:
        """Posterior means (hits + a) / (n + a + b) of hits[M] of n[M] answers, float64[M] (Robbins 1956; Casella 1985).

        Raises OutOfRange when hits lies outside 0..n, NotFinite and UnlikeLengths.

        >>> BetaPrior(9, 1).shrink([0, 10], [0, 10]).round(2).tolist()
        [0.9, 0.95]
        """
        hit, total = _checked(hits, n)
        return np.asarray((hit + self.a) / (total + self.a + self.b), np.float64)

    def best_guess(self, hits: int, n: int, *, confidence: float = 0.95) -> Estimate:
        """Posterior mean of one person with its central interval, from hits of n answers (Morris 1983, section 2).

        The prior is taken as known, so the interval is a little narrow where the group is small. Raises as `shrink`
        does, and OutOfRange for a confidence outside 0..1.

        >>> BetaPrior(47, 3).best_guess(8, 10).rounded(2)
        (0.92, 0.84, 0.97)
        """
        value = float(self.shrink([hits], [n])[0])
        tail = (1 - share(confidence, name="confidence")) / 2
        lower, upper = (float(betaincinv(self.a + hits, self.b + n - hits, at)) for at in (tail, 1 - tail))
        return Estimate(value, lower, upper, confidence, n, Status.OK, n, "empirical_bayes")


def interval_answers(half_width: float, *, accuracy: float = 0.95, confidence: float = 0.95) -> int:
    """Answers after which an accuracy is known to plus or minus `half_width`: half the width of its Wilson interval.

    The first n at which the score interval of the nearest whole number of right answers is no wider (Wilson 1927).
    Shares in 0..1. Raises OutOfRange for a half width outside 0.001 to .5 or an accuracy outside 0..1.

    >>> interval_answers(0.05), interval_answers(0.02)
    (82, 465)
    """
    if not 0.001 <= half_width < 0.5 or not 0 < accuracy < 1:
        raise OutOfRange("A half width lies between .001 and .5, an accuracy between 0 and 1.")
    z = float(norm.ppf((1 + share(confidence, name="confidence")) / 2))
    n = np.arange(1, int(z**2 / (4 * half_width**2)) + 10, dtype=np.float64)
    value = np.round(accuracy * n) / n
    width = z / (n + z**2) * np.sqrt(value * (1 - value) * n + z**2 / 4)
    return int(n[np.flatnonzero(width <= half_width)[0]])


def fit_prior(hits: ArrayLike, n: ArrayLike) -> BetaPrior:
    """Beta prior of a group by maximum marginal likelihood of the beta-binomial (Griffiths 1973).

    hits[M] of n[M] answers, one entry a labeler; labelers without answers tell nothing. With nobody the prior is
    flat, Beta(1, 1). Raises ValueError when hits lies outside 0..n. Where labelers differ no more than chance the
    prior is capped at a + b = 10,000.

    >>> prior = fit_prior([18, 19, 20, 15, 17, 20], [20] * 6)
    >>> round(prior.mean, 2)
    0.91
    """
    hit, total = _checked(hits, n)
    hit, total = hit[total > 0], total[total > 0]
    if not hit.size:
        return BetaPrior(1.0, 1.0)

    def loss(point: Floats) -> float:
        a, b = _shape(point)
        return float(-(betaln(hit + a, total - hit + b) - betaln(a, b)).sum())

    mean = np.clip(hit.sum() / total.sum(), 0.01, 0.99)
    start = np.array([np.log(mean / (1 - mean)), np.log(20.0)])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(-9, 9), (0, np.log(10_000))])
    return BetaPrior(*_shape(found.x))


def _checked(hits: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    hit, total = finite(hits, name="hits", lowest=0), finite(n, name="n", lowest=0)
    if hit.ndim and total.ndim:
        same_length(hits=hit, n=total)
    if (hit > total).any():
        raise OutOfRange("hits lie between 0 and n.")
    return hit, total


def _shape(point: Floats) -> tuple[float, float]:
    mean, size = 1 / (1 + np.exp(-point[0])), np.exp(point[1])
    return float(mean * size), float((1 - mean) * size)


def _stands(accuracy: Estimate, target: float) -> Standing:
    if accuracy.status is not Status.OK or accuracy.lower is None or accuracy.upper is None:
        return Standing.NOT_ENOUGH_DATA
    if accuracy.upper < target:
        return Standing.BELOW
    return Standing.MEETS if accuracy.lower >= target else Standing.NOT_ENOUGH_DATA


def _size_status(n: int, minimum: int) -> Status:
    return Status.OK if n >= minimum else Status.TOO_FEW


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise OutOfRange("A target lies between 0 and 1.")


def _effective_answers(hit: Floats, persons: NDArray[np.int64], units: NDArray[np.int64]) -> float:
    """Independent answers that would be as precise as these, adjusted for few clusters; never more than there are."""
    n, mean = len(hit), hit.mean()
    residuals = hit - mean
    by_person, by_unit = (_cluster_sum(residuals, persons), _cluster_sum(residuals, units))
    alone = float(residuals @ residuals)
    if alone == 0:
        return float(n)
    together = max(by_person + by_unit - alone, by_person, by_unit, alone)
    independent = n * alone / together
    degrees = persons.max() if by_person >= by_unit else units.max()
    quantile = (1 + _CONFIDENCE) / 2
    correction = (student.ppf(quantile, n - 1) / student.ppf(quantile, max(degrees, 1))) ** 2
    return float(min(independent * correction, n))


def _independent_answers(judged: Estimate) -> float:
    """How many independent answers have exact bounds as wide as these, 1 to n: the bound farther from the end tells."""
    value, is_high = judged.value or 0.0, (judged.value or 0.0) >= 0.5

    def gap(size: float) -> float:
        lower, upper = clopper_pearson(value * size, size, confidence=judged.confidence)
        return lower - (judged.lower or 0.0) if is_high else (judged.upper or 1.0) - upper

    if gap(1.0) >= 0:
        return 1.0
    return float(brentq(gap, 1.0, judged.n)) if gap(judged.n) > 0 else float(judged.n)


def _cluster_sum(residuals: Floats, groups: NDArray[np.int64]) -> float:
    """Sum of squared cluster totals with the small-sample factor G / (G - 1)."""
    totals = np.bincount(groups, weights=residuals)
    return float(totals @ totals * len(totals) / max(len(totals) - 1, 1))


def _answers_to_settle(
    hits: int, n: int, accuracy: float, target: float, *, power: float, alpha: float, limit: int, minimum: int = 0
) -> int | None:
    for begin, end in pairwise([0, *(step for step in _STEPS if step < limit), limit]):
        more = np.arange(begin + 1, end + 1)
        total = n + more
        if accuracy > target:
            chance = binom.sf(_least_meeting(total, target, alpha) - hits - 1, more, accuracy)
        else:
            chance = binom.cdf(_most_failing(total, target, alpha) - hits, more, accuracy)
        settled = np.flatnonzero((chance >= power) & (total >= minimum))
        if settled.size:
            return int(more[settled[0]])
    return None


def _least_meeting(total: NDArray[np.int64], target: float, alpha: float) -> Floats:
    """Least hits of `total` whose lower bound reaches the target."""
    return np.asarray(binom.isf(alpha, total, target) + 1, np.float64)


def _most_failing(total: NDArray[np.int64], target: float, alpha: float) -> Floats:
    """Most hits of `total` whose upper bound stays under the target; -1 where none does."""
    edge = binom.ppf(alpha, total, target)
    return np.asarray(np.where(binom.cdf(edge, total, target) < alpha, edge, edge - 1), np.float64)
