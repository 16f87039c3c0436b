"""What kind of errors somebody makes: figures from a confusion that one accuracy does not tell."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import norm

from calibration.stats.errors import OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import finite, place_of, share
from calibration.stats.intervals import proportion
from calibration.stats.tallies import ConfusionTally

HIGHEST_COST = 1e9
_SURE = 1.96
# d' and the word for it: 3 is right on .93 of both sides, 2 on .84, 1 on .69.
_SKILLS = ((3.0, "very well"), (2.0, "well"), (1.0, "moderately"), (-np.inf, "hardly"))


class Leaning(StrEnum):
    """Which way somebody errs when in doubt."""

    STRICT = "strict"
    LENIENT = "lenient"
    NEITHER = "neither"


_LEANINGS = {
    Leaning.STRICT: "is strict: when in doubt, calls a violation",
    Leaning.LENIENT: "is lenient: when in doubt, lets it pass",
    Leaning.NEITHER: "leans to neither side",
}


def f1_score(tally: ConfusionTally, category: str) -> float | None:
    """Harmonic mean of precision and recall of a category (van Rijsbergen 1979, chapter 7); None where it never came.

    Raises ValueError for an undeclared category.

    >>> f1_score(ConfusionTally.from_pairs(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]), "b")
    0.6666666666666666
    """
    at = _at(tally, category)
    hits, expected, given = tally.counts[at, at], tally.counts[at].sum(), tally.counts[:, at].sum()
    return float(2 * hits / (expected + given)) if expected + given else None


def f1_estimate(tally: ConfusionTally, category: str, *, confidence: float = 0.95) -> Estimate:
    """F1 of a category with an interval.

    F1 rises with Jaccard's share J of hits among the answers where the category was expected or given, F1 = 2 J / (1 +
    J) (van Rijsbergen 1979, chapter 7), so the bounds are those of J's score interval (Wilson 1927), carried over. `n`
    counts those answers. Status `empty` where there are none. Raises ValueError for an undeclared category.

    >>> tally = ConfusionTally.from_cells([("a", "a", 40), ("a", "b", 5), ("b", "a", 5), ("b", "b", 50)], ["a", "b"])
    >>> f1_estimate(tally, "a").rounded(2)
    (0.89, 0.8, 0.94)
    """
    at = _at(tally, category)
    hits = int(tally.counts[at, at])
    either = int(tally.counts[at].sum() + tally.counts[:, at].sum()) - hits
    jaccard = proportion(hits, either, confidence=confidence)
    value, lower, upper = (
        None if share is None else 2 * share / (1 + share) for share in (jaccard.value, jaccard.lower, jaccard.upper)
    )
    return Estimate(value, lower, upper, confidence, either, jaccard.status, either, "f1_wilson")


def macro_f1(tally: ConfusionTally) -> float | None:
    """Mean of the F1 of all categories that were expected or given (Yang and Liu 1999); None without any.

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
    n, right = float(tally.n), float(np.trace(tally.counts))
    expected, given = tally.counts.sum(axis=1, dtype=np.float64), tally.counts.sum(axis=0, dtype=np.float64)
    padded = np.append(expected, 0)
    spread = (n**2 - expected @ expected) * (n**2 - given @ given)
    return float((n * right - padded @ given) / np.sqrt(float(spread))) if spread else None


