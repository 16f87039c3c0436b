"""Sentences about somebody's work on the account page, from applications that register when they are ready."""

from collections.abc import Callable, Sequence

from qaplatform.people.models import Labeler

WorkFacts = Callable[[Labeler], Sequence[str]]

_readers: dict[str, WorkFacts] = {}


def register_work_facts(name: str, reader: WorkFacts) -> None:
    """Add sentences about a labeler; registering a name again replaces them."""
    _readers[name] = reader


def work_facts(labeler: Labeler) -> list[str]:
    """All sentences, in the order of registration."""
    return [sentence for reader in _readers.values() for sentence in reader(labeler)]
