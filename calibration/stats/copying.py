"""Pairs of raters who share more wrong answers than chance would have it: something for a person to look into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, gammainc

from calibration.stats.errors import TooLarge
from calibration.stats.errors_against_known import against_known
from calibration.stats.errors_against_others import against_others
from calibration.stats.inputs import codes, flags, same_length, share
from calibration.stats.shared_errors import Rated, led_references
from calibration.stats.tallies import kept_rows
from calibration.stats.watch import benjamini_hochberg

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Pairs that enough is expected of to tell how far counts spread by chance, and how many of them it takes.
_TELLING_VARIANCE = 1.0
_TELLING_PAIRS = 20
_CUT, _CUT_SQUARE = 2.0, 0.96
_NEARLY = 1e-6
_LEAST = 1e-9
# Pairs that fit into memory.
_MOST_PAIRS = 5 * 10**7


@dataclass(frozen=True, slots=True)
class CopyingPairs:
    """Pairs that share an item with a reference: arrays of one entry a pair, in order of (first, second).

    `first` < `second` are rater codes. Of `shared` items both erred on `both_wrong`, on `same_wrong` of them with the
    same answer, all int64, where chance would have `expected`, float64. `p_value` is the chance of as many or more,
    `found` what Benjamini-Hochberg finds, `order` int64 the places of the pairs, the likeliest copying first.
    `inflation` is how many times as wide as by theory chance spreads, 1 or more. `references` int64[N] are those known
    whatever a pair says, gold or what many agree on; -1 where a pair is held against the others, or not at all.
    """

    first: Ints
    second: Ints
    shared: Ints
    both_wrong: Ints
    same_wrong: Ints
    expected: Floats
    p_value: Floats
    found: Flags
    order: Ints
    inflation: float
    references: Ints

    def __len__(self) -> int:
        return len(self.first)


def copying_pairs(
    items: ArrayLike,
    raters: ArrayLike,
    labels: ArrayLike,
    reference_labels: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    n_categories: int,
    exclude_items: ArrayLike | None = None,
    q: float = 0.05,
) -> CopyingPairs:
    """Shared wrong answers of all pairs of raters against chance, in one pass of sparse products.

    items, raters and labels are int[R] codes, -1 as a label is left out; reference_labels int[N] is the right answer of
    each item, -1 where nobody knows: there a pair is held against what the others say without it. Items of
    `exclude_items`, bool[N], such as those with several right answers, count for nothing.

    The number of matching wrong answers is a sum of independent trials with unlike chances (the generalised binomial
    test, van der Linden and Sotaridona 2006, section 2; on wrong answers only, as Holland's K index, 1996): each pair's
    chance comes from both raters' rates of each wrong answer and from how hard the item is to the others. Its tail is
    that of the binomial of the same mean and variance. Where pairs spread wider than that, without the few that share
    far more than expected, all variances are widened alike (an empirical null, Efron 2004, for its scale alone).
    `found` holds the false discovery rate at q over all pairs. It raises a question about two people, and answers none.

    Raises DuplicateRating where somebody rated an item twice, OutOfRange and UnlikeLengths for what are no codes, and
    TooLarge for more pairs than memory holds.

    >>> items, raters = np.repeat(np.arange(40), 4), np.tile(np.arange(4), 40)
    >>> labels = np.zeros(160, int)
    >>> labels[(items % 5 == 0) & (raters < 2)] = 1
    >>> labels[(items % 7 == 3) & (raters > 1) & (items % 2 == raters % 2)] = 1
    >>> pairs = copying_pairs(items, raters, labels, np.zeros(40, int), n_items=40, n_raters=4, n_categories=2)
    >>> best = pairs.order[0]
    >>> int(pairs.first[best]), int(pairs.second[best]), int(pairs.same_wrong[best]), bool(pairs.found[best])
    (0, 1, 8, True)
    """
    share(q, name="q")
    left_out = np.zeros(n_items, np.bool_) if exclude_items is None else flags(exclude_items, name="exclude_items")
    same_length(exclude_items=left_out, n_items=np.zeros(n_items))
    checked = _checked(items, raters, labels, reference_labels, sizes=(n_items, n_raters, n_categories))
    rated, persons = _counted(checked, left_out)
    led = led_references(rated)
    reference = np.maximum(rated.known, led)
    sums = against_known(rated, rated.known).plus(against_known(rated, led, lowest_rate=1.0))
    sums = sums.plus(against_others(rated, reference))
    widened = inflation(sums.same, sums.expected, sums.variance)
    p_values = matching_chance(sums.same, sums.expected, sums.variance * widened)
    return CopyingPairs(
        first=persons[sums.key // max(rated.n_raters, 1)],
        second=persons[sums.key % max(rated.n_raters, 1)],
        shared=sums.shared.astype(np.int64),
        both_wrong=sums.both_wrong.astype(np.int64),
        same_wrong=sums.same.astype(np.int64),
        expected=sums.expected,
        p_value=p_values,
        found=benjamini_hochberg(p_values, q=q),
        order=np.lexsort((sums.expected - sums.same, p_values)).astype(np.int64),
        inflation=widened,
        references=reference,
    )


def matching_chance(same: ArrayLike, expected: ArrayLike, variance: ArrayLike) -> Floats:
    """Chance of `same` or more of a count with this mean and variance, float64[P].

    A binomial under its mean's variance, Poisson at it, negative binomial above it, each of the same two moments.

    >>> matching_chance([3, 3, 3], [1, 1, 1], [0.9, 1, 2]).round(3).tolist()
    [0.07, 0.08, 0.125]
    """
    k, mean = np.asarray(same, np.float64), np.maximum(np.asarray(expected, np.float64), _LEAST)
    spread = np.maximum(np.asarray(variance, np.float64), _LEAST) / mean
    found = np.ones(len(k))
    some = k > 0
    under, over = some & (spread < 1 - _NEARLY), some & (spread > 1 + _NEARLY)
    level = some & ~under & ~over
    trials = np.maximum(mean[under] / (1 - spread[under]), k[under])
    found[under] = betainc(k[under], trials - k[under] + 1, np.minimum(mean[under] / trials, 1.0))
    found[over] = betainc(k[over], mean[over] / (spread[over] - 1), 1 - 1 / spread[over])
    found[level] = gammainc(k[level], mean[level])
    return found


def inflation(same: Floats, expected: Floats, variance: Floats) -> float:
    """How many times as wide as `variance` the pairs spread, at least 1.

    What lies more than two standard deviations above what is expected counts as two, so that a pair that copies widens
    nothing; the mean square of a normal deviate that is cut so is .960.

    >>> inflation(np.array([1.0, 7.0] * 12 + [70.0]), np.full(25, 4.0), np.full(25, 2.25))
    4.17
    """
    telling = variance >= _TELLING_VARIANCE
    if telling.sum() < _TELLING_PAIRS:
        return 1.0
    deviates = (same - expected)[telling] / np.sqrt(variance[telling])
    return max(round(float((np.minimum(deviates, _CUT) ** 2).mean() / _CUT_SQUARE), 2), 1.0)


def _counted(ratings: Rated, left_out: Flags) -> tuple[Rated, Ints]:
    """Ratings on items with two or more that count, by raters numbered anew, and the code of each of those raters."""
    counts = (ratings.labels >= 0) & ~left_out[ratings.items]
    several = np.bincount(ratings.items[counts], minlength=len(left_out)) > 1
    rows = counts & several[ratings.items]
    seen, numbers = np.unique(ratings.raters[rows], return_inverse=True)
    rated = Rated(
        items=ratings.items[rows],
        raters=numbers.astype(np.int64).ravel(),
        labels=ratings.labels[rows],
        known=ratings.known,
        n_raters=len(seen),
        n_categories=ratings.n_categories,
    )
    _check_pairs(rated)
    return rated, seen.astype(np.int64)


def _checked(
    items: ArrayLike, raters: ArrayLike, labels: ArrayLike, known: ArrayLike, *, sizes: tuple[int, int, int]
) -> Rated:
    """Ratings whose codes lie within the numbers of items, raters and categories, each once."""
    n_items, n_raters, n_categories = sizes
    found = Rated(
        items=codes(items, name="items", size=n_items),
        raters=codes(raters, name="raters", size=n_raters),
        labels=codes(labels, name="labels", size=n_categories, missing=True),
        known=codes(known, name="reference_labels", size=n_categories, missing=True),
        n_raters=n_raters,
        n_categories=n_categories,
    )
    same_length(items=found.items, raters=found.raters, labels=found.labels)
    same_length(reference_labels=found.known, n_items=np.zeros(n_items))
    kept_rows(found.items, found.raters, duplicates="error")
    return found


def _check_pairs(rated: Rated) -> None:
    sizes = rated.sizes.astype(np.float64)
    pairs = min(float((sizes * (sizes - 1)).sum()), rated.n_raters * (rated.n_raters - 1.0)) / 2
    if pairs > _MOST_PAIRS:
        raise TooLarge(f"{rated.n_raters:,} raters are too many to look at in pairs. Take a team or a week at a time.")
