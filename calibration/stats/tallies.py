"""Tallies: the integers that every agreement and accuracy figure is computed from. Add tallies, then measure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats import fast
from calibration.stats.errors import DuplicateRating, OutOfRange, TooLarge, UnlikeLengths
from calibration.stats.estimates import Estimate
from calibration.stats.inputs import MOST, declared, grouped, named, place_of, row_keys, same_length
from calibration.stats.inputs import codes as checked_codes
from calibration.stats.inputs import counts as checked_counts
from calibration.stats.intervals import proportion

Counts = NDArray[np.int64]
Duplicates = Literal["last", "first", "error"]

# Up to 2 ** 20 different rows are counted in one table of that length; beyond, rows are sorted.
_KEY_BITS = 20
# Items times categories that are counted in one table; beyond, ratings are sorted by item.
_MOST_CELLS = 20_000_000
_PACKED_BITS = 63
# Beyond so many ratings an item, sorting is quicker than comparing each with each.
_LONGEST_RUN = 8
# Whole numbers up to so many times their number are codes as they stand.
_SPREAD = 4
_FEW_LABELS = 64


@dataclass(frozen=True, slots=True, eq=False)
class AgreementTally:
    """How many items show which pattern of counts per category.

    `categories` holds the K declared categories in their order, `patterns` is int64[P, K] of distinct rows in
    lexicographic order, `items` is int64[P], the number of items of each pattern. Patterns with a single rating are
    kept: they tell the shares of the categories. Tallies add over disjoint sets of items (Krippendorff 2011,
    coincidences are sums over units).

    >>> tally = AgreementTally.from_counts([[2, 0], [2, 0], [1, 1]], ["ok", "spam"])
    >>> tally.patterns.tolist(), tally.items.tolist()
    ([[1, 1], [2, 0]], [1, 2])
    >>> (tally + tally).n_items
    6
    """

    categories: tuple[str, ...]
    patterns: Counts
    items: Counts

    def __post_init__(self) -> None:
        if self.patterns.shape != (len(self.items), len(self.categories)):
            raise UnlikeLengths("A tally has a row a pattern, a column a category, and a number of items a row.")

    @classmethod
    def empty(cls, categories: Sequence[str]) -> Self:
        """A tally of no item, where sums start."""
        return cls(declared(categories), np.zeros((0, len(categories)), np.int64), np.zeros(0, np.int64))

    @classmethod
    def from_counts(cls, counts: ArrayLike, categories: Sequence[str]) -> Self:
        """Tally of counts int[N, K], one row an item; rows without a rating are left out.

        Raises OutOfRange on counts that are negative or not whole, NotFinite on NaN, UnlikeLengths where K differs
        from the number of categories, and TooLarge for 2^53 ratings or more.
        """
        table = _table(counts, len(categories))
        return cls._weighted(categories, table, np.ones(len(table), np.int64))

    @classmethod
    def from_patterns(cls, rows: Iterable[tuple[Sequence[int], int]], categories: Sequence[str]) -> Self:
        """Tally of (counts per category, number of items) pairs, as a grouped query gives them.

        Raises as `from_counts` does.

        >>> AgreementTally.from_patterns([((2, 0), 5), ((1, 1), 1)], ["ok", "spam"]).n_ratings
        12
        """
        pairs = list(rows)
        table = _table([pattern for pattern, _ in pairs], len(categories))
        return cls._weighted(categories, table, checked_counts([n for _, n in pairs], name="items"))

    @classmethod
    def from_codes(cls, items: ArrayLike, labels: ArrayLike, categories: Sequence[str]) -> Self:
        """Tally of ratings as codes: items int[R] from 0, labels int[R] into `categories`, -1 for "cannot tell".

        A repeated (item, rater) must have been dealt with before. Raises OutOfRange on a code out of range, NotFinite
        on NaN, and UnlikeLengths.

        >>> AgreementTally.from_codes([0, 0, 1], [1, 1, -1], ["ok", "spam"]).patterns.tolist()
        [[0, 2]]
        """
        units = checked_codes(items, name="items")
        codes = checked_codes(labels, name="labels", size=len(categories), missing=True)
        same_length(items=units, labels=codes)
        return cls._from_codes(units, codes, declared(categories))

    @classmethod
    def from_triples(
        cls,
        items: ArrayLike,
        raters: ArrayLike,
        labels: ArrayLike,
        categories: Sequence[str] | None = None,
        *,
        duplicates: Duplicates = "last",
    ) -> Self:
        """Tally of ratings given as three arrays of length R: items, raters and labels.

        A repeated (item, rater) keeps its `last` or `first` row, or raises DuplicateRating. Without `categories`, K
        is the labels seen, sorted. Raises NotDeclared for a label that is not declared, NotFinite for a label, item or
        rater that is NaN, OutOfRange for names of unlike kinds (None among them), and UnlikeLengths.

        >>> tally = AgreementTally.from_triples([1, 1, 1], ["a", "b", "b"], ["x", "y", "x"])
        >>> tally.categories, tally.patterns.tolist()
        (('x', 'y'), [[2, 0]])
        """
        codes, names = _label_codes(labels, categories)
        units, persons = np.asarray(items), np.asarray(raters)
        same_length(items=units, raters=persons, labels=codes)
        tally = cls._from_ratings(units, persons, codes, names, duplicates=duplicates)
        return tally if categories is not None else tally._of_seen(codes)  # noqa: SLF001

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The tally that `to_json` wrote."""
        return cls.from_patterns([(row[:-1], row[-1]) for row in values["patterns"]], values["categories"])

    @classmethod
    def _from_ratings(
        cls,
        items: NDArray[Any],
        raters: NDArray[Any],
        codes: Counts,
        categories: tuple[str, ...],
        *,
        duplicates: Duplicates,
    ) -> Self:
        """Tally of labels as codes, the quickest way that items and raters allow."""
        counted = fast.count_runs(items, raters, codes, k=len(categories))
        if counted is not None:
            return cls(categories, *_digits(*counted, k=len(categories)))
        units, persons = _codes(items, name="items"), _codes(raters, name="raters")
        ordered = _ordered(units, persons, codes)
        if ordered is not None:
            return cls._from_codes(*ordered, categories)
        kept = _kept_rows(units, persons, duplicates)
        return cls._from_codes(units[kept], codes[kept], categories)

    @classmethod
    def _from_codes(cls, units: Counts, codes: Counts, categories: tuple[str, ...]) -> Self:
        k = len(categories)
        if codes.size and codes.min() < 0:
            units, codes = units[codes >= 0], codes[codes >= 0]
        runs = _grouped_runs(units, codes, k) if (units[1:] >= units[:-1]).all() else None
        if runs is not None:
            return cls(categories, *runs)
        n_items = int(units.max()) + 1 if units.size else 0
        if n_items * k > _MOST_CELLS:
            return cls._weighted(categories, *_grouped_by_item(units, codes, k))
        table = np.bincount(units * k + codes, minlength=n_items * k).reshape(n_items, k)
        return cls._weighted(categories, table, np.ones(n_items, np.int64))

    def _of_seen(self, codes: Counts) -> Self:
        """The same without the categories that no rating names, whether or not the rating counts."""
        if (self.totals > 0).all():
            return self
        seen = np.bincount(codes, minlength=len(self.categories)) > 0
        categories = tuple(name for name, is_seen in zip(self.categories, seen, strict=True) if is_seen)
        return type(self)(categories, self.patterns[:, seen], self.items)

    @classmethod
    def _weighted(cls, categories: Sequence[str], table: Counts, items: Counts) -> Self:
        if float(items @ table.sum(axis=1, dtype=np.float64)) >= MOST:
            raise TooLarge("A tally holds less than 2^53 ratings, where sums are exact. Count in parts.")
        patterns, totals = _grouped(table, items)
        return cls(declared(categories), patterns, totals)

    @property
    def n_items(self) -> int:
        """Items with at least one rating."""
        return int(self.items.sum())

    @property
    def n_pairable(self) -> int:
        """Items with two ratings or more."""
        return int(self.items[self.sizes >= 2].sum())

    @property
    def n_ratings(self) -> int:
        """All ratings."""
        return int(self.totals.sum())

    @property
    def sizes(self) -> Counts:
        """Ratings an item, int64[P], for each pattern."""
        return np.asarray(self.patterns.sum(axis=1), np.int64)

    @property
    def totals(self) -> Counts:
        """Ratings of each category, int64[K]."""
        return np.asarray(self.items @ self.patterns, np.int64)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each category among all ratings, float64[K]; zeros where nothing was rated."""
        return self.totals / max(self.n_ratings, 1)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON field: each row is the counts followed by the number of items."""
        return {"categories": list(self.categories), "patterns": np.column_stack([self.patterns, self.items]).tolist()}

    def with_rating(self, counts: ArrayLike, category: str) -> Self:
        """The tally after one more rating of an item that has `counts` int[K] so far, zeros for a new item.

        Takes time in the number of patterns, not of items or ratings: a stream of ratings keeps its tally up to date.
        Raises OutOfRange where no item has these counts, and NotDeclared for an undeclared category.

        >>> tally = AgreementTally.from_counts([[2, 0], [1, 0]], ["ok", "spam"])
        >>> tally.with_rating([1, 0], "spam") == AgreementTally.from_counts([[2, 0], [1, 1]], ["ok", "spam"])
        True
        """
        return self._moved(counts, place_of(category, self.categories), 1)

    def without_rating(self, counts: ArrayLike, category: str) -> Self:
        """The tally after a rating was taken from an item that has `counts` int[K] with it.

        Raises as `with_rating` does, and OutOfRange where the item has no such rating.

        >>> tally = AgreementTally.from_counts([[2, 0], [1, 1]], ["ok", "spam"])
        >>> tally.without_rating([1, 1], "spam").patterns.tolist()
        [[1, 0], [2, 0]]
        """
        return self._moved(counts, place_of(category, self.categories), -1)

    def _moved(self, counts: ArrayLike, place: int, change: int) -> Self:
        """One item moved from one pattern to another."""
        before = _table([np.asarray(counts)], len(self.categories))
        after = before.copy()
        after[0, place] += change
        if after[0, place] < 0:
            raise OutOfRange(f"The item has no rating '{self.categories[place]}' that could be taken away.")
        items, shown = self.items.copy(), np.flatnonzero((self.patterns == before).all(axis=1))
        if before.any() and not shown.size:
            raise OutOfRange(f"No item of the tally has the counts {before[0].tolist()}.")
        items[shown] -= 1
        return self._weighted(self.categories, np.concatenate([self.patterns, after]), np.append(items, 1))

    def __add__(self, other: Self) -> Self:
        if self.categories != other.categories:
            raise OutOfRange("Tallies add only over the same categories in the same order.")
        table = np.concatenate([self.patterns, other.patterns])
        return self._weighted(self.categories, table, np.concatenate([self.items, other.items]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AgreementTally):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.categories, self.patterns.tobytes(), self.items.tobytes()))


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionTally:
    """Answers by expected and given category.

    `counts` is int64[K, K + 1]: rows are the expected category, columns the given one, the last column is "cannot
    tell". `right` counts the answers that were accepted; it differs from the diagonal only where "cannot tell" was an
    accepted answer.

    >>> tally = ConfusionTally.from_pairs(["ok", "spam", "spam"], ["ok", "ok", None], ["ok", "spam"])
    >>> tally.n, tally.right, tally.wrong, tally.cannot_tell
    (3, 1, 2, 1)
    >>> tally.errors()
    {'spam': {'ok': 1, 'cannot tell': 1}}
    """

    categories: tuple[str, ...]
    counts: Counts
    right: int

    @classmethod
    def empty(cls, categories: Sequence[str]) -> Self:
        """A tally of no answer, where sums start."""
        return cls(declared(categories), np.zeros((len(categories), len(categories) + 1), np.int64), 0)

    @classmethod
    def from_pairs(cls, expected: Iterable[str], given: Iterable[str | None], categories: Sequence[str]) -> Self:
        """Tally of one expected and one given category an answer; None is "cannot tell" and counts as wrong.

        Raises NotDeclared for an undeclared category and UnlikeLengths.
        """
        wanted, answers = list(expected), list(given)
        if len(wanted) != len(answers):
            raise UnlikeLengths(f"There are {len(wanted)} expected and {len(answers)} given answers.")
        counted = Counter(zip(wanted, answers, strict=True))
        return cls.from_cells(((*pair, n) for pair, n in counted.items()), categories)

    @classmethod
    def from_answers(
        cls, answers: Iterable[tuple[Sequence[str | None], str | None]], categories: Sequence[str]
    ) -> Self:
        """Tally of (accepted answers, given answer) pairs: right if in the set, an error is booked under the first.

        None stands for "cannot tell", on either side. Raises OutOfRange where no category was accepted, and NotDeclared
        for an undeclared category.

        >>> ConfusionTally.from_answers([(("spam", "scam"), "scam")], ["ok", "spam", "scam"]).right
        1
        """
        cells: list[tuple[str, str | None, int]] = []
        right = 0
        for (accepted, given), n in Counter((tuple(accepted), given) for accepted, given in answers).items():
            is_right = given in accepted
            right += n * is_right
            cells.append((given if is_right and given is not None else _first(accepted), given, n))
        return cls.from_cells(cells, categories, right=right)

    @classmethod
    def from_cells(
        cls, cells: Iterable[tuple[str, str | None, int]], categories: Sequence[str], *, right: int | None = None
    ) -> Self:
        """Tally of (expected, given or None, how many) cells, as a grouped query gives them.

        `right` defaults to the diagonal. Raises NotDeclared for an undeclared category, OutOfRange for counts that are
        negative or not whole, NotFinite for NaN, and TooLarge for 2^53 answers or more.

        >>> ConfusionTally.from_cells([("ok", "ok", 9), ("ok", "spam", 1)], ["ok", "spam"]).false_positives("ok")
        1
        """
        names = declared(categories)
        places = {category: place for place, category in enumerate(names)}
        named_cells = list(cells)
        numbers = checked_counts([n for _, _, n in named_cells], name="answers")
        counts = np.zeros((len(names), len(names) + 1), np.int64)
        for (expected, given, _), n in zip(named_cells, numbers, strict=True):
            row, column = (_place(expected, places), len(names) if given is None else _place(given, places))
            counts[row, column] += n
        return cls._checked(names, counts, int(np.trace(counts)) if right is None else right)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The tally that `to_json` wrote."""
        categories = declared(values["categories"])
        table = checked_counts(values["counts"], name="counts")
        shape = (len(categories), len(categories) + 1)
        if table.shape != shape and table.size:
            raise UnlikeLengths("A confusion has a row a category, and a column a category and one for cannot tell.")
        return cls._checked(categories, table.reshape(shape), int(values["right"]))

    @classmethod
    def _checked(cls, categories: tuple[str, ...], counts: Counts, right: int) -> Self:
        if counts.sum(dtype=np.float64) >= MOST:
            raise TooLarge("A tally holds less than 2^53 answers, where sums are exact. Count in parts.")
        if not 0 <= right <= counts.sum():
            raise OutOfRange(f"{right} right answers of {counts.sum()} cannot be.")
        return cls(categories, counts, right)

    @property
    def n(self) -> int:
        """All answers."""
        return int(self.counts.sum())

    @property
    def wrong(self) -> int:
        """Answers that were not accepted."""
        return self.n - self.right

    @property
    def cannot_tell(self) -> int:
        """Answers that were "cannot tell", accepted or not."""
        return int(self.counts[:, -1].sum())

    def errors(self) -> dict[str, dict[str, int]]:
        """The cells off the diagonal that hold something: expected, then given, then how many."""
        columns = (*self.categories, "cannot tell")
        found: dict[str, dict[str, int]] = {}
        for row, column in np.argwhere(self._off_diagonal()):
            found.setdefault(self.categories[row], {})[columns[column]] = int(self.counts[row, column])
        return found

    def false_positives(self, no_violation: str) -> int:
        """Violating categories given where `no_violation` was expected: over-enforcement."""
        row = self._at(no_violation)
        return int(self.counts[row, :-1].sum() - self.counts[row, row])

    def false_negatives(self, no_violation: str) -> int:
        """`no_violation` given where a violating category was expected: under-enforcement."""
        column = self._at(no_violation)
        return int(self.counts[:, column].sum() - self.counts[column, column])

    def wrong_selections(self, no_violation: str) -> int:
        """A violating category given where another violating one was expected."""
        at = self._at(no_violation)
        violating = np.delete(np.delete(self.counts[:, :-1], at, axis=0), at, axis=1)
        return int(violating.sum() - np.trace(violating))

    def false_positive_rate(self, no_violation: str) -> Estimate:
        """False positives among the answers where `no_violation` was expected."""
        return proportion(self.false_positives(no_violation), int(self.counts[self._at(no_violation)].sum()))

    def false_negative_rate(self, no_violation: str) -> Estimate:
        """False negatives among the answers where a violating category was expected."""
        expected = self.n - int(self.counts[self._at(no_violation)].sum())
        return proportion(self.false_negatives(no_violation), expected)

    def accuracy(self) -> Estimate:
        """Right answers among all."""
        return proportion(self.right, self.n)

    def recall(self, category: str) -> Estimate:
        """How many answers that should have been `category` were."""
        at = self._at(category)
        return proportion(int(self.counts[at, at]), int(self.counts[at].sum()))

    def precision(self, category: str) -> Estimate:
        """How many answers that were `category` should have been."""
        at = self._at(category)
        return proportion(int(self.counts[at, at]), int(self.counts[:, at].sum()))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON field."""
        return {"categories": list(self.categories), "counts": self.counts.tolist(), "right": self.right}

    def __add__(self, other: Self) -> Self:
        if self.categories != other.categories:
            raise OutOfRange("Tallies add only over the same categories in the same order.")
        return self._checked(self.categories, self.counts + other.counts, self.right + other.right)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionTally):
            return NotImplemented
        return self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash((self.categories, self.counts.tobytes(), self.right))

    def _at(self, category: str) -> int:
        return _place(category, {name: place for place, name in enumerate(self.categories)})

    def _off_diagonal(self) -> Counts:
        off = self.counts.copy()
        np.fill_diagonal(off[:, :-1], 0)
        return off


