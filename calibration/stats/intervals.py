"""Intervals of a proportion."""

from math import isnan

from scipy.special import betaincinv
from scipy.stats import norm

from calibration.stats.errors import NotEnoughData, OutOfRange
from calibration.stats.estimates import Estimate, Interval, Status
from calibration.stats.inputs import share


def wilson(hits: float, n: float, *, confidence: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927; Newcombe 1998, method 3).

    hits of n trials, 0 <= hits <= n. Raises NotEnoughData when n is 0 and ValueError when hits lies outside 0..n.

    >>> wilson(8, 10).rounded(3)
    (0.49, 0.943)
    """
    _check(hits, n, confidence)
    return score_interval(hits / n, n, float(norm.ppf((1 + confidence) / 2)))


def score_interval(value: float, n: float, quantile: float) -> Interval:
    """Score interval of a share of n independent trials, n a fraction too, at so many standard errors (Wilson 1927).

    >>> score_interval(0.8, 10, 1.96).rounded(3)
    (0.49, 0.943)
    """
    total = n + quantile**2
    centre = (value * n + quantile**2 / 2) / total
    half = quantile / total * (value * (1 - value) * n + quantile**2 / 4) ** 0.5
    return Interval(0.0 if value == 0 else centre - half, 1.0 if value == 1 else centre + half)


def clopper_pearson(hits: float, n: float, *, confidence: float = 0.9) -> Interval:
    """Exact interval of a proportion (Clopper and Pearson 1934). At 90 % each bound is a one-sided 95 % bound.

    hits of n trials, 0 <= hits <= n; both may be fractions (effective counts, Korn and Graubard 1998). Raises
    NotEnoughData when n is 0 and ValueError when hits lies outside 0..n.

    >>> clopper_pearson(19, 20).rounded(3)
    (0.784, 0.997)
    """
    _check(hits, n, confidence)
    tail = (1 - confidence) / 2
    lower = 0.0 if hits == 0 else _beta_quantile(hits, n - hits + 1, tail)
    upper = 1.0 if hits == n else _beta_quantile(hits + 1, n - hits, 1 - tail)
    return Interval(lower, upper)


def proportion(hits: int, n: int, *, confidence: float = 0.95) -> Estimate:
    """A share with its score interval (Wilson 1927); status `empty` when n is 0.

    hits of n trials. Raises ValueError when hits lies outside 0..n.

    >>> proportion(8, 10).rounded(3)
    (0.8, 0.49, 0.943)
    >>> proportion(0, 0).status.value
    'empty'
    """
    if n == 0:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method="wilson")
    lower, upper = wilson(hits, n, confidence=confidence)
    return Estimate(hits / n, lower, upper, confidence, n, Status.OK, n, "wilson")


def _check(hits: float, n: float, confidence: float) -> None:
    share(confidence, name="confidence")
    if n <= 0:
        raise NotEnoughData("An interval needs at least one trial.")
    if not 0 <= hits <= n < float("inf"):
        raise OutOfRange(f"{hits} hits of {n} trials cannot be: hits lie between 0 and n.")


def _beta_quantile(a: float, b: float, p: float) -> float:
    """Quantile of a beta distribution; the normal one where an older SciPy gives up, from counts of 2^36 on."""
    found, n = float(betaincinv(a, b, p)), a + b
    return a / n + float(norm.ppf(p)) * (a / n * b / n / n) ** 0.5 if isnan(found) else found
