"""Whether answers fit their questions, and one form for each answer."""

from collections.abc import Callable, Mapping, Sequence

from labeling.engine.errors import AnswerError
from labeling.engine.schemas import CANNOT_TELL, Question, QuestionKind

__all__ = ["CANNOT_TELL", "AnswerError", "answer_code", "answered_codes", "check_answers", "codes_named", "is_shown"]

Answer = str | list[str]


def check_answers(questions: Sequence[Question], answers: Mapping[str, object]) -> dict[str, Answer]:
    """The answers in the one form that is stored: questions in order, several codes sorted.

    Answers to questions that were not shown are dropped. Raises AnswerError with the question's key.

    >>> from labeling.engine.schemas import parse_questions
    >>> check_answers(parse_questions([{"key": "ok", "kind": "yes_no", "prompt": "Is it fine?"}]), {"ok": "yes"})
    {'ok': 'yes'}
    """
    if not isinstance(answers, Mapping):
        raise AnswerError("answers", "“answers” must be an object with a value a question.")
    _refuse_unknown(questions, answers)
    checked: dict[str, Answer] = {}
    for question in questions:
        if not is_shown(question, checked):
            continue
        value = answers.get(question.key)
        if value is not None and value != "":
            checked[question.key] = _check(question, value)
        elif question.required:
            raise AnswerError(question.key, f"“{question.prompt}” needs an answer.")
    return checked


def is_shown(question: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether the question is asked, given the answers to those before it."""
    if question.show_if is None:
        return True
    return not question.show_if.any_of.isdisjoint(answered_codes(answers.get(question.show_if.question)))


def answered_codes(value: Answer | None) -> tuple[str, ...]:
    """The codes of an answer, none for a question that was not answered.

    >>> answered_codes(["a", "b"])
    ('a', 'b')
    """
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def answer_code(value: Answer) -> str:
    """One code for an answer: several codes sorted and joined with +, nothing chosen is empty.

    >>> answer_code(["spam", "scam"])
    'scam+spam'
    """
    return value if isinstance(value, str) else "+".join(sorted(value))


def codes_named(answers: Mapping[str, object]) -> frozenset[str]:
    """Every code in answers, whichever the question; answers that nobody checked may have any shape.

    >>> sorted(codes_named({"category": "spam", "signs": ["link", "haste"], "other": {"scam": 1}}))
    ['haste', 'link', 'spam']
    """
    lists = [value if isinstance(value, list) else [value] for value in answers.values()]
    return frozenset(code for values in lists for code in values if isinstance(code, str))


def _refuse_unknown(questions: Sequence[Question], answers: Mapping[str, object]) -> None:
    unknown = sorted(str(key) for key in answers if key not in {question.key for question in questions})
    if unknown:
        raise AnswerError(unknown[0], f"“{unknown[0]}” is no question of this queue. Reload the page and answer again.")


def _check(question: Question, value: object) -> Answer:
    if value == CANNOT_TELL and isinstance(value, str):
        return _check_cannot_tell(question)
    return _CHECKS[question.kind](question, value)


def _check_cannot_tell(question: Question) -> str:
    if not question.cannot_tell:
        raise AnswerError(question.key, f"“{question.prompt}” must be decided; or skip the item with a reason.")
    return CANNOT_TELL


def _check_one(question: Question, value: object) -> str:
    if isinstance(value, str) and value in question.codes:
        return value
    raise AnswerError(question.key, f"“{question.prompt}” has no such option. Choose one of those that are shown.")


def _check_several(question: Question, value: object) -> list[str]:
    if not isinstance(value, list):
        raise AnswerError(question.key, f"“{question.prompt}” takes a list of options.")
    codes = sorted({_check_one(question, code) for code in value})
    if question.required and not codes:
        raise AnswerError(question.key, f"“{question.prompt}” needs one option or more.")
    return codes


_CHECKS: dict[QuestionKind, Callable[[Question, object], Answer]] = {
    QuestionKind.SINGLE: _check_one,
    QuestionKind.ORDINAL: _check_one,
    QuestionKind.YES_NO: _check_one,
    QuestionKind.MULTI: _check_several,
}
