"""How fast the statistics are, as ratios to other libraries on the same arrays, and what the flag rule does.

Each ratio is of medians of calls that take turns in one run, with the extra `fast` (numba) and without.
`make bench ARGS="-s tests/bench/test_stats.py"` prints the figures.
"""

import os
import statistics
import time
import tracemalloc
import warnings

import krippendorff
import numpy as np
import pytest

from calibration.stats import (
    AgreementTally,
    Cusum,
    Serving,
    bootstrap_items,
    clustered_standing,
    dawid_skene,
    fast,
    krippendorff_alpha,
    operating_figures,
    rater_pairs,
)
from calibration.stats.watch import _alarmed_by_day

pytestmark = pytest.mark.bench

CATEGORIES = ["a", "b", "c", "d", "e"]
N_RATERS = 1000
NEVER = 10**12


@pytest.fixture(params=["numpy alone", "with numba"])
def loops(request, monkeypatch):
    """Which of the two ways of counting is measured."""
    if request.param == "numpy alone":
        monkeypatch.setattr(fast, "WORTHWHILE", NEVER)
    else:
        pytest.importorskip("numba")
    return request.param


def ratings(n, *, per_item=3, seed=1):
    """n ratings by 1,000 raters, right in nine of ten, as codes of item, rater and label, in the order of the items."""
    rng = np.random.default_rng(seed)
    n_items = n // per_item
    items = np.repeat(np.arange(n_items), per_item)
    truth = rng.integers(0, 5, n_items)[items]
    # Three different people an item, any with any.
    first = rng.integers(0, N_RATERS, n_items)
    apart = np.cumsum(rng.integers(1, N_RATERS // per_item, (n_items, per_item)), axis=1)
    raters = ((first[:, None] + apart) % N_RATERS).ravel()
    return items, raters, np.where(rng.random(len(items)) < 0.9, truth, rng.integers(0, 5, len(items)))


def shuffled(columns, *, seed=2):
    order = np.random.default_rng(seed).permutation(len(columns[0]))
    return tuple(column[order] for column in columns)


def in_turns(*works, repeats=7):
    """Median CPU seconds of each work; they take turns, after one round that is not counted."""
    taken = [[] for _ in works]
    for number in range(repeats + 1):
        for work, seconds in zip(works, taken, strict=True):
            start = time.process_time()
            work()
            if number:
                seconds.append(time.process_time() - start)
    return [statistics.median(seconds) for seconds in taken]


def peak_of(work):
    """Megabytes that the work holds at most, beside what was there."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def told(name, value, unit):
    print(f"\n{name}: {value:.3g} {unit} (load {os.getloadavg()[0]:.1f})")  # noqa: T201


def library_alpha(items, labels):
    """The krippendorff library by value counts, counted from the same codes."""
    counts = np.bincount(items * 5 + labels, minlength=5 * (int(items.max()) + 1)).reshape(-1, 5)
    return krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")


def own_alpha(items, raters, labels):
    """From triples: repeated ratings are looked for, the categories are those seen, and there is an interval."""
    return krippendorff_alpha(AgreementTally.from_triples(items, raters, labels))


ORDERS = {"in the order of their items": lambda columns: columns, "in no order": shuffled}


@pytest.mark.parametrize("order", ORDERS)
def test_nominal_alpha_from_triples_against_the_krippendorff_library(loops, order):
    """Targets at a million ratings: 8x with NumPy alone, 25x with numba; 30 and 10 passes over the arrays."""
    items, raters, labels = ORDERS[order](ratings(999_999))
    assert own_alpha(items, raters, labels).value == pytest.approx(library_alpha(items, labels), abs=1e-9)

    theirs, own, passed = in_turns(
        lambda: library_alpha(items, labels),
        lambda: own_alpha(items, raters, labels),
        lambda: (items.sum(), raters.sum(), labels.sum()),
        repeats=11,
    )

    told(f"alpha of triples {order}, {loops}: krippendorff over ours", theirs / own, "times")
    told(f"alpha of triples {order}, {loops}", own / passed, "passes over the arrays")
    told("memory, krippendorff", peak_of(lambda: library_alpha(items, labels)), "MB")
    told("memory, ours", peak_of(lambda: own_alpha(items, raters, labels)), "MB")
    assert theirs / own > 2


def test_alpha_at_ten_million_ratings_stays_under_a_gigabyte(loops):
    columns = ratings(9_999_999)

    peak = peak_of(lambda: own_alpha(*columns)) + sum(column.nbytes for column in columns) / 1e6

    told(f"memory of alpha at 10 million ratings, its arrays included, {loops}", peak, "MB")
    assert peak < 1000


def test_dawid_skene_against_crowd_kit_at_equal_steps(loops):
    """Targets at a million ratings: 12x with NumPy alone, 15x with numba."""
    pandas, aggregation = pytest.importorskip("pandas"), pytest.importorskip("crowdkit.aggregation")
    columns, steps = ratings(999_999), 20
    table = pandas.DataFrame(dict(zip(("task", "worker", "label"), columns, strict=True)))
    sizes = {"n_items": 333_333, "n_raters": N_RATERS, "n_categories": 5}

    def library():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            aggregation.DawidSkene(n_iter=steps, tol=-1).fit(table)

    def own():
        assert len(dawid_skene(*columns, **sizes, max_steps=steps, tolerance=-1).log_likelihood) == steps

    theirs, ours = in_turns(library, own, repeats=3)

    told(f"Dawid-Skene, {steps} steps, {loops}: crowd-kit over ours", theirs / ours, "times")
    told("memory, crowd-kit", peak_of(library), "MB")
    told("memory, ours", peak_of(own), "MB")
    assert theirs / ours > 2


def test_all_pairs_of_a_thousand_raters(loops):
    """Targets at a million ratings: 5 s with NumPy alone, 1 s with numba."""
    columns = ratings(999_999)
    pairs = len(rater_pairs(*columns))

    (seconds,) = in_turns(lambda: rater_pairs(*columns), repeats=5)

    told(f"{pairs:,} pairs, {loops}", seconds, "s")
    told("memory", peak_of(lambda: rater_pairs(*columns)), "MB")
    assert seconds < 5


def test_a_thousand_replicates_of_alpha():
    """Target at a million ratings and five categories: 0.1 s."""
    items, raters, labels = ratings(999_999)
    tally = AgreementTally.from_triples(items, raters, labels)

    (seconds,) = in_turns(lambda: bootstrap_items(tally, replicates=1000))

    told("bootstrap of alpha over items, 1,000 replicates", seconds, "s")
    assert seconds < 0.1


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
