"""Agreement between raters, from a tally of patterns, each coefficient with its jackknife interval."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from calibration.stats.errors import InvalidInput, OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import finite, place_of
from calibration.stats.jackknife import NOTHING, Resampled, jackknife_interval
from calibration.stats.tallies import AgreementTally
from calibration.stats.weights import Weights, category_weights

Floats = NDArray[np.float64]

# Under _FEW ratings of a category intervals undercover (.72 at 2 % prevalence, overlap 2, 100 items).
_FEW = 20


class Level(StrEnum):
    """The level of measurement of the categories (Stevens 1946): which distances between them mean something."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


def krippendorff_alpha(
    tally: AgreementTally,
    *,
    level: Level | str = Level.NOMINAL,
    values: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Krippendorff's alpha, 1 - Do/De (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability").

    Any number of ratings an item; items with one rating are left out. Ordinal takes the order of `tally.categories`;
    interval and ratio take `values`, float[K], or else the categories read as numbers. `n` counts the items with two
    ratings or more. The variance is that of a jackknife over patterns: for nominal it agrees with the delta method; for
    ordinal the distances are computed anew without each pattern. Status `one_category` where all that was used lies 0
    apart. Raises ValueError for an unknown level, and OutOfRange for categories that are not numbers and for negative
    numbers at level ratio.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 8 + [[1, 1]] * 2 + [[0, 2]] * 5, ["ok", "spam"])
    >>> krippendorff_alpha(tally).rounded(3)
    (0.731, 0.153, 0.937)
    """
    level = Level(level)
    pairs = _pairable(tally)
    scores = _scores(tally.categories, level, values)
    method = f"krippendorff_alpha_{level}"
    if np.count_nonzero(pairs.totals) < 2:
        return _undefined(pairs, tally, confidence=confidence, method=method)
    resampled = _ranked_alpha(pairs) if level is Level.ORDINAL else _fixed_alpha(pairs, _distances(scores, level))
    return _estimate(
        resampled, pairs, tally, status=prevalence_status(pairs.totals), confidence=confidence, method=method
    )


class SetDistance(StrEnum):
    """How far two sets of categories lie apart, from 0 to 1."""

    MASI = "masi"
    JACCARD = "jaccard"


def set_alpha(
    tally: AgreementTally,
    *,
    distance: SetDistance | str = SetDistance.MASI,
    separator: str = "+",
    confidence: float = 0.95,
) -> Estimate:
    """Krippendorff's alpha of answers that are sets, with the distance MASI (Passonneau 2006) or Jaccard (1901).

    The categories of the tally are the distinct sets, written as their members joined by `separator`; "" is the empty
    set, which lies 0 from itself and 1 from all others. MASI is `1 - J m` with the share J of members in common and m =
    1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, 0 where they do not. Raises ValueError for
    an unknown distance.

    >>> tally = AgreementTally.from_counts([[2, 0, 0]] * 4 + [[1, 1, 0]] * 2 + [[0, 0, 2]] * 4, ["", "a", "a+b"])
    >>> set_alpha(tally).rounded(3)[0]
    0.657
    """
    kind = SetDistance(distance)
    method = f"krippendorff_alpha_{kind}"
    pairs = _pairable(tally)
    if np.count_nonzero(pairs.totals) < 2:
        return _undefined(pairs, tally, confidence=confidence, method=method)
    sets = [frozenset(code.split(separator)) if code else frozenset() for code in tally.categories]
    resampled = _fixed_alpha(pairs, set_distances(sets, kind))
    return _estimate(
        resampled, pairs, tally, status=prevalence_status(pairs.totals), confidence=confidence, method=method
    )


def set_distances(sets: Sequence[frozenset[str]], distance: SetDistance | str) -> Floats:
    """Distances between sets, MASI (Passonneau 2006) or Jaccard (1901), float64[S, S].

    >>> set_distances([frozenset(), frozenset("a"), frozenset("ab")], "masi").round(3).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.667], [1.0, 0.667, 0.0]]
    """
    kind = SetDistance(distance)
    members = sorted(frozenset().union(*sets))
    holds = np.array([[member in chosen for member in members] for chosen in sets], np.float64)
    holds = holds.reshape(len(sets), len(members))
    sizes = holds.sum(axis=1)
    common = holds @ holds.T
    joined = np.add.outer(sizes, sizes) - common
    shared = np.divide(common, joined, out=np.ones_like(common), where=joined > 0)
    if kind is SetDistance.JACCARD:
        return np.asarray(1 - shared, np.float64)
    smaller = np.minimum.outer(sizes, sizes)
    nested = np.where(common == smaller, 2 / 3, 1 / 3)
    return np.asarray(1 - shared * np.where(joined == common, 1.0, nested), np.float64)


def category_distances(categories: Sequence[str], level: Level | str, values: Sequence[float] | None = None) -> Floats:
    """Squared distances between K categories, float64[K, K], at a level other than ordinal (Krippendorff 2011, D).

    Raises ValueError for categories that are not numbers where the level needs numbers, and for level ordinal, whose
    distances depend on the ratings.

    >>> category_distances(["1", "2", "4"], "interval").tolist()
    [[0.0, 1.0, 9.0], [1.0, 0.0, 4.0], [9.0, 4.0, 0.0]]
    """
    level = Level(level)
    if level is Level.ORDINAL:
        raise OutOfRange("Ordinal distances depend on the ratings; no table of categories gives them.")
    return _distances(_scores(categories, level, values), level)


def gwet_ac1(tally: AgreementTally, *, confidence: float = 0.95) -> Estimate:
    """Gwet's AC1 (Gwet 2008, pp. 29-48; Gwet 2014 for missing ratings). K is the declared categories.

    Observed agreement is the mean over items with two ratings or more; the shares of the categories are the mean over
    all rated items. Steady where a category is rare, unlike alpha and kappa. Status `one_category` where fewer than
    two categories are declared.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 118 + [[1, 1]] * 7, ["ok", "spam"])
    >>> gwet_ac1(tally).rounded(3)
    (0.941, 0.876, 0.972)
    """
    return _gwet(tally, Weights.IDENTITY, None, confidence=confidence, method="gwet_ac1")


def gwet_ac2(
    tally: AgreementTally,
    *,
    weights: Weights | str = Weights.QUADRATIC,
    values: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Gwet's AC2: AC1 with partial agreement between categories (Gwet 2014, weighted agreement of several raters).

    `pe = T_w sum pi (1 - pi) / (K (K - 1))` with T_w the sum of all weights; `weights` and `values` as in
    `category_weights`. Raises ValueError as that does.

    >>> tally = AgreementTally.from_counts([[2, 0, 0]] * 5 + [[1, 1, 0]] * 2 + [[0, 0, 2]] * 3, ["1", "2", "3"])
    >>> gwet_ac2(tally, weights="linear").rounded(3)[0]
    0.818
    """
    kind = Weights(weights)
    return _gwet(tally, kind, values, confidence=confidence, method=f"gwet_ac2_{kind}")


