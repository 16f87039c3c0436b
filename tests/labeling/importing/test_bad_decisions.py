"""Files of decisions as they should not be: what is said about them, and that nothing is half done."""

import pytest

from labeling.importing.findings import NameDecisions
from labeling.importing.meanings import ColumnMeaning, DecisionMapping, Meaning
from labeling.importing.problems import FileRefused
from labeling.models import ImportRun, Item, Label, Policy, Queue, Slot
from labeling.services.imports import run_import
from labeling.services.imports.decisions import (
    choose_mapping,
    confirm_import,
    draft_of,
    findings_of,
    reopen_mapping,
    store_decisions,
)
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, Vendor
from tests.builders import make_user
from tests.labeling.importing.decision_builders import check, import_decisions, mapping_for, upload_decisions

pytestmark = pytest.mark.django_db

HEADER = "case,who,verdict,at"
FINE = NameDecisions(no_violation={"Community": "ok"})


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


def problems(run: ImportRun) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(problem.kind, problem.count, problem.lines) for problem in findings_of(run).problems]


def assert_nothing_is_here() -> None:
    assert [model.objects.count() for model in (Policy, Queue, Item, Slot, Label, Labeler, Vendor)] == [0] * 7


def choose(run: ImportRun, *columns: tuple[str, Meaning], **fields: object) -> ImportRun:
    meant = tuple(
        ColumnMeaning(name, meaning, "category" if meaning in {Meaning.ANSWER, Meaning.GOLD} else "")
        for name, meaning in columns
    )
    return choose_mapping(run, DecisionMapping(meant, **fields), actor=run.created_by)  # type: ignore[arg-type]


WRONG_MAPPINGS = {
    "a column with two meanings": (
        [("case", Meaning.ITEM), ("case", Meaning.LABELER), ("verdict", Meaning.ANSWER)],
        "The column case is given two meanings. Keep one of them.",
        "case",
    ),
    "two columns with one meaning": (
        [("case", Meaning.ITEM), ("at", Meaning.ITEM), ("who", Meaning.LABELER), ("verdict", Meaning.ANSWER)],
        "The columns case and at are both said to be: Item id. Keep one and leave the other out.",
        "at",
    ),
    "two columns with decisions": (
        [("who", Meaning.LABELER), ("verdict", Meaning.ANSWER), ("at", Meaning.ANSWER)],
        "The columns verdict and at are both said to be: Decision. Choose “Decisions of one labeler” where each",
        "at",
    ),
    "no decision": ([("who", Meaning.LABELER)], "Choose the column that holds the decisions.", ""),
    "no labeler": ([("verdict", Meaning.ANSWER)], "Choose the column that says who decided.", ""),
    "a column that is not there": (
        [("whom", Meaning.LABELER), ("verdict", Meaning.ANSWER)],
        "The file has no column whom. Upload the file again.",
        "whom",
    ),
}


@pytest.mark.parametrize("name", WRONG_MAPPINGS)
def test_columns_that_cannot_mean_that_are_told(name: str) -> None:
    columns, sentence, column = WRONG_MAPPINGS[name]
    run = upload_decisions(rows("p1,anna,Spam,2026-05-01"))

    with pytest.raises(InvalidInput) as refused:
        choose(run, *columns)

    assert refused.value.message.startswith(sentence)
    assert refused.value.detail == {"field": "columns", "column": column}


def test_three_forms_of_dates_in_a_column_are_told_and_one_is_asked_about() -> None:
    run = check(
        rows(
            "p1,anna,Spam,2026-05-01 10:00",
            "p2,anna,OK,13.05.2026",
            "p3,anna,OK,03/04/2026",
            "p4,anna,OK,1778382046",
            "p5,anna,OK,04/04/2026 9:05 PM",
        )
    )
    [dates] = findings_of(run).dates

    assert [(form, n) for form, n, _ in dates.formats] == [
        ("2026-01-31", 1),
        ("31.01.2026", 1),
        ("03/04/2026, day or month first", 2),
        ("seconds since 1970", 1),
    ]
    assert (dates.ambiguous, dates.example, dates.must_ask) == (2, "03/04/2026", True)
    with pytest.raises(InvalidInput) as refused:
        confirm_import(run, FINE, actor=run.created_by)
    assert refused.value.detail == {"field": "day_first:at"}


@pytest.mark.parametrize(("day_first", "day"), [(True, "2026-04-03"), (False, "2026-03-04")])
def test_the_order_that_was_asked_for_is_used(day_first: bool, day: str) -> None:  # noqa: FBT001
    decided = NameDecisions(no_violation={"Community": "ok"}, day_first={"at": day_first})

    import_decisions(rows("p1,anna,Spam,03/04/2026", "p2,anna,OK,"), decisions=decided)

    assert Label.objects.get(item__external_id="p1").created_at.date().isoformat() == day


