"""Joint answers of several raters: majority and Dawid-Skene."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.errors import TooLarge
from calibration.stats.inputs import finite
from calibration.stats.votes import Codes, Floats, Votes, counted, normalise, votes_of, winners

# Numbers that the confusions may have: 2 GB.
MOST_CELLS = 2**28


@dataclass(frozen=True, slots=True)
class Majority:
    """Winners int64[N], -1 where there is a tie or no rating; `tied` is bool[N], a tie for first place.

    `posterior` float64[N, K] holds the shares of the votes, the soft label: 0 everywhere for an item without a rating.
    """

    winner: Codes
    tied: NDArray[np.bool_]
    posterior: Floats


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Fitted model: posterior float64[N, K], winner int64[N], confusion float64[M, K, K], prior float64[K].

    `confusion` goes from true to given, `winner` is -1 for an item without a rating and for a tie. `log_likelihood`
    holds the penalised log-likelihood at every step, which never falls; `converged` tells whether it stood still.
    """

    posterior: Floats
    winner: Codes
    confusion: Floats
    prior: Floats
    log_likelihood: Floats
    converged: bool


def majority(items: ArrayLike, labels: ArrayLike, *, n_items: int, n_categories: int) -> Majority:
    """The most frequent label of each item; ties stay ties (Condorcet 1785).

    items int[R] lie in 0..n_items-1, labels int[R] in 0..n_categories-1, with -1 for a rating that does not count.
    Raises NotFinite or OutOfRange for what is no code in its range, UnlikeLengths for arrays that differ in length.

    >>> joint = majority([0, 0, 0, 1, 1], [1, 1, 0, 0, 1], n_items=3, n_categories=2)
    >>> joint.winner.tolist(), joint.tied.tolist()
    ([1, -1, -1], [False, True, False])
    """
    counts = counted(items, labels, n_items=n_items, n_categories=n_categories)[2]
    most = counts.max(axis=1, initial=0)
    first = (counts == most[:, None]).sum(axis=1)
    tied = (most > 0) & (first > 1)
    winner = np.where((most > 0) & ~tied, counts.argmax(axis=1), -1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return Majority(winner.astype(np.int64), tied, shares)


def dawid_skene(
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
) -> DawidSkene:
    """Maximum a posteriori of the Dawid-Skene model by EM from majority shares (Dawid and Skene 1979, eqs. 2.3 to 2.5).

    items, raters and labels are int[R] codes from 0, one rating an (item, rater); -1 as a label is left out.
    `smoothing` is the pseudo-count of each cell of the confusions and the prior (a Dirichlet of 1 + smoothing). Stops
    when the penalised log-likelihood rises by less than `tolerance` a rating, or after `max_steps`. An item without
    ratings has the prior as posterior and -1 as winner; so has a tie. Raises NotFinite or OutOfRange for a code or a
    smoothing out of range, UnlikeLengths, DuplicateRating, and TooLarge for confusions that no memory holds.

    >>> fit = dawid_skene([0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [0, 0, 1, 1, 1, 0], n_items=2, n_raters=3, n_categories=2)
    >>> fit.winner.tolist(), fit.converged
    ([0, 1], True)
    """
    finite(smoothing, name="smoothing", lowest=1e-300)
    finite(tolerance, name="tolerance")
    if n_raters * n_categories**2 > MOST_CELLS:
        raise TooLarge(
            f"{n_raters} raters with {n_categories} categories are {n_raters * n_categories**2} shares: join their "
            "answers by one_coin, which has one number a rater."
        )
    votes = votes_of(items, raters, labels, n_items=n_items, n_raters=n_raters, n_categories=n_categories)
    return _fit(votes, smoothing=smoothing, tolerance=tolerance, max_steps=max_steps)


def _fit(votes: Votes, *, smoothing: float, tolerance: float, max_steps: int) -> DawidSkene:
    k, n = votes.n_categories, len(votes.items)
    by_vote, posterior, most = votes.table.T, votes.shares, int(np.diff(votes.table.indptr).max(initial=0))
    prior, confusion = np.full(k, 1 / k), np.full((votes.n_raters, k, k), 1 / k)
    steps: list[float] = []
    converged = n == 0
    while not converged and len(steps) < max_steps:
        prior, confusion = _maximised(posterior, by_vote @ posterior, votes.n_raters, smoothing)
        by_true, by_prior = np.log(confusion), np.log(prior)
        posterior = votes.table @ _by_vote(by_true)
        posterior += by_prior
        marginal = normalise(posterior, lowest=most * by_true.min(initial=0) + by_prior.min())
        steps.append(float(marginal.sum() + smoothing * (by_true.sum() + by_prior.sum())))
        converged = len(steps) > 1 and steps[-1] - steps[-2] <= tolerance * n
    posterior = votes.of_all(posterior, prior)
    return DawidSkene(posterior, winners(posterior, votes.rated), confusion, prior, np.array(steps), converged)


def _maximised(posterior: Floats, given: Floats, n_raters: int, smoothing: float) -> tuple[Floats, Floats]:
    """Prior float64[K], confusions float64[M, K, K] from expected counts float64[M * K, K], (rater, given) by true."""
    k = posterior.shape[1]
    prior = np.array([column.sum() for column in posterior.T]) + smoothing
    confusion = given.reshape(n_raters, k, k).transpose(0, 2, 1) + smoothing
    return prior / prior.sum(), confusion / confusion.sum(axis=2, keepdims=True)


def _by_vote(confusion: Floats) -> Floats:
    """Confusions as float64[M * K, K]: a row a (rater, given), a column a true category."""
    k = confusion.shape[1]
    return confusion.transpose(0, 2, 1).reshape(-1, k)
