"""Shared wrong answers where the right one is known whatever a pair says: by sparse products of raters and items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, triu

from calibration.stats.shared_errors import Rated, Sums, by_pairs, values_at

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Wrong answers for which everybody has a rate of their own; all rarer ones share one.
_OWN_RATES = 7
# How many expected errors somebody's rate is shrunk by, and the range of the size of the beta distribution.
_RATE_WEIGHT = 3.0
_LEAST_ALIKE, _MOST_ALIKE = 0.5, 1e4


def against_known(rated: Rated, reference: Ints, *, lowest_rate: float = 0.0) -> Sums:
    """Sums over the items with a reference, int64[N], -1 for none.

    The chance that both give one wrong answer is the product of how many times as often as others each gives it and
    the second moment of its share on the item: that of the beta posterior which the others' answers leave (Skellam
    1948), so that an item on which many err tells little. `lowest_rate` 1 takes nobody to err less than others: where
    the reference is what most say, the best agree on what most get wrong.
    """
    rows = rated.where((reference >= 0) & (rated.sizes > 1))
    return _Wrong.of(rows, reference).sums(lowest_rate) if rows.items.size else Sums.nothing()


@dataclass(frozen=True)
class _Wrong:
    """Ratings against references. A cell is a wrong answer on an item: C of them, each given `given` times.

    `cell` int64[W] names that of each wrong rating; `shares` float64[K, K] is how often each wrong answer is given
    where another is right; `group` int64[K] pools rare wrong answers; `alike` is the size of the beta distribution.
    """

    rated: Rated
    truth: Ints
    is_wrong: Flags
    cell: Ints
    unit: Ints
    answer: Ints
    given: Floats
    shares: Floats
    group: Ints
    alike: float

    @classmethod
    def of(cls, rated: Rated, reference: Ints) -> "_Wrong":
        k, right = rated.n_categories, reference[rated.items]
        is_wrong = rated.labels != right
        keys = rated.items[is_wrong] * k + rated.labels[is_wrong]
        cells, cell, given = np.unique(keys, return_inverse=True, return_counts=True)
        errors = np.bincount(right[is_wrong] * k + rated.labels[is_wrong], minlength=k * k).reshape(k, k)
        shares = errors / np.maximum(np.bincount(right, minlength=k), 1)[:, None]
        truth = np.maximum(reference, 0)
        alike = _alike(shares, truth, rated.sizes, given)
        counts = given.astype(np.float64)
        return cls(rated, truth, is_wrong, cell.ravel(), cells // k, cells % k, counts, shares, _groups(errors), alike)

    def sums(self, lowest_rate: float) -> Sums:
        """Everything a pair."""
        raters, wrong = self._by_item(np.ones(len(self.rated.items))), self._by_item(self.is_wrong.astype(np.float64))
        same = self._by_cell(np.ones(len(self.cell)))
        first, second = triu(by_pairs(raters, raters), k=1).nonzero()
        rates = np.maximum(self._rates(), lowest_rate)
        expected = np.zeros(len(first))
        for group in range(rates.shape[1]):
            chance = values_at(self._chances(group, raters, same), first, second)
            expected += rates[first, group] * rates[second, group] * chance
        columns = [values_at(by_pairs(part, part), first, second) for part in (raters, wrong, same)]
        key = first.astype(np.int64) * self.rated.n_raters + second
        return Sums.of(key, *columns, expected, expected)

    def _chances(self, group: int, raters: csr_array, same: csr_array) -> csr_array:
        """For two of usual rates: the chance that both give the same wrong answer of a group, summed over their items.

        The pair's own answers are left out of the posterior of each cell: nothing is taken off where neither gave the
        answer, one where one did, two where both did.
        """
        mine = self.group[self.answer] == group
        size = np.asarray(self.rated.sizes[self.unit] - 2 + self.alike, np.float64)
        prior = self.shares[self.truth[self.unit], self.answer] * self.alike
        neither, one, both = [_second_moment(np.maximum(self.given - left, 0) + prior, size) for left in range(3)]
        unseen = np.bincount(self.unit[mine], (neither - _second_moment(prior, size))[mine], len(self.rated.sizes))
        base = self._without_answers(group) + unseen
        slope = np.where(mine, one - neither, 0.0)
        curve = np.where(mine, both - 2 * one + neither, 0.0)
        gave = np.zeros(len(self.rated.items))
        gave[self.is_wrong] = slope[self.cell]
        lone = by_pairs(self._by_item(gave), raters)
        found = by_pairs(self._by_item(base[self.rated.items]), raters) + lone + lone.T
        return csr_array(found + by_pairs(self._by_cell(curve[self.cell]), same))

    def _without_answers(self, group: int) -> Floats:
        """The second moments of a group's wrong answers, summed, as if nobody else had given one, float64[N]."""
        inside = self.shares * (self.group == group)
        top = self.alike**2 * (inside**2).sum(axis=1) + self.alike * inside.sum(axis=1)
        size = self.rated.sizes - 2 + self.alike
        return np.where(self.rated.sizes > 1, top[self.truth] / np.maximum(size * (size + 1), 1e-12), 0.0)

    def _rates(self) -> Floats:
        """How many times as often as others on the same items somebody gives wrong answers of each group, [M, G]."""
        rated, m, n_groups = self.rated, self.rated.n_raters, int(self.group.max()) + 1
        size = rated.sizes - 1 + self.alike
        seen, usual = np.zeros((m, n_groups)), np.zeros((m, n_groups))
        persons, kind = rated.raters[self.is_wrong], self.group[self.answer]
        for group in range(n_groups):
            prior = (self.shares * (self.group == group)).sum(axis=1)[self.truth] * self.alike
            others = np.bincount(self.unit[kind == group], self.given[kind == group], len(size))
            own = (kind == group)[self.cell]
            usual[:, group] = np.bincount(rated.raters, ((others + prior) / size)[rated.items], m)
            usual[:, group] -= np.bincount(persons[own], 1 / size[self.unit[self.cell[own]]], m)
            seen[:, group] = np.bincount(persons[own], minlength=m)
        overall = (seen.sum(axis=1) + _RATE_WEIGHT) / (usual.sum(axis=1) + _RATE_WEIGHT)
        return np.asarray((seen + _RATE_WEIGHT * overall[:, None]) / (usual + _RATE_WEIGHT), np.float64)

    def _by_item(self, weights: Floats) -> csr_array:
        """The ratings of the raters (rows) on the items (columns), with a weight each; none where that is 0."""
        there = weights != 0
        places = (self.rated.raters[there], self.rated.items[there])
        return csr_array((weights[there], places), shape=(self.rated.n_raters, len(self.truth)))

    def _by_cell(self, weights: Floats) -> csr_array:
        """The wrong ratings of the raters (rows) in the cells (columns), with a weight each."""
        places = (self.rated.raters[self.is_wrong], self.cell)
        return csr_array((weights, places), shape=(self.rated.n_raters, len(self.unit)))


def _groups(errors: Ints) -> Ints:
    """The group of each wrong answer, int64[K]: the most frequent ones by themselves, the others together."""
    n = errors.sum(axis=0)
    own = np.argsort(-n, kind="stable")[:_OWN_RATES]
    groups = np.full(len(n), len(own))
    groups[own] = np.arange(len(own))
    return groups


def _alike(shares: Floats, truth: Ints, sizes: Ints, given: Ints) -> float:
    """How alike items of one right answer are: the size of the beta distribution of their shares of a wrong answer.

    By moments, from pairs of ratings on one item: large where all items are equally hard.
    """
    asked = np.bincount(truth, sizes * (sizes - 1.0), len(shares))
    pairs = float((given * (given - 1.0)).sum())
    squares, sums = float(asked @ (shares**2).sum(axis=1)), float(asked @ shares.sum(axis=1))
    if pairs <= squares:
        return _MOST_ALIKE
    return float(np.clip((sums - pairs) / (pairs - squares), _LEAST_ALIKE, _MOST_ALIKE))


def _second_moment(alpha: Floats, size: Floats) -> Floats:
    return np.asarray(alpha * (alpha + 1) / (size * (size + 1)), np.float64)
