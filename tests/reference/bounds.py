"""The score interval of a coefficient from somebody else's standard error, written out."""

from math import sqrt


def bounds_by_hand(value, error, *, worst, quantile, least=-1.0):
    """Wilson 1927 for the share of disagreement (1 - value) / worst, at as many items as would be as precise."""
    down = (1 - value) / worst
    size = down * (1 - down) / (error / worst) ** 2
    centre = (down + quantile**2 / (2 * size)) / (1 + quantile**2 / size)
    half = quantile / (1 + quantile**2 / size) * sqrt(down * (1 - down) / size + quantile**2 / (4 * size**2))
    return max(1 - worst * (centre + half), min(least, value)), min(1 - worst * (centre - half), 1.0)
