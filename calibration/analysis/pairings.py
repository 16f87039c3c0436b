"""How far each two raters agree on the items that both rated."""

from dataclasses import dataclass

import numpy as np

from calibration.analysis.ratings import Ratings
from calibration.stats import RaterPairs, rater_pairs

# Two raters are compared in words from so many items in common.
ENOUGH_SHARED = 20

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two raters: the items that both rated, those with the same label, and kappa, None where it is undefined."""

    first: str
    second: str
    n: int
    agreed: int
    kappa: float | None

    @property
    def percent(self) -> float:
        """The share of items with the same label."""
        return self.agreed / self.n


@dataclass(frozen=True, slots=True)
class Pairings:
    """All pairs of raters with an item in common; `counted` is None where they are too many to count."""

    raters: tuple[str, ...]
    counted: RaterPairs | None

    def __len__(self) -> int:
        return 0 if self.counted is None else len(self.counted)

    def most_shared(self, limit: int) -> list[Pair]:
        """Pairs with the most items in common, at most `limit`."""
        if self.counted is None:
            return []
        return self._at(np.argsort(-self.counted.n, kind="stable")[:limit])

    def least_alike(self, limit: int = _NAMED) -> list[Pair]:
        """The pairs of the lowest kappa among those with enough items in common."""
        return self._at(self._by_kappa()[:limit])

    def most_alike(self, limit: int = _NAMED) -> list[Pair]:
        """The pairs of the highest kappa among those with enough items in common, that are not the lowest too."""
        order = self._by_kappa()
        return self._at(order[limit:][::-1][:limit])

    def n_enough(self) -> int:
        """How many pairs have enough items in common to be compared."""
        return len(self._by_kappa())

    def _by_kappa(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if self.counted is None:
            return np.zeros(0, np.int64)
        known = np.flatnonzero((self.counted.n >= ENOUGH_SHARED) & np.isfinite(self.counted.kappa))
        return known[np.argsort(self.counted.kappa[known], kind="stable")]

    def _at(self, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Pair]:
        counted = self.counted
        if counted is None:
            return []
        kappas = [float(kappa) if np.isfinite(kappa) else None for kappa in counted.kappa[places]]
        names = [
            (self.raters[int(counted.raters[first])], self.raters[int(counted.raters[second])])
            for first, second in zip(counted.first[places], counted.second[places], strict=True)
        ]
        figures = zip(counted.n[places].tolist(), counted.agreed[places].tolist(), kappas, strict=True)
        return [Pair(*pair, n, agreed, kappa) for pair, (n, agreed, kappa) in zip(names, figures, strict=True)]


def pair_up(ratings: Ratings) -> Pairings:
    """Percent agreement and Cohen's kappa of each two raters, counted in one pass."""
    if not ratings.can_be_paired:
        return Pairings(ratings.raters, None)
    labels = ratings.label
    return Pairings(ratings.raters, rater_pairs(ratings.item, ratings.rater, labels, _codes(ratings)))


def _codes(ratings: Ratings) -> list[str]:
    return [str(code) for code in range(len(ratings.labels))]