def kept_rows(items: Counts, raters: Counts, *, duplicates: Duplicates = "last") -> NDArray[np.intp]:
    """Positions of the ratings that count when a rater rated an item more than once.

    A rule by definition, no estimate. items int64[R] and raters int64[R] are codes from 0. Positions come in their old
    order. Raises DuplicateRating where duplicates is "error", OutOfRange for any other word and for what is no code,
    and UnlikeLengths.

    >>> kept_rows(np.array([0, 0, 1]), np.array([2, 2, 2])).tolist()
    [1, 2]
    """
    units, persons = checked_codes(items, name="items"), checked_codes(raters, name="raters")
    same_length(items=units, raters=persons)
    return _kept_rows(units, persons, duplicates)


def _kept_rows(items: Counts, raters: Counts, duplicates: Duplicates) -> NDArray[np.intp]:
    if duplicates not in ("last", "first", "error"):
        raise OutOfRange("duplicates is 'last', 'first' or 'error'.")
    keys = row_keys(items, raters)
    if not _has_repeats(keys):
        return np.arange(len(keys))
    order = np.argsort(keys, kind="stable")
    repeats = keys[order][1:] == keys[order][:-1]
    if duplicates == "error":
        raise DuplicateRating(int(order[1:][repeats].min()))
    edge = np.append(~repeats, True) if duplicates == "last" else np.append(True, ~repeats)
    return np.sort(order[edge])


