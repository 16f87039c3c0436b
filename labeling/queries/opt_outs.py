"""What somebody may choose to be handed."""

from dataclasses import dataclass

from labeling.enums import QueueKind
from labeling.models import OptOut, Queue
from labeling.queries.workspaces import queues_of_labeler


@dataclass(frozen=True)
class Choices:
    """The queues that somebody may decline, each with whether they did, and whether they take sensitive items."""

    queues: tuple[tuple[Queue, bool], ...]
    declines_sensitive: bool


def choices_of(labeler_id: int) -> Choices:
    """What a labeler chose. Two statements, whatever their number."""
    declined = set(OptOut.objects.filter(labeler=labeler_id).values_list("queue_id", flat=True))
    queues = queues_of_labeler(labeler_id).filter(kind=QueueKind.ORDINARY).order_by("name")
    return Choices(tuple((queue, queue.pk in declined) for queue in queues), None in declined)
