"""How accounts come into being: never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUp(DefaultAccountAdapter):
    """Administrators make accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  The parent's signature.
        """Nobody signs up."""
        return False
