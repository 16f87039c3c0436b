"""Headers that every page carries. A program, which sends a token to the API, is spared what only pages need."""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

API_PREFIX = "/api/"
TOKEN_SCHEME = "Token "  # noqa: S105  The name of a scheme.
# What is no page loads nothing and stands in no frame.
POLICY_OF_DATA = "default-src 'none'; frame-ancestors 'none'"

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


def carries_token(request: HttpRequest) -> bool:
    """Whether a program asks, with a token, valid or not: then no session counts."""
    return request.META.get("HTTP_AUTHORIZATION", "").startswith(TOKEN_SCHEME) and request.path.startswith(API_PREFIX)


class PageMessages(MessageMiddleware):
    """What the next page says about the last act; a program sees no page."""

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request) if carries_token(request) else super().__call__(request)


class PagePolicy(CSPMiddleware):
    """The content security policy: of a page with its nonce, of data a constant."""

    def __call__(self, request: HttpRequest) -> Any:
        if not carries_token(request):
            return super().__call__(request)
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = POLICY_OF_DATA
        return response


class PrivacyHeadersMiddleware:
    """Pages of signed-in people stay out of every cache; no page may use the device."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
