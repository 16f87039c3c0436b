"""How fast the statistics are, as ratios in one run on the same arrays, and what the flag rule does over a quarter.

`make bench ARGS=-s` prints the figures.
"""

import os
import statistics
import time
import tracemalloc

import krippendorff
import numpy as np
import pytest

from calibration.stats import (
    AgreementTally,
    Cusum,
    Serving,
    clustered_standing,
    dawid_skene,
    krippendorff_alpha,
    operating_figures,
)
from calibration.stats.watch import _alarmed_by_day

pytestmark = pytest.mark.bench

CATEGORIES = ["a", "b", "c", "d", "e"]


def ratings(n, *, per_item=3, seed=1):
    """n ratings by 1,000 raters, right in nine of ten, as codes of item, rater and label."""
    rng = np.random.default_rng(seed)
    items = np.repeat(np.arange(n // per_item), per_item)
    truth = rng.integers(0, 5, n // per_item)[items]
    raters = (rng.integers(0, 1000, n // per_item)[items] + 7 * np.tile(np.arange(per_item), n // per_item)) % 1000
    return items, raters, np.where(rng.random(len(items)) < 0.9, truth, rng.integers(0, 5, len(items)))


def cpu_seconds(work, *, repeats=5):
    """Median CPU seconds of the work."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def told(name, value, unit):
    print(f"\n{name}: {value:.3g} {unit} (load {os.getloadavg()[0]:.1f})")  # noqa: T201


def library_alpha(items, labels):
    """The krippendorff library by value counts, counted from the same codes."""
    counts = np.bincount(items * 5 + labels, minlength=5 * (int(items.max()) + 1)).reshape(-1, 5)
    return krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")


def own_alpha(items, labels):
    return krippendorff_alpha(AgreementTally.from_codes(items, labels, CATEGORIES))


def test_nominal_alpha_from_codes_against_the_krippendorff_library():
    """Target 8x at a million ratings, with the interval, which the library does not give."""
    items, _, labels = ratings(999_999)
    assert own_alpha(items, labels).value == pytest.approx(library_alpha(items, labels), abs=1e-9)

    ratio = cpu_seconds(lambda: library_alpha(items, labels)) / cpu_seconds(lambda: own_alpha(items, labels))

    told("nominal alpha, krippendorff by value counts over ours", ratio, "times")
    assert ratio > 8


def test_nominal_alpha_in_passes_over_the_arrays():
    """Target 30 passes: a pass reads both arrays once."""
    items, _, labels = ratings(999_999)

    passes = cpu_seconds(lambda: own_alpha(items, labels)) / cpu_seconds(
        lambda: (items.sum(), labels.sum()), repeats=15
    )

    told("nominal alpha in passes over the arrays", passes, "passes")
    assert passes < 30


def test_alpha_at_ten_million_ratings_stays_under_a_gigabyte():
    items, _, labels = ratings(9_999_999)
    arrays = items.nbytes + labels.nbytes
    tracemalloc.start()

    own_alpha(items, labels)

    peak = (tracemalloc.get_traced_memory()[1] + arrays) / 1e6
    tracemalloc.stop()
    told("memory of alpha at 10 million ratings, its arrays included", peak, "MB")
    assert peak < 1000


def test_dawid_skene_at_a_million_ratings():
    """CPU of one step of EM in passes over the three arrays."""
    items, raters, labels = ratings(999_999)
    sizes = {"n_items": 333_333, "n_raters": 1000, "n_categories": 5}
    steps = len(dawid_skene(items, raters, labels, **sizes).log_likelihood)

    seconds = cpu_seconds(lambda: dawid_skene(items, raters, labels, **sizes), repeats=3)

    told(f"Dawid-Skene, {steps} steps", seconds, "s")
    assert seconds / steps < 400 * cpu_seconds(lambda: (items.sum(), raters.sum(), labels.sum()), repeats=15)


def test_flag_rule_over_a_quarter_on_people_who_differ():
    """150 people whose error rates spread by .02 around .05: the share that the default rule flags in 90 days.

    METHODS, section 4: a heterogeneous team raises false flags to about 12 %.
    """
    rng = np.random.default_rng(6)
    size = 0.05 * 0.95 / 0.02**2 - 1
    rates = np.quantile(rng.beta(0.05 * size, 0.95 * size, 200_000), (np.arange(40) + 0.5) / 40)

    chances = [_alarmed_by_day(Cusum(p0=0.05), Serving(), float(rate), 90)[-1] for rate in rates]

    told("flags in 90 days, heterogeneous team", float(np.mean(chances)), "of people")
    told("flags in 90 days, all at 95 %", operating_figures(Cusum(p0=0.05)).false_flag_rate, "of people")
    assert 0.02 < np.mean(chances) < 0.15


def test_clustered_standing_of_a_large_team():
    """False `below` of a team exactly on target, 150 people, 300 gold each: 19 % plain (METHODS, section 3)."""
    rng = np.random.default_rng(8)
    size = 0.95 * 0.05 / 0.02**2 - 1
    people, items = np.repeat(np.arange(150), 300), np.arange(45_000)
    below = 0
    for _ in range(300):
        truth = rng.beta(0.95 * size, 0.05 * size, 150)
        right = (rng.random((150, 300)) < truth[:, None]).ravel()
        below += clustered_standing(right, people, items, target=0.95).standing.value == "below"

    told("false below of a team on target, clustered", below / 300, "of teams")
    assert below / 300 < 0.09
