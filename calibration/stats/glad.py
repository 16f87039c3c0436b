"""Joint answers of several raters where raters differ in ability and items in difficulty: GLAD."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.inputs import finite
from calibration.stats.votes import Codes, Floats, Votes, normalise, votes_of, winners

# Means of the normal priors, of variance 1, on ability and on the logarithm of ease, as in the authors' own code.
ABILITY = 1.0
EASE = 1.0
_HALVINGS = 12

Objective = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Glad:
    """Fitted model: posterior float64[N, K], winner int64[N], ability float64[M], difficulty float64[N].

    A rater of ability a is right on an item of difficulty d with probability 1 / (1 + exp(-a / d)); an ability under 0
    belongs to somebody who is wrong more often than not. `winner` is -1 for an item without a rating and for a tie.
    `log_likelihood` holds the penalised log-likelihood at every step, which never falls; `converged` tells whether it
    stood still.
    """

    posterior: Floats
    winner: Codes
    ability: Floats
    difficulty: Floats
    log_likelihood: Floats
    converged: bool


@dataclass(frozen=True, slots=True)
class _Model:
    """Ability float64[M] and logarithm of ease float64[G]."""

    ability: Floats
    ease: Floats

    def sureness(self, votes: Votes) -> Floats:
        """Log-odds that each rating is right, float64[R]."""
        return np.asarray(self.ability[votes.raters] * np.exp(self.ease)[votes.items], np.float64)


def glad(
    items: ArrayLike,
    raters: ArrayLike,
    labels: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    n_categories: int,
    tolerance: float = 1e-7,
    max_steps: int = 500,
) -> Glad:
    """Generalised EM of GLAD for any number of categories (Whitehill et al. 2009, eq. 1 and section 3).

    items, raters and labels are int[R] codes from 0, one rating an (item, rater); -1 as a label is left out. A wrong
    rating is any other category alike, and before any rating all categories are as likely: where one is rare,
    Dawid-Skene knows more. Ability and the logarithm of ease (1 / difficulty) have normal priors of mean 1 and
    variance 1. Each M-step is a Newton step for all raters, then for all items, halved where it would lower its own
    part, so that the penalised log-likelihood never falls. Stops when it rises by less than `tolerance` a rating, or
    after `max_steps`. An item without ratings has equal shares as posterior and the prior's difficulty. Raises
    NotFinite or OutOfRange for a code out of range, UnlikeLengths, and DuplicateRating.

    >>> fit = glad([0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [0, 0, 1, 1, 1, 1], n_items=2, n_raters=3, n_categories=2)
    >>> fit.winner.tolist(), bool(fit.difficulty[0] > fit.difficulty[1])
    ([0, 1], True)
    """
    finite(tolerance, name="tolerance")
    votes = votes_of(items, raters, labels, n_items=n_items, n_raters=n_raters, n_categories=n_categories)
    return _fit(votes, tolerance=tolerance, max_steps=max_steps)


def _fit(votes: Votes, *, tolerance: float, max_steps: int) -> Glad:
    n, cells = len(votes.items), votes.cells
    model = _Model(np.full(votes.n_raters, ABILITY), np.full(len(votes.counts), EASE))
    posterior = votes.shares
    steps: list[float] = []
    converged = n == 0
    while not converged and len(steps) < max_steps:
        model = _maximised(votes, model, posterior.ravel()[cells])
        posterior, likelihood = _expected(votes, cells, model)
        steps.append(likelihood + _penalty(model))
        converged = len(steps) > 1 and steps[-1] - steps[-2] <= tolerance * n
    posterior = votes.of_all(posterior, 1 / votes.n_categories)
    difficulty = votes.of_all(np.exp(-model.ease), np.exp(-EASE))
    winner = winners(posterior, votes.rated)
    return Glad(posterior, winner, model.ability, difficulty, np.array(steps), converged)


def _expected(votes: Votes, cells: Codes, model: _Model) -> tuple[Floats, float]:
    """Posterior float64[G, K] and the log-likelihood: a rating says its category, and everything says "else"."""
    odds, others = model.sureness(votes), np.log(max(votes.n_categories - 1, 1))
    joint = _summed(cells, odds + others, votes.counts.size).reshape(votes.counts.shape)
    known = normalise(joint).sum() - len(joint) * np.log(votes.n_categories)
    return joint, float(known - (np.logaddexp(0, odds) + others).sum())


def _maximised(votes: Votes, model: _Model, right: Floats) -> _Model:
    """Raters at the old ease, then items at the new ability; `right` is the probability that each rating is right."""
    ability = _abilities(votes, model.ability, np.exp(model.ease)[votes.items], right)
    return _Model(ability, _eases(votes, model.ease, ability[votes.raters], right))


def _abilities(votes: Votes, ability: Floats, scale: Floats, right: Floats) -> Floats:
    """One Newton step of each rater's own part, which is concave."""
    size = len(ability)
    odds = ability[votes.raters] * scale
    sure = _sigmoid(odds)
    slope = _summed(votes.raters, (right - sure) * scale, size) - (ability - ABILITY)
    bend = _summed(votes.raters, sure * (1 - sure) * scale**2, size) + 1

    def part(at: Floats) -> Floats:
        odds = at[votes.raters] * scale
        return _summed(votes.raters, right * odds - np.logaddexp(0, odds), size) - (at - ABILITY) ** 2 / 2

    return _stepped(ability, slope / bend, part)


def _eases(votes: Votes, ease: Floats, ability: Floats, right: Floats) -> Floats:
    """One step of Fisher scoring of each item's own part."""
    size = len(ease)
    odds = ability * np.exp(ease)[votes.items]
    sure = _sigmoid(odds)
    slope = _summed(votes.items, (right - sure) * odds, size) - (ease - EASE)
    bend = _summed(votes.items, sure * (1 - sure) * odds**2, size) + 1

    def part(at: Floats) -> Floats:
        odds = ability * np.exp(at)[votes.items]
        return _summed(votes.items, right * odds - np.logaddexp(0, odds), size) - (at - EASE) ** 2 / 2

    return _stepped(ease, slope / bend, part)


def _stepped(start: Floats, step: Floats, part: Objective) -> Floats:
    """Each number one step on where its own part does not fall, half of it where it would, and so on; else it stays."""
    before, step = part(start), np.clip(step, -2, 2)
    for _ in range(_HALVINGS):
        falls = part(start + step) < before
        if not falls.any():
            return start + step
        step = np.where(falls, step / 2, step)
    return np.where(part(start + step) < before, start, start + step)


def _penalty(model: _Model) -> float:
    return -float(((model.ability - ABILITY) ** 2).sum() + ((model.ease - EASE) ** 2).sum()) / 2


def _sigmoid(odds: Floats) -> Floats:
    return np.exp(-np.logaddexp(0, -odds))


def _summed(places: Codes, values: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(places, weights=values, minlength=size), np.float64)