@pytest.mark.parametrize(("other", "day"), [("25/04/2026", "2026-04-03"), ("04/25/2026", "2026-03-04")])
def test_dates_that_say_their_order_decide_for_the_others(other: str, day: str) -> None:
    run = check(rows("p1,anna,Spam,03/04/2026", f"p2,anna,OK,{other}"))

    run = run_import(confirm_import(run, FINE, actor=run.created_by).pk)

    assert findings_of(run).dates[0].must_ask is False
    assert Label.objects.get(item__external_id="p1").created_at.date().isoformat() == day


def test_problems_are_grouped_by_kind_with_their_first_lines() -> None:
    broken = [f"p{n},anna,Spam,soon" for n in range(5_000)]
    run = check(
        rows(*broken, "p1,,Spam,2026-05-01", ",ben,OK,2026-05-01", "p9,ben,OK,2999-01-01", "p8,ben,,2026-05-01")
    )

    assert problems(run) == [
        ("no_date", 5_000, (2, 3, 4, 5, 6)),
        ("no_labeler", 1, (5_002,)),
        ("no_item", 1, (5_003,)),
        ("future_date", 1, (5_004,)),
        ("without_answer", 1, (5_005,)),
    ]


def test_rows_with_problems_come_in_only_if_somebody_leaves_them_out() -> None:
    run = check(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-02", "p3,anna,OK,soon"))
    with pytest.raises(InvalidInput) as refused:
        confirm_import(run, FINE, actor=run.created_by)

    decided = NameDecisions(no_violation={"Community": "ok"}, leave_out_problems=True)
    run = run_import(confirm_import(run, decided, actor=run.created_by).pk)

    assert refused.value.detail == {"field": "leave_out_problems"}
    assert (run.state, run.rows_new) == ("done", 2)
    assert "Left out 1 row: The date cannot be read." in run.notes


def test_a_check_leaves_nothing_behind() -> None:
    check(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-02"))

    assert_nothing_is_here()


def test_ten_thousand_unknown_people_have_to_be_typed() -> None:
    run = check(rows(*(f"p{n},id-{n},Spam,2026-05-01" for n in range(10_000))))
    found = findings_of(run)

    for typed in ("", "yes", "1000"):
        with pytest.raises(InvalidInput) as refused:
            confirm_import(
                run, NameDecisions(no_violation={"Community": ""}, confirmed_people=typed), actor=run.created_by
            )
        assert refused.value.detail == {"field": "confirmed_people"}
    assert (found.new_labelers, found.confirm_people) == (10_000, 10_000)
    assert found.confirm_people_why == ("10,000 people are not known here, for 10,000 rows. Is who the labeler?")
    assert_nothing_is_here()
    confirmed = NameDecisions(no_violation={"Community": ""}, confirmed_people="10,000")
    assert confirm_import(run, confirmed, actor=run.created_by).state == "waiting"


def test_a_column_of_ids_as_the_decision_goes_back_to_the_columns() -> None:
    run = check(rows(*(f"p{n},anna,answer {n},2026-05-01" for n in range(401))))

    assert run.state == "uploaded"
    assert run.errors == [
        {
            "line": 0,
            "message": (
                "The column verdict holds more than 400 different answers. Is it the right column? Choose another one."
            ),
            "column": "verdict",
        }
    ]
    assert draft_of(run).mapping.column_of(Meaning.ANSWER) == "verdict"


def test_labels_that_are_no_category_are_decided_about_before_anything_is_made() -> None:
    import_decisions(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-01"), decisions=FINE)
    run = check(rows("p3,anna,Spamm,2026-05-01", "p4,anna,not sure,2026-05-01"))

    [question] = findings_of(run).policies[0].questions
    decided = {category.value: category.decision for category in question.categories}
    assert decided == {"Spamm": {"do": "new", "code": "spamm", "name": "Spamm"}, "not sure": {"do": "cannot_tell"}}
    meant = NameDecisions(categories={"Community": {"category": {"Spamm": {"do": "same_as", "code": "spam"}}}})
    run_import(confirm_import(run, meant, actor=run.created_by).pk)
    assert Label.objects.get(item__external_id="p3").answers == {"category": "spam"}
    assert Queue.objects.get().policy.categories.count() == 2


UNREADABLE = {
    "empty": (b"", "The file is empty"),
    "header only": (b"case,who,verdict\n", "The file names its columns and holds no rows below them."),
    "two columns of one name": (b"case,case\n1,2\n", "Two columns are named case."),
    "spreadsheet": (b"PK\x03\x04rest", "This is a spreadsheet or zip file"),
    "open quote": (b'case,who,verdict\np1,anna,"Spam\n', "A quote that opens in this row is never closed."),
    "huge cell": (b"case,who,verdict\np1,anna," + b"x" * 200_000 + b"\n", "A cell that begins here is longer than"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_says_why(name: str) -> None:
    content, sentence = UNREADABLE[name]
    run = upload_decisions(content)

    with pytest.raises(FileRefused) as refused:
        draft_of(run)

    assert refused.value.message.startswith(sentence)


def test_a_file_that_breaks_off_far_below_is_refused_by_the_check() -> None:
    lines = [f"p{n},anna,Spam,2026-05-01" for n in range(4_000)]
    run = check(rows(*lines, 'p1,anna,"Spam,2026-05-01'))

    assert run.state == "refused"
    assert run.errors[0]["message"].startswith("A quote that opens in this row is never closed.")
    assert_nothing_is_here()


def test_marks_semicolons_and_western_text_are_read() -> None:
    file = "case;who;verdict\np1;Zoë;Spam\np2;Zoë;Beleidigung ü\n"

    marked = draft_of(upload_decisions(b"\xef\xbb\xbf" + file.encode()))
    run = check(file.encode("cp1252").decode("latin-1"), mapping_for("case,who,verdict"))
    western = upload_decisions(file.encode("cp1252"))
    run = choose_mapping(western, mapping_for("case,who,verdict"), actor=western.created_by)

    assert [column.name for column in marked.columns] == ["case", "who", "verdict"]
    assert marked.rows[0] == ("p1", "Zoë", "Spam")
    assert draft_of(western).rows[1] == ("p2", "Zoë", "Beleidigung ü")
    assert any("not UTF-8" in note for note in draft_of(run).notes)


def test_broken_rows_are_one_problem() -> None:
    run = check(rows("p1,anna,Spam,2026-05-01", "p2,anna", "p3,anna,OK,2026-05-01,more"))

    [problem] = findings_of(run).problems
    assert (problem.kind, problem.count, problem.lines) == ("broken", 2, (3, 4))
    assert problem.sentence.startswith("The row is broken. Line 3: This row has 2 cells, the header has 4.")


def test_a_file_of_another_kind_is_refused_by_its_name() -> None:
    with pytest.raises(FileRefused, match=r"Files end in \.csv"):
        store_decisions(file_name="export.xlsx", chunks=[b"x"], actor=make_user())


def test_json_lines_come_in_like_rows() -> None:
    file = '{"case": 1, "who": "anna", "verdict": "Spam"}\n{"case": 2, "who": "ben", "verdict": "OK", "more": [1]}\n'
    mapping = mapping_for("case,who,verdict")

    run = import_decisions(file, mapping, name="export.jsonl")

    assert (run.state, run.rows_new) == ("done", 2)
    assert sorted(Item.objects.values_list("external_id", flat=True)) == ["1", "2"]


def test_half_an_approval_of_gold_is_told() -> None:
    header = "case,who,verdict,gold,signed,signed on"
    run = check(rows("p1,anna,Spam,Spam,Vic,", "p2,anna,OK,OK,,2026-05-01", header=header))

    assert problems(run) == [("half_approval", 2, (2, 3))]


def test_columns_can_be_changed_after_the_check_and_not_after_the_confirm() -> None:
    run = check(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-02"))

    run = reopen_mapping(run)
    state = run.state
    run = choose_mapping(run, draft_of(run).mapping, actor=run.created_by)

    assert (state, run.state) == ("uploaded", "checking")
    with pytest.raises(Refused):
        reopen_mapping(run)


def test_two_new_queues_cannot_have_the_name_of_one_that_is_here() -> None:
    import_decisions(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-01"), decisions=FINE)
    run = check(rows("p1,anna,Spam,2026-05-01"), mapping_for(HEADER, policy="Ads"))
    taken = {"Ads": {"do": "new", "name": "Ads", "queue_name": "Community"}}

    with pytest.raises(InvalidInput) as refused:
        confirm_import(run, NameDecisions(policies=taken, no_violation={"Ads": ""}), actor=run.created_by)

    assert refused.value.detail == {"field": "policies:Ads"}


def test_rows_with_problems_refuse_the_import_where_nobody_left_them_out() -> None:
    run = check(rows("p1,anna,Spam,2026-05-01", "p2,anna,OK,2026-05-02", "p3,anna,OK,soon", "p4,anna,OK,later"))
    decided = NameDecisions(no_violation={"Community": "ok"}, leave_out_problems=True)
    run = confirm_import(run, decided, actor=run.created_by)
    run.options["decisions"]["leave_out_problems"] = False
    run.save()

    run = run_import(run.pk)

    assert (run.state, run.error_count) == ("refused", 2)
    assert [(error["line"], error["message"]) for error in run.errors] == [
        (4, "The date cannot be read."),
        (5, "The date cannot be read."),
    ]
    assert_nothing_is_here()