def brennan_prediger(
    tally: AgreementTally,
    *,
    weights: Weights | str = Weights.IDENTITY,
    values: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Brennan and Prediger's kappa (1981, p. 693): chance gives each of the K declared categories alike.

    `pe = 1 / K`, weighted `T_w / K^2` with T_w the sum of all weights (Gwet 2014). Also known as Bennett's S.
    Status `one_category` where fewer than two categories are declared. `weights` and `values` as in
    `category_weights`, which says what raises.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 6 + [[1, 1]] * 2 + [[0, 2]] * 2, ["ok", "spam"])
    >>> brennan_prediger(tally).rounded(3)[0]
    0.6
    """
    kind, k = Weights(weights), len(tally.categories)
    table = category_weights(tally.categories, kind, values=values)
    return _chance_corrected(
        tally,
        lambda shares: np.full(shares.shape[:-1], table.sum() / k**2),
        weights=table,
        is_defined=k > 1,
        confidence=confidence,
        method=_named("brennan_prediger", kind),
    )


def fleiss_kappa(
    tally: AgreementTally,
    *,
    weights: Weights | str = Weights.IDENTITY,
    values: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Fleiss' kappa (Fleiss 1971, pp. 378-382), with an unequal number of ratings an item allowed (Gwet 2014).

    With two raters it is Scott's pi. `pe = pi^T W pi` with the weights W of `category_weights`, which says what raises.
    Status `one_category` where a single category was used.

    >>> fleiss_kappa(AgreementTally.from_counts([[6, 0], [0, 6], [3, 3], [2, 4]], ["ok", "spam"])).rounded(3)[0]
    0.429
    """
    kind = Weights(weights)
    table = category_weights(tally.categories, kind, values=values)
    return _chance_corrected(
        tally,
        lambda shares: np.einsum("...k,kl,...l->...", shares, table, shares),
        weights=table,
        is_defined=int(np.count_nonzero(tally.totals)) > 1,
        confidence=confidence,
        method=_named("fleiss_kappa", kind),
    )


