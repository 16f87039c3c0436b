"""Which answers somebody mixes up: only what came up at least three times, so that no single item shows through."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F

from calibration.enums import DisputeState
from calibration.models import Flag
from calibration.queries.answer_names import AnswerNames, read_answer_names

FEWEST_OF_A_KIND = 3
LEFT_THE_SCORE = (DisputeState.OVERTURNED, DisputeState.GOLD_CORRECTED, DisputeState.LAPSED)


@dataclass(frozen=True)
class Confusion:
    """`n` answers that were `given` where `expected` was right, under one clause; both as pages name them."""

    clause: str
    expected: str
    given: str
    n: int


@dataclass(frozen=True, slots=True)
class ReadScore:
    """A scored answer of somebody; `clause` is its code and title."""

    question: str
    clause_revision_id: int | None
    clause: str
    expected: str
    given: str
    is_correct: bool
    is_disputed: bool
    answered_at: datetime


def confusions_of_flag(flag: Flag) -> list[Confusion]:
    """The kinds of error that a flag's evidence holds, most frequent first."""
    rows = flag.evidence.filter(is_correct=False, score__ended_at=None).exclude(dispute__state__in=LEFT_THE_SCORE)
    names = read_answer_names(flag.queue)
    kinds = ("clause", "score__question", "expected", "given")
    counted = rows.order_by().values(*kinds).annotate(times=Count("pk")).filter(times__gte=FEWEST_OF_A_KIND)
    return [
        Confusion(
            clause=row["clause"],
            expected=names.words(row["score__question"], row["expected"]),
            given=names.words(row["score__question"], row["given"]),
            n=row["times"],
        )
        for row in counted.order_by(F("times").desc(), *kinds)
    ]


def confusions_of_scores(wrong: Iterable[ReadScore], names: AnswerNames) -> list[Confusion]:
    """The kinds of error in these wrong scores of a queue, most frequent first."""
    counted = Counter((score.clause, score.question, score.expected, score.given) for score in wrong)
    return [
        Confusion(clause=clause, expected=names.words(question, expected), given=names.words(question, given), n=n)
        for (clause, question, expected, given), n in sorted(counted.items(), key=lambda kind: (-kind[1], kind[0]))
        if n >= FEWEST_OF_A_KIND
    ]
