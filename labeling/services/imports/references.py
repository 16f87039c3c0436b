"""The door for whoever keeps QA decisions and gold: labeling stages those columns, another application stores them.

A keeper is called inside the import's transaction, where `import_kept`, `import_decision`, `import_judged` and their
neighbours stand (see `labeling.queries.decision_imports`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.base_user import AbstractBaseUser

from labeling.models import ImportRun, Queue


@dataclass(frozen=True)
class StoredReferences:
    """What a file held beside its decisions: how many of what, in words, and sentences about the rest."""

    counts: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReferenceKeeper:
    """What becomes of QA decisions and gold.

    `set_up(queue, question, actor)` prepares a queue that an import made; `store(run, now)` stores what the file holds
    and says how much that was; `against_undo(run)` says why an import cannot be taken back, or nothing;
    `undo(run, now)` ends what it had stored, after its decisions were taken back.
    """

    set_up: Callable[..., None]
    store: Callable[..., StoredReferences]
    against_undo: Callable[[ImportRun], str]
    undo: Callable[..., None]


def register_reference_keeper(keeper: ReferenceKeeper) -> None:
    """Let an application keep the QA decisions and the gold of files."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def reference_keepers() -> tuple[ReferenceKeeper, ...]:
    """All keepers."""
    return tuple(_keepers)


def set_up_references(queue: Queue, question: str, *, actor: AbstractBaseUser) -> None:
    """Prepare a new queue to be measured."""
    for keeper in _keepers:
        keeper.set_up(queue, question, actor=actor)


_keepers: list[ReferenceKeeper] = []
