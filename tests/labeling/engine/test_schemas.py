"""Reading questions."""

import pytest

from labeling.engine.errors import SchemaError
from labeling.engine.schemas import CANNOT_TELL, QuestionKind, ShowIf, parse_questions, taxonomy_question

OPTIONS = [{"code": "spam", "name": "Spam", "severity": 2}, {"code": "fine", "name": "Fine"}]


def question(**changes):
    return {"key": "category", "kind": "single", "prompt": "Which?", "options": OPTIONS} | changes


def test_questions_are_read_with_their_defaults():
    [parsed] = parse_questions([question(taxonomy=True, cannot_tell=True)])

    assert (parsed.key, parsed.kind, parsed.prompt) == ("category", QuestionKind.SINGLE, "Which?")
    assert parsed.codes == ("spam", "fine")
    assert (parsed.taxonomy, parsed.cannot_tell, parsed.required, parsed.show_if) == (True, True, True, None)
    assert taxonomy_question([parsed]) == parsed


def test_a_question_may_depend_on_one_before_it():
    asked = [question(), question(key="why", show_if={"question": "category", "any_of": ["spam", CANNOT_TELL]})]

    assert parse_questions(asked)[1].show_if == ShowIf("category", frozenset({"spam", CANNOT_TELL}))


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        (None, "list of one question"),
        ([], "list of one question"),
        ([question()] * 2, "Two questions"),
        (["no"], "must be an object"),
        ([question(key="Bad key")], "small letters"),
        ([question(kind="essay")], "no kind of question"),
        ([question(prompt=" ")], "text of 1 to 500"),
        ([question(options=[])], "two options"),
        ([question(options=[OPTIONS[0]] * 2)], "2 times"),
        ([question(options=[{"code": "cannot_tell"}, OPTIONS[0]])], "reserved"),
        ([question(options=[{"code": "a", "parent": "z"}, OPTIONS[0]])], "no option"),
        ([question(options=[{"code": "a", "parent": "b"}, {"code": "b", "parent": "a"}])], "under itself"),
        ([question(options=[{"code": "a", "severity": 9}, OPTIONS[0]])], "from 0 to 4"),
        ([question(kind="yes_no")], "leave its options out"),
        ([question(required="yes")], "true or false"),
        ([question(colour="red")], "is not known"),
        ([question(show_if={"question": "later", "any_of": ["a"]})], "no question before it"),
        ([question(), question(key="b", show_if={"question": "category", "any_of": ["z"]})], "must list options"),
        ([question(taxonomy=True), question(key="b", taxonomy=True)], "Only one question"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(questions, words):
    with pytest.raises(SchemaError, match=words):
        parse_questions(questions)
