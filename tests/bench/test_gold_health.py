"""How far up wrong gold comes that was planted in published data, and what a night's search of the demo costs.

make bench ARGS="tests/bench/test_gold_health.py -s"
"""

from functools import partial

import numpy as np
import pytest

from calibration.demo.loading import Loaded
from calibration.services.suspicions import search_queue
from tests.bench.measuring import median_cost, tell
from tests.stats.planted_gold import DATA, precisions, read_published

pytestmark = pytest.mark.bench

SEEDS = 20
SHARES = (0.05, 0.1, 0.2)


@pytest.mark.skipif(not DATA.exists(), reason="the published data sets are not beside this checkout")
@pytest.mark.parametrize("name", ["hatecheck", "d_product", "rte", "s4_dog"])
def test_planted_wrong_gold_in_published_data(name: str) -> None:
    published = read_published(name)
    for share in SHARES:
        weighted, raw = np.mean([precisions(published, share=share, seed=seed) for seed in range(SEEDS)], axis=0)
        tell(f"{name:10} {share:4.0%} planted: weighted {weighted:.3f}, raw error rate {raw:.3f}")


@pytest.mark.django_db
def test_a_search_of_the_demo(full_demo: Loaded) -> None:
    for rows in full_demo.queues:
        cost = median_cost(partial(search_queue, rows.queue.pk), runs=3)
        tell(f"searching {rows.queue}: {cost.words}")
