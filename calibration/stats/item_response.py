"""How hard items are and how well they tell skilled from unskilled raters: item-rest correlation and the 2PL model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import expit, logsumexp

from calibration.stats import inputs
from calibration.stats.estimates import Status
from calibration.stats.tallies import kept_rows

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_RATERS = 10
# Priors: the log of the discrimination is normal around 0, the easiness normal around 0.
SD_LOG_DISCRIMINATION = 0.5
SD_EASINESS = 3.0
NEWTON_STEPS = 4
HALVINGS = 12
STILL = 1e-9


@dataclass(frozen=True, slots=True)
class ItemRest:
    """Correlation float64[N] of being right on the item with being right on others; `n` int64[N] raters behind it.

    `status` says per item whether it can be told; where it cannot, the correlation is 0 and means nothing.
    """

    correlation: Floats
    n: Codes
    status: tuple[Status, ...]


@dataclass(frozen=True, slots=True)
class ItemResponse:
    """Fitted 2PL: P(right) = 1 / (1 + exp(-a (theta - b))) with a `discrimination` > 0 and b `difficulty`, float64[N].

    `ability` float64[M] is each rater's posterior mean on a scale with mean 0 and standard deviation 1, 0 without an
    answer; `n` int64[N] counts answers. `log_likelihood` holds the penalised log-likelihood of each step, which never
    falls; `converged` tells whether it stood still.
    """

    difficulty: Floats
    discrimination: Floats
    ability: Floats
    n: Codes
    log_likelihood: Floats
    converged: bool

    def information(self, theta: ArrayLike) -> Floats:
        """Fisher information a^2 P (1 - P) of every item at each ability, float64[T, N] (Lord 1980, chapter 5).

        theta is one ability or a list of T. Raises ValueError for numbers that are not finite.
        """
        abilities = np.atleast_1d(inputs.finite(theta, name="theta"))
        chance = expit(self.discrimination * (abilities[:, None] - self.difficulty))
        return np.asarray(self.discrimination**2 * chance * (1 - chance), np.float64)


def item_rest(
    items: ArrayLike,
    raters: ArrayLike,
    is_right: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    least: int = LEAST_RATERS,
) -> ItemRest:
    """Point-biserial correlation of an item with the rest: do those who are right elsewhere get it right here?

    items and raters are int[R] codes from 0, is_right bool[R], one answer an (item, rater). The rest is the rater's
    share right without the item (Henrysson 1963); raters with no other item are left out. Status: `empty`, `too_few`
    under `least` raters, `one_category` where all are right, all are wrong, or all are equally good elsewhere. Raises
    ValueError for codes out of range, unlike lengths and a second answer of a rater.

    >>> right = [1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0]
    >>> rest = item_rest([0, 1, 2] * 4, np.repeat(range(4), 3), right, n_items=3, n_raters=4, least=4)
    >>> rest.correlation.round(2).tolist(), rest.status[0].value
    ([0.71, 0.71, 0.0], 'ok')
    """
    units, persons, right = _answers(items, raters, is_right, n_items, n_raters)
    n, hits = np.bincount(persons, minlength=n_raters), np.bincount(persons, right, n_raters)
    others = n[persons] > 1
    units, persons, right = units[others], persons[others], right[others]
    rest = (hits[persons] - right) / np.maximum(n[persons] - 1, 1)
    correlation, counted, varies = _correlations(units, right.astype(np.float64), rest, n_items)
    status = np.where(varies, Status.OK, Status.ONE_CATEGORY)
    status = np.where(counted < least, Status.TOO_FEW, status)
    status = np.where(counted == 0, Status.EMPTY, status)
    named = tuple(Status(one) for one in status)
    return ItemRest(np.where(status == Status.OK, correlation, 0.0), counted, named)


def fit_2pl(
    items: ArrayLike,
    raters: ArrayLike,
    is_right: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    nodes: int = 31,
    tolerance: float = 1e-6,
    max_steps: int = 500,
) -> ItemResponse:
    """Two-parameter logistic model by marginal maximum likelihood with priors (Bock and Aitkin 1981).

    items and raters are int[R] codes from 0, is_right bool[R], one answer an (item, rater). Abilities are standard
    normal, integrated over `nodes` Gauss-Hermite points. log a ~ N(0, 0.5^2) and the easiness -a b ~ N(0, 3^2) keep
    items finite that everybody gets right (Mislevy 1986). Every step raises the penalised log-likelihood: Newton steps
    are halved until they do. Stops when it rises by less than `tolerance` an answer. Raises ValueError for codes out of
    range, unlike lengths, a second answer of a rater and fewer than two nodes.

    >>> right = [1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0]
    >>> fit = fit_2pl([0, 1, 2] * 4, np.repeat(range(4), 3), right, n_items=3, n_raters=4)
    >>> fit.difficulty.argsort().tolist(), bool((np.diff(fit.log_likelihood) > -1e-9).all())
    ([0, 1, 2], True)
    """
    units, persons, right = _answers(items, raters, is_right, n_items, n_raters)
    if nodes < 2:
        raise ValueError("An integral over abilities takes two nodes or more.")
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    log_weight = np.log(weights / weights.sum())
    shape = (n_raters, n_items)
    hit = csr_array((np.ones(int(right.sum())), (persons[right], units[right])), shape=shape)
    miss = csr_array((np.ones(int((~right).sum())), (persons[~right], units[~right])), shape=shape)
    log_a, easiness = np.zeros(n_items), _first_easiness(units, right, n_items)
    steps: list[float] = []
    converged = not units.size
    posterior = np.tile(np.exp(log_weight), (n_raters, 1))
    while not converged and len(steps) < max_steps:
        posterior, likelihood = _expected((hit, miss), log_a, easiness, points, log_weight)
        steps.append(likelihood + float(_log_prior(log_a, easiness).sum()))
        converged = len(steps) > 1 and steps[-1] - steps[-2] <= tolerance * len(units)
        if not converged:
            log_a, easiness = _maximised(
                np.asarray(hit.T @ posterior), np.asarray(miss.T @ posterior), log_a, easiness, points
            )
    a = np.exp(log_a)
    n = np.bincount(units, minlength=n_items)
    return ItemResponse(-easiness / a, a, posterior @ points, n, np.array(steps), converged)


def _answers(
    items: ArrayLike, raters: ArrayLike, is_right: ArrayLike, n_items: int, n_raters: int
) -> tuple[Codes, Codes, Flags]:
    units = inputs.codes(items, name="items", size=n_items)
    persons = inputs.codes(raters, name="raters", size=n_raters)
    right = inputs.flags(is_right, name="is_right")
    inputs.same_length(items=units, raters=persons, is_right=right)
    kept_rows(units, persons, duplicates="error")
    return units, persons, right


def _correlations(units: Codes, one: Floats, other: Floats, n_items: int) -> tuple[Floats, Codes, Flags]:
    """Correlation of two values within each item, how many pairs it rests on, and whether both vary."""
    n = np.bincount(units, minlength=n_items)
    size = np.maximum(n, 1)
    first = one - (np.bincount(units, one, n_items) / size)[units]
    second = other - (np.bincount(units, other, n_items) / size)[units]
    spread = np.bincount(units, first**2, n_items) * np.bincount(units, second**2, n_items)
    varies = spread > 1e-12
    both = np.bincount(units, first * second, n_items)
    return np.where(varies, both / np.sqrt(np.where(varies, spread, 1)), 0.0), n, varies


def _first_easiness(units: Codes, right: Flags, n_items: int) -> Floats:
    n, hits = np.bincount(units, minlength=n_items), np.bincount(units, right, n_items)
    share = (hits + 0.5) / (n + 1)
    return np.asarray(np.log(share / (1 - share)), np.float64)


def _log_prior(log_a: Floats, easiness: Floats) -> Floats:
    return np.asarray(-0.5 * ((log_a / SD_LOG_DISCRIMINATION) ** 2 + (easiness / SD_EASINESS) ** 2), np.float64)


def _expected(
    answers: tuple[csr_array, csr_array], log_a: Floats, easiness: Floats, points: Floats, log_weight: Floats
) -> tuple[Floats, float]:
    """Posterior of each rater over the nodes, float64[M, Q], and the marginal log-likelihood."""
    logit = np.exp(log_a)[:, None] * points + easiness[:, None]
    hit, miss = answers
    joint = hit @ _log_expit(logit) + miss @ _log_expit(-logit) + log_weight
    marginal = logsumexp(joint, axis=1)
    return np.exp(joint - marginal[:, None]), float(marginal.sum())


def _maximised(hits: Floats, misses: Floats, log_a: Floats, easiness: Floats, points: Floats) -> tuple[Floats, Floats]:
    """A few damped Newton steps on the expected counts float64[N, Q], all items at once."""
    value = _objective(hits, misses, log_a, easiness, points)
    for _ in range(NEWTON_STEPS):
        step_a, step_c = _newton(hits, misses, log_a, easiness, points)
        size = (np.maximum(np.abs(step_a), np.abs(step_c)) > STILL).astype(np.float64)
        if not size.any():
            break
        for _ in range(HALVINGS):
            tried = _objective(hits, misses, log_a + size * step_a, easiness + size * step_c, points)
            worse = ~(tried >= value)
            if not worse.any():
                break
            size = np.where(worse, size / 2, size)
        size = np.where(tried >= value, size, 0.0)
        log_a, easiness = log_a + size * step_a, easiness + size * step_c
        value = _objective(hits, misses, log_a, easiness, points)
    return log_a, easiness


def _newton(hits: Floats, misses: Floats, log_a: Floats, easiness: Floats, points: Floats) -> tuple[Floats, Floats]:
    """The step of Fisher scoring in (log a, easiness): the expected curvature is positive definite."""
    a, total = np.exp(log_a), hits + misses
    chance = expit(a[:, None] * points + easiness[:, None])
    left, curve = hits - total * chance, total * chance * (1 - chance)
    slope_a = a * (left @ points) - log_a / SD_LOG_DISCRIMINATION**2
    slope_c = left.sum(axis=1) - easiness / SD_EASINESS**2
    aa = a**2 * (curve @ points**2) + 1 / SD_LOG_DISCRIMINATION**2
    cc = curve.sum(axis=1) + 1 / SD_EASINESS**2
    ac = a * (curve @ points)
    determinant = aa * cc - ac**2
    return (cc * slope_a - ac * slope_c) / determinant, (aa * slope_c - ac * slope_a) / determinant


def _objective(hits: Floats, misses: Floats, log_a: Floats, easiness: Floats, points: Floats) -> Floats:
    logit = np.exp(np.minimum(log_a, 10))[:, None] * points + easiness[:, None]
    expected = (hits * _log_expit(logit) + misses * _log_expit(-logit)).sum(axis=1)
    return np.asarray(expected + _log_prior(log_a, easiness), np.float64)


def _log_expit(logit: Floats) -> Floats:
    return -np.logaddexp(0, -logit)
