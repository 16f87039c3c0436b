"""What a stored label is acknowledged with: the bytes that a replay gets again."""

from datetime import UTC, datetime
from json import dumps
from uuid import UUID


def write_receipt(*, label: UUID, assignment: UUID, recorded_at: datetime) -> str:
    """The label as JSON text.

    >>> one = UUID(int=1)
    >>> write_receipt(label=one, assignment=one, recorded_at=datetime(2026, 1, 2, tzinfo=UTC))[:46]
    '{"id":"00000000-0000-0000-0000-000000000001","'
    """
    fields = {"id": str(label), "assignment": str(assignment), "recorded_at": _utc(recorded_at)}
    return dumps(fields, separators=(",", ":"))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
