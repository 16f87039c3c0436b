"""Answers as files write them, turned into answers as labels store them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labeling.engine.answers import CANNOT_TELL, AnswerError, check_answers
from labeling.engine.schemas import Question, QuestionKind
from labeling.importing.cells import NO, YES, shown, text_of
from labeling.importing.problems import RowRefused

SEPARATOR = "|"
SHOWN_CODES = 12
MOST_KEPT = 10_000
CANNOT_TELL_WORDS = frozenset({CANNOT_TELL, "cannot tell", "can't tell", "unsure"})

Answers = dict[str, object]


@dataclass(frozen=True)
class AnswerReader:
    """Reads the answers to a queue's questions; what was read once is kept, as files repeat few answers often."""

    questions: Sequence[Question]
    _kept: dict[tuple[str, ...], Answers] = field(default_factory=dict)

    def read(self, given: Mapping[str, object]) -> Answers:
        """Checked answers by question key. Raises RowRefused naming the question and what may be answered."""
        texts = tuple(_as_text(given.get(question.key)) for question in self.questions)
        found = self._kept.get(texts)
        if found is None:
            found = self._check(texts)
            if len(self._kept) < MOST_KEPT:
                self._kept[texts] = found
        return found

    def _check(self, texts: Sequence[str]) -> Answers:
        answers = {
            question.key: answer_of(question, text)
            for question, text in zip(self.questions, texts, strict=True)
            if text
        }
        if not answers:
            raise RowRefused("The row answers no question. Fill the column of the label.")
        try:
            return dict(check_answers(self.questions, answers))
        except AnswerError as error:
            raise RowRefused(f"{error.field}: {error.message}") from error


def answer_of(question: Question, text: str) -> str | list[str]:
    """One answer in the form that labels store. Codes and names of options are understood, whatever their case."""
    if text.lower() in CANNOT_TELL_WORDS and question.cannot_tell:
        return CANNOT_TELL
    if question.kind == QuestionKind.YES_NO:
        return _yes_or_no(question, text)
    if question.kind == QuestionKind.MULTI:
        return sorted({code_of(question, part.strip()) for part in text.split(SEPARATOR) if part.strip()})
    return code_of(question, text)


def code_of(question: Question, text: str) -> str:
    """The code of the option that is meant. Raises RowRefused outside the taxonomy, with what may be written."""
    codes = [option.code for option in question.options]
    if text in codes:
        return text
    for option in question.options:
        if text.casefold() in {option.code.casefold(), option.name.casefold()}:
            return option.code
    raise RowRefused(f"{shown(text)} is no answer to “{question.prompt}”. Answers are {_listed(codes)}.")


def _yes_or_no(question: Question, text: str) -> str:
    if text.lower() in YES:
        return "yes"
    if text.lower() in NO:
        return "no"
    raise RowRefused(f"{shown(text)} is no answer to “{question.prompt}”. Answers are yes and no.")


def _listed(codes: Sequence[str]) -> str:
    rest = len(codes) - SHOWN_CODES
    return ", ".join(codes[:SHOWN_CODES]) + (f" and {rest} more" if rest > 0 else "")


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return SEPARATOR.join(text_of(part, "An answer").strip() for part in value) or SEPARATOR
    if value is True or value is False:
        return "yes" if value else "no"
    return text_of(value, "An answer").strip()