def percent_agreement(tally: AgreementTally, *, confidence: float = 0.95) -> Estimate:
    """Share of agreeing pairs within an item, mean over the items with two ratings or more (Fleiss 1971, p. 379).

    Never to be shown alone: it does not know about chance. `n` counts the items with two ratings or more.

    >>> percent_agreement(AgreementTally.from_counts([[2, 0]] * 9 + [[1, 1]], ["ok", "spam"])).rounded(3)[0]
    0.9
    """
    pairs = _pairable(tally)
    shares = _agreeing(pairs)
    return _mean(shares, np.ones_like(shares), pairs, tally, confidence=confidence, method="percent_agreement")


def pooled_agreement(tally: AgreementTally, *, confidence: float = 0.95) -> Estimate:
    """Share of agreeing pairs among all pairs of ratings within an item: items with many ratings weigh more.

    Equal to `percent_agreement` where each item has the same number of ratings (Krippendorff 2011, 1 - Do at level
    nominal, weighs an item by its ratings, as this does). `n` counts the items with two ratings or more.

    >>> pooled_agreement(AgreementTally.from_counts([[4, 0], [1, 1]], ["ok", "spam"])).rounded(3)[0]
    0.667
    """
    pairs = _pairable(tally)
    sizes = pairs.sizes.astype(np.float64)
    return _mean(_agreeing(pairs) * sizes, sizes, pairs, tally, confidence=confidence, method="pooled_agreement")


def specific_agreement(tally: AgreementTally, category: str, *, confidence: float = 0.95) -> Estimate:
    """Given that one rating of an item is `category`, how often another is too (Cicchetti and Feinstein 1990).

    `n` counts the items with two ratings or more of which one is `category`; where none is, the status is `too_few`.
    Raises ValueError for an undeclared category.

    >>> tally = AgreementTally.from_counts([[2, 0]] * 6 + [[1, 1]] * 2 + [[0, 2]], ["ok", "spam"])
    >>> specific_agreement(tally, "spam").rounded(2)[0]
    0.5
    """
    place, pairs = place_of(category, tally.categories), _pairable(tally)
    holding = pairs.patterns[:, place] > 0
    if pairs.n_items and not holding.any():
        return Estimate.undefined(Status.TOO_FEW, confidence=confidence, method="specific_agreement")
    pairs = AgreementTally(tally.categories, pairs.patterns[holding], pairs.items[holding])
    counts = pairs.patterns[:, place].astype(np.float64)
    return _mean(
        counts * (counts - 1) / (pairs.sizes - 1),
        counts,
        pairs,
        tally,
        confidence=confidence,
        method="specific_agreement",
    )


def prevalence_status(totals: NDArray[np.int64]) -> Status:
    """Whether each category that was used has the ratings, int64[K], that an interval needs: at least 20.

    >>> prevalence_status(np.array([180, 20, 0])).value, prevalence_status(np.array([180, 19])).value
    ('ok', 'few_positives')
    """
    return Status.FEW_POSITIVES if ((totals > 0) & (totals < _FEW)).any() else Status.OK


def _pairable(tally: AgreementTally) -> AgreementTally:
    several = tally.sizes >= 2
    return AgreementTally(tally.categories, tally.patterns[several], tally.items[several])


def _agreeing(pairs: AgreementTally, weights: Floats | None = None) -> Floats:
    """Share of agreeing pairs within an item, float64[P]; with weights, how far its pairs agree."""
    counts, sizes = pairs.patterns.astype(np.float64), pairs.sizes.astype(np.float64)
    matching = counts if weights is None else counts @ weights
    return np.asarray((counts * (matching - 1)).sum(axis=1) / (sizes * (sizes - 1)), np.float64)


