"""What calibration does in transactions of labeling: it appends a stale mark, one INSERT, or refuses a revision."""

from typing import Any

from calibration.models import AttemptAnswer
from calibration.services.gold_adoptions import suspend_changed_gold
from calibration.services.joins import move_scores
from calibration.services.marks import append_mark
from labeling.errors import UndoClosed
from labeling.models import Adoption
from qaplatform.people.labeler_role import as_application


def note_stale(*, queue_id: int, labeler_id: int | None, **_: Any) -> None:
    """Append a mark under a key of our own making; nothing is read."""
    append_mark(queue_id, labeler_id)


def keep_scored_answers(*, slot_id: int, **_: Any) -> None:
    """Refuse to change an answer of a set that was scored: its expected answer may have been read."""
    with as_application():
        rows = AttemptAnswer.objects.select_for_update().filter(slot_id=slot_id)
        is_scored = rows.values_list("is_correct", flat=True).first() is not None
    if is_scored:
        raise UndoClosed("This answer is scored, and what is expected was shown.")


def suspend_changed(*, adoption_id: int, **_: Any) -> None:
    """Gold whose clause means something else from now on is neither placed nor scored until it is approved again."""
    suspend_changed_gold(Adoption.objects.select_related("queue__policy_version", "version").get(pk=adoption_id))


def move_joined_scores(*, from_id: int, to_id: int, queue_ids: tuple[int, ...], **_: Any) -> None:
    """Scores belong to whom their answers belong."""
    move_scores(from_id, to_id, queue_ids=queue_ids)