def _has_repeats(keys: Counts) -> bool:
    ordered = np.sort(keys)
    return bool((ordered[1:] == ordered[:-1]).any())


def _ordered(units: Counts, persons: Counts, codes: Counts) -> tuple[Counts, Counts] | None:
    """Items and labels in the order of the items; None where a rater repeats an item.

    Where they are in another order, one number a rating is sorted; None too where item, rater and label do not fit into
    63 bits, or the three differ in length.
    """
    if not units.size or not len(units) == len(persons) == len(codes):
        return None
    if (units[1:] >= units[:-1]).all():
        return None if _repeats_in_runs(units, persons) else (units, codes)
    label_bits, rater_bits = int(codes.max()).bit_length(), int(persons.max()).bit_length()
    if int(units.max()).bit_length() + rater_bits + label_bits > _PACKED_BITS:
        return None
    packed = units << (rater_bits + label_bits)
    packed |= persons << label_bits
    packed |= codes
    packed.sort()
    ratings = packed >> label_bits
    if (ratings[1:] == ratings[:-1]).any():
        return None
    ratings >>= rater_bits
    packed &= (1 << label_bits) - 1
    return ratings, packed


def _repeats_in_runs(units: Counts, persons: Counts) -> bool:
    """Whether a rater repeats an item, of ratings in the order of their items: each against those of its item after."""
    for apart in range(1, len(units)):
        together = units[apart:] == units[:-apart]
        if not together.any():
            return False
        if apart > _LONGEST_RUN:
            return _has_repeats(row_keys(units, persons))
        if (together & (persons[apart:] == persons[:-apart])).any():
            return True
    return False


