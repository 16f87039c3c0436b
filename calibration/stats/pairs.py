"""Agreement of two raters: from their table, and of all pairs of raters at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import t as student

from calibration.stats import fast
from calibration.stats.agreement import prevalence_status
from calibration.stats.errors import OutOfRange, TooLarge
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import counts as checked_counts
from calibration.stats.inputs import labelled, named, same_length
from calibration.stats.jackknife import NOTHING, Resampled, scaled_interval, unanimous_interval
from calibration.stats.tallies import Duplicates, kept_rows
from calibration.stats.weights import Weights, category_weights

# More pairs of ratings within items than this do not fit into memory.
_MOST_PAIRS = 400_000_000
_FEW_ITEMS = 20

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def cohen_kappa(
    table: ArrayLike,
    *,
    weights: Weights | str = Weights.IDENTITY,
    values: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two raters, weighted too (Cohen 1960, p. 40; Cohen 1968, p. 215).

    table is int[K, K]: row the first rater's category, column the second's. `1 - sum w o / sum w e` with disagreement
    weights w = 1 - `category_weights`. The variance is that of large samples (Fleiss, Cohen and Everitt 1969, equations
    9 and 12), the bounds are those of `scaled_interval`. `n` counts the items. Status `empty` without items,
    `one_category` where both used one and the same, `few_positives` where a category has fewer than 20 ratings, and
    `too_few` without bounds for a single item. Raises OutOfRange for a table that is not square or has negative counts,
    NotFinite for NaN, and TooLarge for 2^53 items or more.

    >>> cohen_kappa([[88, 14, 18], [10, 40, 10], [2, 6, 12]]).rounded(4)[0]
    0.4915
    """
    counts, kind = _table(table), Weights(weights)
    n, method = int(counts.sum()), _named("cohen_kappa", kind)
    if n == 0:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method=method)
    agreeing = category_weights([str(place) for place in range(len(counts))], kind, values=values)
    shares = counts / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ agreeing @ columns)
    if chance > 1 - NOTHING:
        return Estimate.undefined(Status.ONE_CATEGORY, n=n, n_ratings=2 * n, confidence=confidence, method=method)
    observed = float((agreeing * shares).sum())
    value = (observed - chance) / (1 - chance)
    if n == 1:
        return Estimate(value, None, None, confidence, n, Status.TOO_FEW, 2 * n, method)
    spread = Resampled(value, np.zeros(0), float((1 - agreeing.min()) / (1 - chance)), unanimous=observed > 1 - NOTHING)
    if spread.unanimous:
        lower, upper = unanimous_interval(spread, n, confidence)
    else:
        error = _standard_error(shares, agreeing, observed, chance, n)
        lower, upper = scaled_interval(value, error, quantile=float(student.ppf((1 + confidence) / 2, n - 1)), n=n)
    status = prevalence_status((counts.sum(axis=0) + counts.sum(axis=1)).astype(np.int64))
    return Estimate(value, lower, upper, confidence, n, status, 2 * n, method)


def scott_pi(table: ArrayLike) -> float | None:
    """Scott's pi of two raters (Scott 1955, p. 323): chance from the mean of both raters' shares; None if undefined.

    table is int[K, K] as in `cohen_kappa`. Intervals come from `fleiss_kappa`, which is the same for two raters.

    >>> round(scott_pi([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), 5)
    0.48718
    """
    counts = _table(table)
    n = counts.sum()
    if n == 0:
        return None
    shares = (counts.sum(axis=0) + counts.sum(axis=1)) / (2 * n)
    chance = float((shares**2).sum())
    return None if chance > 1 - NOTHING else float((np.trace(counts) / n - chance) / (1 - chance))


