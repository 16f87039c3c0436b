"""What a watch is replayed from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Max
from django.db.models.functions import Coalesce

from calibration.enums import DisputeState, FlagState
from calibration.models import Flag, SamplingPlan
from calibration.queries.rows import read_rows
from calibration.stats import Cusum, Serving, solve_h
from labeling.models import Queue

FINISHED = [FlagState.DISMISSED, FlagState.RECERTIFIED, FlagState.CLOSED]
UNFINISHED = [FlagState.OPEN, FlagState.COACHING, FlagState.RETRAINING]

HIGHEST_H = 15.0

# Index score_by_queue. An answer whose dispute is open counts neither for nor against.
READ_ANSWERS = """
SELECT g.labeler_id, g.id, g.is_correct, g.answered_at
FROM calibration_goldscore g
WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = 'gold' AND g.ended_at IS NULL
  AND (g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s))
  AND NOT EXISTS (SELECT FROM calibration_evidencerow e JOIN calibration_dispute d ON d.evidence_id = e.id
                  WHERE e.score_id = g.id AND d.state = %(open)s)
ORDER BY g.labeler_id, g.answered_at, g.id
"""


@dataclass(frozen=True, slots=True)
class WatchedAnswer:
    """A scored answer as the CUSUM sees it."""

    score_id: int
    is_correct: bool
    answered_at: datetime


def read_answers(queue_id: int, question: str, revisions: Sequence[int]) -> Mapping[int, list[WatchedAnswer]]:
    """All scored answers of a queue that still count, by labeler, in the order of answering."""
    parameters = {"queue": queue_id, "question": question, "revisions": list(revisions), "open": DisputeState.OPEN}
    found: defaultdict[int, list[WatchedAnswer]] = defaultdict(list)
    for labeler_id, score_id, is_correct, answered_at in read_rows(READ_ANSWERS, parameters):
        found[labeler_id].append(WatchedAnswer(score_id, is_correct, answered_at))
    return found


def last_decisions(queue: Queue) -> dict[int, datetime]:
    """When the latest flag of each labeler in a queue ended: what was judged then is not held against anybody again."""
    finished = Flag.objects.filter(queue=queue, state__in=FINISHED)
    rows = finished.values("labeler_id").annotate(at=Max(Coalesce("closed_at", "decided_at")))
    return {row["labeler_id"]: row["at"] for row in rows if row["at"] is not None}


def labelers_with_unfinished_flags(queue: Queue) -> frozenset[int]:
    """Labelers with a flag in this queue that needs a decision or is being worked on."""
    return frozenset(Flag.objects.filter(queue=queue, state__in=UNFINISHED).values_list("labeler_id", flat=True))


def cusum_of(plan: SamplingPlan) -> Cusum:
    """The CUSUM of a queue: its own threshold, or the one solved for its false-alarm rate."""
    p0 = round(1 - plan.target, 6)
    h = plan.cusum_h or _solved_h(p0, plan.items_a_day, plan.gold_rate, plan.false_alarm_rate)
    return Cusum(p0=p0, h=h)


def serving_of(plan: SamplingPlan) -> Serving:
    """How gold reaches people in a queue: at one flat rate."""
    return Serving(items_per_day=plan.items_a_day, gold_rate=plan.gold_rate, watch_gold_rate=plan.gold_rate)


@lru_cache(maxsize=256)
def _solved_h(p0: float, items_a_day: int, gold_rate: float, false_alarm_rate: float) -> float:
    """Where no threshold is quiet enough, the highest one: the settings page refuses such a plan in words."""
    serving = Serving(items_per_day=items_a_day, gold_rate=gold_rate, watch_gold_rate=gold_rate)
    try:
        return solve_h(p0, serving=serving, false_flag_rate=false_alarm_rate)
    except ValueError:
        return HIGHEST_H
