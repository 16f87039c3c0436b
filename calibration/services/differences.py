"""What a recomputation does not confirm, and formulas written out for it."""

from dataclasses import dataclass
from math import isclose, sqrt

TOLERANCE = 1e-9
Z = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A stored figure that its recomputation does not confirm."""

    what: str
    stored: object
    recomputed: object


def is_close(stored: float | None, again: float | None, *, tolerance: float = TOLERANCE) -> bool:
    """Whether two values are the same figure; None is only None."""
    if stored is None or again is None:
        return stored is again
    return isclose(stored, again, rel_tol=tolerance, abs_tol=tolerance)


def wilson_by_hand(right: int, n: int) -> tuple[float | None, float | None, float | None]:
    """Share, lower and upper bound at 95 % (Wilson 1927)."""
    if n == 0:
        return None, None, None
    share = right / n
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return share, max(centre - half, 0.0), min(centre + half, 1.0)