def _grouped_runs(units: Counts, codes: Counts, k: int) -> tuple[Counts, Counts] | None:
    """Patterns and how many items show them, of ratings that are in the order of their items.

    None where a pattern, as a number with a digit a category, is too long to be counted in a table.
    """
    if not units.size:
        return np.zeros((0, k), np.int64), np.zeros(0, np.int64)
    starts = np.flatnonzero(np.append(True, units[1:] != units[:-1]))
    base = int(np.diff(np.append(starts, len(units))).max()) + 1
    if k * np.log2(base) >= _KEY_BITS:
        return None
    powers = base ** np.arange(k - 1, -1, -1, dtype=np.int64)
    return _digits(np.bincount(np.add.reduceat(powers.take(codes), starts)), base, k=k)


def _digits(totals: Counts, base: int, *, k: int) -> tuple[Counts, Counts]:
    """Patterns and how many items show them, from the items of each number whose k digits are a pattern."""
    keys = np.flatnonzero(totals)
    return keys[:, None] // base ** np.arange(k - 1, -1, -1, dtype=np.int64) % base, totals[keys]


def _grouped_by_item(units: Counts, codes: Counts, k: int) -> tuple[Counts, Counts]:
    """Patterns and how many items show them, where a table of items by categories would be too large."""
    order = np.lexsort((codes, units))
    units, codes = units[order], codes[order]
    starts = np.flatnonzero(np.append(True, units[1:] != units[:-1]))
    sizes = np.diff(np.append(starts, len(units)))
    tables, totals = [], []
    for size in np.unique(sizes):
        rows = codes[starts[sizes == size][:, None] + np.arange(size)]
        shown, n = np.unique(rows, axis=0, return_counts=True)
        cells = (np.arange(len(shown))[:, None] * k + shown).ravel()
        tables.append(np.bincount(cells, minlength=len(shown) * k).reshape(-1, k))
        totals.append(n)
    return np.concatenate(tables), np.concatenate(totals)


