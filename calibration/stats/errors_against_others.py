"""Shared wrong answers where few rated an item and nobody knows the right one: a pair against what the others say."""

from dataclasses import dataclass, fields
from functools import cached_property, partial
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.sparse import csr_array
from scipy.special import expit, logit

from calibration.stats.shared_errors import FEW, Rated, Sums, plurality, values_at

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Pseudo-counts: answers that a row of somebody's confusions is shrunk by, expected errors that a rate is.
_ROW_WEIGHT = 30.0
_RATE_WEIGHT = 3.0
# An answer that is held against a consensus says less of somebody than one against gold: of a pair that copies, each
# hides the other's errors there.
_CONSENSUS_WEIGHT = 0.3
_LEAST_RATE, _MOST_RATE = 1e-4, 0.9
_FARTHEST = 60.0
# Rows of a stratum from which on it has a level of its own.
_LARGE = 100


def against_others(rated: Rated, reference: Ints) -> Sums:
    """Sums over items of 3 to `FEW` raters without a reference, int64[N], -1 for none.

    For a pair the reference is what most of the others say, who may be wrong themselves. Only items count on which one
    answer stands against it, given by both (a shared wrong answer) or by one of the two; the chance is that of both,
    given that it was given at all. So people who agree because they are both right gain nothing.
    """
    few = rated.where((reference < 0) & (rated.sizes >= 3) & (rated.sizes <= FEW))
    if not few.items.size:
        return Sums.nothing()
    pairs = _OnItems.joined([part for size in range(3, FEW + 1) for part in _pairs_of(few, size)])
    return pairs.sums(pairs.chances(_Habits.of(rated, reference)), rated.n_raters)


@dataclass(frozen=True)
class _OnItems:
    """Pairs on items, one row a pair and item: who, what each said, and what most of the others say (`reference`).

    `others` and `said` are int64[rows, FEW - 2], -1 where there are fewer; `stratum` says how many others there are
    and how many of them agree.
    """

    one: Ints
    other: Ints
    mine: Ints
    theirs: Ints
    reference: Ints
    others: Ints
    said: Ints
    stratum: Ints

    @classmethod
    def joined(cls, parts: "list[_OnItems]") -> "_OnItems":
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @cached_property
    def against(self) -> Ints:
        """The answer that stands against the reference; -1 where none does, or two."""
        mine, theirs = self.mine != self.reference, self.theirs != self.reference
        is_mine = mine & (~theirs | (self.mine == self.theirs))
        return np.where(is_mine, self.mine, np.where(theirs & ~mine, self.theirs, -1))

    @cached_property
    def is_same(self) -> Flags:
        """Where both gave the answer that stands against the reference."""
        return np.asarray((self.mine == self.theirs) & (self.mine != self.reference), np.bool_)

    def chances(self, habits: "_Habits") -> Floats:
        """Chance that both gave it, given that one answer stands against the reference, float64[rows]; 0 elsewhere.

        Either of the two answers may be the right one: each is weighed by what the others said, and the three ways in
        which the pair can hold the answer by what each of the two usually does.
        """
        told = self.against >= 0
        given, kept, people = self.against[told], self.reference[told], (self.one[told], self.other[told])
        both, lone = np.zeros(len(given)), np.zeros(len(given))
        for truth in (kept, given):
            weight = habits.prior[truth] * habits.of_others(self.others[told], self.said[told], truth)
            mine, theirs = (habits.chance(person, truth, given) for person in people)
            not_mine, not_theirs = (habits.chance(person, truth, kept) for person in people)
            both += weight * mine * theirs
            lone += weight * (mine * not_theirs + theirs * not_mine)
        found = np.zeros(len(told))
        is_shared = (self.said[told] == given[:, None]).any(axis=1)
        stratum = _strata(2 * self.stratum[told] + is_shared, kept * len(habits.prior) + given)
        found[told] = _calibrated(both / (both + lone), self.is_same[told], stratum)
        return found

    def sums(self, chance: Floats, n_raters: int) -> Sums:
        """Everything a pair."""
        key = np.minimum(self.one, self.other) * n_raters + np.maximum(self.one, self.other)
        both_wrong = (self.mine != self.reference) & (self.theirs != self.reference)
        columns = (np.ones(len(key)), both_wrong, self.is_same, chance, chance * (1 - chance))
        return Sums.of(key, *(np.asarray(column, np.float64) for column in columns))


def _pairs_of(rated: Rated, size: int) -> list[_OnItems]:
    """Every pair of places of the items with `size` raters; all items of that size at once."""
    rows = rated.where(rated.sizes == size)
    order = np.argsort(rows.items, kind="stable")
    persons, labels = rows.raters[order].reshape(-1, size), rows.labels[order].reshape(-1, size)
    return [_against_rest(persons, labels, pair) for pair in combinations(range(size), 2)]


