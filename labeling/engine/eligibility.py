"""Whether somebody may be handed work of a queue, and if not, why."""

from dataclasses import dataclass
from enum import StrEnum


class Barrier(StrEnum):
    """Why nothing is handed out; sent with an empty answer."""

    INACTIVE = "inactive"
    LABELER_PAUSED = "labeler_paused"
    PAUSED = "queue_paused"
    CLOSED = "queue_closed"
    NO_QUESTIONS = "queue_has_no_questions"
    NOT_CERTIFIED = "not_certified"
    MUST_READ_POLICY = "must_read_policy"
    NOTHING_LEFT = "nothing_left"
    BUSY = "busy"


@dataclass(frozen=True)
class Standing:
    """What is known of a queue and a labeler when work is asked for."""

    queue_state: str
    queue_by_reservation: bool
    queue_has_schema: bool
    labeler_is_active: bool
    labeler_is_paused: bool
    must_read_policy: bool
    has_skill: bool


def find_barrier(standing: Standing) -> Barrier | None:
    """The first thing that keeps this labeler from the queue's work; None if nothing does.

    Queues of training and audit ask for a reservation, not for a skill: the claim sees to that. What is read about a
    policy's change is read before work in it, not before an exam.

    >>> find_barrier(Standing("active", False, True, True, False, False, has_skill=False))
    <Barrier.NOT_CERTIFIED: 'not_certified'>
    """
    return _barrier_of_labeler(standing) or _barrier_of_queue(standing) or _barrier_between(standing)


def _barrier_of_labeler(standing: Standing) -> Barrier | None:
    if not standing.labeler_is_active:
        return Barrier.INACTIVE
    return Barrier.LABELER_PAUSED if standing.labeler_is_paused else None


def _barrier_of_queue(standing: Standing) -> Barrier | None:
    if standing.queue_state != "active":
        return Barrier.PAUSED if standing.queue_state == "paused" else Barrier.CLOSED
    return None if standing.queue_has_schema else Barrier.NO_QUESTIONS


def _barrier_between(standing: Standing) -> Barrier | None:
    if standing.queue_by_reservation:
        return None
    if not standing.has_skill:
        return Barrier.NOT_CERTIFIED
    return Barrier.MUST_READ_POLICY if standing.must_read_policy else None


BARRIER_WORDS: dict[Barrier, str] = {
    Barrier.INACTIVE: "Your account does not label at the moment. Ask your team lead.",
    Barrier.LABELER_PAUSED: "Your work is paused for the moment, and the time is paid. Your first page says why.",
    Barrier.PAUSED: "The queue is paused. Work comes back when it is opened again.",
    Barrier.CLOSED: "The queue is closed. Choose another one.",
    Barrier.NO_QUESTIONS: "The queue asks nothing yet. Tell whoever looks after it.",
    Barrier.NOT_CERTIFIED: "You are not certified for this queue at the moment. Ask your team lead.",
    Barrier.MUST_READ_POLICY: "The policy has changed. Read what changed and confirm it on your Work page; then go on.",
    Barrier.NOTHING_LEFT: "Nothing is left for you in this queue now.",
    Barrier.BUSY: "Others are at the last items right now. What is left over comes in a moment.",
}
