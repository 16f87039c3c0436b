"""Cutting pasted policy text, and comparing it with what is in force."""

import pytest

from labeling.engine.clauses import (
    Change,
    ClauseText,
    PieceKind,
    compare_clauses,
    cut_clauses,
    diff_words,
    find_problems,
    join_clauses,
    reads_same,
)

SPAM = ClauseText("1.1", "Spam", "Unasked advertising.")
SCAM = ClauseText("1.2", "Scam", "A lie for money.")


def cut(text, **known):
    return [(clause.code, clause.title) for clause in cut_clauses(text, **known).clauses]


@pytest.mark.parametrize(
    "heading", ["2.3 Scam", "2.3. Scam", "## 2.3 Scam", "§ 2.3 Scam", "Clause 2.3: Scam", "2.3 – Scam"]
)
def test_a_numbered_title_opens_a_clause(heading):
    assert cut_clauses(f"{heading}\nA lie for money.").clauses == (ClauseText("2.3", "Scam", "A lie for money."),)


def test_numbered_lists_inside_a_clause_stay_its_text():
    text = "2.1 Spam\nSuch as:\n1. By mail\n2. By phone\n3. In comments\n2.2 Scam\nA lie."

    assert cut(text) == [("2.1", "Spam"), ("2.2", "Scam")]


def test_a_line_that_begins_with_a_number_and_goes_on_as_a_sentence_stays_text():
    text = "1 Spam\nSent to\n2 or more people.\n2 Scam\nA lie."

    assert cut(text) == [("1", "Spam"), ("2", "Scam")]


def test_headings_of_sections_are_no_clauses():
    found = cut_clauses("1 Fraud\n\n1.1 Spam\nText.\n2 Hate\n2.1 Slurs\nText.")

    assert [clause.code for clause in found.clauses] == ["1.1", "2.1"]
    assert found.sections == ("1 Fraud", "2 Hate")
    assert found.problems == ()


def test_a_number_that_is_in_force_opens_its_clause_beside_dotted_ones():
    assert cut("1.1 Spam\nText.\n7 Minors\nText.", known=["7"]) == [("1.1", "Spam"), ("7", "Minors")]


def test_line_ends_tabs_and_hidden_characters_of_a_word_processor_leave_nothing_behind():
    found = cut_clauses("\ufeff1.1\u00a0Spam\r\nUnasked\u200b advertising. \r\n")

    assert found.clauses == (ClauseText("1.1", "Spam", "Unasked advertising."),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Paste the text of the policy: at least one clause."),
        (
            "Spam is bad.",
            "The text must begin with a numbered heading, for example “1.1 Spam”. No line of it begins with a number.",
        ),
        (
            "Our rules\n1.1 Spam\nText.",
            "The text must begin with a numbered heading, for example “1.1 Spam”. “Our rules” stands before the first.",
        ),
        ("1.1 Spam\nA\n1.1 Scam\nB", "Two clauses have the number 1.1. Give each its own."),
        ("1.1 Spam\n1.2 Scam\nB", "Clause 1.1 has a heading and no text. Write its text below the heading."),
        ("1.1 Spam\n" + "a" * 20_001, "Clause 1.1 is longer than 20,000 characters. Split it in two."),
    ],
)
def test_what_keeps_a_text_from_being_published_is_said(text, problem):
    assert cut_clauses(text).problems == (problem,)


def test_more_clauses_than_a_policy_may_have_are_refused():
    clauses = [ClauseText(str(number), "Title", "Text.") for number in range(301)]

    assert find_problems(clauses) == ("A policy has at most 300 clauses; this text has 301. Split it in two policies.",)


def test_text_that_was_joined_is_cut_into_the_same_clauses():
    assert cut_clauses(join_clauses([SPAM, SCAM])).clauses == (SPAM, SCAM)


def test_each_clause_is_compared_with_its_own_number():
    after = [
        ClauseText("1.1", "Spam", "Unasked  advertising."),
        ClauseText("1.2", "Scam", "A lie for money or love."),
        ClauseText("1.4", "Hate", "Slurs."),
    ]

    changes = compare_clauses([SPAM, SCAM, ClauseText("1.3", "Old", "Gone.")], after)

    assert [(change.code, change.change) for change in changes] == [
        ("1.1", Change.TYPOGRAPHY),
        ("1.2", Change.CHANGED),
        ("1.4", Change.ADDED),
        ("1.3", Change.DROPPED),
    ]
    assert [change.proposes_mark for change in changes] == [False, True, True, True]
    assert [change.must_mark for change in changes] == [False, False, True, True]


@pytest.mark.parametrize(
    ("before", "after", "is_spelling"),
    [
        ("Unasked advertsing.", "Unasked advertising.", True),
        ("Money, or love.", "Money or love.", True),
        ("This is spam.", "This is not spam.", False),
        ("This is now spam.", "This is not spam.", False),
        ("A legal offer.", "An illegal offer.", False),
        ("Within 10 days.", "Within 100 days.", False),
        ("With consent.", "Without consent.", False),
    ],
)
def test_only_a_few_letters_inside_words_are_spelling(before, after, is_spelling):
    [change] = compare_clauses([ClauseText("1", "Spam", before)], [ClauseText("1", "Spam", after)])

    assert change.is_spelling == (is_spelling and change.change is Change.CHANGED)
    assert change.proposes_mark is not is_spelling


def test_a_clause_under_a_new_number_is_recognised():
    [added, _] = compare_clauses([SCAM], [ClauseText("2.2", "Scam", "A lie for money.")])

    assert (added.code, added.twin) == ("2.2", "1.2")


def test_the_pieces_of_a_comparison_give_both_texts_back():
    before, after = "Ads that nobody asked for, by mail.", "Ads nobody has asked for, by mail or by phone."

    pieces = diff_words(before, after)

    assert "".join(p.text for p in pieces if p.kind is not PieceKind.REMOVED) == after
    assert "".join(p.text for p in pieces if p.kind is PieceKind.REMOVED).split() == ["that", "mail."]


@pytest.mark.parametrize(
    ("before", "after", "same"), [("must not", "must not", True), ("must", "must not", False), ("a — b", "a - b", True)]
)
def test_only_typography_is_no_change_of_words(before, after, same):
    assert reads_same(before, after) is same
