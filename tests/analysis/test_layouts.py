import pytest

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout, fit_layout, guess_layout


def test_default_columns_fit_and_gold_is_optional():
    assert fit_layout(Layout(), ["item", "rater", "label"], file="a.csv") == Layout(gold=None)


def test_names_that_do_not_match_give_header_guess_and_command():
    with pytest.raises(BadInput) as refused:
        fit_layout(
            Layout(by=("team",)),
            ["post id", "moderator", "decision", "truth", "team"],
            file="may ratings.csv",
            others=["--target", "0.9"],
        )

    assert str(refused.value) == (
        'may ratings.csv has no column "item", "rater" or "label".\n'
        "Its columns are: post id, moderator, decision, truth, team.\n"
        'My guess: items are in "post id", raters in "moderator", labels in "decision", gold in "truth". '
        "If that is right, run:\n"
        "  python manage.py analyze 'may ratings.csv' --item-column 'post id' --rater-column moderator "
        "--label-column decision --gold-column truth --by team --target 0.9"
    )


def test_gold_that_was_asked_for_and_is_not_there_is_refused():
    with pytest.raises(BadInput, match='has no column "truth"'):
        fit_layout(Layout(gold="truth"), ["item", "rater", "label"], file="a.csv", named=frozenset({"gold"}))


@pytest.mark.parametrize(
    ("header", "guess"),
    [
        (["task_id", "worker", "answer"], Layout("task_id", "worker", "answer", None)),
        (["id", "rater1", "rater2", "gold"], Layout("id", gold="gold", wide=("rater1", "rater2"))),
        (
            ["decision_id", "moderator", "decision", "qa_decision"],
            Layout("decision_id", "moderator", "decision", None, "qa_decision"),
        ),
        (["foo", "bar"], None),
    ],
)
def test_guess_of_each_shape(header, guess):
    assert guess_layout(header) == guess


def test_week_is_taken_from_a_column_of_dates():
    fitted = fit_layout(Layout(by=("week",)), ["item", "rater", "label", "created_at"], file="a.csv")

    assert fitted.by == ("created_at:week",)


def test_cut_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match='no column "vendor" for --by'):
        fit_layout(Layout(by=("vendor",)), ["item", "rater", "label"], file="a.csv")


def test_column_named_twice_is_refused():
    with pytest.raises(BadInput, match='names "item" more than once'):
        fit_layout(Layout(), ["item", "rater", "label", "item"], file="a.csv")
