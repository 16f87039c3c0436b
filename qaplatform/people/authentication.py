"""DRF's view of who asks: whatever the middleware found."""

from typing import Any

from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request


class AccessAuthentication(SessionAuthentication):
    """Session or token, read once by `AccessMiddleware`.

    CSRF is checked here: DRF takes its views out of Django's own check. A token needs none, and the middleware says so.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The user that the middleware found, or None."""
        user = request._request.user  # noqa: SLF001
        if not user.is_authenticated:
            return None
        self.enforce_csrf(request)
        return user, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  The parent's signature.
        """What a 401 names."""
        return "Token"
