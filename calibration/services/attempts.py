"""Scoring attempts at calibration sets. Attempts never count for anybody's accuracy."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt, AttemptAnswer
from calibration.queries.answer_names import SKIPPED
from calibration.queries.mending import troubled_attempts
from calibration.queries.pools import UNFINISHED as UNFINISHED_ATTEMPTS
from calibration.services.certification import certify
from calibration.services.mending import mend_attempt, withdraw_copies
from labeling.engine.answers import answer_code
from labeling.enums import SlotState
from labeling.models import Label, Queue, Skip
from qaplatform import clock
from qaplatform.errors import NotFound
from qaplatform.trail.services import record


def score_attempts(queue: Queue) -> list[Attempt]:
    """Score what was answered in a training queue; gives the attempts that ended. Running it twice changes nothing."""
    waiting = Attempt.objects.filter(calibration_set__training_queue=queue, state__in=UNFINISHED_ATTEMPTS)
    scored = [score_attempt(attempt_id) for attempt_id in waiting.order_by("pk").values_list("pk", flat=True)]
    return [attempt for attempt in scored if attempt.finished_at is not None]


def mend_attempts() -> list[Attempt]:
    """Look after attempts whose items were withdrawn or whose gold came into doubt. Twice is once."""
    withdraw_copies()
    return [score_attempt(attempt_id) for attempt_id in troubled_attempts()]


@transaction.atomic
def show_practice_answer(label_id: UUID, *, labeler_id: int) -> AttemptAnswer:
    """Score an answer of practice at once, so that it can be shown; from then on it stands. Raises NotFound.

    There is nothing here for anybody else, of exams, of other work, or of what is not answered yet.
    """
    rows = AttemptAnswer.objects.filter(
        slot__labels__public_id=label_id,
        slot__state=SlotState.DONE,
        attempt__labeler=labeler_id,
        attempt__calibration_set__purpose=SetPurpose.PRACTICE,
        left_out_at=None,
    )
    answer = rows.first()
    if answer is None:
        raise NotFound
    score_attempt(answer.attempt_id)
    scored = _with_words(answer.pk)
    if scored.is_correct is None or scored.left_out_at is not None:
        raise NotFound
    return scored


@transaction.atomic
def score_attempt(attempt_id: int) -> Attempt:
    """Bring one attempt up to date; the last answer ends it, and passing an exam certifies."""
    related = ("calibration_set__training_queue", "calibration_set__source_queue", "labeler", "flag")
    attempt = Attempt.objects.select_for_update(of=("self",)).select_related(*related).get(pk=attempt_id)
    if attempt.state in UNFINISHED_ATTEMPTS:
        mend_attempt(attempt)
    if attempt.state not in UNFINISHED_ATTEMPTS:
        return attempt
    # Locked against somebody who changes an answer meanwhile: each is scored once, as it stands then.
    asked = attempt.answers.select_for_update(of=("self",)).filter(left_out_at=None)
    answers = list(asked.select_related("gold_answer").order_by("pk"))
    given = _given(attempt, answers)
    if _shows_answers(attempt) or len(given) == attempt.items:
        _score(answers, given)
    _count(attempt, answers, given)
    if attempt.finished_at is not None and attempt.state == AttemptState.PASSED:
        certify(attempt)
    return attempt


def _with_words(answer_id: int) -> AttemptAnswer:
    related = ("attempt__calibration_set__training_queue", "slot__item", "gold_answer__gold")
    rows = AttemptAnswer.objects.select_related(*related, "gold_answer__clause_revision__clause")
    return rows.get(pk=answer_id)


def _shows_answers(attempt: Attempt) -> bool:
    """Practice shows each answer at once, so each is final at once; an exam is scored as a whole at its end."""
    return attempt.calibration_set.purpose == SetPurpose.PRACTICE


def _given(attempt: Attempt, answers: Sequence[AttemptAnswer]) -> dict[int, Label | None]:
    """What was answered, by slot; None for a skipped item."""
    slots = [answer.slot_id for answer in answers]
    labels = Label.objects.filter(slot__in=slots, revised_by=None)
    skipped = Skip.objects.filter(slot__in=slots, labeler=attempt.labeler_id).values_list("slot_id", flat=True)
    given: dict[int, Label | None] = dict.fromkeys(skipped)
    return given | {label.slot_id: label for label in labels}


def _score(answers: Sequence[AttemptAnswer], given: dict[int, Label | None]) -> None:
    new = [answer for answer in answers if answer.is_correct is None and answer.slot_id in given]
    for answer in new:
        label = given[answer.slot_id]
        answer.label = label
        answer.given = answer_code(label.answers.get(answer.gold_answer.question)) if label else SKIPPED
        answer.is_correct = answer.given in answer.gold_answer.accepted
    AttemptAnswer.objects.bulk_update(new, ["label", "given", "is_correct"])


def _count(attempt: Attempt, answers: Sequence[AttemptAnswer], given: dict[int, Label | None]) -> None:
    attempt.answered = len(given)
    attempt.correct = sum(answer.is_correct is True for answer in answers)
    if attempt.answered:
        attempt.state = AttemptState.STARTED
    if attempt.answered == attempt.items:
        _finish(attempt)
    attempt.save(update_fields=["answered", "correct", "state", "finished_at"])


def _finish(attempt: Attempt) -> None:
    has_passed = attempt.correct >= attempt.pass_mark
    attempt.state = AttemptState.PASSED if has_passed else AttemptState.FAILED
    attempt.finished_at = clock.now()
    detail = {"correct": attempt.correct, "items": attempt.items, "pass_mark": attempt.pass_mark}
    record("attempt_passed" if has_passed else "attempt_failed", attempt, actor=None, detail=detail)
