"""What the beat does with moves of queues, at a time of the test's choice."""

from datetime import datetime

from labeling.queries.adoptions import due_adoption_ids
from labeling.services.adoptions import apply_adoption


def move_due_queues(*, now: datetime) -> int:
    """Carry out the moves that are due, one after the other; how many that were."""
    due = due_adoption_ids(now)
    for adoption_id in due:
        apply_adoption(adoption_id, now=now)
    return len(due)
