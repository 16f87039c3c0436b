"""What a retraining did: accuracy after less accuracy before, on the same clauses, without the run that led to it."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv
from scipy.stats import norm

from calibration.stats.accuracy import BetaPrior
from calibration.stats.errors import OutOfRange
from calibration.stats.estimates import Estimate, Interval, Status
from calibration.stats.inputs import counts, same_length, share
from calibration.stats.intervals import score_interval

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# So many answers are needed on each side before anything is told.
FEWEST = 30
# So many count at most, the first after the flag and the first after the retraining. How much gold somebody gets
# depends on how they answer; a number of answers that does so too would bend the share by half a point.
MOST = 100
# From this probability on an effect is told as one.
SURE = 0.95
_POWER = 0.8
_METHOD = "mantel_haenszel_newcombe"
_QUANTILES = (np.arange(1000) + 0.5) / 1000


class Change(StrEnum):
    """What may be said of an effect."""

    IMPROVED = "improved"
    WORSE = "worse"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """Right answers of n before and after, one entry a clause, int[C] each, in the same order of clauses."""

    pre_right: ArrayLike
    pre_n: ArrayLike
    post_right: ArrayLike
    post_n: ArrayLike


@dataclass(frozen=True, slots=True)
class RetrainingEffect:
    """The effect of a retraining, in shares, with what it is made of.

    `pre` and `post` are standardised to the same mix of clauses, `n` of each counts the answers under clauses that both
    hold. `naive` is what a plain comparison with everything before would read, `expected_by_regression` how much of
    that would have come back anyway; None where the alarm's run is not known. `p_improved` is None where too little is
    known to tell anything (`status`). `peers` is how others changed meanwhile, `beyond_peers` the effect less that.
    `more_after` is how many more answers afterwards tell an effect with probability .8, if it is as it looks: 0 where
    it is told, None where the first 100 would not do.
    """

    effect: Estimate
    pre: Estimate
    post: Estimate
    naive: float | None
    expected_by_regression: float | None
    p_improved: float | None
    peers: Estimate | None
    beyond_peers: Estimate | None
    more_after: int | None
    status: Status
    minimum: int

    @property
    def change(self) -> Change:
        """What may be said: improved or worse from a probability of .95 on."""
        if self.p_improved is None or 1 - SURE < self.p_improved < SURE:
            return Change.NOT_ENOUGH_DATA
        return Change.IMPROVED if self.p_improved >= SURE else Change.WORSE

    @property
    def words(self) -> str:
        """The effect as sentences, the figure first."""
        if self.p_improved is None or self.effect.value is None:
            return _hidden_words(self)
        parts = (_lead_words(self), _regression_words(self), _peer_words(self), _more_words(self))
        return " ".join(part for part in parts if part)


class _Side(NamedTuple):
    """A standardised share of n answers, and how many answers under one clause would be as precise."""

    value: float
    n: int
    effective: float

    def estimate(self, confidence: float) -> Estimate:
        """The share with its score interval."""
        if not self.n:
            return Estimate.undefined(Status.EMPTY, confidence=confidence, method=_METHOD)
        lower, upper = score_interval(self.value, self.effective, float(norm.ppf((1 + confidence) / 2)))
        return Estimate(self.value, max(lower, 0.0), min(upper, 1.0), confidence, self.n, Status.OK, self.n, _METHOD)

    @property
    def posterior(self) -> tuple[float, float]:
        """Beta posterior under Jeffreys' prior."""
        return self.value * self.effective + 0.5, (1 - self.value) * self.effective + 0.5

    @property
    def variance(self) -> float:
        """Variance of the share, with half an answer added to each side so that perfect answers are not certain."""
        value = (self.value * self.effective + 0.5) / (self.effective + 1)
        return value * (1 - value) / self.effective


