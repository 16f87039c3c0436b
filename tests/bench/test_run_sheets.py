"""Why placed work is drawn at each claim: a shuffled sheet with an exact count tells what is left on it."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import rankdata

SHEET = 40
SHEETS = 5_000

Draw = Callable[[np.random.Generator, int], np.ndarray]


def shuffled_sheets(rng: np.random.Generator, gold: int) -> np.ndarray:
    return rng.permuted(np.tile(np.arange(SHEET) < gold, (SHEETS, 1)), axis=1)


def memoryless_draws(rng: np.random.Generator, gold: int) -> np.ndarray:
    return rng.random((SHEETS, SHEET)) < gold / SHEET


def attacker_auc(served: np.ndarray, gold: int) -> float:
    """How well the share of gold left on a sheet tells the next item, for somebody who knows all earlier ones."""
    met = np.cumsum(served, axis=1) - served
    hazard = np.clip(gold - met, 0, None) / (SHEET - np.arange(SHEET))
    ranks = rankdata(hazard)
    golds = served.ravel()
    positives = int(golds.sum())
    return float((ranks[golds].sum() - positives * (positives + 1) / 2) / (positives * (golds.size - positives)))


@pytest.mark.parametrize("gold", [2, 10])
def test_only_a_sheet_with_an_exact_count_tells_what_comes_next(gold: int) -> None:
    rng = np.random.default_rng(20)

    sheet = attacker_auc(shuffled_sheets(rng, gold), gold)
    memoryless = attacker_auc(memoryless_draws(rng, gold), gold)

    assert sheet > 0.55
    assert abs(memoryless - 0.5) <= 0.02
