"""The one check of what comes in: whole codes in range, finite numbers, equal lengths, counts that sums can hold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.errors import NotDeclared, NotFinite, OutOfRange, TooLarge, UnlikeLengths

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Whole numbers up to here are exact as float64, in which all products of counts are taken: they would overflow int64.
MOST = 2**53


def codes(values: ArrayLike, *, name: str, size: int | None = None, missing: bool = False) -> Ints:
    """Codes from 0, int64[R]: whole numbers under `size` (any where it is None), and -1 where `missing` is allowed.

    Whole numbers that are stored as floats are taken. Raises NotFinite for NaN and infinity, OutOfRange for a part of a
    whole, for a code out of range and for anything that is not a list of numbers. `name` is what the message calls it.

    >>> codes([0, 2, -1], name="labels", size=3, missing=True).tolist()
    [0, 2, -1]
    """
    least = -1 if missing else 0
    found = _whole(_one_dimensional(values, name), name)
    if found.size and (found.min() < least or (size is not None and found.max() >= size)):
        raise OutOfRange(f"{name}: codes lie {_between(least, None if size is None else size - 1)}.")
    return found


def counts(values: ArrayLike, *, name: str) -> Ints:
    """Whole numbers of at least 0 of any shape, int64, whose sum stays under 2^53.

    Raises NotFinite for NaN and infinity, OutOfRange for negative or broken numbers, TooLarge for 2^53 or more.

    >>> counts([[2, 0], [1, 1]], name="counts").tolist()
    [[2, 0], [1, 1]]
    """
    found = _whole(_numbers(values, name), name)
    if found.size and found.min() < 0:
        raise OutOfRange(f"{name}: counts are never negative.")
    if found.size and found.sum(dtype=np.float64) >= MOST:
        raise TooLarge(f"{name}: 2^53 or more in all, where sums are no longer exact. Count in parts.")
    return found


def finite(values: ArrayLike, *, name: str, lowest: float | None = None, highest: float | None = None) -> Floats:
    """Finite numbers of any shape, float64, from `lowest` to `highest` where those are given.

    Raises NotFinite for NaN and infinity and OutOfRange for numbers outside the range or what is no number.

    >>> finite([0.5, 1], name="probabilities", lowest=0, highest=1).tolist()
    [0.5, 1.0]
    """
    found = _numbers(values, name).astype(np.float64)
    if not np.isfinite(found).all():
        raise NotFinite(f"{name}: every number is finite; leave out what is missing.")
    if found.size and (
        (lowest is not None and found.min() < lowest) or (highest is not None and found.max() > highest)
    ):
        raise OutOfRange(f"{name}: numbers lie {_between(lowest, highest)}.")
    return found


def flags(values: ArrayLike, *, name: str) -> Flags:
    """Yes or no, bool[R], from booleans or from 0 and 1. Raises NotFinite and OutOfRange for anything else.

    >>> flags([1, 0, True], name="right").tolist()
    [True, False, True]
    """
    return codes(values, name=name, size=2).astype(np.bool_)


def grouped(values: ArrayLike, *, name: str) -> Ints:
    """Codes from 0 of a list of names (or numbers), in their sorted order, int64[R].

    Raises NotFinite for numbers that are NaN or infinite and OutOfRange for names of unlike kinds.

    >>> grouped(["ada", "bo", "ada"], name="raters").tolist()
    [0, 1, 0]
    """
    return named(values, name=name)[1]


def named(values: ArrayLike, *, name: str) -> tuple[NDArray[np.generic], Ints]:
    """The distinct names of a list (or its distinct numbers), sorted, and the code of each entry, int64[R].

    Raises as `grouped` does.

    >>> names, place = named(["bo", "ada", "bo"], name="raters")
    >>> names.tolist(), place.tolist()
    (['ada', 'bo'], [1, 0, 1])
    """
    found = _one_dimensional(values, name)
    if found.dtype.kind == "f":
        finite(found, name=name)
    try:
        seen, place = np.unique(found, return_inverse=True)
    except TypeError as error:
        raise OutOfRange(f"{name}: entries are all names or all numbers; leave out what is missing.") from error
    return seen, place.astype(np.int64, copy=False).ravel()


def same_length(**arrays: NDArray[np.generic]) -> int:
    """How many entries all of the arrays have. Raises UnlikeLengths, naming each array with its length.

    >>> same_length(items=np.zeros(3), raters=np.zeros(3))
    3
    """
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise UnlikeLengths(f"All of these have one entry each time: {told}.")
    return next(iter(lengths.values()))


def share(value: float, *, name: str) -> float:
    """A number strictly between 0 and 1, such as a confidence. Raises OutOfRange otherwise, for NaN too.

    >>> share(0.95, name="confidence")
    0.95
    """
    if not 0 < value < 1:
        raise OutOfRange(f"{name} lies between 0 and 1, not at {value}.")
    return float(value)


def declared(categories: Sequence[str]) -> tuple[str, ...]:
    """The declared categories, each once. Raises OutOfRange for one that is declared twice.

    >>> declared(["ok", "spam"])
    ('ok', 'spam')
    """
    found = tuple(categories)
    if len(set(found)) != len(found):
        raise OutOfRange("Each category is declared once.")
    return found


def place_of(category: str, categories: Sequence[str]) -> int:
    """Where a category stands among the declared ones. Raises NotDeclared for a label outside the taxonomy.

    >>> place_of("spam", ("ok", "spam"))
    1
    """
    if category not in categories:
        raise NotDeclared(f"'{category}' is not among the declared categories: {_listed(categories)}.")
    return tuple(categories).index(category)


def labelled(labels: ArrayLike, categories: Sequence[str] | None) -> tuple[tuple[str, ...], Ints]:
    """The categories, which are the labels seen where none are declared, and the code of each label, int64[R].

    Raises NotDeclared for a label outside the taxonomy, NotFinite for NaN, and OutOfRange for labels of unlike kinds.

    >>> known, codes = labelled(["spam", "ok"], ["ok", "spam", "scam"])
    >>> known, codes.tolist()
    (('ok', 'spam', 'scam'), [1, 0])
    """
    seen, found = named(labels, name="labels")
    names = tuple(str(label) for label in seen)
    if categories is None:
        return names, found
    known = declared(categories)
    places = {category: place for place, category in enumerate(known)}
    table = [places[name] if name in places else place_of(name, known) for name in names]
    return known, np.array(table, np.int64)[found]


def row_keys(first: Ints, second: Ints) -> Ints:
    """One number for each pair of codes from 0, int64[R], equal only where both are; no pair is too large for it.

    >>> row_keys(np.array([0, 0, 1]), np.array([2, 2, 2])).tolist()
    [2, 2, 5]
    """
    if not first.size:
        return np.zeros(0, np.int64)
    width, height = int(second.max()) + 1, int(first.max()) + 1
    if width * height > MOST:
        first, second = (np.unique(part, return_inverse=True)[1].astype(np.int64).ravel() for part in (first, second))
        width = int(second.max()) + 1
    return np.asarray(first * width + second, np.int64)


def _numbers(values: ArrayLike, name: str) -> NDArray[np.generic]:
    try:
        found = np.asarray(values)
    except ValueError as error:
        raise OutOfRange(f"{name}: rows differ in length.") from error
    if not found.size:
        return found.astype(np.float64) if found.dtype.kind not in "iu" else found
    if found.dtype.kind == "O":
        found = _from_objects(found, name)
    if found.dtype.kind not in "biuf":
        raise OutOfRange(f"{name}: every entry is a number.")
    return found


def _from_objects(found: NDArray[np.generic], name: str) -> NDArray[np.generic]:
    """Python numbers that fit no integer type, or None among numbers, which becomes NaN."""
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise OutOfRange(f"{name}: every entry is a number.") from error
    except OverflowError as error:
        raise TooLarge(f"{name}: a number above 2^53 cannot be counted exactly.") from error


def _one_dimensional(values: ArrayLike, name: str) -> NDArray[np.generic]:
    try:
        found = np.asarray(values)
    except ValueError as error:
        raise OutOfRange(f"{name} is a list with one entry a rating, not a table.") from error
    if found.ndim != 1:
        raise OutOfRange(f"{name} is a list with one entry a rating, not a table.")
    return found


def _whole(found: NDArray[np.generic], name: str) -> Ints:
    numbers = _numbers(found, name)
    if numbers.dtype.kind == "f":
        return _from_floats(finite(numbers, name=name), name)
    if numbers.dtype.kind == "u" and numbers.size and int(numbers.max()) > MOST:
        raise TooLarge(f"{name}: a number above 2^53 cannot be counted exactly.")
    return numbers.astype(np.int64, copy=False)


def _from_floats(numbers: Floats, name: str) -> Ints:
    if (np.abs(numbers) > MOST).any():
        raise TooLarge(f"{name}: a number above 2^53 cannot be counted exactly.")
    if (numbers != np.floor(numbers)).any():
        raise OutOfRange(f"{name}: only whole numbers count.")
    return numbers.astype(np.int64)


def _between(lowest: float | None, highest: float | None) -> str:
    if lowest is None:
        return f"at {highest} or below"
    return f"at {lowest} or above" if highest is None else f"between {lowest} and {highest}"


def _listed(categories: Sequence[str]) -> str:
    """The first few names: a taxonomy of 500 would fill the screen."""
    shown = ", ".join(str(category) for category in categories[:12])
    return shown if len(categories) <= 12 else f"{shown} and {len(categories) - 12} more"
