"""What a stored label is acknowledged with: the bytes that a replay gets again."""

from json import dumps
from uuid import UUID


def write_receipt(*, label: UUID, assignment: UUID) -> str:
    """The label as JSON text.

    >>> write_receipt(label=UUID(int=1), assignment=UUID(int=2))[:46]
    '{"id":"00000000-0000-0000-0000-000000000001","'
    """
    return dumps({"id": str(label), "assignment": str(assignment)}, separators=(",", ":"))
