"""The compiled loops count what NumPy counts. They run here as plain Python too, so that numba is not needed."""

import numpy as np
import pytest

from calibration.stats import AgreementTally, fast, rater_pairs

CATEGORIES = ("a", "b", "c")


def ratings(n_items, *, seed, least=1, most=4):
    """Items in order, each rated once by some of nine people; one rating in ten is "cannot tell"."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(least, most + 1, n_items)
    items = np.repeat(np.arange(n_items), sizes)
    raters = np.concatenate([rng.permutation(9)[:size] for size in sizes])
    return items, raters, np.where(rng.random(len(items)) < 0.1, -1, rng.integers(0, 3, len(items)))


@pytest.fixture
def plain_loops(monkeypatch):
    """Every input is worth a loop, and the loops are not compiled."""
    monkeypatch.setattr(fast, "WORTHWHILE", 0)
    monkeypatch.setattr(fast, "_compiled", lambda loop: loop)


def counted(items, raters, labels):
    found = fast.count_runs(items, raters, labels, k=len(CATEGORIES))
    if found is None:
        return None
    totals, base = found
    return {
        tuple(int(key) // base**place % base for place in (2, 1, 0)): int(totals[key]) for key in np.flatnonzero(totals)
    }


def as_dict(tally):
    return dict(zip(map(tuple, tally.patterns.tolist()), tally.items.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_counted_as_numpy_counts_them(plain_loops, seed):
    items, raters, labels = ratings(200, seed=seed)

    assert counted(items, raters, labels) == as_dict(AgreementTally.from_codes(items, labels, CATEGORIES))


@pytest.mark.parametrize(
    ("items", "raters", "labels"),
    [
        ([0, 0], [1, 1], [0, 0]),
        ([1, 0], [1, 2], [0, 0]),
        ([0, 0], [1, 2], [0, 3]),
        ([0] * 17, range(17), [-1] * 17),
        ([0] * 16, range(16), [0] * 16),
    ],
    ids=["a repeated rating", "out of order", "a code out of range", "too many ratings", "digits too small"],
)
def test_what_the_loop_does_not_count_is_left_to_numpy(plain_loops, items, raters, labels):
    assert counted(*(np.array(list(column)) for column in (items, raters, labels))) is None


def test_triples_give_the_same_tally_whichever_way_they_are_counted(monkeypatch):
    pytest.importorskip("numba")
    items, raters, labels = ratings(60_000, seed=3)
    names = np.array([*CATEGORIES, "unsure"])[labels]
    assert len(items) > fast.WORTHWHILE

    quick = AgreementTally.from_triples(items, raters, names)
    monkeypatch.setattr(fast, "WORTHWHILE", len(items) + 1)
    plain = AgreementTally.from_triples(items, raters, names)

    assert quick == plain


def test_pairs_are_counted_as_the_sparse_products_count_them(plain_loops, monkeypatch):
    items, raters, labels = ratings(200, seed=4)
    rated = labels >= 0
    columns = items[rated], raters[rated], np.array(CATEGORIES)[labels[rated]]

    dense = rater_pairs(*columns)
    monkeypatch.setattr(fast, "_CELLS", 0)
    sparse = rater_pairs(*columns)

    for name in ("first", "second", "n", "agreed", "kappa", "pi", "ac1"):
        np.testing.assert_array_equal(getattr(dense, name), getattr(sparse, name))
