import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.stats import AgreementTally, ConfusionTally, kept_rows
from tests.reference.ratings import on_random_ratings, over_many


def patterns_of(tally):
    return dict(zip(map(tuple, tally.patterns.tolist()), tally.items.tolist(), strict=True))


@pytest.mark.oracle("AgreementTally", by="pandas, a cross table")
@on_random_ratings()
def test_tally_of_triples(drawn):
    items, raters, labels = drawn.triples
    frame = pd.DataFrame({"item": items, "label": pd.Categorical(labels, categories=range(drawn.k))})

    ours = AgreementTally.from_triples(items, raters, labels.astype(str), drawn.names)

    table = frame.pivot_table(index="item", columns="label", aggfunc="size", observed=False, fill_value=0)
    theirs = {tuple(map(int, row)): int(n) for row, n in table.value_counts().items()}
    assert patterns_of(ours) == theirs
    assert (ours.n_items, ours.n_ratings) == (frame["item"].nunique(), len(frame))
    assert ours.totals.tolist() == frame["label"].value_counts(sort=False).reindex(range(drawn.k)).tolist()
    assert patterns_of(AgreementTally.from_counts(drawn.counts, drawn.names)) == theirs
    half = len(drawn.codes) // 2
    parts = [AgreementTally.from_counts(part, drawn.names) for part in (drawn.counts[:half], drawn.counts[half:])]
    assert patterns_of(parts[0] + parts[1]) == theirs


REPEATED = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=60)


@pytest.mark.oracle("kept_rows", by="pandas, drop_duplicates")
@pytest.mark.parametrize("which", ["first", "last"])
def test_rows_that_are_kept(which):
    @over_many
    @given(rows=REPEATED)
    def compare(rows):
        items, raters = np.array(rows).T

        theirs = pd.DataFrame({"item": items, "rater": raters}).drop_duplicates(keep=which).index

        assert kept_rows(items, raters, duplicates=which).tolist() == theirs.tolist()

    compare()


@pytest.mark.oracle("ConfusionTally", by="a loop over answers")
@over_many
@given(
    answers=st.lists(
        st.tuples(
            st.lists(st.sampled_from([None, "ok", "spam", "scam"]), min_size=1, max_size=3, unique=True).filter(any),
            st.sampled_from([None, "ok", "spam", "scam"]),
        ),
        max_size=40,
    )
)
def test_confusion_of_several_accepted_answers(answers):
    right = wrong = false_positive = false_negative = unsure = 0
    for accepted, code in answers:
        is_right = code in accepted
        expected = code if is_right and code else next(name for name in accepted if name)
        right, wrong, unsure = right + is_right, wrong + (not is_right), unsure + (code is None)
        false_positive += expected == "ok" and code in {"spam", "scam"}
        false_negative += expected != "ok" and code == "ok"

    ours = ConfusionTally.from_answers(answers, ["ok", "spam", "scam"])

    assert (ours.right, ours.wrong, ours.cannot_tell) == (right, wrong, unsure)
    assert (ours.false_positives("ok"), ours.false_negatives("ok")) == (false_positive, false_negative)
