"""CSV, JSON Lines, arrays of records and tasks of Label Studio give the same ratings."""

import json

import pytest

from calibration.analysis.errors import BadInput
from calibration.analysis.layouts import Layout
from calibration.analysis.records import JsonText
from tests.analysis.builders import given, ratings_of, written

ROWS = [("1", "ann", "x"), ("1", "bob", "y"), ("2", "ann", "x"), ("2", "bob", "x")]
RECORDS = [{"item": int(item), "rater": rater, "label": label} for item, rater, label in ROWS]


def annotation(rater, *choices, control="kind", **changes):
    result = [{"from_name": control, "to_name": "text", "type": "choices", "value": {"choices": list(choices)}}]
    return {"completed_by": rater, "result": result, "was_cancelled": False, "ground_truth": False, **changes}


def tasks(folder, *of_tasks, name="tasks.json"):
    found = [
        {"id": place, "data": {"text": "a, b", "vendor": f"V{place}"}, "annotations": list(annotations)}
        for place, annotations in enumerate(of_tasks, 1)
    ]
    return written(folder, json.dumps(found), name)


def refusal(path, layout=None, **changes):
    with pytest.raises(BadInput) as refused:
        ratings_of(path, layout, **changes)
    return str(refused.value).removeprefix(f"{path.parent}/")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ratings.jsonl", "\n".join(map(json.dumps, RECORDS)) + "\n\n"),
        ("ratings.txt", "\n".join(map(json.dumps, RECORDS))),
        ("ratings.json", json.dumps(RECORDS)),
        ("ratings.json", json.dumps(RECORDS, indent=2)),
        ("ratings.json", "\n".join(json.dumps(record, indent=1) for record in RECORDS)),
        ("ratings.csv", "item,rater,label\n" + "".join(",".join(row) + "\n" for row in ROWS)),
    ],
)
def test_kind_of_file_is_told_from_its_name_and_content(tmp_path, name, text):
    assert given(ratings_of(written(tmp_path, text, name))) == ROWS


def test_a_name_that_some_records_lack_is_empty_there(tmp_path):
    records = [*RECORDS[:3], {**RECORDS[3], "gold": "y", "certain": True}]

    ratings = ratings_of(written(tmp_path, "\n".join(map(json.dumps, records)), "ratings.jsonl"))

    assert [ratings.labels[code] if code >= 0 else None for code in ratings.gold] == [None, "y"]


def test_numbers_and_truth_values_are_words(tmp_path):
    records = [{"item": 1.0, "rater": 7, "label": True}, {"item": 1, "rater": 8, "label": None}]

    assert given(ratings_of(written(tmp_path, json.dumps(records), "r.json"))) == [("1", "7", "true")]


def test_objects_are_read_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("calibration.analysis.records._BLOCK", 7)

    text = JsonText(written(tmp_path, json.dumps(RECORDS, indent=1), "r.json"))

    assert [record for _, record in text.objects()] == RECORDS
    assert text.done == 1


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("r.jsonl", "", "r.jsonl is empty. Write a record a line, with item, rater and label."),
        ("r.json", "[]", "r.json holds no records. Write one a rating, with item, rater and label."),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": "x"}\n{"item": 1,\n',
            (
                "r.jsonl, line 2: the text is not valid JSON (Expecting property name enclosed in double quotes). "
                "Mend it there."
            ),
        ),
        (
            "r.json",
            '[{"item": 1, "rater": "a", "label": "x"},\n {"item": 1 "rater": "b"}]' + " " * 100,
            "r.json, line 2: the text is not valid JSON (Expecting ',' delimiter). Mend it there.",
        ),
        (
            "r.json",
            '[{"item": 1, "rater": "a", "label": "x"},\n {"item": 1, "rater": "b',
            "r.json, line 2: the text is not valid JSON (Unterminated string starting at). Mend it there.",
        ),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": "x"}\n7\n',
            'r.jsonl, line 2 is not an object. Write each as {"item": ..., "rater": ..., "label": ...}.',
        ),
        (
            "r.json",
            '[{"item": 1, "rater": "a", "label": "x"}, [1]]',
            'r.json, record 2 is not an object. Write each as {"item": ..., "rater": ..., "label": ...}.',
        ),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": NaN}\n',
            "r.jsonl, line 1: NaN is not a JSON number. Leave out what is missing, or write null.",
        ),
        (
            "r.json",
            '[{"item": 1, "rater": "a",\n "label": Infinity}]',
            "r.json, line 1: Infinity is not a JSON number. Leave out what is missing, or write null.",
        ),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": {"x": 1}}\n',
            'r.jsonl, line 1: "label" holds an object. A cell is a text, a number or a list of labels.',
        ),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": [["x"]]}\n',
            'r.jsonl, line 1: "label" holds a list of lists or objects. A label is a text or a number.',
        ),
        (
            "r.jsonl",
            '\n{"item": 1, "rater": "a", "label": ["x", "y"]}\n',
            'r.jsonl, line 2: "label" holds 2 labels. If labels are sets, add --multi "|".',
        ),
        (
            "r.jsonl",
            '{"item": 1, "rater": "a", "label": "x"}\n\n{"item": 2, "label": "x"}\n',
            'r.jsonl, line 3: "rater" is empty. Each rating names its rater.',
        ),
        (
            "r.json",
            '[{"item": 1, "rater": "a", "label": "x"}, {"rater": "b", "label": "x"}]',
            'r.json, record 2: "item" is empty. Each rating names its item.',
        ),
    ],
)
def test_json_that_cannot_be_read_is_refused_with_its_place(tmp_path, name, text, sentence):
    assert refusal(written(tmp_path, text, name)) == sentence


