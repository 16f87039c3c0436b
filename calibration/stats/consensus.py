"""Joint answers of several raters: majority and Dawid-Skene."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import logsumexp

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Majority:
    """Winners int64[N], -1 where there is a tie or no rating; `tied` is bool[N], a tie for first place."""

    winner: Codes
    tied: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DawidSkene:
    """Fitted model: posterior float64[N, K], winner int64[N], confusion float64[M, K, K], prior float64[K].

    `confusion` goes from true to given, `winner` is -1 for an item without a rating. `log_likelihood` holds the
    penalised log-likelihood at every step, which never falls; `converged` tells whether it stood still.
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
    Raises ValueError for a code out of range.

    >>> joint = majority([0, 0, 0, 1, 1], [1, 1, 0, 0, 1], n_items=3, n_categories=2)
    >>> joint.winner.tolist(), joint.tied.tolist()
    ([1, -1, -1], [False, True, False])
    """
    counts = _counts(*_rated(items, labels, n_items, n_categories), n_items, n_categories)
    most = counts.max(axis=1, initial=0)
    first = (counts == most[:, None]).sum(axis=1)
    tied = (most > 0) & (first > 1)
    winner = np.where((most > 0) & ~tied, counts.argmax(axis=1), -1)
    return Majority(winner.astype(np.int64), tied)


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
    ratings has the prior as posterior and -1 as winner. Raises ValueError for a code out of range or arrays that
    differ in length.

    >>> fit = dawid_skene([0, 0, 0, 1, 1, 1], [0, 1, 2] * 2, [0, 0, 1, 1, 1, 0], n_items=2, n_raters=3, n_categories=2)
    >>> fit.winner.tolist(), fit.converged
    ([0, 1], True)
    """
    persons = np.asarray(raters, np.int64)
    units, codes = np.asarray(items, np.int64), np.asarray(labels, np.int64)
    if not len(units) == len(persons) == len(codes):
        raise ValueError("items, raters and labels have one entry a rating.")
    if persons.size and (persons.min() < 0 or persons.max() >= n_raters):
        raise ValueError(f"Rater codes lie between 0 and {n_raters - 1}.")
    persons = persons[codes >= 0]
    units, codes = _rated(units, codes, n_items, n_categories)
    counts = _counts(units, codes, n_items, n_categories)
    votes = csr_array(
        (np.ones(len(units)), (units, persons * n_categories + codes)), shape=(n_items, n_raters * n_categories)
    )
    return _fit(votes, counts, n_raters, smoothing=smoothing, tolerance=tolerance, max_steps=max_steps)


def _fit(
    votes: csr_array, counts: Codes, n_raters: int, *, smoothing: float, tolerance: float, max_steps: int
) -> DawidSkene:
    n_items, k = counts.shape
    rated = counts.sum(axis=1) > 0
    by_vote = votes.T.tocsr()
    posterior = (counts + 0.0) / np.maximum(counts.sum(axis=1), 1)[:, None]
    steps: list[float] = []
    converged = not rated.any()
    prior, confusion = np.full(k, 1 / k), np.full((n_raters, k, k), 1 / k)
    while not converged and len(steps) < max_steps:
        prior, confusion = _maximised(posterior[rated], by_vote @ posterior, n_raters, smoothing)
        joint = votes @ _by_vote(np.log(confusion)) + np.log(prior)
        marginal = logsumexp(joint, axis=1)
        posterior = np.where(rated[:, None], np.exp(joint - marginal[:, None]), 0.0)
        penalty = smoothing * (np.log(confusion).sum() + np.log(prior).sum())
        steps.append(float(marginal[rated].sum() + penalty))
        converged = len(steps) > 1 and steps[-1] - steps[-2] <= tolerance * votes.nnz
    posterior = np.where(rated[:, None], posterior, prior)
    winner = np.where(rated, posterior.argmax(axis=1), -1) if n_items else np.zeros(0)
    return DawidSkene(posterior, winner.astype(np.int64), confusion, prior, np.array(steps), converged)


def _maximised(posterior: Floats, given: Floats, n_raters: int, smoothing: float) -> tuple[Floats, Floats]:
    """Prior float64[K], confusions float64[M, K, K] from expected counts float64[M * K, K], (rater, given) by true."""
    k = posterior.shape[1]
    prior = posterior.sum(axis=0) + smoothing
    confusion = given.reshape(n_raters, k, k).transpose(0, 2, 1) + smoothing
    return prior / prior.sum(), confusion / confusion.sum(axis=2, keepdims=True)


def _by_vote(confusion: Floats) -> Floats:
    """Confusions as float64[M * K, K]: a row a (rater, given), a column a true category."""
    k = confusion.shape[1]
    return confusion.transpose(0, 2, 1).reshape(-1, k)


def _rated(items: ArrayLike, labels: ArrayLike, n_items: int, n_categories: int) -> tuple[Codes, Codes]:
    units, codes = np.asarray(items, np.int64), np.asarray(labels, np.int64)
    if len(units) != len(codes):
        raise ValueError("items and labels have one entry a rating.")
    if units.size and (units.min() < 0 or units.max() >= n_items):
        raise ValueError(f"Item codes lie between 0 and {n_items - 1}.")
    if codes.size and (codes.min() < -1 or codes.max() >= n_categories):
        raise ValueError(f"Label codes lie between -1 and {n_categories - 1}.")
    return units[codes >= 0], codes[codes >= 0]


def _counts(items: Codes, labels: Codes, n_items: int, n_categories: int) -> Codes:
    cells = np.bincount(items * n_categories + labels, minlength=n_items * n_categories)
    return cells.reshape(n_items, n_categories)
