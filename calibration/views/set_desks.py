"""What the desk of a calibration set says beside its items."""

from django.urls import reverse

from calibration.enums import SetPurpose
from calibration.queries.attempt_results import progress_of
from labeling.models import Queue
from labeling.views.desk_notes import ANY_LABEL, DeskNotes

EXAM_RULE = "Exam: nothing is shown before the end"
PRACTICE_RULE = "Practice: the expected answer is shown after each item"
EXAM_END = "You have answered everything in this exam. The result is counted within half a minute."
PRACTICE_END = "You have answered everything in this set. Read it once more, or go on with your work."
CANCELLED = "This set was taken back. Your page says why."


def notes_of_set(queue: Queue, labeler_id: int) -> DeskNotes | None:
    """How far somebody is with the set that this queue serves."""
    found = progress_of(queue, labeler_id)
    if found is None:
        return None
    attempt = found.attempt
    is_exam = attempt.calibration_set.purpose == SetPurpose.EXAM
    end_words = EXAM_END if is_exam else PRACTICE_END
    return DeskNotes(
        done=found.done,
        total=attempt.items,
        rule=EXAM_RULE if is_exam else PRACTICE_RULE,
        end_words=CANCELLED if attempt.state == "cancelled" else end_words,
        result=reverse("calibration:attempt", args=[attempt.public_id]),
        feedback="" if is_exam else reverse("calibration:feedback", args=[ANY_LABEL]),
    )
