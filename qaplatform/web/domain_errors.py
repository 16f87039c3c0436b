"""The edge where a broken rule becomes an answer: JSON for programs, a page with the sentence for people."""

from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from qaplatform.errors import DomainError, InvalidInput
from qaplatform.web.views import not_found


class DomainErrorMiddleware:
    """Answers every `DomainError` that a view did not turn into a message of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Refuse an address that no text of ours can match and no database takes."""
        if "\0" not in unquote(request.META.get("QUERY_STRING", "")):
            return None
        message = "The address holds a NUL character. Take it out, or go back."
        return self.process_exception(request, InvalidInput(message, http_status=400))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Map once; anything that is not ours goes on to the 500 page."""
        if not isinstance(error, DomainError):
            return None
        if request.path.startswith("/api/"):
            return JsonResponse(error.as_body(), status=error.http_status)
        if error.http_status == 404:
            return not_found(request)
        return render(request, "refused.html", {"error": error}, status=error.http_status)