def _grouped(table: Counts, items: Counts) -> tuple[Counts, Counts]:
    """Distinct rows that hold a rating, in lexicographic order, and the items of each."""
    if not len(table) or not table.any():
        return table[:0], items[:0]
    base, k = int(table.max()) + 1, table.shape[1]
    if k * np.log2(base) < _KEY_BITS:
        patterns, totals = _grouped_by_key(table, items, base)
    else:
        patterns, totals = _grouped_by_row(table, items)
    rated = (totals > 0) & patterns.any(axis=1)
    return patterns[rated], totals[rated]


def _grouped_by_key(table: Counts, items: Counts, base: int) -> tuple[Counts, Counts]:
    """Rows as numbers in base `base`, which are few enough to count in one table."""
    powers = base ** np.arange(table.shape[1] - 1, -1, -1, dtype=np.int64)
    totals = np.bincount(table @ powers, weights=items).astype(np.int64)
    return _digits(totals, base, k=table.shape[1])


def _grouped_by_row(table: Counts, items: Counts) -> tuple[Counts, Counts]:
    order = np.lexsort(table.T[::-1])
    changed = (np.diff(table[order], axis=0) != 0).any(axis=1)
    starts = np.flatnonzero(np.append(True, changed))
    return table[order[starts]], np.add.reduceat(items[order], starts)


