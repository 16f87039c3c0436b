"""Opening a flag with everything that it rests on, frozen."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from calibration.enums import FlagCause, FlagState
from calibration.models import EvidenceRow, Flag, FlagEvent, GoldAnswer, GoldScore
from calibration.queries.error_kinds import main_kind
from calibration.queries.evidence import peer_answers
from calibration.queries.questions import read_question
from calibration.rules import DAYS_TO_REPLY, add_working_days
from labeling.models import Queue
from qaplatform.people.models import Labeler
from qaplatform.trail.services import record


@transaction.atomic
def open_flag(
    labeler: Labeler,
    queue: Queue,
    *,
    cause: FlagCause,
    finding: Mapping[str, Any],
    scores: Sequence[GoldScore],
    now: datetime,
) -> Flag:
    """Open a flag on these scores, in their order. It recommends nothing and restricts nothing: a person decides."""
    question = read_question(queue, scores[0].question)
    errors = [(score.expected, score.given) for score in scores if not score.is_correct]
    flag = Flag.objects.create(
        labeler=labeler,
        queue=queue,
        cause=cause,
        error_kind=main_kind(errors, question) if question else "mixed",
        finding={"cause": cause.value, **finding},
        opened_at=now,
        reply_due_at=add_working_days(now, DAYS_TO_REPLY),
    )
    EvidenceRow.objects.bulk_create(_evidence(flag, scores, finding.get("path") or []))
    words = str(finding["words"])
    FlagEvent.objects.create(flag=flag, at=now, actor=None, action="opened", to_state=FlagState.OPEN, reason=words)
    record("flag opened", flag, actor=None, detail={"cause": cause.value, "queue": str(queue.public_id), "why": words})
    return flag


def _evidence(flag: Flag, scores: Sequence[GoldScore], path: Sequence[float]) -> list[EvidenceRow]:
    answers = GoldAnswer.objects.select_related("clause_revision__clause").in_bulk(
        {score.gold_answer_id for score in scores}
    )
    peers = peer_answers(
        {score.item_id for score in scores},
        scores[0].question,
        without_labeler=flag.labeler_id,
        until=flag.opened_at,
    )
    return [
        _row(flag, position, score, answers[score.gold_answer_id], peers.get(score.item_id, {}), path)
        for position, score in enumerate(scores, start=1)
    ]


def _row(  # noqa: PLR0917
    flag: Flag,
    position: int,
    score: GoldScore,
    answer: GoldAnswer,
    peers: Mapping[str, int],
    path: Sequence[float],
) -> EvidenceRow:
    return EvidenceRow(
        flag=flag,
        position=position,
        score=score,
        expected=score.expected,
        accepted=list(answer.accepted),
        given=score.given,
        is_correct=score.is_correct,
        answered_at=score.answered_at,
        clause=_clause_words(answer),
        reason=answer.reason,
        peers=dict(peers),
        statistic=path[position - 1] if position <= len(path) else None,
    )


def _clause_words(answer: GoldAnswer) -> str:
    revision = answer.clause_revision
    return "" if revision is None else f"{revision.clause.code} {revision.title}"[:250]
