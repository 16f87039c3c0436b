"""From the spread of a coefficient to its bounds: the jackknife, and score intervals on the coefficient's own range."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from calibration.stats.estimates import Interval
from calibration.stats.intervals import clopper_pearson, score_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Less than this is left only where rounding left it.
NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class Resampled:
    """A coefficient, and what it would be without one item of each pattern: float64[P], NaN where undefined.

    `worst` is how far the coefficient falls when all items disagree as they can, `least` the least that it can be.
    """

    value: float
    without: Floats
    worst: float
    unanimous: bool
    least: float = -1.0


def jackknife_interval(resampled: Resampled, items: Ints, *, n_pairable: int, confidence: float) -> Interval | None:
    """Interval of a coefficient from its jackknife variance (Efron and Stein 1981); None where that is unknown.

    items is int64[P], the items of each pattern, of which `n_pairable` have two ratings. Student's t has a degree of
    freedom less than there are items. Where all items are unanimous a jackknife has no spread: then the lower bound is
    the value that the largest share of disagreeing items still compatible with none in n (Clopper and Pearson 1934)
    would give.

    >>> halves = Resampled(0.5, np.array([0.45, 0.55]), worst=1.0, unanimous=False, least=0.0)
    >>> jackknife_interval(halves, np.array([5, 5]), n_pairable=10, confidence=0.95).rounded(2)
    (0.22, 0.78)
    """
    n = int(items.sum())
    if n < 2 or resampled.worst <= 0:
        return None
    if resampled.unanimous:
        return unanimous_interval(resampled, n_pairable, confidence)
    if not np.isfinite(resampled.without).all():
        return None
    apart = resampled.without - items @ resampled.without / n
    error = float(np.sqrt((n - 1) / n * (items @ apart**2)))
    quantile = float(student.ppf((1 + confidence) / 2, n - 1))
    return scaled_interval(resampled.value, error, quantile=quantile, n=n_pairable, least=resampled.least)


def scaled_interval(value: float, error: float, *, quantile: float, n: int, least: float = -1.0) -> Interval:
    """Score interval of a coefficient between `least` and 1, from its standard error, so many of them each way.

    How far the coefficient lies under 1, as a share of that range, behaves like a share of n things. The standard error
    gives the number of independent items that would be as precise, and the bounds are those of a share of so many
    (Wilson 1927). Symmetric bounds would cover .89 where 40 items agree to 90 %; with many items the two are the same.
    Where nothing varies, because all items disagree alike, each of the n counts as one independent item.

    >>> scaled_interval(0.8, 0.05, quantile=1.96, n=100).rounded(2)
    (0.68, 0.88)
    """
    span = 1 - least
    down = min((1 - value) / span, 1.0)
    is_spread = error > NOTHING and NOTHING < down < 1 - NOTHING
    low, high = score_interval(down, down * (1 - down) * (span / error) ** 2 if is_spread else n, quantile)
    return Interval(min(1 - span * high, value), min(max(1 - span * low, value), 1.0))


def unanimous_interval(resampled: Resampled, n: int, confidence: float) -> Interval:
    """Interval of a coefficient of n items that agree throughout (Clopper and Pearson 1934 for the share that may not).

    >>> unanimous_interval(Resampled(1.0, np.zeros(1), worst=2.0, unanimous=True), 40, 0.95).rounded(3)
    (0.824, 1.0)
    """
    share = clopper_pearson(0, n, confidence=confidence).upper
    return Interval(max(resampled.value - resampled.worst * share, resampled.least), resampled.value)
