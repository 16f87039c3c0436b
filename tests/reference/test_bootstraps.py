import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap
from scipy.stats import t as student

from calibration.stats import Coefficient, bootstrap_items, bootstrap_labelers, percent_agreement
from tests.reference.bounds import bounds_by_hand
from tests.reference.published_sets import NAMES, agreement_tally, counts_of
from tests.reference.ratings import over_many, quietly, ratings
from tests.reference.test_agreement import gwet_table


def coefficient_of(counts, kind, level):
    """A coefficient of counts int[N, K], None where it is undefined."""
    several = counts[counts.sum(axis=1) >= 2]
    sizes = several.sum(axis=1)
    if kind == Coefficient.ALPHA:
        if np.count_nonzero(several.sum(axis=0)) < 2:
            return None
        values = list(range(1, counts.shape[1] + 1))
        return krippendorff.alpha(value_counts=several, value_domain=values, level_of_measurement=level)
    observed = ((several * (several - 1)).sum(axis=1) / (sizes * (sizes - 1))).mean() if len(several) else None
    if observed is None or kind == Coefficient.PERCENT:
        return observed
    shares = (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)
    squares = (shares**2).sum()
    chance = squares if kind == Coefficient.FLEISS_KAPPA else (1 - squares) / (len(shares) - 1)
    return (observed - chance) / (1 - chance) if chance < 1 - 1e-12 else None


@pytest.mark.oracle("bootstrap_items", by="krippendorff and irrCAC's formulas on each replicate")
@pytest.mark.parametrize(
    ("kind", "level"),
    [
        (Coefficient.ALPHA, "nominal"),
        (Coefficient.ALPHA, "ordinal"),
        (Coefficient.ALPHA, "interval"),
        (Coefficient.AC1, "nominal"),
        (Coefficient.FLEISS_KAPPA, "nominal"),
        (Coefficient.PERCENT, "nominal"),
    ],
)
def test_bootstrap_is_the_coefficient_of_each_replicate(kind, level):
    @over_many
    @given(drawn=ratings(items=st.integers(4, 15)), seed=st.integers(0, 10**6))
    def compare(drawn, seed):
        tally, values = drawn.tally, list(range(1, drawn.k + 1))

        ours = bootstrap_items(tally, kind, level=level, values=values, replicates=100, seed=seed)

        chance = tally.items / tally.n_items
        times = np.random.default_rng(seed).multinomial(tally.n_items, chance, size=100)
        found = [coefficient_of(np.repeat(tally.patterns, row, axis=0), kind, level) for row in times]
        known = [value for value in found if value is not None]
        assert ours.value == pytest.approx(coefficient_of(drawn.counts, kind, level), abs=1e-9)
        n = tally.n_pairable
        if len(known) < 90 or n < 2:
            assert ours.lower is None
            return
        error, least = np.std(known) * np.sqrt(n / (n - 1)), 0 if kind == Coefficient.PERCENT else -1
        bounds = bounds_by_hand(ours.value, error, quantile=student.ppf(0.975, n - 1), least=least)
        if bounds is not None:
            assert (ours.lower, ours.upper) == pytest.approx(bounds, abs=1e-7)

    compare()


@pytest.mark.oracle("bootstrap_labelers", by="labelers drawn by a loop, each pair of copies compared one by one")
@over_many
@given(drawn=ratings(raters=st.integers(8, 10), items=st.integers(8, 15)), seed=st.integers(0, 10**6))
def test_bootstrap_over_labelers_is_alpha_of_the_labelers_drawn(drawn, seed):
    items, raters, labels = drawn.triples
    sharing = {rater for row in drawn.codes for rater in np.flatnonzero(~np.isnan(row)) if (~np.isnan(row)).sum() > 1}

    ours = bootstrap_labelers(
        items, raters, labels.astype(str), drawn.names, rng=np.random.default_rng(seed), replicates=100
    )

    seen = np.unique(raters)
    times = np.random.default_rng(seed).multinomial(len(seen), [1 / len(seen)] * len(seen), size=100)
    found = [alpha_of_copies(drawn.codes[:, seen], row) for row in times]
    known = [value for value in found if value is not None]
    n = len(sharing)
    if n < 8 or len(known) < 90:
        assert ours.lower is None
        return
    error = np.std(known) * np.sqrt(n / (n - 1))
    bounds = bounds_by_hand(ours.value, error, quantile=student.ppf(0.975, n - 1))
    if bounds is not None:
        assert (ours.lower, ours.upper) == pytest.approx(bounds, abs=1e-6)


def alpha_of_copies(codes, times):
    """Nominal alpha where labelers count several times; two copies of one labeler are never compared."""
    disagreeing = compared = 0.0
    totals = np.zeros(int(np.nanmax(codes)) + 1)
    for row in codes:
        there = np.flatnonzero(~np.isnan(row))
        for one in there if len(there) > 1 else ():
            totals[int(row[one])] += times[one]
            for other in there[there != one]:
                weight = times[one] * times[other] / (len(there) - 1)
                compared += weight
                disagreeing += weight * (row[one] != row[other])
    n = totals.sum()
    by_chance = n**2 - (totals**2).sum()
    return 1 - disagreeing / compared * n * (n - 1) / by_chance if compared and by_chance else None


@pytest.mark.oracle("bootstrap_items", by="SciPy's bootstrap over items, within its noise")
@pytest.mark.parametrize("name", NAMES[-2:])
def test_bootstrap_of_published_files_is_that_of_scipy(name):
    counts, tally = counts_of(name), agreement_tally(name)
    sizes = counts.sum(axis=1)
    shares = ((counts * (counts - 1)).sum(axis=1) / (sizes * (sizes - 1)))[sizes >= 2]

    ours = bootstrap_items(tally, Coefficient.PERCENT, replicates=4000)

    theirs = bootstrap((shares,), np.mean, n_resamples=4000, method="percentile", random_state=1)
    low, high = theirs.confidence_interval
    width = percent_agreement(tally).upper - percent_agreement(tally).lower
    assert (ours.lower, ours.upper) == pytest.approx((low, high), abs=0.08 * width)


@pytest.mark.oracle("bootstrap_items", by="krippendorff and irrCAC's formulas on each replicate")
@over_many
@given(drawn=ratings())
def test_the_formulas_written_out_here_are_those_of_irrcac(drawn):
    table = gwet_table(drawn)

    for kind, theirs in ((Coefficient.AC1, table.gwet), (Coefficient.FLEISS_KAPPA, table.fleiss)):
        value = quietly(theirs)["est"]["coefficient_value"]
        assert coefficient_of(drawn.counts, kind, "nominal") == pytest.approx(value, abs=1e-9)
