"""Joint answers of several raters where each rater has one accuracy: the one-coin Dawid-Skene model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.inputs import finite
from calibration.stats.votes import Codes, Floats, Votes, normalise, votes_of, winners


@dataclass(frozen=True, slots=True)
class OneCoin:
    """Fitted model: posterior float64[N, K], winner int64[N], accuracy float64[M], prior float64[K].

    `winner` is -1 for an item without a rating and for a tie. `log_likelihood` holds the penalised log-likelihood at
    every step, which never falls; `converged` tells whether it stood still.
    """

    posterior: Floats
    winner: Codes
    accuracy: Floats
    prior: Floats
    log_likelihood: Floats
    converged: bool


def one_coin(
    items: ArrayLike,
    raters: ArrayLike,
    labels: ArrayLike,
    *,
    n_items: int,
    n_raters: int,
    n_categories: int,
    smoothing: float = 0.01,
    tolerance: float = 1e-9,
    max_steps: int = 1000,
) -> OneCoin:
    """Maximum a posteriori of the one-coin model by EM from majority shares (Zhang et al. 2016, the one-coin model).

    Each rater is right with one probability whatever the true category, and wrong alike in all others: one number a
    rater, so that it holds where raters gave too few ratings for a table each. items, raters and labels are int[R]
    codes from 0, one rating an (item, rater); -1 as a label is left out. `smoothing` is the pseudo-count of right and
    of wrong ratings of each rater and of each category (a Beta and a Dirichlet of 1 + smoothing). Stops when the
    penalised log-likelihood rises by less than `tolerance` a rating, or after `max_steps`. An item without ratings has
    the prior as posterior. Raises NotFinite or OutOfRange for a code or a smoothing out of range, UnlikeLengths, and
    DuplicateRating.

    >>> fit = one_coin([0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [0, 0, 1, 1, 1, 0], n_items=2, n_raters=3, n_categories=2)
    >>> fit.winner.tolist(), fit.accuracy.round(2).tolist()
    ([0, 1], [1.0, 1.0, 0.0])
    """
    finite(smoothing, name="smoothing", lowest=1e-300)
    finite(tolerance, name="tolerance")
    votes = votes_of(items, raters, labels, n_items=n_items, n_raters=n_raters, n_categories=n_categories)
    return _fit(votes, smoothing=smoothing, tolerance=tolerance, max_steps=max_steps)


def _fit(votes: Votes, *, smoothing: float, tolerance: float, max_steps: int) -> OneCoin:
    k, n = votes.n_categories, len(votes.items)
    given = np.bincount(votes.raters, minlength=votes.n_raters) + 2 * smoothing
    cells, posterior = votes.cells, votes.shares
    prior, accuracy = np.full(k, 1 / k), np.full(votes.n_raters, 0.5)
    steps: list[float] = []
    converged = n == 0
    while not converged and len(steps) < max_steps:
        prior = posterior.sum(axis=0) + smoothing
        prior /= prior.sum()
        right = np.bincount(votes.raters, weights=posterior.ravel()[cells], minlength=votes.n_raters)
        accuracy = (right + smoothing) / given
        posterior, likelihood = _expected(votes, cells, accuracy, prior)
        penalty = smoothing * (np.log(accuracy).sum() + np.log1p(-accuracy).sum() + np.log(prior).sum())
        steps.append(likelihood + float(penalty))
        converged = len(steps) > 1 and steps[-1] - steps[-2] <= tolerance * n
    posterior = votes.of_all(posterior, prior)
    return OneCoin(posterior, winners(posterior, votes.rated), accuracy, prior, np.array(steps), converged)


def _expected(votes: Votes, cells: Codes, accuracy: Floats, prior: Floats) -> tuple[Floats, float]:
    """Posterior float64[G, K] and the log-likelihood: a rating says its category, and everything says "else"."""
    wrong = np.log1p(-accuracy) - np.log(max(len(prior) - 1, 1))
    says = (np.log(accuracy) - wrong)[votes.raters]
    said = np.asarray(np.bincount(cells, weights=says, minlength=votes.counts.size), np.float64)
    joint = said.reshape(votes.counts.shape) + np.log(prior)
    return joint, float(normalise(joint).sum() + wrong[votes.raters].sum())
