"""Who asks, and deny by default."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject

from qaplatform.errors import NotFound
from qaplatform.people.access import ANONYMOUS, MANAGING_ROLES, Access, is_allowed
from qaplatform.people.models import User
from qaplatform.people.queries.accesses import read_access, read_token_access
from qaplatform.web.middleware import API_PREFIX, TOKEN_SCHEME, carries_token
from qaplatform.web.views import not_found

# Views of libraries that carry no rule of ours: signing in and out, static files, metrics on loopback.
OPEN_MODULES = ("allauth.", "django.contrib.staticfiles.", "whitenoise.")


class AccessMiddleware:
    """Sets `request.access` and `request.roles`; lets a view run only if its rule allows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.access = self._read(request)  # type: ignore[attr-defined]
        request.roles = request.access.roles  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: object) -> HttpResponseBase | None:
        """Refuse what no rule allows; forbidden looks exactly like not found."""
        marked = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
        rule = getattr(marked, "rule", None)
        if rule is None:
            return None if view.__module__.startswith(OPEN_MODULES) else _hidden(request)
        access: Access = request.access  # type: ignore[attr-defined]
        if is_allowed(access, rule, getattr(marked, "token_scope", None)):
            return _second_factor_first(request) if _lacks_second_factor(request) else None
        return _hidden(request) if access.is_signed_in else _sign_in_first(request)

    def _read(self, request: HttpRequest) -> Access:
        if carries_token(request):
            return _read_token(request, request.META["HTTP_AUTHORIZATION"].removeprefix(TOKEN_SCHEME).strip())
        user = request.user
        return read_access(user) if isinstance(user, User) and user.is_active else ANONYMOUS


def _read_token(request: HttpRequest, token: str) -> Access:
    access = read_token_access(token)
    if access is None:
        return ANONYMOUS
    request.user = SimpleLazyObject(lambda: User.objects.get(pk=access.user_id))  # type: ignore[assignment]
    # A token is no cookie: no other site can make a browser send it, so there is nothing to forge.
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # noqa: SLF001
    return access


def _lacks_second_factor(request: HttpRequest) -> bool:
    """Whether a manager or administrator signed in with a password alone where that is not enough.

    Whoever has a second factor is asked for it at sign-in by allauth.
    """
    access: Access = request.access  # type: ignore[attr-defined]
    if not settings.REQUIRE_MFA or access.token_scopes is not None or access.roles.isdisjoint(MANAGING_ROLES):
        return False
    return not is_mfa_enabled(request.user)


def _second_factor_first(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        message = "Set up a second factor first: open /accounts/2fa/ in the browser."
        return JsonResponse({"code": "second_factor_needed", "message": message, "detail": {}}, status=403)
    return redirect("mfa_activate_totp")


def _hidden(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return JsonResponse(NotFound().as_body(), status=404)
    return not_found(request)


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API_PREFIX):
        message = "Sign in, or send a token that is valid in the header Authorization: Token …"
        return JsonResponse({"code": "not_signed_in", "message": message, "detail": {}}, status=401)
    return redirect_to_login(request.get_full_path())
