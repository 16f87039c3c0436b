"""What somebody with the escalation role has to look at."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.enums import EscalationOutcome
from labeling.models.items import Item
from labeling.models.labels import Label, LateAnswer, Skip
from qaplatform import clock
from qaplatform.people.models import Labeler


class Escalation(models.Model):
    """An item that somebody escalated, or answered with a category that is never sampled.

    `reason` is a SkipReason, or `never_sample`. It is open until somebody with the escalation role handles it.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="escalations")
    reason = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    raised_by = models.ForeignKey(Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="escalations")
    raised_at = models.DateTimeField(default=clock.now)
    skip = models.OneToOneField(Skip, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation")
    label = models.OneToOneField(Label, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation")
    late_answer = models.OneToOneField(
        LateAnswer, null=True, blank=True, on_delete=models.PROTECT, related_name="escalation"
    )
    outcome = models.CharField(max_length=12, choices=EscalationOutcome.choices, blank=True)
    outcome_note = models.TextField(blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["raised_at"]
        constraints = [
            models.CheckConstraint(
                name="escalation_handled_with_an_outcome",
                condition=Q(handled_at=None, outcome="") | Q(handled_at__isnull=False) & ~Q(outcome=""),
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], condition=Q(handled_at=None), name="escalation_open")]

    def __str__(self) -> str:
        return f"{self.reason} on {self.item_id}"
