import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from calibration.stats import clopper_pearson, proportion, wilson
from tests.reference.ratings import over_many

TRIALS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@pytest.mark.oracle("wilson", "proportion", by="statsmodels; SciPy")
@over_many
@given(trials=TRIALS, confidence=CONFIDENCES)
def test_score_interval(trials, confidence):
    hits, n = trials

    theirs = proportion_confint(hits, n, alpha=1 - confidence, method="wilson")

    assert tuple(wilson(hits, n, confidence=confidence)) == pytest.approx(theirs, abs=1e-12)
    ours = proportion(hits, n, confidence=confidence)
    assert (ours.value, ours.lower, ours.upper) == pytest.approx((hits / n, *theirs), abs=1e-12)
    second = binomtest(hits, n).proportion_ci(confidence, method="wilson")
    assert tuple(wilson(hits, n, confidence=confidence)) == pytest.approx((second.low, second.high), abs=1e-9)


@pytest.mark.oracle("clopper_pearson", by="statsmodels; SciPy's binomial test")
@over_many
@given(trials=TRIALS, confidence=CONFIDENCES)
def test_exact_interval(trials, confidence):
    hits, n = trials

    ours = tuple(clopper_pearson(hits, n, confidence=confidence))

    assert ours == pytest.approx(proportion_confint(hits, n, alpha=1 - confidence, method="beta"), abs=1e-9)
    second = binomtest(hits, n).proportion_ci(confidence, method="exact")
    assert ours == pytest.approx((second.low, second.high), abs=1e-7)