def test_json_that_is_not_utf_8_is_refused_with_its_line(tmp_path):
    path = written(tmp_path, b'{"item": 1, "rater": "a", "label": "x"}\n{"item": "caf\xe9"}\n', "r.jsonl")

    assert refusal(path) == "r.jsonl, line 2: byte 14 is not UTF-8. Save the file in UTF-8."


def test_annotations_of_tasks_are_ratings_and_ground_truth_is_gold(tmp_path):
    path = tasks(
        tmp_path,
        [annotation({"id": 1, "email": "ann@x.org"}, "spam"), annotation(2, "ok"), annotation(3, "ok", ground_truth=1)],
        [annotation({"id": 4}, "ok"), annotation(2, "spam", was_cancelled=True)],
    )

    ratings = ratings_of(path, Layout(by=("vendor",)))

    assert given(ratings) == [("1", "2", "ok"), ("1", "ann@x.org", "spam"), ("2", "4", "ok")]
    assert [ratings.labels[code] if code >= 0 else None for code in ratings.gold] == ["ok", None]
    assert ratings.cuts["vendor"].values == ("V1", "V2")
    assert ratings.warnings == ("1 cancelled annotation was left out.",)


def test_tasks_a_line_are_read_too(tmp_path):
    task = json.dumps({"id": 5, "data": {}, "annotations": [annotation(1, "x"), annotation(2, "y")]})

    assert given(ratings_of(written(tmp_path, task, "t.jsonl"))) == [("5", "1", "x"), ("5", "2", "y")]


def test_each_control_of_a_project_is_a_column(tmp_path):
    both = [
        annotation(1, "spam")["result"] + annotation(1, "low", control="severity")["result"],
        annotation(2, "ok")["result"] + annotation(2, "high", control="severity")["result"],
    ]
    path = tasks(tmp_path, [annotation(1, result=both[0]), annotation(2, result=both[1], ground_truth=True)])

    ratings = ratings_of(path, Layout(label="severity"))

    assert given(ratings) == [("1", "1", "low")]
    assert ratings.labels[ratings.gold[0]] == "high"
    assert refusal(path).splitlines()[:2] == [
        'tasks.json has no column "label".',
        "Its columns are: item, text, vendor, rater, created_at, lead_time, kind, severity, kind gold, severity gold.",
    ]


@pytest.mark.parametrize(
    ("value", "label"),
    [({"rating": 4}, "4"), ({"number": 2.5}, "2.5"), ({"taxonomy": [["Harm", "Self-harm"]]}, "Harm > Self-harm")],
)
def test_ratings_numbers_and_taxonomies_are_labels(tmp_path, value, label):
    result = [{"from_name": "kind", "value": value}]

    assert given(ratings_of(tasks(tmp_path, [annotation(1, result=result)]))) == [("1", "1", label)]


