"""Employers and their teams."""

from django.db import transaction

from qaplatform.people.models import Team, User, Vendor
from qaplatform.trail.services import record


@transaction.atomic
def create_vendor(name: str, *, team: str, is_in_house: bool, actor: User | None) -> Vendor:
    """Make a vendor with its first team."""
    vendor = Vendor.objects.create(name=name, is_in_house=is_in_house)
    Team.objects.create(vendor=vendor, name=team)
    record("vendor_created", vendor, actor=actor, detail={"name": name})
    return vendor
