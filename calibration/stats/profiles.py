"""What kind of errors somebody makes: figures from a confusion that one accuracy does not tell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from calibration.stats.estimates import Estimate, Status
from calibration.stats.tallies import ConfusionTally

HIGHEST_COST = 1e9


def f1_score(tally: ConfusionTally, category: str) -> float | None:
    """Harmonic mean of precision and recall of a category (van Rijsbergen 1979, chapter 7); None where it never came.

    Raises ValueError for an undeclared category.

    >>> f1_score(ConfusionTally.from_pairs(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]), "b")
    0.6666666666666666
    """
    at = _at(tally, category)
    hits, expected, given = tally.counts[at, at], tally.counts[at].sum(), tally.counts[:, at].sum()
    return float(2 * hits / (expected + given)) if expected + given else None


def macro_f1(tally: ConfusionTally) -> float | None:
    """Mean of the F1 of all categories that were expected or given; None where there are none.

    >>> round(macro_f1(ConfusionTally.from_pairs(["a", "a", "b"], ["a", "b", "b"], ["a", "b", "c"])), 3)
    0.667
    """
    scores = [score for score in (f1_score(tally, category) for category in tally.categories) if score is not None]
    return float(np.mean(scores)) if scores else None


def matthews_correlation(tally: ConfusionTally) -> float | None:
    """Correlation of expected and given category, from -1 to 1 (Matthews 1975; for K categories Gorodkin 2004, eq. 8).

    "Cannot tell" is a given category of its own, that is never expected. None where either side shows one category.

    >>> matthews_correlation(ConfusionTally.from_pairs(list("aabb"), list("aabb"), ["a", "b"]))
    1.0
    """
    n, right = tally.n, int(np.trace(tally.counts))
    expected, given = tally.counts.sum(axis=1), tally.counts.sum(axis=0)
    padded = np.append(expected, 0)
    spread = (n**2 - expected @ expected) * (n**2 - given @ given)
    return float((n * right - padded @ given) / np.sqrt(float(spread))) if spread else None


@dataclass(frozen=True, slots=True)
class Detection:
    """How well violations are told from the rest, `sensitivity` d', and how readily they are called, `criterion` c.

    A criterion above 0 is lenient (misses rather than false alarms), below 0 strict; both in standard deviations.
    """

    sensitivity: float
    criterion: float
    hits: int
    violating: int
    false_alarms: int
    clean: int


def detection(tally: ConfusionTally, no_violation: str) -> Detection | None:
    """How well any violation is found, d' and c (Green and Swets 1966), with the log-linear correction (Hautus 1995).

    Half an answer is added to hits and to false alarms and one to what they are out of, so that perfect answers stay
    finite. "Cannot tell" finds nothing. None where no violating or no clean item was expected. Raises ValueError for an
    undeclared category.

    >>> found = detection(ConfusionTally.from_cells([("ok", "ok", 45), ("ok", "spam", 5), ("spam", "spam", 40),
    ...     ("spam", "ok", 10)], ["ok", "spam"]), "ok")
    >>> round(found.sensitivity, 2), round(found.criterion, 2)
    (2.06, 0.21)
    """
    at = _at(tally, no_violation)
    finds = tally.counts[:, :-1].sum(axis=1) - tally.counts[:, at]
    out_of = tally.counts.sum(axis=1)
    clean, violating = int(out_of[at]), int(out_of.sum() - out_of[at])
    if not clean or not violating:
        return None
    false_alarms, hits = int(finds[at]), int(finds.sum() - finds[at])
    z_hit, z_false = (float(norm.ppf((x + 0.5) / (n + 1))) for x, n in ((hits, violating), (false_alarms, clean)))
    return Detection(z_hit - z_false, -(z_hit + z_false) / 2, hits, violating, false_alarms, clean)


def cost_weighted_error(
    tally: ConfusionTally,
    costs: Mapping[tuple[str, str | None], float],
    *,
    other: float = 1.0,
    confidence: float = 0.95,
) -> Estimate:
    """Mean cost of an answer, in the unit of the costs: severity of the errors, not their number alone.

    costs maps (expected, given) to a cost of at least 0, given None for "cannot tell"; errors that it does not name
    cost `other`, the diagonal nothing. The interval is that of a mean (normal, sample variance). Status `empty` without
    answers, `too_few` without interval under two. Raises ValueError for an undeclared category or a negative cost.

    >>> tally = ConfusionTally.from_cells([("ok", "ok", 90), ("ok", "spam", 8), ("spam", "ok", 2)], ["ok", "spam"])
    >>> cost_weighted_error(tally, {("spam", "ok"): 5.0}).rounded(2)
    (0.18, 0.03, 0.33)
    """
    table = _cost_table(tally, costs, other)
    n, method = tally.n, "cost_weighted_error"
    if n == 0:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method=method)
    mean = float((tally.counts * table).sum() / n)
    if n == 1:
        return Estimate(mean, None, None, confidence, n, Status.TOO_FEW, n, method)
    variance = float((tally.counts * (table - mean) ** 2).sum() / (n - 1))
    half = float(norm.ppf((1 + confidence) / 2)) * (variance / n) ** 0.5
    if half == 0:
        return Estimate(mean, None, None, confidence, n, Status.TOO_FEW, n, method)
    return Estimate(mean, max(mean - half, 0.0), mean + half, confidence, n, Status.OK, n, method)


def _cost_table(
    tally: ConfusionTally, costs: Mapping[tuple[str, str | None], float], other: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    k = len(tally.categories)
    table = np.full((k, k + 1), float(other))
    np.fill_diagonal(table[:, :k], 0.0)
    for (expected, given), cost in costs.items():
        if not 0 <= cost <= HIGHEST_COST:
            raise ValueError("A cost lies between 0 and a thousand million.")
        table[_at(tally, expected), k if given is None else _at(tally, given)] = cost
    return table


def _at(tally: ConfusionTally, category: str) -> int:
    if category not in tally.categories:
        raise ValueError(f"'{category}' is not among the declared categories: {', '.join(tally.categories)}.")
    return tally.categories.index(category)
