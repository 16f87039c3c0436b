"""What kind of errors each rater makes against the reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.analysis.ratings import Codes, Ratings
from calibration.stats import (
    ConfusionTally,
    Detection,
    Estimate,
    detection,
    f1_score,
    macro_f1,
    matthews_correlation,
)

# Under so many answers with a reference there is no profile, only counts.
ENOUGH_JUDGED = 20

# A profile is a table of categories: beyond, counts of errors say it shorter.
_MOST_CATEGORIES = 50
_MOST_RATERS = 5000


@dataclass(frozen=True, slots=True)
class CategoryProfile:
    """How a rater answers one category: how often it was expected, given and both, and F1, None where it never was."""

    name: str
    expected: int
    given: int
    right: int
    f1: float | None

    @property
    def precision(self) -> float | None:
        """How much of what the rater gave should have been given."""
        return self.right / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """How much of what should have been given the rater gave."""
        return self.right / self.expected if self.expected else None


@dataclass(frozen=True, slots=True)
class Profile:
    """A rater's errors: macro-F1 and Matthews' correlation, None where undefined, and the figures of each category.

    With a category that stands for "no violation": the rates of false positives and false negatives, and how well
    violations are told from the rest.
    """

    rater: str
    n: int
    macro_f1: float | None
    matthews: float | None
    categories: tuple[CategoryProfile, ...]
    false_positives: Estimate | None = None
    false_negatives: Estimate | None = None
    detection: Detection | None = None


def error_profiles(ratings: Ratings, expected: Codes, *, no_violation: str | None = None) -> tuple[Profile, ...]:
    """The profile of each rater with enough answers; expected is int64[R], below 0 where there is no label to compare.

    Empty where the categories are too many for a table; of very many raters those with the most answers.
    """
    k = len(ratings.labels)
    if k > _MOST_CATEGORIES:
        return ()
    judged = expected >= 0
    keys = (ratings.rater[judged] * k + expected[judged]) * k + ratings.label[judged]
    cells, n = np.unique(keys, return_counts=True)
    raters, places = np.divmod(cells, k * k)
    totals = np.bincount(raters, n, len(ratings.raters))
    bounds = np.searchsorted(raters, np.arange(len(ratings.raters) + 1))
    found = []
    ranked = np.argsort(-totals, kind="stable")[:_MOST_RATERS]
    for rater in ranked[totals[ranked] >= ENOUGH_JUDGED].tolist():
        part = slice(bounds[rater], bounds[rater + 1])
        tally = _tally(ratings.labels, places[part], n[part])
        found.append(_profile(ratings.raters[rater], tally, no_violation))
    return tuple(found)


def _tally(labels: Sequence[str], places: Codes, n: Codes) -> ConfusionTally:
    k = len(labels)
    counted = zip(places.tolist(), n.tolist(), strict=True)
    cells = ((labels[place // k], labels[place % k], count) for place, count in counted)
    return ConfusionTally.from_cells(cells, labels)


def _profile(name: str, tally: ConfusionTally, no_violation: str | None) -> Profile:
    categories = tuple(
        CategoryProfile(
            category,
            int(tally.counts[at].sum()),
            int(tally.counts[:, at].sum()),
            int(tally.counts[at, at]),
            f1_score(tally, category),
        )
        for at, category in enumerate(tally.categories)
    )
    figures = (name, tally.n, macro_f1(tally), matthews_correlation(tally), categories)
    if no_violation is None:
        return Profile(*figures)
    return Profile(
        *figures,
        tally.false_positive_rate(no_violation),
        tally.false_negative_rate(no_violation),
        detection(tally, no_violation),
    )
