"""DRF's view of the rules."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from qaplatform.people.access import is_allowed


class RulePermission(BasePermission):
    """A second lock behind the middleware: the view's `rule` and `token_scope`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the view's rule allows the asker."""
        rule = getattr(view, "rule", None)
        return rule is not None and is_allowed(request._request.access, rule, getattr(view, "token_scope", None))  # noqa: SLF001
