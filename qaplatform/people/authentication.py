"""DRF's view of who asks: whatever the middleware found."""

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request


class AccessAuthentication(BaseAuthentication):
    """Session or token, read once by `AccessMiddleware`; CSRF is checked by Django's middleware there as well."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The user that the middleware found, or None."""
        user = request._request.user  # noqa: SLF001
        return (user, None) if user.is_authenticated else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  The parent's signature.
        """What a 401 names."""
        return "Token"
