"""Joint answers of the raters of each item, how often they are the gold, and which way of joining serves best."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.ratings import Codes, Ratings
from calibration.stats import Choice, choose_aggregator, dawid_skene, glad, majority, one_coin

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

# A confusion a rater with more cells than this in all is neither held nor told from so few answers a cell.
_MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class Joined:
    """How often one way of joining answers gives the gold, over `n` items; the ties it leaves open count as `ties`."""

    accuracy: float | None
    n: int
    ties: int = 0


@dataclass(frozen=True, slots=True)
class Consensus:
    """How often a joint answer is the gold, by the way of joining: majority over items without a tie, others all.

    `choice` is made on the gold items that several raters judged. The accuracy of a way that was not computed is None.
    """

    by_name: dict[str, Joined]
    choice: Choice

    @property
    def majority(self) -> Joined:
        """The most frequent label, ties left out."""
        return self.by_name["majority"]


def join_answers(ratings: Ratings) -> Consensus:
    """Each way of joining the answers, measured on the gold."""
    has_gold = ratings.gold >= 0
    votes = majority(ratings.item, ratings.label, n_items=len(ratings.items), n_categories=ratings.n_categories)
    decided = has_gold & ~votes.tied
    ties = int((has_gold & votes.tied).sum())
    hits = votes.winner[decided] == ratings.gold[decided]
    found = {"majority": Joined(_share(hits), int(decided.sum()), ties)}
    soft = {"majority": _vote_shares(ratings)}
    for name, fit in _fits(ratings).items():
        winner, posterior = fit
        found[name] = Joined(_share(winner[has_gold] == ratings.gold[has_gold]), int(has_gold.sum()))
        soft[name] = posterior
    found.setdefault("dawid_skene", Joined(None, int(has_gold.sum())))
    chosen_on = np.flatnonzero(has_gold & (np.bincount(ratings.item) > 1) & (ratings.gold < ratings.n_categories))
    return Consensus(found, choose_aggregator(soft, chosen_on, ratings.gold[chosen_on]))


def _fits(ratings: Ratings) -> dict[str, tuple[Codes, Floats]]:
    """The winners int64[N] and soft labels float64[N, K] of each model."""
    sizes = {
        "n_items": len(ratings.items),
        "n_raters": len(ratings.raters),
        "n_categories": ratings.n_categories,
    }
    given = (ratings.item, ratings.rater, ratings.label)
    found = {}
    if len(ratings.raters) * ratings.n_categories**2 <= _MOST_CELLS:
        skilled = dawid_skene(*given, **sizes)
        found["dawid_skene"] = (skilled.winner, skilled.posterior)
    coin, able = one_coin(*given, **sizes), glad(*given, **sizes)
    return {**found, "one_coin": (coin.winner, coin.posterior), "glad": (able.winner, able.posterior)}


def _vote_shares(ratings: Ratings) -> Floats:
    """The share of the ratings of each item that each category has, float64[N, K]."""
    n, k = len(ratings.items), ratings.n_categories
    counts = np.bincount(ratings.item * k + ratings.label, minlength=n * k).reshape(n, k)
    return np.asarray(counts / np.maximum(counts.sum(axis=1), 1)[:, None], np.float64)


def _share(hits: Flags) -> float | None:
    return float(hits.mean()) if hits.size else None
