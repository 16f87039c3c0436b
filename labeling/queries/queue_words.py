"""What other applications say about a queue on its first page."""

from collections.abc import Callable
from datetime import datetime

from labeling.models import Queue

Teller = Callable[[Queue, datetime], str]
_tellers: list[Teller] = []


def register_queue_words(teller: Teller) -> None:
    """Let `teller` say a sentence about a queue; an empty one says nothing. Twice is once."""
    if teller not in _tellers:
        _tellers.append(teller)


def words_about(queue: Queue, *, now: datetime) -> tuple[str, ...]:
    """What everybody who was registered says."""
    return tuple(words for teller in _tellers if (words := teller(queue, now)))
