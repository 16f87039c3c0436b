"""Accounts as administrators see them."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Prefetch, Q, QuerySet

from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Membership, Team, User, Vendor

STATES = {
    "active": ("Active", Q(is_active=True)),
    "waiting": ("No password yet", Q(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)),
    "deactivated": ("Deactivated", Q(is_active=False)),
}


def find_accounts(
    *, search: str = "", role: str = "", vendor: Vendor | None = None, team: Team | None = None, state: str = ""
) -> QuerySet[User]:
    """Accounts by user name, filtered; memberships come in one further query. `state` is one of `STATES`."""
    places = Membership.objects.select_related("vendor", "team")
    accounts = User.objects.select_related("labeler__vendor", "labeler__team").prefetch_related(
        Prefetch("memberships", queryset=places)
    )
    if search:
        accounts = accounts.filter(
            Q(username__icontains=search) | Q(display_name__icontains=search) | Q(email__icontains=search)
        )
    if role:
        accounts = accounts.filter(memberships__role=role).distinct()
    if vendor:
        accounts = accounts.filter(Q(labeler__vendor=vendor) | Q(memberships__vendor=vendor)).distinct()
    if team:
        accounts = accounts.filter(Q(labeler__team=team) | Q(memberships__team=team)).distinct()
    if state:
        accounts = accounts.filter(STATES[state][1])
    return accounts.order_by("username")


def role_counts() -> dict[str, int]:
    """How many active people hold each role."""
    rows = Membership.objects.filter(user__is_active=True).order_by().values_list("role")
    return dict(rows.annotate(n=Count("user", distinct=True)))


def quality_managers() -> list[User]:
    """Whoever can sign in as QA manager of the whole platform, the longest serving first."""
    held = {"memberships__role": Role.QA_MANAGER, "memberships__scope": Scope.PLATFORM}
    return list(User.objects.filter(is_active=True, **held).order_by("memberships__created_at").distinct())
