"""Employers, their teams, and who holds which role there."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from qaplatform import clock
from qaplatform.people.enums import Role, Scope
from qaplatform.people.models.accounts import User


class Vendor(models.Model):
    """An employer of labelers; in-house is one."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    is_in_house = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class VendorAlias(models.Model):
    """Another name under which files know a vendor: an earlier one, or one that somebody said is the same."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "vendor aliases"
        constraints = [models.UniqueConstraint(Lower("name"), name="vendor_alias_once")]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A group inside a vendor."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["vendor__name", "name"]
        constraints = [models.UniqueConstraint(fields=["vendor", "name"], name="team_name_once_a_vendor")]

    def __str__(self) -> str:
        return f"{self.vendor.name} / {self.name}"


class Membership(models.Model):
    """A role that a user holds, and how far it reaches."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    scope = models.CharField(max_length=10, choices=Scope.choices)
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "vendor", "team"], nulls_distinct=False, name="membership_once"
            ),
            models.CheckConstraint(
                name="membership_scope_names_its_place",
                condition=(
                    Q(scope=Scope.PLATFORM, vendor=None, team=None)
                    | Q(scope=Scope.VENDOR, vendor__isnull=False, team=None)
                    | Q(scope=Scope.TEAM, vendor__isnull=False, team__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"
