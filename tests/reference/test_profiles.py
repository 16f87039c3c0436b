import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import confusion_matrix, matthews_corrcoef, precision_recall_fscore_support
from statsmodels.stats.weightstats import DescrStatsW

from calibration.stats import (
    ConfusionTally,
    Estimate,
    Status,
    corrected_for_auditor,
    corrected_prevalence,
    cost_weighted_error,
    detection,
    f1_score,
    macro_f1,
    matthews_correlation,
)
from tests.reference.ratings import over_many, quietly

NAMES = ["ok", "spam", "scam", "hate"]


@st.composite
def answers(draw):
    """Expected and given categories; some answers are "cannot tell" (None)."""
    n, k = draw(st.integers(2, 80)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    expected = rng.choice(k, size=n, p=rng.dirichlet(np.ones(k)))
    given = np.where(rng.random(n) < draw(st.floats(0, 1)), expected, rng.integers(k, size=n))
    unsure = rng.random(n) < draw(st.sampled_from([0.0, 0.2]))
    return [NAMES[code] for code in expected], [None if no else NAMES[code] for code, no in zip(given, unsure)], k


def tally_of(drawn):
    expected, given, k = drawn
    return ConfusionTally.from_pairs(expected, given, NAMES[:k])


def said(given):
    return ["cannot tell" if code is None else code for code in given]


@pytest.mark.oracle("ConfusionTally", "f1_score", "macro_f1", by="scikit-learn")
@over_many
@given(drawn=answers())
def test_confusion_precision_recall_and_f1(drawn):
    expected, given, k = drawn
    tally, names = tally_of(drawn), NAMES[:k]

    table = confusion_matrix(expected, said(given), labels=[*names, "cannot tell"])
    precision, recall, f1, _ = precision_recall_fscore_support(
        expected, said(given), labels=names, zero_division=np.nan, average=None
    )

    assert (tally.counts == table[:k]).all()
    for place, name in enumerate(names):
        for ours, theirs in ((tally.precision(name), precision[place]), (tally.recall(name), recall[place])):
            assert ours.value == (None if np.isnan(theirs) else pytest.approx(theirs))
        came = table[place, :k].any() or table[place].any() or table[:, place].any()
        assert f1_score(tally, name) == (pytest.approx(np.nan_to_num(f1[place])) if came else None)
    known = [f1_score(tally, name) for name in names if f1_score(tally, name) is not None]
    came = [name for place, name in enumerate(names) if table[place].any() or table[:, place].any()]
    theirs = precision_recall_fscore_support(expected, said(given), labels=came, zero_division=0, average="macro")[2]
    assert macro_f1(tally) == pytest.approx(theirs)
    assert macro_f1(tally) == pytest.approx(np.mean(known))


@pytest.mark.oracle("matthews_correlation", by="scikit-learn")
@over_many
@given(drawn=answers())
def test_matthews_correlation(drawn):
    expected, given, _ = drawn

    ours = matthews_correlation(tally_of(drawn))

    if len(set(expected)) == 1 or len(set(given)) == 1:
        assert ours is None
    else:
        assert ours == pytest.approx(matthews_corrcoef(expected, said(given)))


@pytest.mark.oracle("detection", by="SciPy's normal quantiles, answer by answer")
@over_many
@given(drawn=answers())
def test_detection(drawn):
    expected, given, _ = drawn

    ours = detection(tally_of(drawn), "ok")

    finds = [code not in ("ok", None) for code in given]
    on = {side: [found for found, code in zip(finds, expected) if (code != "ok") is side] for side in (True, False)}
    if not on[True] or not on[False]:
        assert ours is None
        return
    hit, false = (norm.ppf((sum(on[side]) + 0.5) / (len(on[side]) + 1)) for side in (True, False))
    assert (ours.sensitivity, ours.criterion) == pytest.approx((hit - false, -(hit + false) / 2))


@pytest.mark.oracle("cost_weighted_error", by="statsmodels, z interval of a mean")
@over_many
@given(drawn=answers(), missed=st.floats(0, 9), unsure=st.floats(0, 3))
def test_cost_weighted_error(drawn, missed, unsure):
    expected, given, k = drawn
    costs = {(name, "ok"): missed for name in NAMES[1:k]} | {(name, None): unsure for name in NAMES[:k]}
    each = [0.0 if a == b else costs.get((a, b), 1.0) for a, b in zip(expected, given)]

    ours = cost_weighted_error(tally_of(drawn), costs)

    theirs = DescrStatsW(each)
    assert ours.value == pytest.approx(theirs.mean)
    if ours.lower is not None:
        lower, upper = quietly(theirs.zconfint_mean)
        assert (ours.lower, ours.upper) == pytest.approx((max(lower, 0), upper), abs=1e-9)


SHARES = st.floats(0.01, 0.99)


@pytest.mark.oracle("corrected_prevalence", "corrected_for_auditor", by="the measurement run forwards")
@over_many
@given(truth=SHARES, sensitivity=st.floats(0.6, 1), specificity=st.floats(0.6, 1))
def test_correction_undoes_the_measurement(truth, sensitivity, specificity):
    """Whoever measures finds p se + (1 - p)(1 - sp) of a share p; the correction is to give p back."""

    def measured(share, se, sp):
        return share * se + (1 - share) * (1 - sp)

    points = [truth * 0.9, truth, truth + (1 - truth) * 0.1]
    found = [measured(share, sensitivity, specificity) for share in points]
    by_auditor = [measured(share, sensitivity, sensitivity) for share in points]

    ours = corrected_prevalence(estimate(found), sensitivity=sensitivity, specificity=specificity)
    audited = corrected_for_auditor(estimate(by_auditor), sensitivity)

    for again in (ours, audited):
        assert (again.lower, again.value, again.upper) == pytest.approx(tuple(points), abs=1e-9)


def estimate(points):
    lower, value, upper = points
    return Estimate(value, lower, upper, 0.95, 400, Status.OK)
