"""Accounts as administrators see them."""

from django.db.models import Prefetch, Q, QuerySet

from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Membership, User


def find_accounts(*, search: str = "", role: str = "") -> QuerySet[User]:
    """Accounts by name, filtered; memberships come in one further query."""
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
    return accounts.order_by("username")


def quality_managers() -> list[User]:
    """Whoever can sign in as QA manager of the whole platform, the longest serving first."""
    held = {"memberships__role": Role.QA_MANAGER, "memberships__scope": Scope.PLATFORM}
    return list(User.objects.filter(is_active=True, **held).order_by("memberships__created_at").distinct())
