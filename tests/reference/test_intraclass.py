import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calibration.stats import Icc, intraclass_correlation
from tests.reference.ratings import over_many

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
FORMS = [Icc.ONE_WAY, Icc.RANDOM, Icc.FIXED, Icc.ONE_WAY_MEAN, Icc.RANDOM_MEAN, Icc.FIXED_MEAN]


@st.composite
def score_tables(draw):
    n, k = draw(st.integers(5, 20)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    noise, shift = draw(st.sampled_from([0.2, 1.0, 5.0])), draw(st.sampled_from([0.0, 2.0]))
    table = rng.normal(size=(n, 1)) * 2 + rng.normal(size=k) * shift + rng.normal(size=(n, k)) * noise
    return np.round(table, draw(st.sampled_from([0, 3])))


def icc_table(scores):
    frame = pd.DataFrame(scores).melt(ignore_index=False, var_name="rater", value_name="score").reset_index()
    return pingouin.intraclass_corr(frame, targets="index", raters="rater", ratings="score")


def compare(scores):
    theirs = icc_table(scores)
    interval = next(column for column in theirs if column.startswith("CI"))
    for form, (_, row) in zip(FORMS, theirs.iterrows(), strict=True):
        ours = intraclass_correlation(scores, form)
        assert ours.value == pytest.approx(row["ICC"], abs=1e-6)
        if ours.lower is not None:
            assert (ours.lower, ours.upper) == pytest.approx(tuple(row[interval]), abs=0.00501)


@pytest.mark.oracle("intraclass_correlation", by="pingouin, all six forms and their intervals")
@over_many
@given(scores=score_tables())
def test_correlation_of_random_tables(scores):
    assume(np.ptp(scores) > 0 and (np.ptp(scores - scores.mean(axis=1, keepdims=True), axis=0) > 0).any())
    compare(scores)


@pytest.mark.oracle("intraclass_correlation", by="pingouin, all six forms and their intervals")
def test_correlation_of_the_published_table():
    compare(np.array(SHROUT_FLEISS, float))
