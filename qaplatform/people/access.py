"""What a request may reach: computed once a request, tested by rules, used by every scoped query."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest
from rules.predicates import Predicate

from qaplatform.people.enums import Role, Scope

View = TypeVar("View", bound=Callable[..., Any])

# Roles whose reach over people is what their membership says; the others see nobody but themselves.
MANAGING_ROLES = frozenset({Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.QA_MANAGER, Role.TRAINER, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Holding:
    """A role and how far it reaches."""

    role: str
    scope: str
    vendor_id: int | None = None
    team_id: int | None = None


@dataclass(frozen=True)
class Reach:
    """Vendors and teams that some roles cover; `everything` covers all."""

    everything: bool
    vendor_ids: frozenset[int]
    team_ids: frozenset[int]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is covered."""
        return not (self.everything or self.vendor_ids or self.team_ids)


@dataclass(frozen=True)
class Access:
    """Who asks. `token_scopes` is None for a session; a token may do only what its scopes name."""

    user_id: int | None = None
    labeler_id: int | None = None
    holdings: frozenset[Holding] = frozenset()
    token_scopes: frozenset[str] | None = None

    @property
    def roles(self) -> frozenset[str]:
        """Names of all roles held."""
        return frozenset(holding.role for holding in self.holdings)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is an account at all."""
        return self.user_id is not None

    def has(self, *roles: Role) -> bool:
        """Whether one of these roles is held, however far it reaches."""
        return not self.roles.isdisjoint(roles)

    def reach(self, roles: Iterable[str] = MANAGING_ROLES) -> Reach:
        """Everything that these roles cover together."""
        wanted = frozenset(roles)
        held = [holding for holding in self.holdings if holding.role in wanted]
        return Reach(
            everything=any(holding.scope == Scope.PLATFORM for holding in held),
            vendor_ids=frozenset(h.vendor_id for h in held if h.scope == Scope.VENDOR and h.vendor_id),
            team_ids=frozenset(h.team_id for h in held if h.scope == Scope.TEAM and h.team_id),
        )


ANONYMOUS = Access()


def access_of(request: HttpRequest) -> Access:
    """What `AccessMiddleware` read for this request."""
    access: Access = request.access  # type: ignore[attr-defined]
    return access


def allow(rule: Predicate, *, token_scope: str | None = None) -> Callable[[View], View]:
    """Say who may call a view. A view without it answers 404 to everybody: deny by default.

    `token_scope` names the scope that a token needs; None keeps tokens out.
    """

    def mark(view: View) -> View:
        view.rule = rule  # type: ignore[attr-defined]
        view.token_scope = token_scope  # type: ignore[attr-defined]
        return view

    return mark


def is_allowed(access: Access, rule: Predicate, token_scope: str | None) -> bool:
    """Whether this access passes the rule, and its token, if it has one, the scope."""
    if access.token_scopes is not None and (token_scope is None or token_scope not in access.token_scopes):
        return False
    return bool(rule.test(access))
