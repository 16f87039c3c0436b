"""Exams: a pass mark and a sequential test, each with what it does to people of known accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom

from calibration.stats.errors import OutOfRange
from calibration.stats.inputs import flags

Floats = NDArray[np.float64]

_SHOWN = (0.97, 0.95, 0.90, 0.85, 0.80)


@dataclass(frozen=True, slots=True)
class PassMark:
    """An exam of `items` answers that is passed by `right` right ones. Raises ValueError unless 0 < right <= items.

    >>> PassMark().words
    'Passes with 37 of 40 right: 97 of 100 people at 97 %, 86 at 95 %, 42 at 90 %, 13 at 85 %, 3 at 80 %.'
    """

    items: int = 40
    right: int = 37

    def __post_init__(self) -> None:
        if not 0 < self.right <= self.items:
            raise OutOfRange("A pass mark asks for at least one right answer and at most as many as there are items.")

    @property
    def words(self) -> str:
        """The mark and its operating curve as a sentence."""
        (accuracy, chance), *others = self.curve()
        tail = "".join(f", {_hundredths(share)} at {_hundredths(point)} %" for point, share in others)
        return (
            f"Passes with {self.right} of {self.items} right: "
            f"{_hundredths(chance)} of 100 people at {_hundredths(accuracy)} %{tail}."
        )

    def passes(self, right_answers: int) -> bool:
        """Whether so many right answers pass."""
        return right_answers >= self.right

    def chance(self, accuracy: float) -> float:
        """Probability that somebody of true `accuracy` passes: the binomial tail (Lord and Novick 1968, chapter 23).

        >>> round(PassMark(items=40, right=37).chance(0.9), 3)
        0.423
        """
        if not 0 <= accuracy <= 1:
            raise OutOfRange("An accuracy lies between 0 and 1.")
        return float(binom.sf(self.right - 1, self.items, accuracy))

    def curve(self, accuracies: Sequence[float] = _SHOWN) -> tuple[tuple[float, float], ...]:
        """Operating curve: (accuracy, chance to pass) pairs, in the order asked for.

        >>> [round(chance, 2) for _, chance in PassMark().curve((0.97, 0.8))]
        [0.97, 0.03]
        """
        return tuple((accuracy, self.chance(accuracy)) for accuracy in accuracies)


class Outcome(StrEnum):
    """Where a sequential exam stands."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class SprtResult:
    """Outcome of a sequential exam after `n` answers; `score` is the log-likelihood ratio in nats, towards good."""

    outcome: Outcome
    n: int
    score: float


@dataclass(frozen=True, slots=True)
class SprtFigures:
    """Chance to pass, and the median number of answers until a decision, None where `limit` does not decide half."""

    chance: float
    median_items: int | None


@dataclass(frozen=True, slots=True)
class Sprt:
    """Sequential probability ratio test of `good` against `bad` accuracy, error rates alpha and beta (Wald 1945).

    Passing a bad person has probability alpha at most, failing a good one beta. Raises ValueError unless 0 < bad <
    good < 1.

    >>> Sprt().run([True] * 40).outcome.value, Sprt().run([True] * 40).n
    ('passed', 27)
    """

    good: float = 0.95
    bad: float = 0.85
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.bad < self.good < 1:
            raise OutOfRange("Accuracies of a sequential exam satisfy 0 < bad < good < 1.")
        if not (0 < self.alpha < 0.5 and 0 < self.beta < 0.5):
            raise OutOfRange("Error rates of a sequential exam lie between 0 and one half.")

    @property
    def steps(self) -> tuple[float, float]:
        """What a wrong and a right answer add, in nats."""
        return log((1 - self.good) / (1 - self.bad)), log(self.good / self.bad)

    @property
    def bounds(self) -> tuple[float, float]:
        """The score at which the exam is failed and at which it is passed, in nats."""
        return log(self.beta / (1 - self.alpha)), log((1 - self.beta) / self.alpha)

    def run(self, right: ArrayLike) -> SprtResult:
        """Outcome over right, bool[n] in the order of the answers; answers after the decision do not count."""
        answers = flags(right, name="right")
        scores = np.cumsum(np.where(answers, self.steps[1], self.steps[0]))
        failed, passed = self.bounds
        decided = np.flatnonzero((scores <= failed) | (scores >= passed))
        if not decided.size:
            return SprtResult(Outcome.UNDECIDED, len(scores), float(scores[-1]) if scores.size else 0.0)
        at = int(decided[0])
        outcome = Outcome.PASSED if scores[at] >= passed else Outcome.FAILED
        return SprtResult(outcome, at + 1, float(scores[at]))

    def figures(self, accuracy: float, *, limit: int = 2000) -> SprtFigures:
        """What the exam does to somebody of true `accuracy`, exactly, over the number of wrong answers so far.

        >>> figures = Sprt().figures(0.97)
        >>> round(figures.chance, 3), figures.median_items
        (0.997, 38)
        """
        if not 0 <= accuracy <= 1:
            raise OutOfRange("An accuracy lies between 0 and 1.")
        passed, decided, median = 0.0, 0.0, None
        wrongs = np.zeros(limit + 1)
        wrongs[0] = 1.0
        for n in range(1, limit + 1):
            wrongs[1:] = wrongs[1:] * accuracy + wrongs[:-1] * (1 - accuracy)
            wrongs[0] *= accuracy
            passes, fails = self._decided(n, limit)
            passed += float(wrongs[passes].sum())
            decided += float(wrongs[passes | fails].sum())
            wrongs[passes | fails] = 0.0
            median = n if median is None and decided >= 0.5 else median
            if decided > 1 - 1e-12:
                break
        return SprtFigures(passed, median)

    def _decided(self, n: int, limit: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which numbers of wrong answers among n pass and fail, bool[limit + 1] each."""
        wrong = np.arange(limit + 1)
        scores = self.steps[1] * (n - wrong) + self.steps[0] * wrong
        failed, passed = self.bounds
        return scores >= passed, scores <= failed


def _hundredths(share: float) -> int:
    return round(100 * share)
