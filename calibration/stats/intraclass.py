"""Intraclass correlation: agreement of raters who give numbers, from a complete table."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as fisher

from calibration.stats.errors import OutOfRange
from calibration.stats.estimates import Estimate, Interval, Status
from calibration.stats.inputs import finite, share

Floats = NDArray[np.float64]


class Icc(StrEnum):
    """The six forms (Shrout and Fleiss 1979, table 4): whose agreement, of one rating or of the mean of all raters."""

    ONE_WAY = "1,1"
    RANDOM = "2,1"
    FIXED = "3,1"
    ONE_WAY_MEAN = "1,k"
    RANDOM_MEAN = "2,k"
    FIXED_MEAN = "3,k"


def intraclass_correlation(scores: ArrayLike, form: Icc | str = Icc.RANDOM, *, confidence: float = 0.95) -> Estimate:
    """Intraclass correlation with its F interval (Shrout and Fleiss 1979, pp. 423-425).

    scores is float[N, k], k raters on each of N items, nothing missing. `1`: each item has raters of its own; `2`: the
    same raters, drawn from many; `3`: these raters alone, so that a constant difference between them does not count.
    `,k` is the reliability of their mean. Status `empty` without items, `too_few` under two items or raters,
    `one_category` where all scores are equal. Raises NotFinite for scores that are missing or not finite, and
    OutOfRange for what is no table of numbers.

    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [intraclass_correlation(judges, form).rounded(4)[0] for form in Icc]
    [0.1657, 0.2898, 0.7148, 0.4428, 0.6201, 0.9093]
    """
    form = Icc(form)
    share(confidence, name="confidence")
    table = finite(scores, name="scores")
    method = f"icc({form})"
    if table.size == 0:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method=method)
    if table.ndim != 2:
        raise OutOfRange("Give a score for each item and rater: rows are items, columns raters.")
    n, k = table.shape
    if n < 2 or k < 2:
        return Estimate.undefined(Status.TOO_FEW, n=n, n_ratings=n * k, confidence=confidence, method=method)
    if np.ptp(table) == 0:
        return Estimate.undefined(Status.ONE_CATEGORY, n=n, n_ratings=n * k, confidence=confidence, method=method)
    squares = _Squares.of(table)
    single = squares.single(form)
    bounds = squares.bounds(form, confidence)
    value, *ends = [_of_mean(x, k) if form.endswith("k") else x for x in (single, *bounds)]
    status = Status.OK if np.isfinite(ends).all() else Status.TOO_FEW
    lower, upper = ends if status is Status.OK else (None, None)
    return Estimate(value, lower, upper, confidence, n, status, n * k, method)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Squares:
    """Mean squares of the analysis of variance: between items, within items, between raters, and the remainder."""

    n: int
    k: int
    between: float
    within: float
    raters: float
    rest: float

    @classmethod
    def of(cls, table: Floats) -> "_Squares":
        n, k = table.shape
        mean = table.mean()
        items = k * ((table.mean(axis=1) - mean) ** 2).sum()
        raters = n * ((table.mean(axis=0) - mean) ** 2).sum()
        total = ((table - mean) ** 2).sum()
        rest = max(total - items - raters, 0.0)
        return cls(
            n=n,
            k=k,
            between=float(items / (n - 1)),
            within=float((total - items) / (n * (k - 1))),
            raters=float(raters / (k - 1)),
            rest=float(rest / ((n - 1) * (k - 1))),
        )

    def single(self, form: Icc) -> float:
        """The correlation of single ratings."""
        n, k, between = self.n, self.k, self.between
        if form in {Icc.ONE_WAY, Icc.ONE_WAY_MEAN}:
            return (between - self.within) / (between + (k - 1) * self.within)
        apart = k * (self.raters - self.rest) / n if form in {Icc.RANDOM, Icc.RANDOM_MEAN} else 0.0
        return (between - self.rest) / (between + (k - 1) * self.rest + apart)

    def bounds(self, form: Icc, confidence: float) -> Interval:
        """Bounds of the correlation of single ratings; not finite where nothing remains to compare with."""
        tail, n, k = (1 + confidence) / 2, self.n, self.k
        if form in {Icc.RANDOM, Icc.RANDOM_MEAN}:
            return self._bounds_of_random_raters(tail)
        one_way = form in {Icc.ONE_WAY, Icc.ONE_WAY_MEAN}
        noise, degrees = (self.within, n * (k - 1)) if one_way else (self.rest, (n - 1) * (k - 1))
        if noise == 0:
            return Interval(float("nan"), float("nan"))
        ratio = self.between / noise
        low, high = ratio / fisher.ppf(tail, n - 1, degrees), ratio * fisher.ppf(tail, degrees, n - 1)
        return Interval(float((low - 1) / (low + k - 1)), float((high - 1) / (high + k - 1)))

    def _bounds_of_random_raters(self, tail: float) -> Interval:
        n, k, between, raters, rest = self.n, self.k, self.between, self.raters, self.rest
        if rest == 0:
            return Interval(float("nan"), float("nan"))
        share, ratio = self.single(Icc.RANDOM), raters / rest
        spread = n * (1 + (k - 1) * share) - k * share
        above = (k - 1) * (n - 1) * (k * share * ratio + spread) ** 2
        degrees = above / ((n - 1) * k**2 * share**2 * ratio**2 + spread**2)
        down, up = fisher.ppf(tail, n - 1, degrees), fisher.ppf(tail, degrees, n - 1)
        noise = k * raters + (k * n - k - n) * rest
        lower = n * (between - down * rest) / (down * noise + n * between)
        upper = n * (up * between - rest) / (noise + n * up * between)
        return Interval(float(lower), float(upper))


def _of_mean(single: float, k: int) -> float:
    """Reliability of the mean of k ratings (Spearman 1910; Brown 1910)."""
    return k * single / (1 + (k - 1) * single)
