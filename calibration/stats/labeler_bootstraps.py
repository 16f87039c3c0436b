"""Bootstrap of agreement over labelers: whose answers these happen to be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, diags_array

from calibration.stats.agreement import Level, category_distances
from calibration.stats.bootstraps import LEAST, Coefficient, bootstrapped, chance_of, check_bootstrap, measured
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import labelled, named, same_length
from calibration.stats.pairs import check_pairs
from calibration.stats.tallies import AgreementTally, Duplicates, kept_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Measure = Callable[[Floats], Floats]

# Replicates times labelers that are held at once.
_CELLS = 4_000_000
_FEWEST = 8


def bootstrap_labelers(
    items: ArrayLike,
    raters: ArrayLike,
    labels: ArrayLike,
    categories: Sequence[str] | None = None,
    coefficient: Coefficient | str = Coefficient.ALPHA,
    *,
    rng: np.random.Generator,
    level: Level | str = Level.NOMINAL,
    values: Sequence[float] | None = None,
    duplicates: Duplicates = "last",
    replicates: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Bootstrap over labelers of an agreement coefficient (Davison and Hinkley 1997, section 3.8; Owen 2007).

    items, raters and labels are arrays of length R. Labelers are drawn with replacement, each with all of their
    ratings; two copies of one labeler are never compared, for they would always agree. A replicate is a quadratic form
    in how often each labeler was drawn, over pairs of labelers who share items, so that its time does not grow with the
    ratings. The items stay as they are: beside it, `bootstrap_items` tells what other items would have changed. `level`
    and `values` concern alpha alone; `n` counts the items with two ratings or more.

    Where two labelers share few items, the chance in those is counted up to three times (Owen 2007, section 4), so
    that the interval is a little wide: .967 and .974 of 95 % intervals held the truth in simulation.

    The bounds are those of `scaled_interval` from the variance of the replicates, with Student's t for so many
    labelers. Status as of the coefficient; `too_few` without an interval where fewer than eight labelers share items or
    one replicate in ten is undefined. Raises OutOfRange for fewer than 100 replicates, and as `rater_pairs` does.

    >>> rng = np.random.default_rng(0)
    >>> items, raters = np.repeat(np.arange(300), 3), np.tile(np.arange(12), 75)
    >>> skill = np.linspace(0.7, 0.95, 12)
    >>> labels = np.where(rng.random(900) < skill[raters], items % 2, 1 - items % 2)
    >>> bootstrap_labelers(items, raters, labels, rng=rng).rounded(1)
    (0.4, 0.0, 0.7)
    """
    check_bootstrap(replicates, confidence)
    kind, level = Coefficient(coefficient), Level(level)
    ratings = _Ratings.of(items, raters, labels, categories, duplicates)
    tally = AgreementTally.from_codes(ratings.units, ratings.codes, ratings.categories)
    whole = measured(tally, kind, level=level, values=values, confidence=confidence)
    method, n_sharing = f"{kind}_bootstrap_labelers", ratings.n_sharing
    if whole.value is None:
        return replace(whole, method=method)
    if n_sharing < _FEWEST:
        return replace(whole, lower=None, upper=None, status=Status.TOO_FEW, method=method)
    measure = _measure(ratings, kind, level, values)
    found = _replicates(ratings.n_raters, measure, replicates=replicates, rng=rng)
    return bootstrapped(whole, found, clusters=n_sharing, method=method, least=LEAST[kind])


@dataclass(frozen=True, slots=True)
class _Ratings:
    """Ratings as codes, one an item and rater, int64[R] each; `sizes` int64[N] counts the ratings of an item."""

    units: Ints
    persons: Ints
    codes: Ints
    sizes: Ints
    n_raters: int
    categories: tuple[str, ...]

    @classmethod
    def of(
        cls,
        items: ArrayLike,
        raters: ArrayLike,
        labels: ArrayLike,
        categories: Sequence[str] | None,
        duplicates: Duplicates,
    ) -> "_Ratings":
        (_, units), (names, persons) = named(items, name="items"), named(raters, name="raters")
        known, codes = labelled(labels, categories)
        same_length(items=units, raters=persons, labels=codes)
        kept = kept_rows(units, persons, duplicates=duplicates)
        check_pairs(units[kept])
        return cls(units[kept], persons[kept], codes[kept], np.bincount(units[kept]), len(names), known)

    @property
    def k(self) -> int:
        """Declared categories."""
        return len(self.categories)

    @property
    def n_sharing(self) -> int:
        """Labelers who share an item with somebody."""
        return len(np.unique(self.persons[self.sizes[self.units] > 1]))

    def gave(self, code: int) -> csr_array:
        """Who gave this category to which item, float64[N, M] of ones."""
        return self._matrix(self.codes == code, np.ones(len(self.codes)))

    def weighted(self, weights: Floats) -> csr_array:
        """One number a rating, float64[N, M]."""
        return self._matrix(np.ones(len(self.codes), np.bool_), weights)

    def summed(self, weights: Floats) -> Floats:
        """Sums of one number a rating by labeler and category, float64[M, K]."""
        cells = self.persons * self.k + self.codes
        sums = np.bincount(cells, weights, minlength=self.n_raters * self.k)
        return np.asarray(sums.reshape(self.n_raters, self.k), np.float64)

    def _matrix(self, chosen: NDArray[np.bool_], weights: Floats) -> csr_array:
        places = (self.units[chosen], self.persons[chosen])
        return csr_array((weights[chosen], places), shape=(len(self.sizes), self.n_raters))