def retraining_effect(
    pre_right: ArrayLike,
    pre_n: ArrayLike,
    post_right: ArrayLike,
    post_n: ArrayLike,
    *,
    prior: BetaPrior,
    run_right: int = 0,
    run_n: int = 0,
    peers: BeforeAfter | None = None,
    minimum: int = FEWEST,
    confidence: float = 0.95,
) -> RetrainingEffect:
    """Accuracy after a retraining less accuracy before it, on the same clauses.

    pre_right[C] of pre_n[C] and post_right[C] of post_n[C] are right answers by clause. The answers before are those
    between the flag and the retraining: the run that raised the alarm was picked for being bad and stays out, as
    run_right of run_n. Both sides are standardised by the weights of Mantel and Haenszel (Greenland and Robins 1985,
    eq. 4), which leaves out clauses that only one side holds. The interval is Newcombe's (1998, method 10) at the
    number of answers under one clause that would be as precise. P(improved) is that of two independent Beta posteriors
    under Jeffreys' prior (Gelman et al. 2013, section 3.6).

    `expected_by_regression` is what the queue's `prior` lets expect of somebody who looked as this person did with the
    run counted in (Robbins 1956; Davis 1976 on regression to the mean): posterior mean less share. The effect does not
    rest on it. `peers` are answers
    of others in the same two periods, weighted by this person's mix of clauses.

    Status `too_few` without effect under `minimum` answers on either side, under clauses that both hold. Raises
    UnlikeLengths, OutOfRange or NotFinite for counts that cannot be.

    >>> prior = BetaPrior(47, 3)
    >>> found = retraining_effect([24, 16], [30, 20], [28, 29], [30, 30], prior=prior, run_right=28, run_n=40)
    >>> found.effect.rounded(2), round(found.p_improved, 3), round(found.expected_by_regression, 2)
    ((0.15, 0.02, 0.28), 0.992, 0.07)
    >>> retraining_effect([9], [10], [60], [60], prior=prior).status.value
    'too_few'
    """
    share(confidence, name="confidence")
    sides = _checked(BeforeAfter(pre_right, pre_n, post_right, post_n))
    if not 0 <= run_right <= run_n:
        raise OutOfRange("Right answers of the run lie between 0 and its answers.")
    weights = _shared_weights(sides)
    pre, post = (_standardised(right, n, weights) for right, n in _pairs(sides))
    is_told = min(pre.n, post.n) >= minimum
    effect = _difference(pre, post, confidence) if is_told else _untold(pre, post, confidence)
    others = _peers_change(peers, weights, confidence, minimum=minimum) if peers is not None else None
    naive, expected = _regression(sides, run_right, run_n, prior)
    return RetrainingEffect(
        effect=effect,
        pre=pre.estimate(confidence),
        post=post.estimate(confidence),
        naive=naive,
        expected_by_regression=expected,
        p_improved=_p_improved(pre, post) if is_told else None,
        peers=others,
        beyond_peers=_beyond(effect, others) if is_told and others is not None else None,
        more_after=_more_after(pre, post) if is_told else _missing_after(pre, post, minimum),
        status=Status.OK if is_told else Status.TOO_FEW,
        minimum=minimum,
    )


def _checked(sides: BeforeAfter) -> tuple[Counts, Counts, Counts, Counts]:
    named = {
        name: np.atleast_1d(counts(getattr(sides, name), name=name))
        for name in ("pre_right", "pre_n", "post_right", "post_n")
    }
    same_length(**named)
    if (named["pre_right"] > named["pre_n"]).any() or (named["post_right"] > named["post_n"]).any():
        raise OutOfRange("Right answers lie between 0 and n, clause by clause.")
    return named["pre_right"], named["pre_n"], named["post_right"], named["post_n"]


def _pairs(sides: tuple[Counts, Counts, Counts, Counts]) -> tuple[tuple[Counts, Counts], tuple[Counts, Counts]]:
    pre_right, pre_n, post_right, post_n = sides
    return (pre_right, pre_n), (post_right, post_n)


def _shared_weights(sides: tuple[Counts, Counts, Counts, Counts]) -> Floats:
    """Mantel-Haenszel weights n m / (n + m), float64[C]; 0 for a clause that one side lacks."""
    _, pre_n, _, post_n = sides
    return np.asarray(pre_n * post_n / np.maximum(pre_n + post_n, 1), np.float64)


def _standardised(right: Counts, n: Counts, weights: Floats) -> _Side:
    used = (weights > 0) & (n > 0)
    if not used.any():
        return _Side(0.0, 0, 0.0)
    part = weights[used] / weights[used].sum()
    value = float(part @ (right[used] / n[used]))
    return _Side(min(value, 1.0), int(n[used].sum()), float(1 / (part**2 / n[used]).sum()))


def _difference(pre: _Side, post: _Side, confidence: float) -> Estimate:
    """Newcombe's hybrid of two score intervals."""
    value = post.value - pre.value
    below, above = _reach(post.estimate(confidence), pre.estimate(confidence))
    return Estimate(value, value - below, value + above, confidence, pre.n + post.n, Status.OK, 0, _METHOD)


def _reach(plus: Estimate, minus: Estimate) -> Interval:
    """How far the interval of a difference reaches below and above (Zou and Donner 2008, eq. 3)."""
    below = sqrt(((plus.value or 0.0) - (plus.lower or 0.0)) ** 2 + ((minus.upper or 0.0) - (minus.value or 0.0)) ** 2)
    above = sqrt(((plus.upper or 0.0) - (plus.value or 0.0)) ** 2 + ((minus.value or 0.0) - (minus.lower or 0.0)) ** 2)
    return Interval(below, above)


def _untold(pre: _Side, post: _Side, confidence: float) -> Estimate:
    return Estimate.undefined(Status.TOO_FEW, n=pre.n + post.n, confidence=confidence, method=_METHOD)


