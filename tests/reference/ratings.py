"""Random ratings with what real ones have: gaps, rare categories, items with one rating, raters who barely overlap."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from calibration.stats import AgreementTally

RUNS = 200
_RATERS, _ITEMS = st.integers(2, 6), st.integers(3, 30)
over_many = settings(max_examples=RUNS, derandomize=True, deadline=None, database=None)


@dataclass(frozen=True)
class Ratings:
    """codes float[N, M]: a row an item, a column a rater, NaN where the rater did not rate; k categories declared."""

    codes: np.ndarray
    k: int

    @property
    def names(self):
        return [str(code) for code in range(self.k)]

    @property
    def counts(self):
        return np.stack([(self.codes == code).sum(axis=1) for code in range(self.k)], axis=1)

    @property
    def pairable(self):
        counts = self.counts
        return counts[counts.sum(axis=1) >= 2]

    @property
    def triples(self):
        items, raters = np.nonzero(~np.isnan(self.codes))
        return items, raters, self.codes[items, raters].astype(int)

    @property
    def tally(self):
        items, raters, labels = self.triples
        return AgreementTally.from_triples(items, raters, labels.astype(str), self.names)

    @property
    def lists(self):
        """The labels of each item, for formulas that are written out."""
        return [[int(code) for code in row if not np.isnan(code)] for row in self.codes]


@st.composite
def ratings(draw, *, raters=_RATERS, items=_ITEMS, gaps=True, used=2):
    """Ratings of a common truth with noise; at least `used` categories among items with two ratings.

    Two items or more, because irrCAC divides by the number of items less one.
    """
    n, m, k = draw(items), draw(raters), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rare, skill = draw(st.sampled_from([0.2, 1.0, 5.0])), draw(st.floats(0, 0.95))
    shares = rng.dirichlet(np.full(k, rare))
    truth = rng.choice(k, size=n, p=shares)
    codes = np.where(rng.random((n, m)) < skill, truth[:, None], rng.choice(k, size=(n, m), p=shares)).astype(float)
    if gaps:
        codes[rng.random((n, m)) < draw(st.sampled_from([0.0, 0.2, 0.6]))] = np.nan
    codes = codes[~np.isnan(codes).all(axis=1)]
    found = Ratings(codes, k)
    assume(len(codes) >= 2 and np.count_nonzero(found.pairable.sum(axis=0)) >= used)
    return found


def on_random_ratings(**options) -> Callable:
    """Run a test of one argument, `drawn`, on 200 sets of ratings."""

    def decorate(test: Callable) -> Callable:
        return over_many(given(drawn=ratings(**options))(test))

    return decorate


def agreeing_pairs(labels):
    """How many pairs of an item's ratings agree, and how many there are."""
    pairs = list(combinations(labels, 2))
    return sum(one == other for one, other in pairs), len(pairs)


def quietly(compute: Callable):
    """What an oracle gives, without its warnings; ours are to give none."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return compute()
