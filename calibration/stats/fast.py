"""The same integers and sums in compiled loops, where the optional package numba is installed; results do not differ.

Nothing here runs as plain Python: without numba, and for inputs that are not worth the second that the first call of
a loop takes to compile or to load, each function gives None and its caller counts with NumPy.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]
Floats = NDArray[np.float64]

WORTHWHILE = 100_000
_TABLE = 2**16
_LONGEST = 15
_CELLS = 25_000_000


@cache
def _compiled(loop: Callable[..., Any]) -> Callable[..., Any] | None:
    if find_spec("numba") is None:
        return None
    made: Callable[..., Any] = import_module("numba").njit(nogil=True, cache=True)(loop)
    return made


def count_runs(units: NDArray[Any], persons: NDArray[Any], codes: Ints, *, k: int) -> tuple[Ints, int] | None:
    """How many items show each pattern, by the number whose k digits are the pattern, and the base of the digits.

    None also where it does not apply: items or raters that are no whole numbers, ratings not in the order of their
    items, a rater who repeats an item, a code out of range, more than 15 ratings an item, or more patterns than fit
    into a table.
    """
    base = min(int(_TABLE ** (1 / max(k, 1))), _LONGEST + 1)
    if len(units) < WORTHWHILE or not len(units) == len(persons) == len(codes) or base < 2:
        return None
    if units.dtype.kind not in "iu" or persons.dtype.kind not in "iu":
        return None
    loop = _compiled(_count_runs)
    if loop is None:
        return None
    totals = np.zeros(base**k, np.int64)
    powers = base ** np.arange(k - 1, -1, -1, dtype=np.int64)
    return (totals, base) if loop(units, persons, codes, powers, totals) else None


def count_pairs(units: Ints, persons: Ints, codes: Ints, *, k: int, n_raters: int) -> tuple[Shorts, Shorts] | None:
    """What each rater gave on the items shared with each other rater, int32[M, M, K], and how often both gave the same.

    The second is int32[M, M] with first < second. None also where the table would be too large.
    """
    if len(units) < WORTHWHILE or n_raters**2 * k > _CELLS:
        return None
    loop = _compiled(_count_pairs)
    if loop is None:
        return None
    order = np.argsort(units, kind="stable")
    gave, agreed = np.zeros((n_raters, n_raters, k), np.int32), np.zeros((n_raters, n_raters), np.int32)
    loop(units[order], persons[order], codes[order], gave, agreed)
    return gave, agreed


def _count_pairs(units: Ints, persons: Ints, codes: Ints, gave: Ints, agreed: Ints) -> None:
    start = 0
    for row in range(len(units)):
        if units[row] != units[start]:
            start = row
        for earlier in range(start, row):
            one, other = persons[row], persons[earlier]
            gave[one, other, codes[row]] += 1
            gave[other, one, codes[earlier]] += 1
            if codes[row] == codes[earlier]:
                agreed[min(one, other), max(one, other)] += 1


def _count_runs(units: Ints, persons: Ints, codes: Ints, powers: Ints, totals: Ints) -> bool:
    """Count whole runs of one item; a label of -1 is a rating that does not count."""
    k, base = len(powers), len(totals) // powers[0]
    start, size, key, unit = 0, 0, 0, units[0]
    for row in range(len(units)):
        if units[row] != unit:
            if units[row] < unit:
                return False
            totals[key] += size > 0
            start, size, key, unit = row, 0, 0, units[row]
        code, person = codes[row], persons[row]
        if code >= k or code < -1 or row - start > _LONGEST:
            return False
        for earlier in range(start, row):
            if persons[earlier] == person:
                return False
        if code >= 0:
            key += powers[code]
            size += 1
            if size >= base:
                return False
    totals[key] += size > 0
    return True
