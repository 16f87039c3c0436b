"""Whether answers fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.engine.answers import answer_code, check_answers, is_shown
from labeling.engine.errors import AnswerError
from labeling.engine.schemas import CANNOT_TELL, parse_questions

CODES = ["a", "b", "c"]
OPTIONS = [{"code": code} for code in CODES]
QUESTIONS = parse_questions(
    [
        {"key": "one", "kind": "single", "prompt": "One?", "options": OPTIONS, "cannot_tell": True},
        {"key": "some", "kind": "multi", "prompt": "Some?", "options": OPTIONS, "required": False},
        {"key": "grade", "kind": "ordinal", "prompt": "How bad?", "options": OPTIONS},
        {
            "key": "sure",
            "kind": "yes_no",
            "prompt": "Sure?",
            "show_if": {"question": "one", "any_of": ["b", CANNOT_TELL]},
        },
    ]
)


def test_answers_get_one_form():
    assert check_answers(QUESTIONS, {"grade": "c", "some": ["c", "a", "c"], "one": "a"}) == {
        "one": "a",
        "some": ["a", "c"],
        "grade": "c",
    }


def test_answers_to_questions_that_are_not_shown_are_dropped():
    assert check_answers(QUESTIONS, {"one": "a", "grade": "c", "sure": "yes"}) == {"one": "a", "grade": "c"}


@pytest.mark.parametrize("first", ["b", CANNOT_TELL])
def test_a_shown_question_wants_its_answer(first):
    with pytest.raises(AnswerError, match="needs an answer") as refused:
        check_answers(QUESTIONS, {"one": first, "grade": "c"})

    assert refused.value.field == "sure"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"grade": "a"}, "one"),
        ({"one": "z", "grade": "a"}, "one"),
        ({"one": ["a"], "grade": "a"}, "one"),
        ({"one": 1, "grade": "a"}, "one"),
        ({"one": "a", "grade": CANNOT_TELL}, "grade"),
        ({"one": "a", "grade": "a", "some": "a"}, "some"),
        ({"one": "a", "grade": "a", "some": ["z"]}, "some"),
        ({"one": "a", "grade": "a", "some": [["a"]]}, "some"),
        ({"one": "a", "grade": "a", "mood": "bad"}, "mood"),
        ({"one": "b", "grade": "a", "sure": True}, "sure"),
    ],
)
def test_an_answer_that_does_not_fit_names_its_question(answers, field):
    with pytest.raises(AnswerError) as refused:
        check_answers(QUESTIONS, answers)

    assert refused.value.field == field


words = st.text("ab\0ß", max_size=3) | st.sampled_from([*CODES, CANNOT_TELL, "yes", "no"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["one", "some", "grade", "sure"]), anything))
def test_whatever_is_sent_is_refused_or_stored_in_a_form_that_stays(answers):
    try:
        checked = check_answers(QUESTIONS, answers)
    except AnswerError:
        return

    assert check_answers(QUESTIONS, checked) == checked
    assert all(is_shown(question, checked) for question in QUESTIONS if question.key in checked)
    chosen = checked.get("some", [])
    assert chosen == CANNOT_TELL or list(chosen) == sorted(set(chosen))


def test_the_code_of_an_answer():
    assert [answer_code(value) for value in ("a", ["b", "a"], [], CANNOT_TELL)] == ["a", "a+b", "", CANNOT_TELL]
