"""Accounts as administrators see them."""

from django.db.models import Prefetch, Q, QuerySet

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
