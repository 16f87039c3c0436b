"""What labeling refuses, and in which words."""

from qaplatform.errors import DomainError


class InvalidAnswer(DomainError):
    """An answer does not fit the schema; `detail` names the field."""

    code = "invalid_answer"
    http_status = 422


class LeaseTaken(DomainError):
    """Somebody else has claimed the slot since; the answer is kept as late."""

    code = "late"
    http_status = 409


class ItemWithdrawn(DomainError):
    """The item was taken out of work while somebody had it."""

    code = "withdrawn"
    http_status = 409


class KeyReused(DomainError):
    """An idempotency key came with another body."""

    code = "key_reused"
    http_status = 422
