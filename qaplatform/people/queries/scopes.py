"""Whom and what one may see: another vendor's people do not exist for you."""

from django.db.models import Q, QuerySet

from qaplatform.people.access import MANAGING_ROLES, Access, Reach
from qaplatform.people.models import Labeler, Team, Vendor


def visible_labelers(access: Access, *, roles: frozenset[str] = MANAGING_ROLES) -> QuerySet[Labeler]:
    """The labelers that these roles of the asker cover, and the asker's own."""
    own = Q(pk=access.labeler_id) if access.labeler_id else Q(pk__in=[])
    return Labeler.objects.filter(own | _covered(access.reach(roles), vendor="vendor_id", team="team_id"))


def visible_teams(access: Access) -> QuerySet[Team]:
    """The teams that the asker's roles cover."""
    return Team.objects.filter(_covered(access.reach(), vendor="vendor_id", team="id"))


def visible_vendors(access: Access) -> QuerySet[Vendor]:
    """The vendors that the asker's roles cover whole."""
    reach = access.reach()
    return Vendor.objects.all() if reach.everything else Vendor.objects.filter(pk__in=reach.vendor_ids)


def _covered(reach: Reach, *, vendor: str, team: str) -> Q:
    if reach.everything:
        # Not an empty Q: joined with "or" to a condition, that would leave the condition alone.
        return Q(pk__isnull=False)
    return Q(**{f"{vendor}__in": reach.vendor_ids}) | Q(**{f"{team}__in": reach.team_ids})
