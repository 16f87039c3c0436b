"""What looks wrong about gold or about how people answer, how healthy gold is, and whether stored figures hold."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from calibration.enums import SuspicionKind, SuspicionState
from calibration.models.gold import GoldItem
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler


class Suspicion(models.Model):
    """Something for a person to look into; it counts for nothing and opens no flag.

    `labeler` and `other` (the one with the higher id) are about people, `gold` about an item. `score` orders those of
    one kind, the strongest first; `facts` holds the numbers behind the sentence, `population` what they were counted
    from. A search rewrites open rows and takes away those it no longer finds; what a person decided stays.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="suspicions")
    question = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=SuspicionKind.choices)
    labeler = models.ForeignKey(Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="suspicions")
    other = models.ForeignKey(Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    gold = models.ForeignKey(GoldItem, null=True, blank=True, on_delete=models.PROTECT, related_name="suspicions")
    score = models.FloatField()
    p_value = models.FloatField(null=True, blank=True)
    words = models.TextField()
    facts = models.JSONField()
    population = models.JSONField()
    found_at = models.DateTimeField(default=clock.now)
    computed_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=SuspicionState.choices, default=SuspicionState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "question", "kind", "labeler", "other", "gold"],
                condition=Q(state="open"),
                nulls_distinct=False,
                name="one_open_suspicion_a_subject",
            ),
            models.CheckConstraint(
                name="suspicion_has_its_subject",
                condition=Q(kind__in=["wrong_gold", "leaked_gold"], gold__isnull=False, labeler=None, other=None)
                | Q(kind="copying", gold=None, labeler__isnull=False, other__gt=models.F("labeler"))
                | Q(kind__in=["speeding", "long_runs"], gold=None, labeler__isnull=False, other=None),
            ),
            models.CheckConstraint(
                name="suspicion_decided_by_somebody",
                condition=Q(state="open", decided_at=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["queue", "kind", "state"], name="suspicion_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.queue_id}"


class GoldHealth(models.Model):
    """How a gold item behaves: counted anew at each search from the answers that `population` names.

    `right` of `n` base and extra answers; `discrimination` is item-rest or that of the fitted item response, None where
    there are too few; `figures` holds the rest.
    """

    gold = models.OneToOneField(GoldItem, on_delete=models.CASCADE, related_name="health")
    question = models.CharField(max_length=60)
    n = models.PositiveIntegerField()
    right = models.PositiveIntegerField()
    difficulty = models.FloatField(null=True)
    discrimination = models.FloatField(null=True)
    disputes = models.PositiveIntegerField(default=0)
    figures = models.JSONField()
    population = models.JSONField()
    computed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"health of gold {self.gold_id}: {self.right}/{self.n}"


class Verification(models.Model):
    """One recomputation of a queue's stored figures from its labels by another route; append-only.

    `differences` lists what differed, in words; anything in it is an alarm.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="verifications")
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    took_ms = models.PositiveIntegerField()
    checked_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["queue", "-checked_at"], name="verification_by_queue")]

    def __str__(self) -> str:
        return f"{len(self.differences)} differences in {self.queue_id}"
