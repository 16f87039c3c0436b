"""Joint answers of the raters of each item, and how often they are the gold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.ratings import Ratings
from calibration.stats import dawid_skene, majority

Flags = NDArray[np.bool_]

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
    """How often a joint answer is the gold, by the way of joining: majority over items without a tie, others all."""

    by_name: dict[str, Joined]

    @property
    def majority(self) -> Joined:
        """The most frequent label, ties left out."""
        return self.by_name["majority"]


def join_answers(ratings: Ratings) -> Consensus:
    """Each way of joining the answers, measured on the gold."""
    sizes = {"n_items": len(ratings.items), "n_categories": ratings.n_categories}
    votes = majority(ratings.item, ratings.label, **sizes)
    has_gold = ratings.gold >= 0
    decided = has_gold & ~votes.tied
    ties = int((has_gold & votes.tied).sum())
    found = {"majority": Joined(_share(votes.winner[decided] == ratings.gold[decided]), int(decided.sum()), ties)}
    if len(ratings.raters) * ratings.n_categories**2 > _MOST_CELLS:
        return Consensus({**found, "dawid_skene": Joined(None, int(has_gold.sum()))})
    model = dawid_skene(ratings.item, ratings.rater, ratings.label, n_raters=len(ratings.raters), **sizes)
    found["dawid_skene"] = Joined(_share(model.winner[has_gold] == ratings.gold[has_gold]), int(has_gold.sum()))
    return Consensus(found)


def _share(hits: Flags) -> float | None:
    return float(hits.mean()) if hits.size else None