def _scores(categories: Sequence[str], level: Level, values: Sequence[float] | None) -> Floats:
    """The numbers that the categories stand for, float64[K]."""
    if level in (Level.NOMINAL, Level.ORDINAL):
        return np.arange(len(categories), dtype=np.float64)
    try:
        scores = np.array(categories, np.float64) if values is None else finite(values, name="values")
    except InvalidInput:
        raise
    except ValueError as error:
        raise OutOfRange(f"Level {level} needs categories that are numbers: {', '.join(categories)}.") from error
    if scores.shape != (len(categories),) or not np.isfinite(scores).all():
        raise OutOfRange("Give one finite number for each category.")
    if level is Level.RATIO and (scores < 0).any():
        raise OutOfRange("Level ratio needs numbers that are not negative.")
    return scores


def _distances(scores: Floats, level: Level) -> Floats:
    """Squared distances between categories, float64[K, K] (Krippendorff 2011, section D)."""
    apart: Floats = np.subtract.outer(scores, scores) ** 2
    if level is Level.NOMINAL:
        return np.asarray(apart > 0, np.float64)
    if level is Level.RATIO:
        sums: Floats = np.add.outer(scores, scores) ** 2
        return np.divide(apart, sums, out=np.zeros_like(apart), where=sums > 0)
    return apart


def _fixed_alpha(pairs: AgreementTally, distances: Floats) -> Resampled | None:
    """Alpha where the distances do not depend on the ratings; None where all that was used lies 0 apart."""
    counts, n, totals = (pairs.patterns.astype(np.float64), pairs.n_ratings, pairs.totals.astype(np.float64))
    within = np.einsum("pk,pk->p", counts @ distances, counts) / (pairs.sizes - 1)
    left = totals - counts
    expected = np.einsum("pk,pk->p", left @ distances, left)
    observed, chance = pairs.items @ within, totals @ distances @ totals
    if chance <= 0:
        return None
    return Resampled(
        float(1 - (n - 1) * observed / chance),
        1 - (n - pairs.sizes - 1) * _ratio(observed - within, expected),
        float(distances.max() * n * (n - 1) / chance),
        unanimous=not within.any(),
    )


def _ranked_alpha(pairs: AgreementTally) -> Resampled:
    """Alpha at level ordinal: interval distances between mid-ranks, which move when an item is left out."""
    counts, n, totals = (pairs.patterns.astype(np.float64), pairs.n_ratings, pairs.totals.astype(np.float64))
    shares = counts / (pairs.sizes - 1)[:, None]
    products = counts.T @ (shares * pairs.items[:, None])
    squares = pairs.items @ (shares * pairs.sizes[:, None])
    ranks = _mid_ranks(totals[None, :])
    observed = 2 * (squares @ ranks[0] ** 2 - ranks[0] @ products @ ranks[0])
    left = totals - counts
    moved = _mid_ranks(left)
    own = 2 * (
        (shares * pairs.sizes[:, None] * moved**2).sum(axis=1)
        - (shares * moved).sum(axis=1) * (counts * moved).sum(axis=1)
    )
    others = 2 * (moved**2 @ squares - np.einsum("pk,pk->p", moved @ products, moved)) - own
    chance = _spread(totals[None, :], ranks)[0]
    return Resampled(
        float(1 - (n - 1) * observed / chance),
        1 - (n - pairs.sizes - 1) * _ratio(others, _spread(left, moved)),
        float((ranks[0].max() - ranks[0].min()) ** 2 * n * (n - 1) / chance),
        unanimous=not np.any(_agreeing(pairs) < 1),
    )


def _mid_ranks(totals: Floats) -> Floats:
    """Ranks of the categories from their totals, float64[P, K]: squared differences are the ordinal distances."""
    return np.asarray(np.cumsum(totals, axis=1) - totals / 2, np.float64)


