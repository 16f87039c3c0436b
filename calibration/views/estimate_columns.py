"""Estimates as columns of a CSV download."""

from calibration.stats import Estimate

INTERVAL = ("value", "lower", "upper", "n")


def estimate_headings(name: str) -> list[str]:
    """The four columns of an estimate."""
    return [name, *(f"{name} {part}" for part in INTERVAL[1:])]


def estimate_cells(estimate: Estimate) -> list[object]:
    """Value, bounds and n; what is undefined stays empty, never 0."""
    return [getattr(estimate, part) for part in INTERVAL]
