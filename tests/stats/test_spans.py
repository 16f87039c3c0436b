"""Agreement on spans against loops over single characters, and what is refused."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from calibration.stats import (
    AgreementTally,
    DuplicateRating,
    OutOfRange,
    SpanAnswers,
    Status,
    UnlikeLengths,
    krippendorff_alpha,
    span_alpha,
    span_f1,
)
from calibration.stats.jackknife import scaled_interval

LENGTHS = [12, 7, 9, 5]
answered = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.lists(st.tuples(st.integers(0, 11), st.integers(1, 5), st.integers(0, 1)), max_size=3),
    min_size=1,
    max_size=12,
)


def painted(marks, length):
    """Characters with their labels, -1 where nothing is marked; later marks do not cover earlier ones."""
    text = np.full(length, -1)
    for start, size, label in marks:
        place = np.arange(start, min(start + size, length))
        text[place[text[place] < 0]] = label
    return text


def runs(text):
    """The marks of a painted text as (start, end, label)."""
    edges = [0, *(np.flatnonzero(np.diff(text)) + 1), len(text)]
    return [(a, b, text[a]) for a, b in pairwise(edges) if b > a and text[a] >= 0]


def answers_of(texts):
    keys = sorted(texts)
    spans = [(place, *run) for place, key in enumerate(keys) for run in runs(texts[key])]
    columns = np.array(spans, np.int64).reshape(-1, 4).T
    return SpanAnswers.of(
        [item for item, _ in keys],
        [rater for _, rater in keys],
        LENGTHS,
        answers=columns[0],
        starts=columns[1],
        ends=columns[2],
        labels=columns[3],
    )


def alpha_by_hand(texts):
    """Every character is an item of its own."""
    rows = [
        np.bincount([text[place] + 1 for text in of_item], minlength=3)
        for of_item in by_item(texts).values()
        for place in range(len(of_item[0]))
    ]
    return krippendorff_alpha(AgreementTally.from_counts(rows, ["", "0", "1"]))


def by_item(texts):
    items = sorted({item for item, _ in texts})
    return {item: [text for key, text in texts.items() if key[0] == item] for item in items}


@settings(max_examples=200, deadline=None)
@given(answered)
def test_alpha_is_that_of_single_characters(marks):
    texts = {key: painted(found, LENGTHS[key[0]]) for key, found in marks.items()}

    found = span_alpha(answers_of(texts))

    expected = alpha_by_hand(texts)
    assert found.value == (None if expected.value is None else pytest.approx(expected.value))
    if expected.value is None:
        assert found.status is expected.status


@settings(max_examples=200, deadline=None)
@given(answered)
def test_f1_is_the_mean_share_of_marked_characters_that_another_answer_shares(marks):
    texts = {key: painted(found, LENGTHS[key[0]]) for key, found in marks.items()}
    hits = marked = 0.0
    for of_item in by_item(texts).values():
        for mine, text in enumerate(of_item):
            others = [other for place, other in enumerate(of_item) if place != mine]
            if others:
                marked += (text >= 0).sum()
                hits += sum(((text >= 0) & (text == other)).sum() for other in others) / len(others)

    found = span_f1(answers_of(texts))

    assert found.value == (pytest.approx(hits / marked) if marked else None)


@settings(max_examples=100, deadline=None)
@given(answered)
def test_intervals_are_those_of_a_jackknife_that_leaves_out_each_item(marks):
    texts = {key: painted(found, LENGTHS[key[0]]) for key, found in marks.items()}
    several = [item for item, of_item in by_item(texts).items() if len(of_item) > 1]
    whole = span_alpha(answers_of(texts))
    if whole.lower is None or whole.value == 1 or len(several) < 3:
        return
    left = [span_alpha(answers_of({k: v for k, v in texts.items() if k[0] != item})).value for item in several]
    n = len(left)
    error = np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())

    expected = scaled_interval(whole.value, error, quantile=student.ppf(0.975, n - 1), n=n)

    assert (whole.lower, whole.upper) == pytest.approx(expected, abs=1e-6)


def test_f1_of_one_label_leaves_the_others_out():
    found = SpanAnswers.of(
        [0, 0], [0, 1], [20], answers=[0, 0, 1, 1], starts=[0, 10, 0, 12], ends=[4, 14, 4, 16], labels=[0, 1, 0, 1]
    )

    assert [span_f1(found, label=label).value for label in (0, 1)] == [1.0, 0.5]
    assert span_f1(found).value == 0.75


def test_answers_that_marked_nothing_count():
    alone = SpanAnswers.of([0, 0], [0, 1], [10], answers=[0], starts=[0], ends=[5])
    both = SpanAnswers.of([0, 0], [0, 1], [10], answers=[0, 1], starts=[0, 0], ends=[5, 5])

    assert (span_f1(alone).value, span_f1(both).value) == (0.0, 1.0)
    assert span_alpha(alone).value < 0


def test_tokens_are_marked_where_a_span_holds_a_part_of_them():
    """Two words and a full stop: "Kill them." with half of the first marked by one and all by the other."""
    marked = SpanAnswers.of([0, 0], [0, 1], [10], answers=[0, 1, 1], starts=[0, 0, 4], ends=[2, 4, 5])

    words = marked.to_tokens([0, 0, 0], [0, 5, 9], [4, 9, 10])

    assert words.lengths.tolist() == [3]
    assert (words.answers.tolist(), words.starts.tolist(), words.ends.tolist()) == ([0, 1], [0, 0], [1, 1])
    assert span_f1(words).value == 1.0
    assert span_f1(marked).value == pytest.approx(4 / 7)


def test_a_token_of_two_labels_belongs_to_the_first():
    marked = SpanAnswers.of([0], [0], [8], answers=[0, 0], starts=[0, 2], ends=[2, 8], labels=[0, 1])

    words = marked.to_tokens([0, 0], [0, 5], [4, 8])

    assert (words.starts.tolist(), words.ends.tolist(), words.labels.tolist()) == ([0, 1], [1, 2], [0, 1])


def test_what_cannot_be_told_says_why():
    nobody = SpanAnswers.of([], [], [], answers=[], starts=[], ends=[])
    alone = SpanAnswers.of([0], [0], [5], answers=[0], starts=[0], ends=[2])
    blank = SpanAnswers.of([0, 0], [0, 1], [5], answers=[], starts=[], ends=[])
    single = SpanAnswers.of([0, 0], [0, 1], [5], answers=[0], starts=[0], ends=[2])

    assert [span_alpha(found).status for found in (nobody, alone, blank, single)] == [
        Status.EMPTY,
        Status.NO_OVERLAP,
        Status.ONE_CATEGORY,
        Status.TOO_FEW,
    ]
    assert [span_f1(found).status for found in (nobody, alone, blank, single)] == [
        Status.EMPTY,
        Status.NO_OVERLAP,
        Status.TOO_FEW,
        Status.TOO_FEW,
    ]


def test_a_label_of_few_spans_is_told_and_one_of_many_is_not():
    def marked(n):
        items = np.repeat(np.arange(n), 2)
        starts = np.arange(2 * n) % 3
        return SpanAnswers.of(
            items, np.tile([0, 1], n), np.full(n, 20), answers=np.arange(2 * n), starts=starts, ends=starts + 8
        )

    assert span_f1(marked(9)).status is Status.FEW_POSITIVES
    assert span_f1(marked(10)).status is Status.OK


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"ends": [11, 8]}, OutOfRange, "within its item"),
        ({"ends": [2, 8]}, OutOfRange, "starts before it ends"),
        ({"answers": [0, 2]}, OutOfRange, "answers: codes lie between 0 and 1"),
        ({"answers": [0, 0], "labels": [0, 1], "starts": [2, 3]}, OutOfRange, "two labels"),
        ({"labels": [0, 10_000]}, OutOfRange, "labels"),
        ({"starts": [2]}, UnlikeLengths, "starts has 1"),
        ({"raters": [0, 0]}, DuplicateRating, "position 1"),
    ],
)
def test_spans_that_cannot_be_are_refused(change, error, words):
    given_spans = {
        "items": [0, 0],
        "raters": [0, 1],
        "lengths": [10],
        "answers": [0, 1],
        "starts": [2, 4],
        "ends": [6, 8],
        **change,
    }

    with pytest.raises(error, match=words):
        SpanAnswers.of(**given_spans)


def test_tokens_out_of_order_are_refused():
    marked = SpanAnswers.of([0], [0], [10], answers=[0], starts=[0], ends=[4])

    with pytest.raises(OutOfRange, match="order of the text"):
        marked.to_tokens([0, 0], [0, 3], [4, 6])
