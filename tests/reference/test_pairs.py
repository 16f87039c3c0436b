import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from irrCAC import table as irrcac_table
from irrCAC.raw import CAC
from nltk.metrics.agreement import AnnotationTask
from scipy.stats import t as student
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from calibration.stats import cohen_kappa, rater_pairs, scott_pi
from tests.reference.bounds import bounds_by_hand
from tests.reference.ratings import on_random_ratings, over_many, quietly
from tests.stats.published import COHEN_TABLE, PARADOX

KINDS = ["identity", "linear", "quadratic"]


@st.composite
def tables(draw):
    """A table of two raters with rare categories, in which not both gave one and the same answer throughout."""
    k = draw(st.integers(2, 6))
    cells = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2, 5, 30]), min_size=k * k, max_size=k * k))
    table = np.array(cells).reshape(k, k)
    assume(table.sum() > 1 and np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) > 1)
    return table


def answers_of(table):
    """Both raters' answers, one by one."""
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


def compare_kappa(table, kind):
    one, other = answers_of(table)

    ours = cohen_kappa(table, weights=kind)

    weights = None if kind == "identity" else kind
    theirs = cohen_kappa_score(one, other, labels=range(len(table)), weights=weights)
    assert ours.value == pytest.approx(theirs, abs=1e-9)
    second = quietly(lambda: inter_rater.cohens_kappa(table, wt=weights))
    assert ours.value == pytest.approx(second.kappa, abs=1e-9)
    if len(one) > 1:
        bounds = bounds_by_hand(ours.value, second.std_kappa, quantile=student.ppf(0.975, len(one) - 1))
        if bounds is not None:
            assert (ours.lower, ours.upper) == pytest.approx(bounds, abs=1e-6)


@pytest.mark.oracle("cohen_kappa", by="scikit-learn, value; statsmodels, value and standard error")
@pytest.mark.parametrize("kind", KINDS)
def test_kappa_of_random_tables(kind):
    over_many(given(table=tables())(lambda table: compare_kappa(table, kind)))()


@pytest.mark.oracle("cohen_kappa", by="scikit-learn, value; statsmodels, value and standard error")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("table", [COHEN_TABLE, PARADOX])
def test_kappa_of_published_tables(table, kind):
    compare_kappa(np.array(table), kind)


@pytest.mark.oracle("scott_pi", by="irrCAC; nltk")
@over_many
@given(table=tables())
def test_pi_of_random_tables(table):
    one, other = answers_of(table)
    task = AnnotationTask(
        data=[
            row
            for item, (a, b) in enumerate(zip(one, other, strict=True))
            for row in (("a", str(item), int(a)), ("b", str(item), int(b)))
        ]
    )
    names = list(range(len(table)))

    ours = scott_pi(table)

    theirs = quietly(irrcac_table.CAC(pd.DataFrame(table, names, names), digits=12).scott)
    assert ours == pytest.approx(theirs["est"]["coefficient_value"])
    assert ours == pytest.approx(task.pi())


@pytest.mark.oracle("rater_pairs", by="scikit-learn, kappa; irrCAC, AC1 and pi; pair by pair")
@on_random_ratings()
def test_all_pairs_of_random_ratings(drawn):
    items, raters, labels = drawn.triples

    ours = rater_pairs(items, raters, labels.astype(str), drawn.names)

    seen = set()
    for place, (one, other) in enumerate(zip(ours.first, ours.second, strict=True)):
        a, b = (int(ours.raters[rater]) for rater in (one, other))
        both = drawn.codes[~np.isnan(drawn.codes[:, [a, b]]).any(axis=1)][:, [a, b]]
        seen.add((a, b))
        assert (ours.n[place], ours.agreed[place]) == (len(both), (both[:, 0] == both[:, 1]).sum())
        if len(np.unique(both)) > 1:
            theirs = cohen_kappa_score(both[:, 0], both[:, 1], labels=range(drawn.k))
            assert ours.kappa[place] == pytest.approx(theirs, abs=1e-9)
        if len(np.unique(both)) > 1 and len(both) > 1:
            table = CAC(pd.DataFrame(both), categories=list(range(drawn.k)), digits=12)
            assert ours.ac1[place] == pytest.approx(quietly(table.gwet)["est"]["coefficient_value"], abs=1e-9)
            assert ours.pi[place] == pytest.approx(quietly(table.fleiss)["est"]["coefficient_value"], abs=1e-9)
    shared = {
        (a, b)
        for a in range(drawn.codes.shape[1])
        for b in range(a + 1, drawn.codes.shape[1])
        if (~np.isnan(drawn.codes[:, [a, b]]).any(axis=1)).any()
    }
    assert seen == shared