def _first(accepted: Sequence[str | None]) -> str:
    for category in accepted:
        if category is not None:
            return category
    raise OutOfRange("An expected answer names at least one category.")


def _table(rows: ArrayLike, k: int) -> Counts:
    """Counts as int64[N, k]."""
    found = checked_counts(rows, name="counts")
    if not found.size:
        return np.zeros((0, k), np.int64)
    if found.ndim != 2 or found.shape[1] != k:
        raise UnlikeLengths(f"counts: a row has one number for each of the {k} categories.")
    return found


def _codes(given: NDArray[Any], *, name: str) -> Counts:
    highest = _highest_code(given)
    if highest is not None and highest < _SPREAD * len(given):
        return given.astype(np.int64, copy=False)
    return grouped(given, name=name)


def _highest_code(values: NDArray[Any]) -> int | None:
    """The highest of whole numbers from 0 on; None where there are others, or none at all.

    Read as unsigned, a negative number is a very large one: one pass tells both ends.
    """
    if values.ndim != 1 or not values.size or values.dtype.kind not in "iu":
        return None
    highest = int(values.astype(np.int64, copy=False).view(np.uint64).max())
    return highest if highest < 2**_PACKED_BITS else None


def _label_codes(labels: ArrayLike, categories: Sequence[str] | None) -> tuple[Counts, tuple[str, ...]]:
    """Labels as codes and what they stand for; of a few whole numbers also those under the highest that nobody gave."""
    given = np.asarray(labels)
    highest = _highest_code(given) if categories is None else None
    if highest is not None and highest < _FEW_LABELS:
        return given.astype(np.int64, copy=False), tuple(str(label) for label in range(highest + 1))
    seen, codes = named(given, name="labels")
    if categories is None:
        return codes, tuple(str(label) for label in seen)
    places = {category: place for place, category in enumerate(declared(categories))}
    table = np.array([_place(str(label), places) for label in seen], np.int64)
    return table[codes] if len(seen) else codes, tuple(categories)


def _place(category: str, places: dict[str, int]) -> int:
    return places[category] if category in places else place_of(category, list(places))
