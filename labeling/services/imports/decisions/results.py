"""What an import of decisions did, for its page."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeling.models import ImportRun, Queue


@dataclass(frozen=True)
class QueueResult:
    """One queue that decisions went to. `labelers` counts the people behind the new and changed ones."""

    queue: Queue
    decisions: int
    labelers: int
    is_new: bool


@dataclass(frozen=True)
class ImportResult:
    """What came in, by queue, what came beside it, such as QA decisions and gold, and what was made, each by sort."""

    queues: tuple[QueueResult, ...]
    references: Mapping[str, int]
    made: Mapping[str, int]
    notes: tuple[str, ...]


def result_of(run: ImportRun) -> ImportResult:
    """What an import did; nothing before it is done."""
    stored = run.findings.get("result", {"queues": [], "made": {}})
    ids = [entry["queue"] for entry in stored["queues"]]
    queues = {str(q.public_id): q for q in Queue.objects.filter(public_id__in=ids).select_related("policy")}
    results = tuple(
        QueueResult(queues[entry["queue"]], entry["decisions"], entry["labelers"], entry["is_new"])
        for entry in stored["queues"]
        if entry["queue"] in queues
    )
    made = {sort: number for sort, number in stored["made"].items() if number}
    references = {sort: number for sort, number in stored.get("references", {}).items() if number}
    return ImportResult(results, references, made, tuple(run.notes))
