"""Drawn raters of whom one may copy from another, for tests and benches of `copying`."""

from dataclasses import dataclass

import numpy as np

PAIR = (0, 1)


@dataclass(frozen=True)
class Drawn:
    """Ratings of a drawn world; `truth` is right."""

    items: np.ndarray
    raters: np.ndarray
    labels: np.ndarray
    truth: np.ndarray
    n_raters: int
    n_categories: int

    def sizes(self):
        return {"n_items": len(self.truth), "n_raters": self.n_raters, "n_categories": self.n_categories}


def draw_ratings(
    seed, *, people=60, n_items=130, per_item=60, copied=0.0, accuracy=0.9, spread=0.05, hardness=0.5, k=5
):
    """People of unlike accuracy who err more on hard items, each in an own direction; rater 1 copies from rater 0.

    Half of the items are in category 0. The chance of an error is the person's times the item's difficulty, gamma with
    mean 1 and variance `hardness`; which error is made depends on the right answer and on the person.
    """
    rng = np.random.default_rng(seed)
    raters = np.argsort(rng.random((n_items, people)), axis=1)[:, :per_item].ravel()
    items = np.repeat(np.arange(n_items), per_item)
    truth = rng.choice(k, size=n_items, p=[0.5] + [0.5 / (k - 1)] * (k - 1))
    error = 1 - np.clip(rng.normal(accuracy, spread, people), 0.5, 0.995)
    difficulty = rng.gamma(1 / hardness, hardness, n_items)
    likely = rng.dirichlet(np.full(k, 0.6), size=k)
    likely[np.arange(k), np.arange(k)] = 0
    weights = likely[truth[items]] * rng.dirichlet(np.full(k, 8.0), size=people)[raters]
    mistakes = (rng.random(len(items)) > np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1).T).sum(axis=0)
    is_wrong = rng.random(len(items)) < np.minimum(error[raters] * difficulty[items], 0.9)
    labels = np.where(is_wrong, np.minimum(mistakes, k - 1), truth[items])
    _copy(items, raters, labels, copied, rng)
    return Drawn(items, raters, labels, truth, people, k)


def _copy(items, raters, labels, share, rng):
    source = np.full(items.max() + 1, -1)
    source[items[raters == PAIR[0]]] = labels[raters == PAIR[0]]
    rows = np.flatnonzero((raters == PAIR[1]) & (source[items] >= 0))
    rows = rows[rng.random(len(rows)) < share]
    labels[rows] = source[items[rows]]
