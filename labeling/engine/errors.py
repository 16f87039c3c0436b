"""What the engine refuses; services turn these into errors with a status."""


class SchemaError(ValueError):
    """The questions of a queue cannot be used; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class AnswerError(ValueError):
    """An answer does not fit its question; `field` is the question's key."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class ContentError(ValueError):
    """The content of an item does not have the shape of its kind; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
