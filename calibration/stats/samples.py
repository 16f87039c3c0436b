"""Samples of decisions: drawn with a known probability, and shares that are weighted by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from calibration.stats.errors import NotEnoughData, OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import counts, finite, flags, grouped, named, same_length, share
from calibration.stats.intervals import clopper_pearson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_METHOD = "hajek_cluster_bootstrap"
_COMBINED = "mover"
# Replicates times clusters that are held at once.
_CELLS = 2_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Positions that were drawn, int64[n] ascending, and the probability that each had to be drawn, float64[n]."""

    positions: Ints
    probabilities: Floats


def equal_shares(sizes: ArrayLike, n: int) -> Ints:
    """How many to draw from each stratum: the same number, all of a stratum that is smaller; int64[H].

    Equal allocation (Cochran 1977, chapter 5). sizes is int[H], each at least 1. What small strata cannot give is
    shared among the others, what is left over goes one by one to the largest. At most everything is drawn. Raises
    ValueError when n does not reach one a stratum, since a stratum that nothing is drawn from would be missing from
    every estimate.

    >>> equal_shares([100, 2, 50], 11).tolist()
    [5, 2, 4]
    """
    size = counts(sizes, name="sizes")
    if not n >= len(size) or n != int(n):
        raise OutOfRange(f"{n} cannot be shared among {len(size)} strata: draw at least one of each.")
    shares = np.zeros_like(size)
    left = min(int(n), int(size.sum()))
    while left:
        open_strata = np.flatnonzero(shares < size)
        each = left // len(open_strata)
        if each == 0:
            open_strata, each = open_strata[np.argsort(-size[open_strata], kind="stable")][:left], 1
        added = np.minimum(each, size[open_strata] - shares[open_strata])
        shares[open_strata] += added
        left -= int(added.sum())
    return shares


def draw_sample(strata: ArrayLike, n: int, *, seed: int) -> Sample:
    """Draw n units, the same number from each stratum, without replacement (Cochran 1977, chapter 5).

    strata is an array[N] of anything sortable, one entry a unit; one stratum for all is a simple random sample. Each
    unit of a stratum is drawn with probability n_h / N_h. The same strata and seed draw the same units. Raises
    NotEnoughData when there is nothing to draw from and ValueError when n does not reach one a stratum.

    >>> drawn = draw_sample(["a"] * 90 + ["b"] * 10, 20, seed=1)
    >>> len(drawn.positions), drawn.probabilities.round(3)[[0, -1]].tolist()
    (20, [0.111, 1.0])
    """
    names, group = named(strata, name="strata")
    if not len(names):
        raise NotEnoughData("There is nothing to draw from.")
    sizes = np.bincount(group)
    shares = equal_shares(sizes, n)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(group)), group))
    starts = np.cumsum(sizes) - sizes
    within = np.arange(len(order)) - np.repeat(starts, sizes)
    positions = np.sort(order[within < np.repeat(shares, sizes)]).astype(np.int64)
    return Sample(positions, (shares / sizes)[group[positions]])


def effective_size(probabilities: ArrayLike) -> float:
    """Units of a simple random sample that tell as much, for unlike weights (Kish 1965, section 11.7).

    probabilities is float[n], each above 0 and at most 1; weights are their inverses. Raises ValueError otherwise.

    >>> effective_size([0.5] * 8), round(effective_size([0.1] * 4 + [1.0] * 4), 2)
    (8.0, 4.79)
    """
    weights = _weights(probabilities)
    return float(weights.sum() ** 2 / (weights @ weights)) if len(weights) else 0.0


