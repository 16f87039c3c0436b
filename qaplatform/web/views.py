"""Error pages. What is forbidden answers exactly like what does not exist."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import render
from django.template.loader import get_template

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


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001  Django passes it.
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what nothing else answered, wherever it was raised; a database that is away is told apart."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return _database_away(request)
    return HttpResponseServerError(get_template("500.html").render())


def _database_away(request: HttpRequest) -> HttpResponse:
    away = DatabaseAway()
    headers = {"Retry-After": str(RETRY_SECONDS)}
    if request.path.startswith("/api/"):
        return JsonResponse(away.as_body(), status=away.http_status, headers=headers)
    page = get_template("503.html").render({"message": away.message})
    return HttpResponse(page, status=away.http_status, headers=headers)
