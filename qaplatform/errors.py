"""The one base of every error that a user may read."""

from collections.abc import Mapping


class DomainError(Exception):
    """A rule was broken; `message` says what to do next and is shown as it is.

    `code` is stable for programs, `http_status` is used at the edge, `detail` carries machine-readable particulars
    (for example the field that was wrong).
    """

    code = "error"
    http_status = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        http_status: int | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.http_status = http_status or self.http_status
        self.detail = dict(detail or {})

    def as_body(self) -> dict[str, object]:
        """The one shape of every error of the API."""
        return {"code": self.code, "message": self.message, "detail": self.detail}


class NotFound(DomainError):
    """It does not exist, or it does not exist for whoever asks: both read the same."""

    code = "not_found"
    http_status = 404

    def __init__(self, message: str = "There is nothing here for you. Check the address, or go back.") -> None:
        super().__init__(message)


class Refused(DomainError):
    """The act is not allowed in this state."""

    code = "refused"
    http_status = 409


class InvalidInput(DomainError):
    """What was sent does not fit; `detail` names the field."""

    code = "invalid"
    http_status = 422
