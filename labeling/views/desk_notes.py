"""What another application adds to the desk of a training queue: how far somebody is, and what is shown when."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from labeling.enums import QueueKind
from labeling.models import Queue

# Stands in the address of feedback where the id of a label belongs.
ANY_LABEL = UUID(int=0)


@dataclass(frozen=True)
class DeskNotes:
    """Progress, a rule in a few words, what is said at the end, and two addresses.

    `feedback` holds `ANY_LABEL` where a label's id belongs; it is empty where nothing is shown after an answer.
    """

    done: int
    total: int
    rule: str
    end_words: str
    result: str
    feedback: str = ""


Reader = Callable[[Queue, int], DeskNotes | None]
_readers: list[Reader] = []


def register_desk_notes(reader: Reader) -> None:
    """Ask this reader, with a training queue and a labeler's id, what it adds."""
    _readers.append(reader)


def notes_for(queue: Queue, labeler_id: int) -> DeskNotes | None:
    """What is added to this desk; nothing to that of any other kind of queue."""
    if queue.kind != QueueKind.TRAINING:
        return None
    return next((notes for reader in _readers if (notes := reader(queue, labeler_id)) is not None), None)
