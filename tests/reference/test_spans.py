import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from calibration.stats import SpanAnswers, span_alpha, span_f1
from tests.reference.ratings import over_many


@st.composite
def marked(draw):
    """What raters marked of texts of 12 characters: a row a rater, 0 where nothing is, else the label."""
    n_items, raters = draw(st.integers(1, 5)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    texts = []
    for _ in range(n_items):
        rows = np.zeros((raters, 12), int)
        for row in rows:
            for _ in range(rng.integers(0, 3)):
                start = rng.integers(0, 11)
                row[start : start + rng.integers(1, 5)] = rng.integers(1, 3)
        texts.append(rows)
    return texts


def answers_of(texts):
    items, raters, spans = [], [], []
    for item, rows in enumerate(texts):
        for rater, row in enumerate(rows):
            answer = len(items)
            items.append(item)
            raters.append(rater)
            spans += [(answer, at, at + 1, label - 1) for at, label in enumerate(row) if label]
    answer, starts, ends, labels = (list(column) for column in zip(*spans)) if spans else ([], [], [], [])
    return SpanAnswers.of(items, raters, [12] * len(texts), answers=answer, starts=starts, ends=ends, labels=labels)


@pytest.mark.oracle("span_alpha", "SpanAnswers", by="krippendorff, a unit a character")
@over_many
@given(texts=marked())
def test_alpha_of_characters(texts):
    data = np.concatenate(texts, axis=1)

    ours = span_alpha(answers_of(texts))

    if len(np.unique(data)) < 2:
        assert ours.value is None
    else:
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
        assert ours.value == pytest.approx(theirs, abs=1e-9)


@pytest.mark.oracle("span_f1", "SpanAnswers", by="scikit-learn, of two people; pairs of people one by one")
@over_many
@given(texts=marked())
def test_f1_of_characters(texts):
    ours = span_f1(answers_of(texts))

    hits = marks = 0.0
    for rows in texts:
        for one in range(len(rows)):
            marks += (rows[one] > 0).sum()
            for other in range(len(rows)):
                if one != other:
                    hits += ((rows[one] > 0) & (rows[one] == rows[other])).sum() / (len(rows) - 1)
    assert ours.value == (pytest.approx(hits / marks) if marks else None)
    if len(texts[0]) == 2 and all((rows[rows > 0] == 1).all() for rows in texts) and marks:
        one, other = np.concatenate(texts, axis=1)
        assert ours.value == pytest.approx(f1_score(one > 0, other > 0))
