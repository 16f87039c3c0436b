"""Published ratings with gold, and wrong gold planted in them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.stats import suspected_gold

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Published:
    """One entry a rating; gold has one an item."""

    items: Codes
    raters: Codes
    labels: Codes
    gold: Codes
    n_categories: int


def read_published(name: str) -> Published:
    """One of the files beside this checkout."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    _, items = np.unique([row["item"] for row in rows], return_inverse=True)
    _, raters = np.unique([row["rater"] for row in rows], return_inverse=True)
    codes, both = np.unique([row[key] for key in ("label", "gold") for row in rows], return_inverse=True)
    gold = np.zeros(int(items.max()) + 1, np.int64)
    gold[items] = both[len(rows) :]
    return Published(items, raters, both[: len(rows)], gold, len(codes))


def precisions(published: Published, *, share: float, seed: int) -> tuple[float, float]:
    """Average precision of finding a planted share of wrong gold: by weight, and by the raw error rate."""
    rng = np.random.default_rng(seed)
    planted = rng.choice(len(published.gold), round(share * len(published.gold)), replace=False)
    wrong = published.gold.copy()
    wrong[planted] = (wrong[planted] + rng.integers(1, published.n_categories, len(planted))) % published.n_categories
    found = suspected_gold(
        published.items,
        published.raters,
        published.labels == wrong[published.items],
        n_items=len(wrong),
        n_raters=int(published.raters.max()) + 1,
        n_categories=published.n_categories,
    )
    by_rate = np.lexsort((rng.random(len(wrong)), found.right / found.n))
    return _average_precision(np.isin(found.order, planted)), _average_precision(np.isin(by_rate, planted))


def _average_precision(hits: NDArray[np.bool_]) -> float:
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())
