"""Reading what a user may reach."""

from qaplatform.people.access import Access, Holding
from qaplatform.people.models import Labeler, Membership, User


def read_access(user: User, *, token_scopes: frozenset[str] | None = None) -> Access:
    """The access of a user, in two queries."""
    labeler_id = Labeler.objects.filter(user=user, is_active=True).values_list("id", flat=True).first()
    rows = Membership.objects.filter(user=user).values_list("role", "scope", "vendor_id", "team_id")
    return Access(
        user_id=user.pk,
        labeler_id=labeler_id,
        holdings=frozenset(Holding(*row) for row in rows),
        token_scopes=token_scopes,
    )
