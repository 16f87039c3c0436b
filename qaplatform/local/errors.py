"""Why the runner cannot go on, in one sentence that says what to do."""

from qaplatform.errors import DomainError


class CannotRun(DomainError):
    """The runner cannot go on; the message is the one line that the user reads."""

    code = "cannot_run"
