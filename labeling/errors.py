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

    def __init__(self, *, kept: str = "") -> None:
        super().__init__(
            f"Your time for this item ran out and somebody else has it now. {kept}Go on with the next one."
        )


class ItemWithdrawn(DomainError):
    """The item was taken out of work while somebody had it."""

    code = "withdrawn"
    http_status = 409

    def __init__(self, *, kept: str = "") -> None:
        super().__init__(f"This item was taken out of work. {kept}Go on with the next one.")


class AlreadyAnswered(DomainError):
    """The assignment has its answer; only a revision can change it."""

    code = "already_answered"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("You have answered this item already. Undo the answer to change it.")


class UndoClosed(DomainError):
    """The time in which an answer may be revised is over."""

    code = "undo_closed"
    http_status = 409

    def __init__(self, why: str = "An answer can be changed for five minutes and until the next one is sent.") -> None:
        super().__init__(f"{why} This one stands.")


class AlreadyRevised(DomainError):
    """A label has one revision; the next one revises that."""

    code = "already_revised"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("This answer was changed already. Reload the page to see how it stands.")


class KeyReused(DomainError):
    """An idempotency key came with another body."""

    code = "key_reused"
    http_status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another answer. Send each answer with a key of its own.")


class FileTooLarge(DomainError):
    """An upload is larger than what is taken in one piece."""

    code = "too_large"
    http_status = 413
