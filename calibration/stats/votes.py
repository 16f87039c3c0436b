"""Ratings of several raters on an item, checked and counted: what every way of joining answers starts from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from calibration.stats.errors import DuplicateRating, OutOfRange
from calibration.stats.inputs import codes, same_length

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Two categories that are as likely as each other up to rounding: a tie.
TIE = 1e-9
# Logarithms below this may vanish when they are raised again.
VANISHING = -600.0
_FEW_COLUMNS = 32


@dataclass(frozen=True, slots=True)
class Votes:
    """Ratings that count: items, raters and labels int64[R]; items are codes among the G rated ones.

    `counts` int64[G, K] says how often each category was given, `rated` bool[N] which items were rated, `table` is
    sparse float64[G, M * K], a one where a rater gave a label.
    """

    items: Codes
    raters: Codes
    labels: Codes
    counts: Codes
    rated: Flags
    table: csr_array
    n_raters: int

    @property
    def n_categories(self) -> int:
        """How many categories there are, K."""
        return int(self.counts.shape[1])

    @property
    def cells(self) -> Codes:
        """Where the label of each rating lies in a table float64[G, K] laid flat, int64[R]."""
        return self.items * self.n_categories + self.labels

    @property
    def shares(self) -> Floats:
        """The share of each category among the ratings of an item, float64[G, K]."""
        return self.counts / np.bincount(self.items, minlength=len(self.counts))[:, None]

    def of_all(self, posterior: Floats, unrated: ArrayLike) -> Floats:
        """Rows of rated items float64[G, ...] among those of all items float64[N, ...]; the others get `unrated`."""
        if len(posterior) == len(self.rated):
            return posterior
        every = np.empty((len(self.rated), *posterior.shape[1:]))
        every[self.rated] = posterior
        every[~self.rated] = unrated
        return every


def counted(
    items: ArrayLike, labels: ArrayLike, *, n_items: int, n_categories: int
) -> tuple[Codes, Codes, NDArray[np.int64]]:
    """Items and labels that count, and int64[N, K] how often each category was given to each item.

    Raises NotFinite or OutOfRange for what is no code in its range and UnlikeLengths for arrays that differ in length.

    >>> counted([0, 0, 1], [1, 1, -1], n_items=2, n_categories=2)[2].tolist()
    [[0, 2], [0, 0]]
    """
    if n_categories < 1 or n_items < 0:
        raise OutOfRange("There is at least one category, and no negative number of items.")
    units = codes(items, name="items", size=n_items)
    given = codes(labels, name="labels", size=n_categories, missing=True)
    same_length(items=units, labels=given)
    if given.size and given.min() < 0:
        units, given = units[given >= 0], given[given >= 0]
    cells = np.bincount(units * n_categories + given, minlength=n_items * n_categories)
    return units, given, cells.reshape(n_items, n_categories)


def votes_of(
    items: ArrayLike, raters: ArrayLike, labels: ArrayLike, *, n_items: int, n_raters: int, n_categories: int
) -> Votes:
    """Check ratings and count them.

    items, raters and labels are int[R] codes from 0, one rating an (item, rater); -1 as a label is left out. Raises
    DuplicateRating for an item and rater that come twice, else as `counted` does.

    >>> found = votes_of([2, 2, 0], [0, 1, 1], [1, 1, -1], n_items=3, n_raters=2, n_categories=2)
    >>> found.rated.tolist(), found.counts.tolist()
    ([False, False, True], [[0, 2]])
    """
    persons, given = codes(raters, name="raters", size=n_raters), codes(labels, name="labels", missing=True)
    same_length(items=np.asarray(items), raters=persons, labels=given)
    if given.size and given.min() < 0:
        persons = persons[given >= 0]
    units, given, counts = counted(items, given, n_items=n_items, n_categories=n_categories)
    rated = np.asarray(counts.any(axis=1), np.bool_)
    if not rated.all():
        units, counts = (np.cumsum(rated) - 1)[units], counts[rated]
    table = csr_array(
        (np.ones(len(units)), (units, persons * n_categories + given)), shape=(len(counts), n_raters * n_categories)
    )
    _refuse_repeats(table, units, persons, n_categories)
    return Votes(units, persons, given, counts, rated, table, n_raters)


def normalise(joint: Floats, *, lowest: float = -np.inf) -> Floats:
    """Turn log-probabilities float64[N, K] into posteriors in place; gives the log of each row's sum, float64[N].

    `lowest` bounds them from below: where none is so small that it would vanish, rows are not shifted first.

    >>> rows = np.log([[0.1, 0.3]])
    >>> np.exp(normalise(rows)).round(3).tolist(), rows.round(3).tolist()
    ([0.4], [[0.25, 0.75]])
    """
    top = np.zeros(len(joint)) if lowest > VANISHING else folded(joint, np.maximum)
    if lowest <= VANISHING:
        joint -= top[:, None]
    np.exp(joint, out=joint)
    total = folded(joint, np.add)
    joint /= total[:, None]
    return np.asarray(top + np.log(total), np.float64)


def folded(rows: Floats, join: np.ufunc) -> Floats:
    """Sum, or largest, of each row float64[N, K], column by column where those are few: NumPy is slow on short rows.

    >>> folded(np.array([[1.0, 2.0], [3.0, 4.0]]), np.add).tolist()
    [3.0, 7.0]
    """
    if rows.shape[1] > _FEW_COLUMNS:
        return np.asarray(join.reduce(rows, axis=1), np.float64)
    found = rows[:, 0].copy()
    for column in range(1, rows.shape[1]):
        join(found, rows[:, column], out=found)
    return found


def leaders(posterior: ArrayLike) -> Flags:
    """Which categories of each item are the most likely, bool[N, K]: several where they tie, none where all are 0.

    >>> leaders([[0.5, 0.5, 0], [0, 0.2, 0.8], [0, 0, 0]]).tolist()
    [[True, True, False], [False, False, True], [False, False, False]]
    """
    shares = np.asarray(posterior, np.float64)
    top = shares.max(axis=1, keepdims=True, initial=0)
    return np.asarray((shares >= top - TIE) & (top > 0))


def winners(posterior: Floats, rated: Flags) -> Codes:
    """The most likely category of each item, int64[N]; -1 for a tie and for an item without a rating.

    >>> winners(np.array([[0.5, 0.5], [0.2, 0.8], [0.3, 0.7]]), np.array([True, True, False])).tolist()
    [-1, 1, -1]
    """
    first = posterior >= (folded(posterior, np.maximum) - TIE)[:, None]
    winner, n = np.full(len(posterior), -1, np.int64), np.zeros(len(posterior), np.int64)
    for category in range(posterior.shape[1]):
        winner[first[:, category]] = category
        n += first[:, category]
    winner[(n > 1) | ~rated] = -1
    return winner


def _refuse_repeats(table: csr_array, items: Codes, raters: Codes, n_categories: int) -> None:
    """The columns of a row are sorted, so an item and rater that come twice stand beside each other, or were added."""
    persons = table.indices // n_categories
    same = persons[1:] == persons[:-1]
    starts = table.indptr[1:-1]
    same[starts[(starts > 0) & (starts < table.nnz)] - 1] = False
    if table.nnz == len(items) and not same.any():
        return
    order = np.lexsort((np.arange(len(items)), raters, items))
    again = (items[order][1:] == items[order][:-1]) & (raters[order][1:] == raters[order][:-1])
    raise DuplicateRating(int(order[1:][again].min()))
