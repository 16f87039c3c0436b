"""What corrections of gold did to scores: by gold answer, and by person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BooleanField, Count, F, OuterRef, Q, QuerySet, Subquery

from calibration.models import Flag, GoldAnswer, GoldScore
from calibration.queries.scoring import CORRECTED
from qaplatform.people.models import Labeler

SHOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Rescored:
    """What a correction did to answers that had been scored before."""

    answers: int
    people: int
    changed: int

    @property
    def sentence(self) -> str:
        """In words, as "12 answers of 12 people were scored anew; 3 changed."."""
        if not self.answers:
            return "No answer was scored anew."
        return f"{self._answers} scored anew; {self.changed or 'none'} changed."

    @property
    def _answers(self) -> str:
        if self.answers == 1:
            return "1 answer was"
        return f"{self.answers:,} answers of {self.people:,} people were"


@dataclass(frozen=True, kw_only=True)
class CorrectedScores:
    """What corrections of one day did to somebody's answers in a queue; no item is named."""

    at: datetime
    queue_name: str
    answers: int
    right_now: int
    wrong_now: int

    @property
    def sentence(self) -> str:
        """In words, with what was and what counts now."""
        answers = "1 answer was" if self.answers == 1 else f"{self.answers} answers were"
        parts = [
            f"{n} now {'counts' if n == 1 else 'count'} as {name} and no longer as {other}"
            for n, name, other in ((self.right_now, "right", "wrong"), (self.wrong_now, "wrong", "right"))
            if n
        ]
        return f"{answers} scored anew; {' and '.join(parts) or 'none changed'}."


def rescored_by(new: GoldAnswer, old: GoldAnswer) -> Rescored:
    """Compared label by label with the answer that was in force before: one query."""
    before = GoldScore.objects.filter(gold_answer=old, label=OuterRef("label")).values("is_correct")[:1]
    scores = GoldScore.objects.filter(gold_answer=new).annotate(was=Subquery(before, output_field=BooleanField()))
    found = scores.filter(was__isnull=False).aggregate(
        answers=Count("pk"),
        people=Count("labeler", distinct=True),
        changed=Count("pk", filter=~Q(was=F("is_correct"))),
    )
    return Rescored(**found)


def flags_resting_on(answers: Sequence[GoldAnswer]) -> QuerySet[Flag]:
    """Flags with evidence that was scored against one of these answers."""
    resting = Flag.objects.filter(evidence__score__gold_answer__in=answers).distinct()
    return resting.select_related("labeler", "queue").order_by("-opened_at")


def corrected_scores(labeler: Labeler, *, now: datetime) -> tuple[CorrectedScores, ...]:
    """By day and queue, the newest first: what corrections of the last 90 days did to somebody's scores."""
    ended = GoldScore.objects.filter(labeler=labeler, ended_why=CORRECTED, ended_at__gt=now - SHOWN_FOR)
    after = GoldScore.objects.filter(labeler=labeler, question=OuterRef("question"), item=OuterRef("item"))
    newer = after.filter(pk__gt=OuterRef("pk")).order_by("pk").values("is_correct")[:1]
    rows = ended.annotate(by_now=Subquery(newer, output_field=BooleanField())).select_related("queue")
    groups: defaultdict[tuple[object, str], list[GoldScore]] = defaultdict(list)
    for row in rows.order_by("-ended_at"):
        groups[row.ended_at.date() if row.ended_at else None, row.queue.name].append(row)
    return tuple(_of_day(group) for group in groups.values())


def _of_day(rows: Sequence[GoldScore]) -> CorrectedScores:
    changes = [(row.is_correct, row.by_now) for row in rows]  # type: ignore[attr-defined]
    return CorrectedScores(
        at=max(row.ended_at for row in rows if row.ended_at),
        queue_name=rows[0].queue.name,
        answers=len(rows),
        right_now=changes.count((False, True)),
        wrong_now=changes.count((True, False)),
    )
