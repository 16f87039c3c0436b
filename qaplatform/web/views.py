"""Error pages. What is forbidden answers exactly like what does not exist."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

from qaplatform.errors import DomainError

RETRY_SECONDS = 5


class DatabaseAway(DomainError):
    """The database is gone, full, or busy for longer than a request may wait."""

    code = "database_away"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer at the moment. What was confirmed to you is safe. "
            "Send the same again in a few seconds; if that does not help, tell your administrator."
        )


class CacheAway(DomainError):
    """The cache counts attempts at signing in, and nothing is let in uncounted; all else goes on without it."""

    code = "cache_away"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "Signing in is not possible at the moment; whoever is signed in goes on. "
            "Send the same again in a few seconds; if that does not help, tell your administrator."
        )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django passes it.
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nothing else answered, wherever it was raised; a database or cache that is away is told apart."""
    error = sys.exception()
    if isinstance(error, OperationalError | InterfaceError):
        return _away(request, DatabaseAway())
    if isinstance(error, NoConnection | NoAnswer):
        return _away(request, CacheAway())
    return HttpResponseServerError(get_template("500.html").render())


def _away(request: HttpRequest, away: DomainError) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_SECONDS)}
    if request.path.startswith("/api/"):
        return JsonResponse(away.as_body(), status=away.http_status, headers=headers)
    page = get_template("503.html").render({"message": away.message})
    return HttpResponse(page, status=away.http_status, headers=headers)
