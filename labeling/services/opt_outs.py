"""What a labeler would rather not be handed; nobody else is told, and no figure knows."""

from labeling.enums import QueueKind
from labeling.models import OptOut, Queue
from qaplatform.errors import Refused
from qaplatform.people.models import Labeler


def decline(labeler: Labeler, queue: Queue | None) -> None:
    """From the next claim on, hand them nothing of this queue; without a queue: no sensitive item. Raises Refused.

    What they hold stays with them until they answer, skip or pause.
    """
    if queue is not None and queue.kind != QueueKind.ORDINARY:
        raise Refused("Calibration sets and audits are given to people by name. Talk to whoever assigned it.")
    OptOut.objects.get_or_create(labeler=labeler, queue=queue)


def welcome(labeler: Labeler, queue: Queue | None) -> None:
    """Take a decline back; where there is none, nothing happens."""
    OptOut.objects.filter(labeler=labeler, queue=queue).delete()
