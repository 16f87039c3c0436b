"""Roles given and taken, and how far they reach."""

from django.db import transaction

from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Labeler, Membership, Team, User, Vendor
from qaplatform.trail.services import record

VENDOR_ROLES = frozenset({Role.LABELER, Role.VENDOR_MANAGER})


@transaction.atomic
def add_role(
    user: User, role: Role, *, vendor: Vendor | None = None, team: Team | None = None, actor: User | None
) -> Membership:
    """Give somebody a role at its place; giving it twice changes nothing. Raises InvalidInput on `vendor` or `team`."""
    scope = _scope(role, vendor=vendor, team=team)
    place: dict[str, Vendor | Team | None] = {"vendor": None, "team": None}
    if scope is Scope.TEAM and team is not None:
        place = {"vendor": team.vendor, "team": team}
    elif scope is Scope.VENDOR:
        place["vendor"] = vendor
    membership, is_new = Membership.objects.get_or_create(user=user, role=role, **place, defaults={"scope": scope})
    if is_new and actor is not None:
        record("role_given", user, actor=actor, detail=_told(user, membership))
    return membership


@transaction.atomic
def remove_role(membership: Membership, *, actor: User) -> None:
    """Take a role back. One's own administration, the last administrator's and a labeler's own role stay."""
    user = membership.user
    if membership.role == Role.ADMINISTRATOR:
        if user.pk == actor.pk:
            raise Refused("You cannot take administration from yourself. Ask another administrator.")
        refuse_last_administrator(user)
    if membership.role == Role.LABELER and Labeler.objects.filter(user=user).exists():
        raise Refused(
            f"{user} has answers as a labeler. Revoke their certifications to take them off the work, or deactivate "
            "the account."
        )
    record("role_taken", user, actor=actor, detail=_told(user, membership))
    membership.delete()


def refuse_last_administrator(user: User) -> None:
    """Raise where nobody else could administrate any more."""
    administrators = Membership.objects.select_for_update().filter(role=Role.ADMINISTRATOR, user__is_active=True)
    ids = {membership.user_id for membership in administrators}
    if ids == {user.pk}:
        raise Refused(f"{user} is the only administrator. Make somebody else administrator first.")


def _scope(role: Role, *, vendor: Vendor | None, team: Team | None) -> Scope:
    if role is Role.TEAM_LEAD:
        if team is None:
            raise InvalidInput("A team lead needs a team. Choose the team.", detail={"field": "team"})
        return Scope.TEAM
    if role in VENDOR_ROLES:
        if vendor is None:
            message = "A labeler or vendor manager needs a vendor. Choose the vendor."
            raise InvalidInput(message, detail={"field": "vendor"})
        return Scope.VENDOR
    return Scope.PLATFORM


def _told(user: User, membership: Membership) -> dict[str, object]:
    return {
        "username": user.username,
        "role": membership.role,
        "vendor": membership.vendor.name if membership.vendor else "",
        "team": membership.team.name if membership.team else "",
    }
