"""Which answers somebody mixes up: only what came up at least three times, so that no single item shows through."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet

from calibration.enums import DisputeState
from calibration.models import Flag, GoldScore
from calibration.queries.answer_names import AnswerNames, read_answer_names
from labeling.models import Queue

FEWEST_OF_A_KIND = 3
LEFT_THE_SCORE = (DisputeState.OVERTURNED, DisputeState.GOLD_CORRECTED, DisputeState.LAPSED)


@dataclass(frozen=True)
class Confusion:
    """`n` answers that were `given` where `expected` was right, under one clause; both as pages name them."""

    clause: str
    expected: str
    given: str
    n: int


def confusions_of_flag(flag: Flag) -> list[Confusion]:
    """The kinds of error that a flag's evidence holds, most frequent first."""
    rows = flag.evidence.filter(is_correct=False, score__ended_at=None).exclude(dispute__state__in=LEFT_THE_SCORE)
    return _confusions(rows, ("clause",), "score__question", read_answer_names(flag.queue))


def confusions_of_scores(wrong: QuerySet[GoldScore], queue: Queue) -> list[Confusion]:
    """The kinds of error in these wrong scores of a queue, most frequent first."""
    clause = ("clause_revision__clause__code", "clause_revision__title")
    return _confusions(wrong, clause, "question", read_answer_names(queue))


def _confusions(rows: QuerySet[Any], clause: tuple[str, ...], question: str, names: AnswerNames) -> list[Confusion]:
    kinds = (*clause, question, "expected", "given")
    counted = rows.order_by().values(*kinds).annotate(times=Count("pk")).filter(times__gte=FEWEST_OF_A_KIND)
    return [
        Confusion(
            clause=" ".join(row[part] or "" for part in clause).strip(),
            expected=names.words(row[question], row["expected"]),
            given=names.words(row[question], row["given"]),
            n=row["times"],
        )
        for row in counted.order_by(F("times").desc(), *kinds)
    ]
