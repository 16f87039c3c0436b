"""Bootstrap of agreement over items: a replicate is one multinomial draw over patterns."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from calibration.stats.agreement import (
    Level,
    brennan_prediger,
    category_distances,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from calibration.stats.errors import OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import share
from calibration.stats.jackknife import NOTHING, scaled_interval
from calibration.stats.tallies import AgreementTally

Floats = NDArray[np.float64]

# Replicates times patterns that are held at once.
_CELLS = 4_000_000
_LEAST_REPLICATES = 100
_LEAST_DEFINED = 0.9


class Coefficient(StrEnum):
    """What is resampled."""

    ALPHA = "krippendorff_alpha"
    AC1 = "gwet_ac1"
    BRENNAN_PREDIGER = "brennan_prediger"
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
    """Bootstrap over items (Efron and Tibshirani 1993, chapter 6) of an agreement coefficient.

    Items with the same counts are one pattern, so that a replicate is a multinomial draw over patterns and all
    replicates are a few matrix products, whatever the number of ratings. `level` and `values` are those of
    `krippendorff_alpha` and concern alpha alone. Replicates in which the coefficient is undefined are left out; where
    they are more than one in ten, or fewer than two items have two ratings, there is no interval. The bounds are those
    of `scaled_interval` from the variance of the replicates: percentiles of the replicates would cover .88 where 40
    items agree to 90 %. Where all items agree no replicate differs, and the bounds are the coefficient's own. Status as
    of the coefficient itself, `too_few` without an interval. Raises OutOfRange for fewer than 100 replicates and a
    confidence outside 0..1.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 80 + [[1, 1]] * 20 + [[0, 2]] * 50, ["ok", "spam"])
    >>> bootstrap_items(tally).rounded(2)
    (0.72, 0.59, 0.82)
    """
    check_bootstrap(replicates, confidence)
    kind, level = Coefficient(coefficient), Level(level)
    whole, method = measured(tally, kind, level=level, values=values, confidence=confidence), f"{kind}_bootstrap_items"
    if whole.value is None or whole.lower is None:
        return replace(whole, method=method)
    found = _replicates(tally, _measure(tally, kind, level, values), replicates=replicates, seed=seed)
    return bootstrapped(whole, found, clusters=tally.n_pairable, method=method, least=LEAST[kind])


def check_bootstrap(replicates: int, confidence: float) -> None:
    """Refuse what no bootstrap can be made of: raises OutOfRange for fewer than 100 replicates or a bad confidence."""
    if replicates < _LEAST_REPLICATES:
        raise OutOfRange("A bootstrap needs 100 replicates or more.")
    share(confidence, name="confidence")


def measured(
    tally: AgreementTally, kind: Coefficient, *, level: Level, values: Sequence[float] | None, confidence: float
) -> Estimate:
    """The coefficient of a tally with its own interval."""
    if kind is Coefficient.ALPHA:
        return krippendorff_alpha(tally, level=level, values=values, confidence=confidence)
    return _PLAIN[kind](tally, confidence=confidence)


def bootstrapped(whole: Estimate, found: Floats, *, clusters: int, method: str, least: float = -1.0) -> Estimate:
    """The coefficient with bounds from the spread of its replicates, float64[B], NaN where they are undefined."""
    known = found[np.isfinite(found)]
    if whole.value is None or len(known) < _LEAST_DEFINED * len(found) or clusters < 2:
        return replace(whole, lower=None, upper=None, status=Status.TOO_FEW, method=method)
    error = float(known.std() * np.sqrt(clusters / (clusters - 1)))
    if error < NOTHING:
        return replace(whole, method=method)
    quantile = float(student.ppf((1 + whole.confidence) / 2, clusters - 1))
    lower, upper = scaled_interval(whole.value, error, quantile=quantile, n=clusters, least=least)
    return replace(whole, lower=lower, upper=upper, method=method)


def chance_of(shares: Floats, kind: Coefficient) -> Floats:
    """Agreement by chance from the shares of the categories, float64[..., K]."""
    k = shares.shape[-1]
    squares = np.asarray((shares**2).sum(axis=-1), np.float64)
    if kind is Coefficient.FLEISS_KAPPA:
        return squares
    if kind is Coefficient.BRENNAN_PREDIGER:
        return np.full_like(squares, 1 / k)
    return np.asarray((1 - squares) / (k - 1)) if k > 1 else np.ones_like(squares)


LEAST = {kind: 0.0 if kind is Coefficient.PERCENT else -1.0 for kind in Coefficient}
_PLAIN: dict[Coefficient, Callable[..., Estimate]] = {
    Coefficient.AC1: gwet_ac1,
    Coefficient.BRENNAN_PREDIGER: brennan_prediger,
    Coefficient.FLEISS_KAPPA: fleiss_kappa,
    Coefficient.PERCENT: percent_agreement,
}

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
    squares = counts * (counts.sum(axis=1) / left)[:, None]

    def measure(items: Floats) -> Floats:
        totals = items @ counts
        ranks = np.cumsum(totals, axis=1) - totals / 2
        cross = (items * (ranks @ counts.T) ** 2 / left).sum(axis=1)
        observed = 2 * (np.einsum("bk,bk->b", items @ squares, ranks**2) - cross)
        n = totals.sum(axis=1)
        chance = 2 * (n * (totals * ranks**2).sum(axis=1) - (totals * ranks).sum(axis=1) ** 2)
        return np.asarray(1 - (n - 1) * _ratio(observed, chance), np.float64)

    return measure


def _chance_corrected(tally: AgreementTally, kind: Coefficient) -> Measure:
    counts, sizes = tally.patterns.astype(np.float64), tally.sizes.astype(np.float64)
    several = tally.sizes >= 2
    pairs = np.where(several, sizes * (sizes - 1), 1)
    agreeing = np.where(several, (counts * (counts - 1)).sum(axis=1) / pairs, 0)
    shares, counted = counts / sizes[:, None], several.astype(np.float64)

    def measure(items: Floats) -> Floats:
        observed = _ratio(items @ agreeing, items @ counted)
        if kind is Coefficient.PERCENT:
            return observed
        chance = chance_of((items @ shares) / items.sum(axis=1)[:, None], kind)
        return _ratio(observed - chance, 1 - chance)

    return measure


def _paired(tally: AgreementTally) -> tuple[Floats, Floats]:
    """Counts of items with two ratings or more, float64[P, K], zero rows for the others; and ratings less one."""
    several = tally.sizes >= 2
    counts = np.where(several[:, None], tally.patterns, 0).astype(np.float64)
    return counts, np.where(several, tally.sizes - 1, 1).astype(np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 1e-12)