def _replicates(n_raters: int, measure: Measure, *, replicates: int, rng: np.random.Generator) -> Floats:
    chance, at_once = np.full(n_raters, 1 / n_raters), max(_CELLS // n_raters, 1)
    parts = []
    for start in range(0, replicates, at_once):
        drawn = rng.multinomial(n_raters, chance, size=min(at_once, replicates - start))
        parts.append(measure(drawn.T.astype(np.float64)))
    return np.concatenate(parts)


def _measure(ratings: _Ratings, kind: Coefficient, level: Level, values: Sequence[float] | None) -> Measure:
    if kind is not Coefficient.ALPHA:
        return _chance_corrected(ratings, kind)
    if level is Level.ORDINAL:
        return _ordinal_alpha(ratings)
    return _alpha(ratings, category_distances(ratings.categories, level, values))


def _alpha(ratings: _Ratings, distances: Floats) -> Measure:
    """Observed and chance disagreement of drawn labelers, float64[M, B]; the labelers' own totals give chance."""
    weights = _reciprocal(ratings.sizes - 1)
    within = _compared(ratings, weights, distances)
    compared = _compared(ratings, weights, np.ones_like(distances))
    totals = ratings.summed((ratings.sizes[ratings.units] > 1).astype(np.float64))

    def measure(drawn: Floats) -> Floats:
        observed = _ratio(_form(within, drawn), _form(compared, drawn))
        shown = drawn.T @ totals
        n = shown.sum(axis=1)
        chance = np.einsum("bk,kl,bl->b", shown, distances, shown, optimize=True)
        return np.asarray(1 - observed * _ratio(n * (n - 1), chance), np.float64)

    return measure


def _ordinal_alpha(ratings: _Ratings) -> Measure:
    """Distances are squared differences of mid-ranks, which each replicate has of its own."""
    weights = _reciprocal(ratings.sizes - 1)
    scale = diags_array(weights)
    gave = [ratings.gave(code) for code in range(ratings.k)]
    used = [code for code in range(ratings.k) if gave[code].nnz]
    apart = [(low, high, (gave[low].T @ scale @ gave[high])) for low in used for high in used if low < high]
    apart = [(low, high, form) for low, high, form in apart if form.nnz]
    compared = _compared(ratings, weights, np.ones((ratings.k, ratings.k)))
    totals = ratings.summed((ratings.sizes[ratings.units] > 1).astype(np.float64))

    def measure(drawn: Floats) -> Floats:
        shown = drawn.T @ totals
        ranks, n = np.cumsum(shown, axis=1) - shown / 2, shown.sum(axis=1)
        within = np.zeros(drawn.shape[1])
        for low, high, form in apart:
            within += 2 * (ranks[:, low] - ranks[:, high]) ** 2 * _form(form, drawn)
        chance = 2 * (n * (shown * ranks**2).sum(axis=1) - (shown * ranks).sum(axis=1) ** 2)
        observed = _ratio(within, _form(compared, drawn))
        return np.asarray(1 - observed * _ratio(n * (n - 1), chance), np.float64)

    return measure


def _chance_corrected(ratings: _Ratings, kind: Coefficient) -> Measure:
    weights = _reciprocal(ratings.sizes * (ratings.sizes - 1))
    agreeing = _compared(ratings, weights, np.eye(ratings.k))
    compared = _compared(ratings, weights, np.ones((ratings.k, ratings.k)))
    shares = ratings.summed(1 / ratings.sizes[ratings.units])

    def measure(drawn: Floats) -> Floats:
        observed = _ratio(_form(agreeing, drawn), _form(compared, drawn))
        if kind is Coefficient.PERCENT:
            return observed
        shown = drawn.T @ shares
        chance = chance_of(shown / shown.sum(axis=1, keepdims=True), kind)
        return _ratio(observed - chance, 1 - chance)

    return measure


def _compared(ratings: _Ratings, weights: Floats, table: Floats) -> csr_array:
    """Sums over shared items of `table` of the two labels, float64[M, M], weights float64[N] an item, no own pairs."""
    scale, total = diags_array(weights), csr_array((ratings.n_raters, ratings.n_raters))
    for code in range(ratings.k):
        gave = ratings.gave(code)
        if gave.nnz and table[code].any():
            total = total + gave.T @ scale @ ratings.weighted(table[code][ratings.codes])
    total = csr_array(total - diags_array(total.diagonal()))
    total.eliminate_zeros()
    return total


def _form(pairs: csr_array, drawn: Floats) -> Floats:
    """Sum over pairs of labelers, times how often both were drawn, float64[B]."""
    return np.asarray((drawn * (pairs @ drawn)).sum(axis=0), np.float64)


def _reciprocal(numbers: Ints) -> Floats:
    return np.divide(1.0, numbers, out=np.zeros(len(numbers)), where=numbers > 0)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 1e-12)
