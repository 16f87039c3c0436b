"""Medians of groups: what `numpy.bincount` does for sums."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def group_medians(groups: Ints, values: Floats, n_groups: int) -> Floats:
    """The median of each group, float64[G], 0 of an empty one; groups int[R] are codes from 0, values float[R].

    >>> group_medians(np.array([2, 0, 2, 0, 0]), np.array([1.0, 9.0, 4.0, 3.0, 5.0]), 3).tolist()
    [5.0, 0.0, 2.5]
    """
    n = np.bincount(groups, minlength=n_groups)
    ordered = values[np.lexsort((values, groups))]
    first = np.cumsum(n) - n
    found = np.zeros(n_groups)
    there = n > 0
    low, high = first + (n - 1) // 2, first + n // 2
    found[there] = (ordered[low[there]] + ordered[high[there]]) / 2
    return found