def _spread(totals: Floats, ranks: Floats) -> Floats:
    """Sum of squared differences of ranks over all pairs of ratings, float64[P]."""
    squares = (totals * ranks**2).sum(axis=1)
    return np.asarray(2 * (totals.sum(axis=1) * squares - (totals * ranks).sum(axis=1) ** 2), np.float64)


def _gwet(
    tally: AgreementTally, kind: Weights, values: Sequence[float] | None, *, confidence: float, method: str
) -> Estimate:
    k = len(tally.categories)
    table = category_weights(tally.categories, kind, values=values)
    return _chance_corrected(
        tally,
        lambda shares: table.sum() * (shares * (1 - shares)).sum(axis=-1) / (k * (k - 1)),
        weights=table,
        is_defined=k > 1,
        confidence=confidence,
        method=method,
    )


def _named(method: str, kind: Weights) -> str:
    return method if kind is Weights.IDENTITY else f"{method}_{kind}"


def _chance_corrected(
    tally: AgreementTally,
    chance: Callable[[Floats], Floats],
    *,
    weights: Floats,
    is_defined: bool,
    confidence: float,
    method: str,
) -> Estimate:
    """(po - pe) / (1 - pe), with pe from the mean category shares, float64[..., K], over all rated items."""
    pairs = _pairable(tally)
    if not pairs.n_items or not is_defined:
        return _undefined(pairs, tally, confidence=confidence, method=method)
    n, n_pairs = tally.n_items, pairs.n_items
    several = tally.sizes >= 2
    agreeing = np.zeros(len(tally.items))
    agreeing[several] = _agreeing(pairs, weights)
    hits = tally.items @ agreeing
    shares = tally.patterns / tally.sizes[:, None]
    sums = tally.items @ shares
    expected, expected_left = chance(sums / n), chance((sums - shares) / max(n - 1, 1))
    if expected > 1 - NOTHING:
        return _undefined(pairs, tally, confidence=confidence, method=method)
    observed_left = _ratio(hits - agreeing, (n_pairs - several).astype(np.float64))
    resampled = Resampled(
        float((hits / n_pairs - expected) / (1 - expected)),
        _ratio(observed_left - expected_left, 1 - expected_left),
        float(1 / (1 - expected)),
        unanimous=bool((agreeing[several] == 1).all()),
    )
    return _estimate(
        resampled, tally, tally, status=prevalence_status(pairs.totals), confidence=confidence, method=method
    )


def _mean(
    hits: Floats,
    weights: Floats,
    pairs: AgreementTally,
    tally: AgreementTally,
    *,
    confidence: float,
    method: str,
) -> Estimate:
    """Weighted mean over items: hits and weights are float64[P], of one item of each pattern."""
    if not pairs.n_items:
        return _undefined(pairs, tally, confidence=confidence, method=method)
    hit, weight = pairs.items @ hits, pairs.items @ weights
    without = _ratio(hit - hits, weight - weights)
    resampled = Resampled(float(hit / weight), without, 1.0, unanimous=bool((hits == weights).all()), least=0.0)
    return _estimate(resampled, pairs, tally, status=Status.OK, confidence=confidence, method=method)


def _estimate(
    resampled: Resampled | None,
    counted: AgreementTally,
    tally: AgreementTally,
    *,
    status: Status,
    confidence: float,
    method: str,
) -> Estimate:
    """The coefficient with its interval over the items of `counted`, which are all of `tally` or its pairable ones."""
    if resampled is None:
        return _undefined(_pairable(tally), tally, confidence=confidence, method=method)
    bounds = jackknife_interval(resampled, counted.items, n_pairable=counted.n_pairable, confidence=confidence)
    lower, upper = bounds or (None, None)
    status = Status.TOO_FEW if bounds is None else status
    return Estimate(resampled.value, lower, upper, confidence, counted.n_pairable, status, counted.n_ratings, method)


def _undefined(pairs: AgreementTally, tally: AgreementTally, *, confidence: float, method: str) -> Estimate:
    status = Status.ONE_CATEGORY
    if not pairs.n_items:
        status = Status.NO_OVERLAP if tally.n_items else Status.EMPTY
    return Estimate.undefined(status, n=pairs.n_items, n_ratings=pairs.n_ratings, confidence=confidence, method=method)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient of float64[P] arrays, NaN where the divisor is 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
