"""How the codes of answers read on pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calibration.queries.questions import MeasuredQuestion, read_questions
from labeling.models import Queue

SKIPPED = "skipped"


@dataclass(frozen=True)
class AnswerNames:
    """The questions of a queue by key; an answer whose question is gone is shown by its code."""

    questions: Mapping[str, MeasuredQuestion]

    def words(self, question: str, code: str) -> str:
        """One answer in words."""
        if code == SKIPPED:
            return "Skipped"
        known = self.questions.get(question)
        return known.name_of(code) if known else code


def read_answer_names(queue: Queue) -> AnswerNames:
    """The names of all answers of a queue, in two queries."""
    return names_of(read_questions(queue))


def names_of(questions: Iterable[MeasuredQuestion]) -> AnswerNames:
    """The names of all answers to these questions."""
    return AnswerNames({question.key: question for question in questions})