def weighted_share(
    hits: ArrayLike,
    probabilities: ArrayLike,
    clusters: ArrayLike,
    *,
    confidence: float = 0.95,
    minimum: int = 20,
    replicates: int = 1000,
    seed: int = 0,
) -> Estimate:
    """Share of hits in the population that a sample was drawn from (Hajek 1971, p. 236; Sarndal et al. 1992, 5.7).

    `sum(y / p) / sum(1 / p)` over hits y bool[n] and inclusion probabilities p float[n]; equal p give the plain share.
    clusters is an array[n] of anything sortable: units of one cluster (a labeler's day) hang together, so the variance
    is that of whole clusters drawn with replacement (cluster bootstrap, Davison and Hinkley 1997, section 3.8). It
    gives the number of independent units that would be as precise, and Clopper-Pearson at that number is the interval
    (Korn and Graubard 1998, pp. 193-201): percentiles of the replicates would shrink to nothing where all are hits.

    Status `empty` without units; `too_few` under `minimum` units, and without an interval in a single cluster. Raises
    ValueError when lengths differ or a probability is not in 0 < p <= 1.

    >>> found = weighted_share([1] * 28 + [0] * 2, [0.1] * 20 + [0.5] * 10, [row // 2 for row in range(30)])
    >>> found.rounded(2), found.n
    ((0.98, 0.84, 1.0), 30)
    """
    share(confidence, name="confidence")
    hit, weights = flags(hits, name="hits").astype(np.float64), _weights(probabilities)
    group = grouped(clusters, name="clusters")
    same_length(hits=hit, probabilities=weights, clusters=group)
    n = len(hit)
    if n == 0:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method=_METHOD)
    value = float(weights @ hit / weights.sum())
    if group.max() == 0:
        return Estimate(value, None, None, confidence, n, Status.TOO_FEW, n, _METHOD)
    size = effective_size(probabilities)
    if 0 < value < 1:
        variance = _bootstrap_variance(hit, weights, group, replicates=replicates, seed=seed)
        size = min(value * (1 - value) / variance, n) if variance > 0 else size
    size = min(size * _small_sample_factor(n, int(group.max()), confidence), n)
    lower, upper = clopper_pearson(min(value, 1.0) * size, size, confidence=confidence)
    status = Status.OK if n >= minimum else Status.TOO_FEW
    return Estimate(value, lower, upper, confidence, n, status, n, _METHOD)


def combined_share(parts: Sequence[Estimate]) -> Estimate:
    """Independent shares combined, each by its n; the interval recovers the variances (Zou and Donner 2008, eq. 3).

    Lower bound `v - sqrt(sum w^2 (v_i - l_i)^2)`, the upper one alike, with w the part of all n. Parts without a value
    are left out; without an interval in one part there is none.

    >>> from calibration.stats import proportion
    >>> combined_share([proportion(18, 20), proportion(30, 60)]).rounded(2)
    (0.6, 0.5, 0.69)
    """
    known = [part for part in parts if part.value is not None and part.n]
    n = sum(part.n for part in known)
    if not known:
        return Estimate.undefined(Status.EMPTY, method=_COMBINED)
    value = sum((part.value or 0.0) * part.n for part in known) / n
    status = Status.OK if all(part.status == Status.OK for part in known) else Status.TOO_FEW
    if any(part.lower is None or part.upper is None for part in known):
        return Estimate(value, None, None, known[0].confidence, n, Status.TOO_FEW, n, _COMBINED)
    below, above = (
        sqrt(sum((part.n / n * ((part.value or 0.0) - (bound or 0.0))) ** 2 for part, bound in bounds))
        for bounds in ([(part, part.lower) for part in known], [(part, part.upper) for part in known])
    )
    return Estimate(
        value, max(value - below, 0.0), min(value + above, 1.0), known[0].confidence, n, status, n, _COMBINED
    )


def _weights(probabilities: ArrayLike) -> Floats:
    p = finite(probabilities, name="inclusion probability")
    if p.size and not ((p > 0) & (p <= 1)).all():
        raise OutOfRange("An inclusion probability lies above 0 and is at most 1.")
    return np.asarray(1 / p, np.float64)


def _bootstrap_variance(hit: Floats, weights: Floats, group: Ints, *, replicates: int, seed: int) -> float:
    """Variance of the weighted share when whole clusters are drawn with replacement, as many as there are."""
    hits, total = np.bincount(group, weights * hit), np.bincount(group, weights)
    n_clusters = len(total)
    rng, chance = np.random.default_rng(seed), np.full(n_clusters, 1 / n_clusters)
    at_once = max(_CELLS // n_clusters, 1)
    shares = []
    for start in range(0, replicates, at_once):
        drawn = rng.multinomial(n_clusters, chance, size=min(at_once, replicates - start))
        shares.append((drawn @ hits) / (drawn @ total))
    return float(np.concatenate(shares).var() * n_clusters / (n_clusters - 1))


def _small_sample_factor(n: int, degrees: int, confidence: float) -> float:
    """What few clusters take from the number of independent units."""
    quantile = (1 + confidence) / 2
    return float((student.ppf(quantile, max(n - 1, 1)) / student.ppf(quantile, degrees)) ** 2)