def _peers_change(peers: BeforeAfter, weights: Floats, confidence: float, *, minimum: int) -> Estimate | None:
    sides = _checked(peers)
    same_length(weights=weights, peers=sides[0])
    used = np.where((sides[1] > 0) & (sides[3] > 0), weights, 0.0)
    pre, post = (_standardised(right, n, used) for right, n in _pairs(sides))
    return _difference(pre, post, confidence) if min(pre.n, post.n) >= minimum else None


def _beyond(effect: Estimate, peers: Estimate) -> Estimate:
    value = (effect.value or 0.0) - (peers.value or 0.0)
    below, above = _reach(effect, peers)
    return Estimate(value, value - below, value + above, effect.confidence, effect.n, Status.OK, 0, _METHOD)


def _regression(
    sides: tuple[Counts, Counts, Counts, Counts], run_right: int, run_n: int, prior: BetaPrior
) -> tuple[float | None, float | None]:
    """The plain comparison with everything before, and how far the queue's prior lets such a share come back."""
    pre_right, pre_n, post_right, post_n = (int(part.sum()) for part in sides)
    right, n = pre_right + run_right, pre_n + run_n
    if not run_n or not post_n:
        return None, None
    return post_right / post_n - right / n, float(prior.shrink(right, n)) - right / n


def _p_improved(pre: _Side, post: _Side) -> float:
    """Probability that the share after is the higher one: the mean over quantiles of the posterior before."""
    return float(1 - betainc(*post.posterior, betaincinv(*pre.posterior, _QUANTILES)).mean())


def _more_after(pre: _Side, post: _Side) -> int | None:
    """Answers afterwards that tell such a difference with the usual power, those before as they are (normal)."""
    if not 1 - SURE < _p_improved(pre, post) < SURE:
        return 0
    n = np.arange(post.n + 1, MOST + 1)
    variance = post.variance * post.n / n
    needed = norm.ppf(SURE) * np.sqrt(pre.variance + variance) + norm.ppf(_POWER) * np.sqrt(variance)
    enough = np.flatnonzero(abs(post.value - pre.value) >= needed)
    return int(n[enough[0]]) - post.n if enough.size else None


def _missing_after(pre: _Side, post: _Side, minimum: int) -> int | None:
    return minimum - post.n if pre.n >= minimum else None


def _hidden_words(found: RetrainingEffect) -> str:
    least = found.minimum
    if found.pre.n < least:
        return (
            f"The effect cannot be told: {_answers(found.pre.n)} checked before the retraining and after the run that "
            f"raised the flag, and {least} are needed."
        )
    return (
        f"Not enough data yet: {_answers(found.post.n)} checked after the retraining, and {least} are needed. "
        f"{least - found.post.n} more will tell."
    )


def _answers(n: int) -> str:
    return f"{n or 'no'} {'answer was' if n == 1 else 'answers were'}"


def _lead_words(found: RetrainingEffect) -> str:
    points = _points(found.effect.value or 0.0)
    than = {0: "No different from before"}.get(points, f"{_count(abs(points))} {'better' if points > 0 else 'worse'}")
    lead = than if points == 0 else f"{than} than before"
    sides = f"{_share(found.post)} of {found.post.n} against {_share(found.pre)} of {found.pre.n}"
    chance = found.p_improved or 0.0
    sure = (
        f"worse with probability {_probability(1 - chance)}"
        if points < 0
        else f"improved with probability {_probability(chance)}"
    )
    return f"{lead}: {sides}, on the same clauses; {sure}."


def _regression_words(found: RetrainingEffect) -> str:
    naive, expected = found.naive, found.expected_by_regression
    if naive is None or expected is None or _points(expected) <= 0:
        return ""
    return (
        f"Set against all answers before, those that raised the flag among them, it would read {_points(naive):+d}: "
        f"about {_count(_points(expected))} of that {'was' if _points(expected) == 1 else 'were'} to be expected "
        "anyway, because people are flagged at their worst. Those answers are left out above."
    )


def _peer_words(found: RetrainingEffect) -> str:
    if found.peers is None or found.peers.value is None:
        return ""
    points = _points(found.peers.value)
    change = f"changed by {points:+d} {'point' if abs(points) == 1 else 'points'}" if points else "did not change"
    return f"Others in the queue {change} in the same time."


def _more_words(found: RetrainingEffect) -> str:
    if found.change is not Change.NOT_ENOUGH_DATA:
        return ""
    if found.more_after is None:
        return f"That can be chance, and the first {MOST} answers will probably not settle it."
    return f"That can be chance; about {found.more_after} more answers would settle it."


def _points(value: float) -> int:
    return round(100 * value)


def _count(points: int) -> str:
    return f"{points} {'point' if points == 1 else 'points'}"


def _share(side: Estimate) -> str:
    value = f"{side.value or 0.0:.2f}"
    return value.removeprefix("0") if value.startswith("0.") else value


def _probability(value: float) -> str:
    if value > 0.995:
        return "over .99"
    return "under .01" if value < 0.005 else f"{value:.2f}".removeprefix("0")
