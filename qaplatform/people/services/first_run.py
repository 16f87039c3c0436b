"""The first administrator's way to a first result, before anybody else has an account."""

from django.db import transaction

from qaplatform.errors import Refused
from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Membership, User
from qaplatform.people.queries.accounts import quality_managers
from qaplatform.trail.services import record


@transaction.atomic
def take_quality_role(administrator: User) -> Membership:
    """Let an administrator be QA manager too, while nobody else is. Raises Refused once somebody is."""
    User.objects.select_for_update().filter(memberships__role=Role.ADMINISTRATOR).order_by("pk").first()
    held = quality_managers()
    if administrator not in held and held:
        raise Refused(f"{held[0]} is QA manager here already. Ask them to import, or give yourself an account for it.")
    membership, is_new = Membership.objects.get_or_create(
        user=administrator, role=Role.QA_MANAGER, scope=Scope.PLATFORM, vendor=None, team=None
    )
    if is_new:
        detail = {"username": administrator.username, "role": Role.QA_MANAGER, "why": "nobody else was QA manager"}
        record("role_taken", administrator, actor=administrator, detail=detail)
    return membership
