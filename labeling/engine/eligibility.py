"""Whether somebody may be handed work of a queue, and if not, why."""

from collections.abc import Iterable
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
    OPTED_OUT = "opted_out"
    ENOUGH_ANSWERS = "enough_answers"
    ENOUGH_REVEALS = "enough_reveals"
    ONLY_SENSITIVE = "only_sensitive"
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
    has_opted_out: bool = False
    has_enough_answers: bool = False


@dataclass(frozen=True)
class LaneFacts:
    """What the slots of a lane have in common: for whom they are."""

    id: int
    vendor_id: int | None
    language: str
    is_sensitive: bool


@dataclass(frozen=True)
class LabelerFacts:
    """What decides which lanes are open to somebody. `languages` is as people write it: tags between commas."""

    vendor_id: int
    languages: str = ""
    refuses_sensitive: bool = False
    has_enough_reveals: bool = False


@dataclass(frozen=True)
class Lanes:
    """The lanes of a queue as one labeler finds them: open to them, or closed for the time being."""

    open: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    why_closed: Barrier | None = None


def sort_lanes(lanes: Iterable[LaneFacts], labeler: LabelerFacts) -> Lanes:
    """Which lanes are open to a labeler. Sensitive ones are closed to who declined them or uncovered enough today.

    >>> sort_lanes([LaneFacts(1, None, "", False), LaneFacts(2, 9, "", False)], LabelerFacts(vendor_id=8)).open
    (1,)
    """
    theirs = [lane for lane in lanes if _is_for(lane, labeler)]
    why = _barrier_of_sensitive(labeler)
    return Lanes(
        open=tuple(lane.id for lane in theirs if why is None or not lane.is_sensitive),
        closed=tuple(lane.id for lane in theirs if why is not None and lane.is_sensitive),
        why_closed=why,
    )


def speaks(languages: str, language: str) -> bool:
    """Whether somebody who works in `languages` can judge an item in `language`; either may be empty, for any.

    >>> speaks("en, pt-BR", "en-GB"), speaks("en", "de"), speaks("", "de"), speaks("pt-BR", "pt-PT")
    (True, False, True, False)
    """
    wanted = language.strip().lower()
    known = [tag for tag in languages.lower().replace(",", " ").split() if tag]
    return not (wanted and known) or any(wanted == tag or wanted.startswith(f"{tag}-") for tag in known)


def _is_for(lane: LaneFacts, labeler: LabelerFacts) -> bool:
    return lane.vendor_id in {None, labeler.vendor_id} and speaks(labeler.languages, lane.language)


def _barrier_of_sensitive(labeler: LabelerFacts) -> Barrier | None:
    if labeler.refuses_sensitive:
        return Barrier.ONLY_SENSITIVE
    return Barrier.ENOUGH_REVEALS if labeler.has_enough_reveals else None


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
    if standing.must_read_policy:
        return Barrier.MUST_READ_POLICY
    if standing.has_opted_out:
        return Barrier.OPTED_OUT
    return Barrier.ENOUGH_ANSWERS if standing.has_enough_answers else None


BARRIER_WORDS: dict[Barrier, str] = {
    Barrier.INACTIVE: "Your account does not label at the moment. Ask your team lead.",
    Barrier.LABELER_PAUSED: "Your work is paused for the moment, and the time is paid. Your first page says why.",
    Barrier.PAUSED: "The queue is paused. Work comes back when it is opened again.",
    Barrier.CLOSED: "The queue is closed. Choose another one.",
    Barrier.NO_QUESTIONS: "The queue asks nothing yet. Tell whoever looks after it.",
    Barrier.NOT_CERTIFIED: "You are not certified for this queue at the moment. Ask your team lead.",
    Barrier.MUST_READ_POLICY: "The policy has changed. Read what changed and confirm it on your Work page; then go on.",
    Barrier.OPTED_OUT: "You asked not to be handed this queue. Change that on your Work page whenever you like.",
    Barrier.ENOUGH_ANSWERS: "You have given as many answers here as are asked of one person in 24 hours. Well done.",
    Barrier.ENOUGH_REVEALS: (
        "What is left is sensitive, and you have uncovered as many sensitive items as is good in 24 hours. "
        "Take another queue, or a break: the time is paid."
    ),
    Barrier.ONLY_SENSITIVE: (
        "What is left is sensitive, and you asked not to be handed that. Change it on your Work page whenever you like."
    ),
    Barrier.NOTHING_LEFT: "Nothing is left for you in this queue now.",
    Barrier.BUSY: "Others are at the last items right now. What is left over comes in a moment.",
}
