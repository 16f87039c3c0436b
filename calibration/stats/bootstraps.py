"""Bootstrap of agreement over items: a replicate is one multinomial draw over patterns."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from calibration.stats.agreement import Level, category_distances
from calibration.stats.estimates import Estimate, Status
from calibration.stats.tallies import AgreementTally

Floats = NDArray[np.float64]

# Replicates times patterns that are held at once.
_CELLS = 4_000_000


class Coefficient(StrEnum):
    """What is resampled."""

    ALPHA = "krippendorff_alpha"
    AC1 = "gwet_ac1"
    FLEISS_KAPPA = "fleiss_kappa"
    PERCENT = "percent_agreement"


def bootstrap_items(
    tally: AgreementTally,
    coefficient: Coefficient | str = Coefficient.ALPHA,
    *,
    level: Level | str = Level.NOMINAL,
    values: Sequence[float] | None = None,
    replicates: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Percentile bootstrap over items (Efron and Tibshirani 1993, chapter 13) of an agreement coefficient.

    Items with the same counts are one pattern, so that a replicate is a multinomial draw over patterns and all
    replicates are a few matrix products, whatever the number of ratings. `level` and `values` are those of
    `krippendorff_alpha` and concern alpha alone. Replicates in which the coefficient is undefined are left out; where
    they are more than one in ten, or fewer than two items have two ratings, there is no interval. Status as of the
    coefficient itself, `too_few` without an interval. Raises ValueError for fewer than 100 replicates.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 80 + [[1, 1]] * 20 + [[0, 2]] * 50, ["ok", "spam"])
    >>> bootstrap_items(tally).rounded(2)
    (0.72, 0.6, 0.83)
    """
    if replicates < 100:
        raise ValueError("A bootstrap needs 100 replicates or more.")
    kind = Coefficient(coefficient)
    resampled = _measure(tally, kind, Level(level), values)
    whole = resampled(tally.items[None, :].astype(np.float64))[0]
    method = f"{kind}_bootstrap_items"
    n, n_ratings = tally.n_pairable, tally.n_ratings
    if not np.isfinite(whole):
        status = Status.ONE_CATEGORY if n else Status.NO_OVERLAP if tally.n_items else Status.EMPTY
        return Estimate.undefined(status, n=n, n_ratings=n_ratings, confidence=confidence, method=method)
    found = _replicates(tally, resampled, replicates=replicates, seed=seed)
    known = found[np.isfinite(found)]
    if n < 2 or len(known) < 0.9 * replicates:
        return Estimate(float(whole), None, None, confidence, n, Status.TOO_FEW, n_ratings, method)
    lower, upper = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(float(whole), float(lower), float(upper), confidence, n, Status.OK, n_ratings, method)


Measure = Callable[[Floats], Floats]


def _replicates(tally: AgreementTally, measure: Measure, *, replicates: int, seed: int) -> Floats:
    n, p = tally.n_items, len(tally.items)
    rng, chance = np.random.default_rng(seed), tally.items / tally.n_items
    at_once = max(_CELLS // p, 1)
    parts = []
    for start in range(0, replicates, at_once):
        drawn = rng.multinomial(n, chance, size=min(at_once, replicates - start))
        parts.append(measure(drawn.astype(np.float64)))
    return np.concatenate(parts)


def _measure(tally: AgreementTally, kind: Coefficient, level: Level, values: Sequence[float] | None) -> Measure:
    if kind is Coefficient.ALPHA and level is Level.ORDINAL:
        return _ordinal_alpha(tally)
    if kind is Coefficient.ALPHA:
        return _alpha(tally, category_distances(tally.categories, level, values))
    return _chance_corrected(tally, kind)


def _alpha(tally: AgreementTally, distances: Floats) -> Measure:
    counts, left = _paired(tally)
    within = np.einsum("pk,pk->p", counts @ distances, counts) / left

    def measure(items: Floats) -> Floats:
        totals = items @ counts
        chance = np.einsum("bk,kl,bl->b", totals, distances, totals, optimize=True)
        return np.asarray(1 - (totals.sum(axis=1) - 1) * _ratio(items @ within, chance), np.float64)

    return measure


def _ordinal_alpha(tally: AgreementTally) -> Measure:
    """Distances are squared differences of mid-ranks, which each replicate has of its own."""
    counts, left = _paired(tally)
    k = counts.shape[1]
    products = (counts[:, :, None] * (counts / left[:, None])[:, None, :]).reshape(len(counts), k * k)
    squares = counts * (counts.sum(axis=1) / left)[:, None]

    def measure(items: Floats) -> Floats:
        totals = items @ counts
        ranks = np.cumsum(totals, axis=1) - totals / 2
        cross = np.einsum("bk,bkl,bl->b", ranks, (items @ products).reshape(-1, k, k), ranks, optimize=True)
        observed = 2 * (np.einsum("bk,bk->b", items @ squares, ranks**2) - cross)
        n = totals.sum(axis=1)
        chance = 2 * (n * (totals * ranks**2).sum(axis=1) - (totals * ranks).sum(axis=1) ** 2)
        return np.asarray(1 - (n - 1) * _ratio(observed, chance), np.float64)

    return measure


def _chance_corrected(tally: AgreementTally, kind: Coefficient) -> Measure:
    counts, sizes = tally.patterns.astype(np.float64), tally.sizes.astype(np.float64)
    k, several = counts.shape[1], tally.sizes >= 2
    pairs = np.where(several, sizes * (sizes - 1), 1)
    agreeing = np.where(several, (counts * (counts - 1)).sum(axis=1) / pairs, 0)
    shares, counted = counts / sizes[:, None], several.astype(np.float64)

    def measure(items: Floats) -> Floats:
        observed = _ratio(items @ agreeing, items @ counted)
        if kind is Coefficient.PERCENT:
            return observed
        mean = (items @ shares) / items.sum(axis=1)[:, None]
        spread = (mean**2).sum(axis=1)
        chance = (
            spread if kind is Coefficient.FLEISS_KAPPA else (1 - spread) / (k - 1) if k > 1 else np.ones_like(spread)
        )
        return _ratio(observed - chance, 1 - chance)

    return measure


def _paired(tally: AgreementTally) -> tuple[Floats, Floats]:
    """Counts of items with two ratings or more, float64[P, K], zero rows for the others; and ratings less one."""
    several = tally.sizes >= 2
    counts = np.where(several[:, None], tally.patterns, 0).astype(np.float64)
    return counts, np.where(several, tally.sizes - 1, 1).astype(np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 1e-12)
