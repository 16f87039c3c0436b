"""Figures corrected for those who measured them: auditors err, and labelers do."""

from dataclasses import replace
from math import hypot, sqrt

from scipy.stats import norm

from calibration.stats.errors import NotEnoughData, OutOfRange
from calibration.stats.estimates import Estimate, Status

# Nearer than this to a coin, an auditor tells nothing that could be corrected.
LEAST_SKILL = 0.1


def corrected_for_auditor(measured: Estimate, auditor_accuracy: float) -> Estimate:
    """Share of right answers where the auditor who measured it errs too: `(m + q - 1) / (2 q - 1)`.

    For two categories and an auditor who is right with probability q whatever the truth (Rogan and Gladen 1978 with
    sensitivity and specificity q). Bounds are corrected alike and cut at 0 and 1; that q itself is an estimate, they do
    not know. Where all of the interval lies beyond what such an auditor can measure there is none: status `too_few`.
    Raises NotEnoughData where |2 q - 1| < .1, and ValueError for q outside 0..1.

    >>> from calibration.stats.estimates import Status
    >>> corrected_for_auditor(Estimate(0.923, 0.90, 0.94, 0.95, 600, Status.OK), 0.95).rounded(3)
    (0.97, 0.944, 0.989)
    """
    return _corrected(measured, auditor_accuracy, auditor_accuracy, method="corrected_for_auditor")


def corrected_prevalence(
    measured: Estimate,
    *,
    sensitivity: float,
    specificity: float,
    positives: int | None = None,
    negatives: int | None = None,
) -> Estimate:
    """True share of a category from the share that labelers found (Rogan and Gladen 1978): (p + sp - 1)/(se + sp - 1).

    sensitivity is how many of the category they find, specificity how many of the others they leave. Bounds are
    corrected alike and cut at 0 and 1. Where both shares were estimated themselves, from so many known `positives` and
    `negatives`, their variance is added (delta method, Rogan and Gladen 1978; each share is drawn in by one answer of
    either kind, as in Lang and Reiczigel 2014). Raises NotEnoughData where sensitivity + specificity is near 1, and
    ValueError for either outside 0..1 or fewer than one known answer.

    >>> from calibration.stats.estimates import Status
    >>> found = Estimate(0.0283, 0.025, 0.032, 0.95, 10_000, Status.OK)
    >>> corrected_prevalence(found, sensitivity=0.85, specificity=0.98).rounded(4)
    (0.01, 0.006, 0.0145)
    >>> corrected_prevalence(found, sensitivity=0.85, specificity=0.98, positives=400, negatives=4000).rounded(4)
    (0.01, 0.0034, 0.0169)
    """
    found = _corrected(measured, sensitivity, specificity, method="rogan_gladen")
    if positives is None or negatives is None:
        return found
    if min(positives, negatives) < 1:
        raise OutOfRange("Sensitivity and specificity rest on one known answer each at least.")
    return _widened(measured, found, (sensitivity, positives), (specificity, negatives))


def _widened(measured: Estimate, found: Estimate, finding: tuple[float, int], leaving: tuple[float, int]) -> Estimate:
    """With the variance of both shares, each given with its number of answers, added to the distance of each bound."""
    if found.value is None or found.lower is None or measured.value is None:
        return found
    skill = finding[0] + leaving[0] - 1
    of_rates = found.value**2 * _variance(*finding) + (1 - found.value) ** 2 * _variance(*leaving)
    z = float(norm.ppf((1 + measured.confidence) / 2))
    raw = (measured.value + leaving[0] - 1) / skill
    ends = [((bound or 0.0) + leaving[0] - 1) / skill for bound in (measured.lower, measured.upper)]
    lower, upper = (
        min(max(raw + side * hypot(end - raw, z * sqrt(of_rates) / skill), 0.0), 1.0)
        for side, end in zip((-1, 1), sorted(ends), strict=True)
    )
    return replace(found, lower=lower, upper=upper)


def _variance(share: float, n: int) -> float:
    drawn_in = (share * n + 1) / (n + 2)
    return drawn_in * (1 - drawn_in) / n


def _corrected(measured: Estimate, sensitivity: float, specificity: float, *, method: str) -> Estimate:
    if not (0 <= sensitivity <= 1 and 0 <= specificity <= 1):
        raise OutOfRange("Sensitivity, specificity and accuracy are shares from 0 to 1.")
    skill = sensitivity + specificity - 1
    if abs(skill) < LEAST_SKILL:
        raise NotEnoughData("Whoever measured is hardly better than a coin: nothing can be corrected.")

    def correct(share: float | None) -> float | None:
        return None if share is None else min(max((share + specificity - 1) / skill, 0.0), 1.0)

    bounds = sorted(bound for bound in (correct(measured.lower), correct(measured.upper)) if bound is not None)
    is_possible = len(bounds) == 2 and bounds[0] < bounds[1]
    lower, upper = bounds if is_possible else (None, None)
    status = measured.status if is_possible or measured.status is not Status.OK else Status.TOO_FEW
    return Estimate(
        correct(measured.value), lower, upper, measured.confidence, measured.n, status, measured.n_ratings, method
    )
