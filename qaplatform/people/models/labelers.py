"""Whoever labels, and what they are certified for."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from qaplatform import clock
from qaplatform.people.enums import GrantSource, LabelerKind
from qaplatform.people.models.accounts import User
from qaplatform.people.models.vendors import Team, Vendor


class Labeler(models.Model):
    """A person, a model, or a person known only from imported decisions.

    Until `paused_until` nothing is handed out: an emergency pause, which ends by itself. `language` holds the codes of
    all languages that they work in, with commas between them; empty, they are given work in any.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="labelers")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="labelers")
    kind = models.CharField(max_length=10, choices=LabelerKind.choices)
    external_id = models.CharField(max_length=200, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="labeler")
    display_name = models.CharField(max_length=200)
    language = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["display_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"], condition=~Q(external_id=""), name="labeler_external_id_once_a_vendor"
            ),
            models.CheckConstraint(
                name="labeler_kind_has_its_identity",
                condition=(
                    Q(kind=LabelerKind.EXTERNAL) & ~Q(external_id="")
                    | Q(kind__in=[LabelerKind.PERSON, LabelerKind.MODEL], user__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class LabelerJoin(models.Model):
    """Somebody known from imported decisions was found to be a labeler with an account; can be undone.

    While it stands, files that name `external` mean `labeler`, and `external`'s answers are `labeler`'s: each slot says
    as whom it was imported, so that undoing gives them back. `kept` answers stayed, as both had answered the item.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    external = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="joins")
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="joined")
    joined_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField(default=clock.now)
    moved = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external"], condition=Q(undone_at=None), name="joined_once_at_a_time"),
            models.CheckConstraint(name="joined_to_somebody_else", condition=~Q(external=F("labeler"))),
        ]

    def __str__(self) -> str:
        return f"{self.external} is {self.labeler}"


class Skill(models.Model):
    """What a queue asks of those who work in it; pages say 'certified for'."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SkillGrant(models.Model):
    """A skill that somebody holds. It counts while it is neither suspended, revoked nor expired."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="skill_grants")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="grants")
    source = models.CharField(max_length=20, choices=GrantSource.choices)
    reason = models.CharField(max_length=500, blank=True)
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=clock.now)
    suspended_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["labeler", "skill"], condition=Q(revoked_at=None), name="skill_grant_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.labeler} certified for {self.skill}"

    @property
    def is_active(self) -> bool:
        """Whether it opens queues today."""
        is_expired = self.expires_at is not None and self.expires_at <= clock.now()
        return self.suspended_at is None and self.revoked_at is None and not is_expired
