"""What pairs of raters share, as sums a pair, and what a wrong answer is told by."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Items of up to so many raters are looked at pair by pair; where more agree, no pair can change what they agree on.
FEW = 5
# A matrix this full, and of so many cells at most, is multiplied as a plain one: sparse products would be slower.
_FULL = 0.1
_CELLS = 5 * 10**7


@dataclass(frozen=True)
class Rated:
    """Ratings as codes, int64[R] each, none missing; `known` int64[N] is the right answer of an item, -1 unknown."""

    items: Ints
    raters: Ints
    labels: Ints
    known: Ints
    n_raters: int
    n_categories: int

    @cached_property
    def sizes(self) -> Ints:
        """Raters of each item, int64[N]."""
        return np.bincount(self.items, minlength=len(self.known))

    def where(self, chosen: Flags) -> "Rated":
        """The ratings of some items, bool[N]; items keep their numbers."""
        rows = chosen[self.items]
        return Rated(
            self.items[rows], self.raters[rows], self.labels[rows], self.known, self.n_raters, self.n_categories
        )


@dataclass(frozen=True)
class Sums:
    """Sums over the items that pairs share: arrays of one entry a pair, `key` being first * raters + second.

    `shared` items with a reference, `both_wrong` on how many both err, `same` on how many with the same answer;
    `expected` and `variance` of `same` by chance.
    """

    key: Ints
    shared: Floats
    both_wrong: Floats
    same: Floats
    expected: Floats
    variance: Floats

    @classmethod
    def of(cls, key: Ints, *columns: Floats) -> Self:
        """Rows of any number a pair, added."""
        pairs, place = np.unique(key, return_inverse=True)
        sums = [np.bincount(place.ravel(), column, minlength=len(pairs)).astype(np.float64) for column in columns]
        return cls(pairs.astype(np.int64), *sums)

    @classmethod
    def nothing(cls) -> Self:
        """No pairs."""
        return cls(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(5)))

    def plus(self, other: "Sums") -> "Sums":
        """Both added, pair by pair."""
        joined = [np.concatenate(both) for both in zip(self.columns, other.columns, strict=True)]
        return Sums.of(np.concatenate([self.key, other.key]), *joined)

    @property
    def columns(self) -> tuple[Floats, ...]:
        """What is summed."""
        return self.shared, self.both_wrong, self.same, self.expected, self.variance


def plurality(rated: Rated) -> tuple[Ints, Ints]:
    """The most frequent answer of each item, -1 for none or a tie, and by how many it leads the next, int64[N] each."""
    winner, lead = np.full(len(rated.known), -1), np.zeros(len(rated.known), np.int64)
    if not rated.items.size:
        return winner, lead
    cell, n = np.unique(rated.items * rated.n_categories + rated.labels, return_counts=True)
    order = np.lexsort((-n, cell // rated.n_categories))
    unit, label, n = (cell // rated.n_categories)[order], (cell % rated.n_categories)[order], n[order]
    starts = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])
    following = np.minimum(starts + 1, len(unit) - 1)
    has_second = (following > starts) & (unit[following] == unit[starts])
    winner[unit[starts]] = label[starts]
    lead[unit[starts]] = n[starts] - np.where(has_second, n[following], 0)
    return np.where(lead > 0, winner, -1), lead


def led_references(rated: Rated) -> Ints:
    """What many agree on too clearly for a pair to change it, int64[N]; -1 elsewhere and where the answer is known.

    More than `FEW` raters, and a lead of half of them over the next answer: what is more contested than that may be
    ambiguous, and tells nothing of anybody.
    """
    winner, lead = plurality(rated)
    is_led = (rated.sizes > FEW) & (2 * lead >= rated.sizes)
    return np.where((rated.known < 0) & is_led, winner, -1)


def by_pairs(left: csr_array, right: csr_array) -> csr_array:
    """The first times the transpose of the second, as plain matrices where they are full and small enough for that."""
    cells = left.shape[1] * (left.shape[0] + right.shape[0])
    if cells <= _CELLS and min(left.nnz, right.nnz) > _FULL * left.shape[0] * left.shape[1]:
        return csr_array(left.toarray() @ right.toarray().T)
    return csr_array(left @ right.T.tocsr())


def values_at(matrix: csr_array, rows: Ints, columns: Ints) -> Floats:
    """The values of some cells, float64[rows]."""
    return np.asarray(matrix[rows, columns], np.float64).ravel() if len(rows) else np.zeros(0)
