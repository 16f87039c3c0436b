"""What a stored label is acknowledged with: the bytes that a replay gets again."""

from datetime import datetime
from json import dumps
from uuid import UUID


def write_receipt(*, label: UUID, assignment: UUID, recorded_at: datetime) -> str:
    """The label as JSON text.

    >>> from datetime import UTC
    >>> one = UUID(int=1)
    >>> write_receipt(label=one, assignment=one, recorded_at=datetime(2026, 1, 2, tzinfo=UTC))[:46]
    '{"id":"00000000-0000-0000-0000-000000000001","'
    """
    fields = {"id": str(label), "assignment": str(assignment), "recorded_at": recorded_at.isoformat()}
    return dumps(fields, separators=(",", ":"))