def profile_estimate(
    tally: ConfusionTally,
    figure: Callable[[ConfusionTally], float | None],
    *,
    rng: np.random.Generator,
    replicates: int = 500,
    confidence: float = 0.95,
    minimum: int = 20,
) -> Estimate:
    """A figure of a whole confusion, such as `macro_f1`, with percentiles of a bootstrap over its answers.

    Replicates are multinomial draws of the table's cells (Efron and Tibshirani 1993, chapter 13); those in which the
    figure is undefined are left out. Status `empty` without answers, `one_category` where the figure is undefined,
    `too_few` under `minimum` answers.

    >>> tally = ConfusionTally.from_cells([("a", "a", 40), ("a", "b", 5), ("b", "a", 5), ("b", "b", 50)], ["a", "b"])
    >>> profile_estimate(tally, matthews_correlation, rng=np.random.default_rng(1)).rounded(1)
    (0.8, 0.7, 0.9)
    """
    share(confidence, name="confidence")
    method = f"{figure.__name__}_bootstrap"
    if not tally.n:
        return Estimate.undefined(Status.EMPTY, confidence=confidence, method=method)
    value = figure(tally)
    if value is None:
        return Estimate.undefined(Status.ONE_CATEGORY, n=tally.n, confidence=confidence, method=method)
    cells = tally.counts.ravel()
    drawn = rng.multinomial(tally.n, cells / tally.n, size=replicates).reshape(-1, *tally.counts.shape)
    tables = (ConfusionTally(tally.categories, table, int(np.trace(table))) for table in drawn)
    known = [found for table in tables if (found := figure(table)) is not None]
    lower, upper = np.quantile([*known, value], [(1 - confidence) / 2, (1 + confidence) / 2])
    status = Status.OK if tally.n >= minimum else Status.TOO_FEW
    return Estimate(value, float(lower), float(upper), confidence, tally.n, status, tally.n, method)


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

    @property
    def error(self) -> float:
        """Standard error of the criterion (Gourevitch and Galanter 1967): that of two z-scores, halved."""
        parts = ((self.hits, self.violating), (self.false_alarms, self.clean))
        return 0.5 * math.sqrt(sum(_z_variance(x, n) for x, n in parts))

    @property
    def leaning(self) -> Leaning:
        """Strict or lenient where the criterion is 1.96 standard errors away from 0."""
        if abs(self.criterion) < _SURE * self.error:
            return Leaning.NEITHER
        return Leaning.LENIENT if self.criterion > 0 else Leaning.STRICT

    @property
    def words(self) -> str:
        """How well violations are told from the rest, and which way somebody leans.

        >>> Detection(2.06, 0.21, 40, 50, 5, 50).words
        'Tells violations from the rest well, and leans to neither side.'
        """
        skill = next(word for least, word in _SKILLS if self.sensitivity >= least)
        return f"Tells violations from the rest {skill}, and {_LEANINGS[self.leaning]}."


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
    """Mean cost of an answer, in the unit of the costs (Elkan 2001, equation 1): severity of errors, not number alone.

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


def costs_by_expected(tally: ConfusionTally, costs: Mapping[str, float]) -> dict[tuple[str, str | None], float]:
    """Costs of `cost_weighted_error` where each depends on the expected category alone, whatever was given instead.

    costs maps expected categories to the cost of not giving them; those that the tally does not declare are left out.
    A table by definition, no estimate.

    >>> costs_by_expected(ConfusionTally.empty(["ok", "spam"]), {"spam": 5.0, "gone": 2.0})
    {('spam', 'ok'): 5.0, ('spam', None): 5.0}
    """
    return {
        (expected, given): cost
        for expected, cost in costs.items()
        if expected in tally.categories
        for given in (*tally.categories, None)
        if given != expected
    }


def _z_variance(hits: int, n: int) -> float:
    """Variance of a z-score of a share with the log-linear correction."""
    rate = (hits + 0.5) / (n + 1)
    return float(rate * (1 - rate) / ((n + 1) * norm.pdf(norm.ppf(rate)) ** 2))


def _cost_table(
    tally: ConfusionTally, costs: Mapping[tuple[str, str | None], float], other: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    k = len(tally.categories)
    table = np.full((k, k + 1), float(finite(other, name="other", lowest=0, highest=HIGHEST_COST)))
    np.fill_diagonal(table[:, :k], 0.0)
    for (expected, given), cost in costs.items():
        if not 0 <= cost <= HIGHEST_COST:
            raise OutOfRange("A cost lies between 0 and a thousand million.")
        table[_at(tally, expected), k if given is None else _at(tally, given)] = cost
    return table


def _at(tally: ConfusionTally, category: str) -> int:
    return place_of(category, tally.categories)
