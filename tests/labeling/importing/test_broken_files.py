"""Files that cannot be imported: each gets a sentence with its line, and leaves nothing behind."""

from pathlib import Path

import pytest

from labeling.enums import ImportKind
from labeling.importing.problems import FileRefused
from labeling.models import Item, Label, Slot
from labeling.services.imports.drafts import preview_of
from qaplatform.people.models import Labeler, Vendor
from tests.builders import make_queue
from tests.labeling.importing.builders import import_file, sentences, upload

pytestmark = pytest.mark.django_db

ITEM_COLUMNS = {"external_id": "id", "text": "text"}
LABEL_COLUMNS = {"item": "item", "labeler": "rater", "answer:category": "label", "labeled_at": "date"}

UNREADABLE = {
    "bad utf-8": (b"id,text\na,fine\nb,caf\xe9\n", 3, "This line is not UTF-8 text (byte 6 of the line)."),
    "utf-16": ("id,text\na,b\n".encode("utf-16"), 0, "The file is UTF-16 text."),
    "spreadsheet": (b"PK\x03\x04rest", 0, "This is a spreadsheet or zip file, not text."),
    "nul byte": (b"id,text\na,fi\0ne\n", 2, "This line holds a NUL byte"),
    "empty file": (b"", 1, "The file is empty, or its first line is."),
    "header only": (b"id,text\n", 1, "The file names its columns and holds no rows below them."),
    "duplicate header": (b"id,text,text\na,b,c\n", 1, "Two columns are named text."),
    "nameless column": (b"id,,text\na,b,c\n", 1, "Column 2 has no name."),
    "open quote": (b'id,text\na,fine\nb,"never closed\n', 3, "A quote that opens in this row is never closed."),
    "text after a quote": (b'id,text\na,"fine" not\n', 2, "The quotes of this row do not fit."),
    "huge cell": (
        b"id,text\na," + b"x" * 200_000 + b"\n",
        2,
        "A cell that begins here is longer than 131,072 characters.",
    ),
    "huge row": (
        b"id,text\na," + b"x" * 2_000_001 + b"\n",
        2,
        "The row that ends here is longer than 2,000,000 bytes.",
    ),
}

WITH_BAD_ROWS = {
    "ragged row": (b"id,text\na,b,c\nd,e\n", 2, "This row has 3 cells, the header has 2."),
    "no id": (b"id,text\n,hello\n", 2, "The item id is empty."),
    "long id": (b"id,text\n" + b"i" * 201 + b",hello\n", 2, "The item id has 201 characters; 200 are the most."),
    "no content": (b"id,text\na,\n", 2, "The item has no content."),
    "same item twice": (b"id,text\na,one\nb,two\na,three\n", 4, "The item a stands in line 2 already"),
}

BAD_LABELS = {
    "outside the taxonomy": (
        "p1,lena,spamm,",
        "'spamm' is no answer to “Which clause is broken?”. Answers are no_violation, spam,",
    ),
    "no label": ("p1,lena,,", "The row answers no question."),
    "no labeler": ("p1,,spam,", "The labeler is empty."),
    "wrong date": ("p1,lena,spam,31/01/2026", "The date of the label is '31/01/2026'. Write dates as 2026-01-31"),
    "future date": ("p1,lena,spam,2999-01-01", "The date of the label is '2999-01-01T00:00:00+00:00', in the future."),
    "ancient date": ("p1,lena,spam,0001-01-01", "The date of the label is '0001-01-01', before 1990."),
}

BAD_RECORDS = {
    "no json": (b'{"id": "a", "text": "b"}\n{"id": "c",\n', 2, "This line is no JSON."),
    "no object": (b'["a", "b"]\n{"id": "a", "text": "b"}\n', 1, "This line is JSON, but no object."),
    "nul in json": (b'{"id": "a", "text": "x\\u0000y"}\n', 1, "“text” holds a NUL character."),
    "half a surrogate": (b'{"id": "a", "text": "\\ud83d"}\n', 1, "This line is no JSON."),
    "deep json": (b'{"id": "a", "text": ' + b"[" * 100_000 + b"\n", 1, "This line is no JSON."),
    "list as text": (b'{"id": "a", "text": ["b"]}\n', 1, "The text is a list or an object."),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(name: str) -> None:
    content, line, sentence = UNREADABLE[name]

    run = import_file(make_queue(), content, columns=ITEM_COLUMNS)

    assert (run.state, run.error_count) == ("refused", 1)
    assert_sentence(run, line, sentence)
    assert_nothing_is_left()


@pytest.mark.parametrize("name", WITH_BAD_ROWS)
def test_a_row_that_does_not_fit_refuses_the_whole_file(name: str) -> None:
    content, line, sentence = WITH_BAD_ROWS[name]

    run = import_file(make_queue(), content, columns=ITEM_COLUMNS)

    assert (run.state, run.error_count) == ("refused", 1)
    assert_sentence(run, line, sentence)
    assert_nothing_is_left()


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_json_lines_that_do_not_fit_refuse_the_whole_file(name: str) -> None:
    content, line, sentence = BAD_RECORDS[name]

    run = import_file(make_queue(), content, name="file.jsonl", columns=ITEM_COLUMNS)

    assert run.state == "refused"
    assert_sentence(run, line, sentence)
    assert_nothing_is_left()


@pytest.mark.parametrize("name", BAD_LABELS)
def test_a_label_that_does_not_fit_refuses_the_whole_file(name: str) -> None:
    row, sentence = BAD_LABELS[name]

    run = import_file(
        make_queue(),
        f"item,rater,label,date\np0,lena,spam,2026-01-05\n{row}\n",
        kind=ImportKind.LABELS,
        columns=LABEL_COLUMNS,
    )

    assert (run.state, run.error_count) == ("refused", 1)
    assert_sentence(run, 3, sentence)
    assert_nothing_is_left()


def test_the_first_hundred_errors_are_kept_and_all_are_counted() -> None:
    rows = "".join(f"id-{number},\n" for number in range(250))

    run = import_file(make_queue(), "id,text\n" + rows, columns=ITEM_COLUMNS)

    assert (run.error_count, len(run.errors)) == (250, 100)
    assert sentences(run)[99][0] == 101


def test_a_file_of_another_kind_is_refused_by_its_name() -> None:
    run = upload(make_queue(), "x", name="items.xlsx")

    with pytest.raises(FileRefused, match=r"Files end in \.csv"):
        preview_of(run)


def test_a_refused_file_is_deleted(uploads: Path) -> None:
    import_file(make_queue(), "id,text\na,\n", columns=ITEM_COLUMNS)

    assert list(uploads.iterdir()) == []


def assert_sentence(run: object, line: int, sentence: str) -> None:
    found_line, found = sentences(run)[0]  # type: ignore[arg-type]
    assert (found_line, found[: len(sentence)]) == (line, sentence)


def assert_nothing_is_left() -> None:
    counts = [model.objects.count() for model in (Item, Slot, Label, Labeler, Vendor)]
    assert counts == [0, 0, 0, 0, 0]
