"""Whether somebody may be handed work of a queue, and if not, why."""

from dataclasses import dataclass
from enum import StrEnum


class Barrier(StrEnum):
    """Why nothing is handed out; sent with an empty answer."""

    INACTIVE = "inactive"
    PAUSED = "queue_paused"
    CLOSED = "queue_closed"
    NO_QUESTIONS = "queue_has_no_questions"
    NOT_CERTIFIED = "not_certified"
    NOTHING_LEFT = "nothing_left"
    BUSY = "busy"


@dataclass(frozen=True)
class Standing:
    """What is known of a queue and a labeler when work is asked for."""

    queue_state: str
    queue_is_training: bool
    queue_has_schema: bool
    labeler_is_active: bool
    has_skill: bool


def find_barrier(standing: Standing) -> Barrier | None:
    """The first thing that keeps this labeler from the queue's work; None if nothing does.

    Training queues ask for a reservation, not for a skill: the claim sees to that.

    >>> find_barrier(Standing("active", False, True, True, has_skill=False))
    <Barrier.NOT_CERTIFIED: 'not_certified'>
    """
    if not standing.labeler_is_active:
        return Barrier.INACTIVE
    if standing.queue_state != "active":
        return Barrier.PAUSED if standing.queue_state == "paused" else Barrier.CLOSED
    if not standing.queue_has_schema:
        return Barrier.NO_QUESTIONS
    if not standing.queue_is_training and not standing.has_skill:
        return Barrier.NOT_CERTIFIED
    return None


BARRIER_WORDS: dict[Barrier, str] = {
    Barrier.INACTIVE: "Your account does not label at the moment. Ask your team lead.",
    Barrier.PAUSED: "The queue is paused. Work comes back when it is opened again.",
    Barrier.CLOSED: "The queue is closed. Choose another one.",
    Barrier.NO_QUESTIONS: "The queue asks nothing yet. Tell whoever looks after it.",
    Barrier.NOT_CERTIFIED: "You are not certified for this queue at the moment. Ask your team lead.",
    Barrier.NOTHING_LEFT: "Nothing is left for you in this queue now.",
    Barrier.BUSY: "Others are at the last items right now. What is left over comes in a moment.",
}
