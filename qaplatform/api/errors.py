"""Errors as the API says them: `{code, message, detail}`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.response import Response

from qaplatform.errors import DomainError, NotFound


def respond_with_error(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001  DRF passes it.
    """DRF's exception handler. An unexpected error returns None and becomes a 500."""
    if isinstance(error, DomainError):
        return Response(error.as_body(), status=error.http_status)
    if isinstance(error, Http404 | PermissionDenied):
        return Response(NotFound().as_body(), status=404)
    if isinstance(error, ValidationError):
        body = {"code": "invalid", "message": "Some fields do not fit; see detail.", "detail": error.detail}
        return Response(body, status=422)
    if isinstance(error, NotAuthenticated):
        return _respond("not_signed_in", "Sign in, or send a valid token.", status=401)
    if isinstance(error, APIException):
        return _respond(error.default_code, str(error.detail), status=error.status_code)
    return None


def _respond(code: str, message: str, *, status: int) -> Response:
    return Response({"code": code, "message": message, "detail": {}}, status=status)