def _against_rest(persons: Ints, labels: Ints, pair: tuple[int, int]) -> _OnItems:
    rest = [place for place in range(labels.shape[1]) if place not in pair]
    said = labels[:, rest]
    votes = (said[:, :, None] == said[:, None, :]).sum(axis=2)
    most, reference = votes.max(axis=1), np.take_along_axis(said, votes.argmax(axis=1)[:, None], axis=1)[:, 0]
    kept = 2 * most > len(rest)
    nobody = np.full((len(said), FEW - 2 - len(rest)), -1)
    columns = (persons[:, pair[0]], persons[:, pair[1]], labels[:, pair[0]], labels[:, pair[1]], reference)
    others, told = np.hstack([persons[:, rest], nobody]), np.hstack([said, nobody])
    return _OnItems(*(column[kept] for column in (*columns, others, told, len(rest) * FEW + most)))


@dataclass(frozen=True)
class _Habits:
    """What each rater usually gives where what is right: own counts, shrunk to everybody's.

    `counts` [M, K * K] by right and given answer, `asked` float64[M, K] by the right one; `accuracy` float64[M, K] is
    what the rater's rate of errors makes of everybody's; `prior` float64[K] is the share of each right answer, `usual`
    float64[K, K] that of each wrong one among the errors.
    """

    counts: csr_array
    asked: Floats
    accuracy: Floats
    prior: Floats
    usual: Floats

    @classmethod
    def of(cls, rated: Rated, reference: Ints) -> "_Habits":
        k, m = rated.n_categories, rated.n_raters
        winner = np.where(rated.sizes > 2, plurality(rated)[0], -1)
        truth = np.where(reference >= 0, reference, winner)[rated.items]
        rows = truth >= 0
        person, right, given = rated.raters[rows], truth[rows], rated.labels[rows]
        weight = np.where(rated.known[rated.items[rows]] >= 0, 1.0, _CONSENSUS_WEIGHT)
        table = np.asarray(np.bincount(right * k + given, weight, k * k).reshape(k, k), np.float64)
        accuracy = _row_accuracy(table)
        errors = np.bincount(person, weight * (right != given), m)
        expected = np.bincount(person, weight * (1 - accuracy[right]), m)
        rate = (errors + _RATE_WEIGHT) / (expected + _RATE_WEIGHT)
        return cls(
            counts=csr_array((weight, (person, right * k + given)), shape=(m, k * k)),
            asked=np.asarray(np.bincount(person * k + right, weight, m * k).reshape(m, k), np.float64),
            accuracy=1 - np.clip(rate[:, None] * (1 - accuracy), _LEAST_RATE, _MOST_RATE),
            prior=(table.sum(axis=1) + 1) / (table.sum() + k),
            usual=_usual_errors(table),
        )

    def chance(self, person: Ints, truth: Ints, given: Ints) -> Floats:
        """Chance that a person gives `given` where `truth` is right, float64[rows]."""
        right = self.accuracy[person, truth]
        usual = np.where(given == truth, right, (1 - right) * self.usual[truth, given])
        seen = values_at(self.counts, person, truth * self.asked.shape[1] + given)
        return np.asarray((seen + _ROW_WEIGHT * usual) / (self.asked[person, truth] + _ROW_WEIGHT), np.float64)

    def of_others(self, persons: Ints, said: Ints, truth: Ints) -> Floats:
        """Chance of what all others said, int64[rows, FEW - 2], -1 for nobody."""
        product = np.ones(len(truth))
        for place in range(persons.shape[1]):
            there = persons[:, place] >= 0
            product[there] *= self.chance(persons[there, place], truth[there], said[there, place])
        return product


def _row_accuracy(table: Floats) -> Floats:
    """Accuracy where each category is right, float64[K], shrunk to that of all."""
    right, n = np.diag(table), table.sum(axis=1)
    overall = (right.sum() + 0.5) / (n.sum() + 1)
    return np.asarray((right + _ROW_WEIGHT * overall) / (n + _ROW_WEIGHT), np.float64)


def _usual_errors(table: Floats) -> Floats:
    """The share of each wrong answer among the errors of a right one, float64[K, K], none of them quite 0."""
    errors = table + 1 / len(table)
    np.fill_diagonal(errors, 0.0)
    return np.asarray(errors / np.maximum(errors.sum(axis=1, keepdims=True), 1e-12), np.float64)


def _strata(crowd: Ints, cell: Ints) -> Ints:
    """Strata by what the others are and, where there are enough rows, by the answer and what it stands against."""
    both = np.unique(np.stack([crowd, cell]), axis=1, return_inverse=True)[1].ravel()
    is_large = np.bincount(both)[both] >= _LARGE
    return np.where(is_large, both, -1 - crowd)


def _calibrated(chance: Floats, is_same: Flags, stratum: Ints) -> Floats:
    """Chances moved on the logit scale so that their sum in each stratum is what all pairs together show.

    Items are hard for everybody alike, which makes errors coincide more than the raters' own rates would; all pairs
    together show how much.
    """
    found = chance.copy()
    for one in np.unique(stratum):
        rows = stratum == one
        seen, n = int(is_same[rows].sum()), int(rows.sum())
        if 0 < seen < n:
            levels = logit(np.clip(chance[rows], 1e-9, 1 - 1e-9))
            shift = brentq(partial(_excess, levels=levels, seen=seen), -_FARTHEST, _FARTHEST)
            found[rows] = expit(levels + shift)
    return found


def _excess(shift: float, *, levels: Floats, seen: int) -> float:
    return float(expit(levels + shift).sum() - seen)
