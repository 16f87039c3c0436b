"""What else a policy's adoption does: other applications say it when they are ready."""

from collections.abc import Callable
from dataclasses import dataclass

from labeling.models import Queue


@dataclass(frozen=True)
class ConsequenceLine:
    """One thing that is touched, with the address where it is looked at."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class Consequence:
    """What an adoption does to something, in a sentence, with the things one by one."""

    sentence: str
    lines: tuple[ConsequenceLine, ...] = ()


Teller = Callable[[Queue, frozenset[int]], Consequence | None]
_tellers: list[Teller] = []


def register_consequence(teller: Teller) -> None:
    """Let `teller` say what a change of these clauses (ids) does in this queue; None says nothing. Twice is once."""
    if teller not in _tellers:
        _tellers.append(teller)


def consequences_of(queue: Queue, changed: frozenset[int]) -> tuple[Consequence, ...]:
    """What everybody who was registered says."""
    told = (teller(queue, changed) for teller in _tellers)
    return tuple(consequence for consequence in told if consequence is not None)
