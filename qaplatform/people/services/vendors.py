"""Employers, their teams, and who leads those."""

from django.db import transaction

from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.models import Membership, Team, User, Vendor, VendorAlias
from qaplatform.people.services.roles import add_role, remove_role
from qaplatform.trail.services import record


@transaction.atomic
def create_vendor(name: str, *, team: str, is_in_house: bool, actor: User | None) -> Vendor:
    """Make a vendor, with its first team where one is named."""
    _refuse_taken_name(name)
    vendor = Vendor.objects.create(name=name, is_in_house=is_in_house)
    if team:
        Team.objects.create(vendor=vendor, name=team)
    record("vendor_created", vendor, actor=actor, detail={"name": name})
    return vendor


@transaction.atomic
def rename_vendor(vendor: Vendor, name: str, *, is_in_house: bool, actor: User) -> Vendor:
    """Give a vendor another name; files that use the old one still find it."""
    vendor = Vendor.objects.select_for_update().get(pk=vendor.pk)
    before = vendor.name
    if name != before:
        _refuse_taken_name(name, but=vendor)
        VendorAlias.objects.filter(vendor=vendor, name__iexact=name).delete()
        vendor.name = name
    vendor.is_in_house = is_in_house
    vendor.save(update_fields=["name", "is_in_house"])
    if name.casefold() != before.casefold():
        add_alias(vendor, before, actor=actor)
    if name != before:
        record("vendor_renamed", vendor, actor=actor, detail={"from": before, "to": name})
    return vendor


def add_alias(vendor: Vendor, name: str, *, actor: User | None) -> None:
    """Let files that say `name` mean this vendor."""
    taken = VendorAlias.objects.filter(name__iexact=name).exclude(vendor=vendor).select_related("vendor").first()
    if taken is not None:
        raise InvalidInput(f"{name} is another name of {taken.vendor.name} already.", detail={"field": "name"})
    if name.casefold() != vendor.name.casefold() and not vendor.aliases.filter(name__iexact=name).exists():
        VendorAlias.objects.create(vendor=vendor, name=name, created_by=actor)
        record("vendor_alias_added", vendor, actor=actor, detail={"name": name})


@transaction.atomic
def create_team(vendor: Vendor, name: str, *, actor: User | None) -> Team:
    """Make a team of a vendor."""
    _refuse_taken_team(vendor, name)
    team = Team.objects.create(vendor=vendor, name=name)
    record("team_created", team, actor=actor, detail={"vendor": vendor.name, "name": name})
    return team


@transaction.atomic
def rename_team(team: Team, name: str, *, actor: User) -> Team:
    """Give a team another name."""
    if name != team.name:
        _refuse_taken_team(team.vendor, name, but=team)
        record("team_renamed", team, actor=actor, detail={"from": team.name, "to": name})
        team.name = name
        team.save(update_fields=["name"])
    return team


@transaction.atomic
def make_lead(team: Team, user: User, *, actor: User, instead: bool = False) -> Membership:
    """Let somebody lead a team: one more lead, or `instead` of whoever leads it now."""
    if not user.is_active:
        raise InvalidInput(f"{user} is deactivated. Choose somebody who can sign in.", detail={"field": "lead"})
    if instead:
        for other in Membership.objects.filter(role=Role.TEAM_LEAD, team=team).exclude(user=user):
            remove_role(other, actor=actor)
    return add_role(user, Role.TEAM_LEAD, team=team, actor=actor)


def _refuse_taken_name(name: str, but: Vendor | None = None) -> None:
    if Vendor.objects.filter(name__iexact=name).exclude(pk=but.pk if but else 0).exists():
        raise InvalidInput(f"There is a vendor {name} already. Choose another name.", detail={"field": "name"})
    alias = (
        VendorAlias.objects.filter(name__iexact=name)
        .exclude(vendor=but.pk if but else 0)
        .select_related("vendor")
        .first()
    )
    if alias is not None:
        message = (
            f"{name} is another name of {alias.vendor.name}. Choose another one, so that files cannot mix them up."
        )
        raise InvalidInput(message, detail={"field": "name"})


def _refuse_taken_team(vendor: Vendor, name: str, but: Team | None = None) -> None:
    if vendor.teams.filter(name__iexact=name).exclude(pk=but.pk if but else 0).exists():
        message = f"{vendor.name} has a team {name} already. Choose another name."
        raise InvalidInput(message, detail={"field": "name"})
