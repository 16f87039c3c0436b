import csv

import pytest

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout
from tests.analysis.builders import given, ratings_of, written


def refusal(path, layout=None, **changes):
    with pytest.raises(BadInput) as refused:
        ratings_of(path, layout, **changes)
    return str(refused.value).removeprefix(f"{path.parent}/")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "ratings.csv is empty. The first line names the columns: item,rater,label and, if there is one, gold."),
        ("item,rater,label\n", "ratings.csv has a header but no rows. Add ratings below the header."),
        (
            b"item,rater,label\n1,a,x\n1,b,caf\xe9\n",
            "ratings.csv, line 3: byte 8 is not UTF-8. Save the file in UTF-8.",
        ),
        ("item,rater,label\n1,a,x\n".encode("utf-16"), "ratings.csv is saved as UTF-16. Save it in UTF-8."),
        ("item,rater,label\n1,a,x\n\n1,b\n", "ratings.csv, line 4: 2 fields, but the header has 3. Mend the line."),
        ("item,rater,label\n1,a,x\n,b,x\n", 'ratings.csv, line 3: "item" is empty. Each rating names its item.'),
        ("item,rater,label\n1,a,x\n1,,x\n", 'ratings.csv, line 3: "rater" is empty. Each rating names its rater.'),
        (
            'item,rater,label\n1,a,x\n1,b,"x\n2,b,x\n',
            (
                "ratings.csv, line 3: a quotation mark is opened and never closed. "
                "Close it, or double it if it belongs to the text."
            ),
        ),
        (
            "item,rater,label\n1,a,\n",
            "ratings.csv holds no label: label is empty throughout. Name the columns with the labels.",
        ),
        (
            "item,rater,label,gold\n1,a,x,x\n2,a,x,\n1,b,x,y\n",
            (
                'ratings.csv, line 4: item 1 has gold "y", but "x" on line 2. '
                "An item has one gold: correct one of the two."
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path, text, sentence):
    assert refusal(written(tmp_path, text)) == sentence


def test_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "nowhere.csv") == "nowhere.csv cannot be read: No such file or directory."


def test_line_of_an_error_counts_lines_inside_quoted_cells(tmp_path):
    path = written(tmp_path, 'item,rater,label\n1,a,"two\nlines"\n1,b,x,y\n')

    assert refusal(path) == "ratings.csv, line 4: 4 fields, but the header has 3. Mend the line."


def test_repeated_rating_is_refused_with_both_lines_when_asked(tmp_path):
    path = written(tmp_path, "item,rater,label\n1,a,x\n1,b,x\n1,a,y\n")

    assert refusal(path, duplicates="error") == (
        "ratings.csv, line 4: a rated item 1 before, on line 2. Remove one of the two, "
        "or keep one with --duplicates last or --duplicates first."
    )


@pytest.mark.parametrize(("duplicates", "label"), [("last", "y"), ("first", "x")])
def test_repeated_rating_keeps_one_row(tmp_path, duplicates, label):
    ratings = ratings_of(written(tmp_path, "item,rater,label\n1,a,x\n1,a,y\n2,a,x\n2,b,y\n"), duplicates=duplicates)

    assert ("1", "a", label) in given(ratings)
    assert (ratings.rows, len(ratings.item), ratings.duplicates) == (4, 3, 1)


def test_long_shape_with_semicolons_byte_order_mark_and_spaces(tmp_path):
    path = written(tmp_path, "\ufeffitem; rater;label;gold\r\n1; a ;x;x\r\n\r\n1;b;y;\r\n".encode())

    ratings = ratings_of(path)

    assert given(ratings) == [("1", "a", "x"), ("1", "b", "y")]
    assert ratings.labels[ratings.gold[0]] == "x"


def test_wide_shape_leaves_out_empty_cells(tmp_path):
    path = written(tmp_path, "id,ann,bob,gold\n1,x,y,x\n2,,y,y\n")

    ratings = ratings_of(path, Layout(item="id", wide=("ann", "bob")))

    assert given(ratings) == [("1", "ann", "x"), ("1", "bob", "y"), ("2", "bob", "y")]
    assert ratings.warnings == ()


def test_rows_without_a_label_are_left_out_and_counted(tmp_path):
    ratings = ratings_of(written(tmp_path, "item,rater,label\n1,a,x\n1,b,\n2,a,\n"))

    assert ratings.warnings == ("2 rows without a label were left out.",)
    assert ratings.items == ("1",)


def test_declared_categories_keep_their_order_and_refuse_others(tmp_path):
    path = written(tmp_path, "item,rater,label,gold\n1,a,y,x\n1,b,z,\n")

    assert ratings_of(path, categories=("z", "y", "x", "w")).categories == ("z", "y", "x", "w")
    assert refusal(path, categories=("x", "y")) == (
        'ratings.csv, line 3: label "z" is not among --categories x,y. Add it there or mend the line.'
    )
    assert refusal(path, categories=("y", "z")).startswith('ratings.csv, line 2: gold "x" is not among')


def test_gold_that_nobody_gave_is_a_warning(tmp_path):
    ratings = ratings_of(written(tmp_path, "item,rater,label,gold\n1,a,x,z\n1,b,y,z\n"))

    assert ratings.categories == ("x", "y")
    assert ratings.warnings[0].startswith("Nobody ever gave z, which the reference expects.")


def test_gold_on_one_row_counts_for_all_ratings_of_the_item(tmp_path):
    ratings = ratings_of(written(tmp_path, "item,rater,label,gold\n1,a,x,\n1,b,y,x\n2,a,x,\n"))

    assert [ratings.labels[code] if code >= 0 else None for code in ratings.gold] == ["x", None]


def test_weeks_come_from_dates(tmp_path):
    path = written(tmp_path, "item,rater,label,date\n1,a,x,2024-12-30T10:00\n2,a,x,2025-01-05\n3,a,x,2025-01-06\n")

    cut = ratings_of(path, Layout(by=("week",))).cuts["week"]

    assert [cut.values[code] for code in cut.codes] == ["2025-W01", "2025-W01", "2025-W02"]


def test_date_that_is_none_is_refused_with_its_line(tmp_path):
    path = written(tmp_path, "item,rater,label,date\n1,a,x,2025-01-01\n2,a,x,soon\n")

    assert refusal(path, Layout(by=("month",))) == (
        'ratings.csv, line 3: "soon" is not a date. Write dates as 2025-01-31.'
    )


def test_reading_a_file_leaves_the_process_its_limit_of_a_cell(tmp_path):
    usual = csv.field_size_limit()

    ratings_of(written(tmp_path, "item,rater,label\n1,a,x\n"))

    assert csv.field_size_limit() == usual
