"""The score interval of a coefficient from somebody else's standard error, written out."""

from math import sqrt

TINY = 1e-6


def bounds_by_hand(value, error, *, quantile, least=-1.0):
    """Wilson 1927 for how far the coefficient lies under 1, at as many items as would be as precise.

    None where nothing varies, or the coefficient lies at an end of its range: those are cases of their own.
    """
    span = 1 - least
    down = (1 - value) / span
    if not error > TINY or not TINY < down < 1 - TINY:
        return None
    size = down * (1 - down) / (error / span) ** 2
    centre = (down + quantile**2 / (2 * size)) / (1 + quantile**2 / size)
    half = quantile / (1 + quantile**2 / size) * sqrt(down * (1 - down) / size + quantile**2 / (4 * size**2))
    return min(1 - span * (centre + half), value), min(max(1 - span * (centre - half), value), 1.0)
