"""What happens to an attempt whose items are withdrawn, or whose gold comes into doubt, while somebody is at it.

An item that cannot be asked leaves the attempt and is replaced by one that is new to the person. Where the set has none
left, the attempt gets shorter, and the same share of right answers passes, rounded up.
"""

from collections.abc import Sequence

from django.db import transaction

from calibration.enums import AttemptState
from calibration.models import Attempt, AttemptAnswer
from calibration.queries.mending import asked_answers, doubtful_answers, gone_answers, shown_copies_of_withdrawn
from calibration.queries.pools import current_answers_of
from calibration.rules import mark_for
from calibration.services.assigning import place_more
from labeling.models import Slot
from labeling.services.placement import cancel_placed
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.trail.services import record

WITHDRAWN = "The item was taken out of work"
DOUBTED = "Its expected answer is no longer sure"
ALL_GONE = "All its items were taken out of work. Ask for another set."


@transaction.atomic
def withdraw_copies() -> int:
    """Take what was withdrawn in its own queue off the desks of training too; how many copies that were."""
    copies = list(shown_copies_of_withdrawn())
    for copy in copies:
        withdraw_item(copy, reason="withdrawn in its queue", actor=None)
    return len(copies)


def mend_attempt(attempt: Attempt) -> None:
    """Bring the items of a locked, unfinished attempt up to date, in the caller's transaction."""
    answers = asked_answers().filter(attempt=attempt)
    gone = list(gone_answers(answers))
    doubtful = _follow_corrections(attempt, list(doubtful_answers(answers).exclude(pk__in=[row.pk for row in gone])))
    if gone or doubtful:
        _leave_out(gone, WITHDRAWN)
        _leave_out(doubtful, DOUBTED)
        _replace(attempt, len(gone) + len(doubtful))


def _follow_corrections(attempt: Attempt, doubtful: Sequence[AttemptAnswer]) -> list[AttemptAnswer]:
    """Expect what a correction says; gives the rest, of which nobody knows what is right."""
    current = current_answers_of(row.gold_answer.gold_id for row in doubtful if row.gold_answer.gold.state == "live")
    corrected, rest = [], []
    for row in doubtful:
        answer = current.get(row.gold_answer.gold_id)
        if answer is None or answer.question != row.gold_answer.question:
            rest.append(row)
            continue
        row.gold_answer = answer
        corrected.append(row)
    AttemptAnswer.objects.bulk_update(corrected, ["gold_answer"])
    if corrected:
        record("attempt_corrected", attempt, actor=None, detail={"items": len(corrected)})
    return rest


def _leave_out(rows: Sequence[AttemptAnswer], why: str) -> None:
    for row in rows:
        row.left_out_at, row.left_out_why = clock.now(), why
    AttemptAnswer.objects.bulk_update(rows, ["left_out_at", "left_out_why"])
    cancel_placed(Slot.objects.filter(attempt_answer__in=rows))


def _replace(attempt: Attempt, lost: int) -> None:
    replaced = place_more(attempt, n=lost)
    was, mark = attempt.items, attempt.pass_mark
    attempt.items = was - lost + replaced
    if attempt.items:
        attempt.pass_mark = mark_for(attempt.items, mark=mark, of=was)
    else:
        attempt.state, attempt.finished_at, attempt.end_reason = AttemptState.CANCELLED, clock.now(), ALL_GONE
        attempt.answered = attempt.correct = 0
    attempt.answered = min(attempt.answered, attempt.items)
    attempt.correct = min(attempt.correct, attempt.answered)
    attempt.save()
    detail = {"lost": lost, "replaced": replaced, "items": attempt.items, "pass_mark": attempt.pass_mark}
    record("attempt_mended", attempt, actor=None, detail=detail)
