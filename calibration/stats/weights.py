"""How much two categories agree: 1 on the diagonal, less the further they lie apart."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from calibration.stats.errors import OutOfRange
from calibration.stats.inputs import finite

Floats = NDArray[np.float64]


class Weights(StrEnum):
    """Which disagreements count as partial agreement (Cohen 1968; Gwet 2014)."""

    IDENTITY = "identity"
    LINEAR = "linear"
    QUADRATIC = "quadratic"
    ORDINAL = "ordinal"


def category_weights(
    categories: Sequence[str], kind: Weights | str, *, values: Sequence[float] | None = None
) -> Floats:
    """Weights of agreement between K categories, float64[K, K], symmetric, in [0, 1] with ones on the diagonal.

    Linear is `1 - |a - b| / range` and quadratic `1 - (a - b)^2 / range^2` of `values`, float[K], or else of the places
    of the categories in their order; ordinal depends on the order alone: `1 - C(d + 1, 2) / C(K, 2)` for categories d
    places apart (Gwet 2014). Raises ValueError for an unknown kind and for values that are not K finite numbers.

    >>> category_weights(["low", "mid", "high"], "linear").tolist()
    [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    """
    kind, k = Weights(kind), len(categories)
    if kind is Weights.IDENTITY or k < 2:
        return np.eye(k)
    places = np.arange(k, dtype=np.float64)
    if kind is Weights.ORDINAL:
        apart = np.abs(np.subtract.outer(places, places))
        return np.asarray(1 - apart * (apart + 1) / (k * (k - 1)), np.float64)
    scores = places if values is None else _checked(values, k)
    apart = np.abs(np.subtract.outer(scores, scores))
    apart = apart / apart.max() if apart.max() > 0 else apart
    return np.asarray(1 - (apart if kind is Weights.LINEAR else apart**2), np.float64)


def _checked(values: Sequence[float], k: int) -> Floats:
    scores = finite(values, name="values")
    if scores.shape != (k,):
        raise OutOfRange("Give one finite number for each category.")
    return scores