@pytest.mark.parametrize(
    ("annotations", "sentence"),
    [
        (
            [annotation(1, result=[{"from_name": "span", "value": {"labels": ["x"]}}])],
            (
                "tasks.json holds Label Studio tasks without choices: spans and boxes cannot be measured here. "
                "Export a project whose annotations choose labels."
            ),
        ),
        ([7], "tasks.json, task 1: the task has no list of annotations. Export the project as JSON once more."),
        ([annotation(None, "x")], 'tasks.json, task 1: "rater" is empty. Each rating names its rater.'),
        ([annotation(1, "x", "y")], 'tasks.json, task 1: "label" holds 2 labels. If labels are sets, add --multi "|".'),
        (
            [annotation(1, "x"), annotation(2, "x", ground_truth=True), annotation(3, "y", ground_truth=True)],
            'tasks.json, task 1: item 1 has gold "y", but "x" on task 1. An item has one gold: correct one of the two.',
        ),
    ],
)
def test_tasks_that_cannot_be_measured_are_refused(tmp_path, annotations, sentence):
    assert refusal(tasks(tmp_path, annotations)) == sentence


def test_sets_are_written_in_order_and_an_empty_list_is_an_answer(tmp_path):
    records = [
        {"item": 1, "rater": "a", "label": ["y", "x", "y"], "gold": ["x"]},
        {"item": 1, "rater": "b", "label": "x | y"},
        {"item": 2, "rater": "a", "label": []},
        {"item": 2, "rater": "b", "label": None},
    ]

    ratings = ratings_of(written(tmp_path, json.dumps(records), "r.json"), separator="|")

    assert given(ratings) == [("1", "a", "x|y"), ("1", "b", "x|y"), ("2", "a", "(none)")]
    assert ratings.members == ("x", "y")
    assert ratings.labels == ("(none)", "x|y", "x")


def test_empty_cell_is_missing_and_a_lone_separator_is_the_empty_set(tmp_path):
    path = written(tmp_path, "item,rater,label\n1,a,|\n1,b,\n2,a,b|a\n")

    assert given(ratings_of(path, separator="|")) == [("1", "a", "(none)"), ("2", "a", "a|b")]


def test_declared_categories_of_sets_are_their_members(tmp_path):
    path = written(tmp_path, "item,rater,label\n1,a,x|y\n1,b,x\n")

    assert ratings_of(path, separator="|", categories=("y", "x", "z")).members == ("y", "x", "z")
    assert refusal(path, separator="|", categories=("x", "z")) == (
        'ratings.csv, line 2: label "x|y" is not among --categories x,z. Add it there or mend the line.'
    )


def test_member_that_holds_the_separator_is_refused(tmp_path):
    path = written(tmp_path, '{"item": 1, "rater": "a", "label": ["x|y", "z"]}\n', "r.jsonl")

    assert refusal(path, separator="|") == (
        'r.jsonl, line 1: label "x|y" holds the separator "|". Name another one with --multi.'
    )


def test_times_are_seconds(tmp_path):
    path = written(tmp_path, "item,rater,label,took\n1,a,x,2.5\n1,b,x,\n2,a,,9\n")

    assert ratings_of(path, Layout(time="took")).seconds.tolist()[0] == 2.5


@pytest.mark.parametrize("time", ["soon", "-1", "inf"])
def test_time_that_is_none_is_refused_with_its_line(tmp_path, time):
    path = written(tmp_path, f"item,rater,label,took\n1,a,x,2.5\n1,b,x,{time}\n")

    assert refusal(path, Layout(time="took")) == (
        f'ratings.csv, line 3: "{time}" in "took" is no time. Write seconds as a number of 0 or more, as 12.5.'
    )


def test_column_of_times_that_is_not_there_is_refused_with_a_command_that_leaves_it_out(tmp_path):
    path = written(tmp_path, "item,rater,label\n1,a,x\n")

    assert refusal(path, Layout(time="took")).splitlines()[0] == 'ratings.csv has no column "took".'


def test_parts_of_an_annotation_that_are_no_answer_are_passed_over(tmp_path):
    result = [{"from_name": "kind", "value": "text"}, {"from_name": "kind", "value": {"choices": ["x"]}}]

    assert given(ratings_of(tasks(tmp_path, [annotation(1, result=result)]))) == [("1", "1", "x")]


def test_suggested_command_keeps_the_column_of_times(tmp_path):
    path = written(tmp_path, "task_id,worker,answer,took\n1,a,x,2\n")

    command = refusal(path, Layout(time="took")).splitlines()[-1]

    assert command.endswith("--item-column task_id --rater-column worker --label-column answer --time-column took")