@dataclass(frozen=True, slots=True)
class RaterPairs:
    """What all pairs of raters share; each array has one entry a pair, in order of (first, second), first < second.

    `raters` names the raters. `n` int64 counts shared items, `agreed` int64 those with the same category; `kappa`, `pi`
    and `ac1` are float64 with NaN where chance leaves nothing to be corrected: the status of such a pair is
    `one_category`, and its value is undefined, not 0.
    """

    raters: tuple[str, ...]
    first: Ints
    second: Ints
    n: Ints
    agreed: Ints
    kappa: Floats
    pi: Floats
    ac1: Floats

    def __len__(self) -> int:
        return len(self.n)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Of each pair `ok`, `too_few` under 20 items in common, or `one_category` where no kappa is defined."""
        few = np.where(self.n < _FEW_ITEMS, Status.TOO_FEW.value, Status.OK.value)
        return tuple(Status(status) for status in np.where(np.isnan(self.kappa), Status.ONE_CATEGORY.value, few))


def rater_pairs(
    items: ArrayLike,
    raters: ArrayLike,
    labels: ArrayLike,
    categories: Sequence[str] | None = None,
    *,
    least: int = 1,
    duplicates: Duplicates = "last",
) -> RaterPairs:
    """Percent agreement, Cohen's kappa, Scott's pi and AC1 of all pairs of raters in one pass.

    Formulas as for two raters (Cohen 1960; Scott 1955; Gwet 2008). items, raters and labels are arrays of length R;
    pairs with fewer than `least` items in common are left out. One sparse product a category of (raters x items) with
    its transpose: time grows with the sum over items of squared ratings, not with the square of the raters, and no
    table of R x R is held. Without `categories`, K is the labels seen. Raises NotDeclared for an undeclared label,
    UnlikeLengths, NotFinite for NaN, OutOfRange for names of unlike kinds, and TooLarge where single items have so many
    ratings that all pairs of them do not fit into memory; duplicates as in `kept_rows`.

    >>> pairs = rater_pairs([1, 1, 2, 2, 3, 3], ["a", "b"] * 3, ["x", "x", "y", "x", "y", "y"])
    >>> pairs.n.tolist(), pairs.agreed.tolist(), pairs.kappa.round(2).tolist()
    ([3], [2], [0.4])
    """
    units, unit_codes = named(items, name="items")
    names, persons = named(raters, name="raters")
    known, codes = labelled(labels, categories)
    same_length(items=unit_codes, raters=persons, labels=codes)
    kept = kept_rows(unit_codes, persons, duplicates=duplicates)
    check_pairs(unit_codes[kept])
    shape = (len(names), len(units))
    counted = _Counted.of(persons[kept], unit_codes[kept], codes[kept], k=len(known), shape=shape)
    return counted.pairs(tuple(str(name) for name in names), k=len(known), least=least)


def check_pairs(items: Ints) -> None:
    """Refuse ratings, by their items int64[R], whose pairs within an item are more than memory holds.

    Raises TooLarge.

    >>> check_pairs(np.array([0, 0, 1]))
    """
    ratings = np.bincount(items) if items.size else np.zeros(1, np.int64)
    if float(ratings.astype(np.float64) @ ratings) > _MOST_PAIRS:
        raise TooLarge(
            f"One item has {ratings.max()} ratings, and pairs of all of them do not fit into memory: leave out items "
            "that very many people rated, or draw some of their ratings."
        )


@dataclass(frozen=True, slots=True)
class _Counted:
    """Shared items of all pairs as sparse upper triangles, and what their shares give as chance."""

    first: Ints
    second: Ints
    n: Floats
    agreed: Floats
    product: Floats
    squares: Floats

    @classmethod
    def of(cls, persons: Ints, units: Ints, codes: Ints, *, k: int, shape: tuple[int, int]) -> "_Counted":
        counted = fast.count_pairs(units, persons, codes, k=k, n_raters=shape[0])
        return cls._dense(*counted) if counted is not None else cls._sparse(persons, units, codes, k=k, shape=shape)

    @classmethod
    def _dense(cls, gave: NDArray[np.int32], agreed: NDArray[np.int32]) -> "_Counted":
        first, second = (place.astype(np.int64) for place in np.nonzero(np.triu(gave.any(axis=2), 1)))
        mine, theirs = gave[first, second].astype(np.float64), gave[second, first].astype(np.float64)
        return cls(
            first=first,
            second=second,
            n=mine.sum(axis=1),
            agreed=agreed[first, second].astype(np.float64),
            product=(mine * theirs).sum(axis=1),
            squares=((mine + theirs) ** 2).sum(axis=1),
        )

    @classmethod
    def _sparse(cls, persons: Ints, units: Ints, codes: Ints, *, k: int, shape: tuple[int, int]) -> "_Counted":
        rated = _indicator(persons, units, shape)
        shared = _upper(rated @ rated.T)
        first, second = _places(shared)
        n = _at(shared, first, second)
        agreed, product, squares = np.zeros_like(n), np.zeros_like(n), np.zeros_like(n)
        for code in range(k):
            chosen = codes == code
            gave = _indicator(persons[chosen], units[chosen], shape)
            agreed += _at(gave @ gave.T, first, second)
            among = csr_array(gave @ rated.T)
            mine, theirs = _at(among, first, second), _at(among, second, first)
            product += mine * theirs
            squares += (mine + theirs) ** 2
        return cls(first, second, n, agreed, product, squares)

    def pairs(self, raters: tuple[str, ...], *, k: int, least: int) -> RaterPairs:
        keep = self.n >= least
        n, agreed = self.n[keep], self.agreed[keep]
        observed, squares = agreed / n, self.squares[keep] / (4 * n**2)
        return RaterPairs(
            raters=raters,
            first=self.first[keep],
            second=self.second[keep],
            n=n.astype(np.int64),
            agreed=agreed.astype(np.int64),
            kappa=_corrected(observed, self.product[keep] / n**2),
            pi=_corrected(observed, squares),
            ac1=_corrected(observed, (1 - squares) / (k - 1) if k > 1 else np.ones_like(n)),
        )


def _corrected(observed: Floats, chance: Floats) -> Floats:
    left = 1 - chance
    return np.divide(observed - chance, left, out=np.full_like(observed, np.nan), where=left > 1e-12)


def _indicator(persons: Ints, units: Ints, shape: tuple[int, int]) -> csr_array:
    return csr_array((np.ones(len(persons)), (persons, units)), shape=shape)


def _upper(square: csr_array) -> csr_array:
    rows, columns = _places(square)
    above = rows < columns
    first, second = rows[above], columns[above]
    return csr_array((_at(square, first, second), (first, second)), shape=square.shape)


def _places(matrix: csr_array) -> tuple[Ints, Ints]:
    rows, columns = matrix.nonzero()
    return rows.astype(np.int64), columns.astype(np.int64)


def _at(matrix: csr_array, rows: Ints, columns: Ints) -> Floats:
    return np.asarray(csr_array(matrix)[rows, columns], np.float64).ravel() if len(rows) else np.zeros(0)


def _table(table: ArrayLike) -> Floats:
    counts = checked_counts(table, name="table").astype(np.float64)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise OutOfRange("A table of two raters is square: a row and a column for each category.")
    return counts


def _standard_error(shares: Floats, agreeing: Floats, observed: float, chance: float, n: int) -> float:
    """Fleiss, Cohen and Everitt 1969: large-sample standard error of weighted kappa, not assuming kappa = 0."""
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    means = np.add.outer(agreeing @ columns, rows @ agreeing)
    inner = (shares * (agreeing * (1 - chance) - means * (1 - observed)) ** 2).sum()
    variance = inner - (observed * chance - 2 * chance + observed) ** 2
    return float(np.sqrt(max(variance, 0.0) / n) / (1 - chance) ** 2)


def _named(method: str, kind: Weights) -> str:
    return method if kind is Weights.IDENTITY else f"{method}_{kind}"
