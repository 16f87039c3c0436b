"""Queues and what they ask."""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from labeling.enums import QueueKind, QueueOrder, QueueState
from labeling.models.policies import Policy, PolicyVersion
from qaplatform import clock
from qaplatform.people.models import Skill


class Queue(models.Model):
    """A stream of items that follows one policy.

    Nobody is handed work before they have acknowledged `acknowledge_version`, the last that changed a clause's meaning.
    Each item needs `base_answers`; a seeded draw at its entry lifts a share `overlap_rate` of them to `overlap_size`.
    `vendor_shares` maps a vendor's public id to its part of the answers; empty: any vendor may give any. The caps hold
    for one person in any 24 hours: answers in this queue, and sensitive items uncovered anywhere; None: no cap.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=QueueKind.choices, default=QueueKind.ORDINARY)
    state = models.CharField(max_length=10, choices=QueueState.choices, default=QueueState.ACTIVE)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="queues")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="queues")
    acknowledge_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    skill = models.ForeignKey(Skill, null=True, blank=True, on_delete=models.PROTECT, related_name="queues")
    language = models.CharField(max_length=20, blank=True)
    base_answers = models.PositiveSmallIntegerField(default=1)
    overlap_rate = models.FloatField(default=0.1)
    overlap_size = models.PositiveSmallIntegerField(default=3)
    order = models.CharField(max_length=10, choices=QueueOrder.choices, default=QueueOrder.MIXED)
    vendor_shares = models.JSONField(default=dict, blank=True)
    answers_a_day_cap = models.PositiveIntegerField(null=True, blank=True)
    reveals_a_day_cap = models.PositiveIntegerField(null=True, blank=True)
    lease_seconds = models.PositiveIntegerField(default=600)
    priority = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    draw_seed = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="queue_overlap_rate_is_a_share", condition=Q(overlap_rate__gte=0, overlap_rate__lte=1)
            ),
            models.CheckConstraint(
                name="queue_overlap_size_covers_base", condition=Q(overlap_size__gte=F("base_answers"))
            ),
            models.CheckConstraint(
                name="queue_lease_10_seconds_to_a_day", condition=Q(lease_seconds__gte=10, lease_seconds__lte=86400)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LabelSchema(models.Model):
    """What a queue asks, as `labeling.engine.schemas` reads it; immutable, numbered."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="schemas")
    number = models.PositiveIntegerField()
    questions = models.JSONField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["queue_id", "number"]
        constraints = [models.UniqueConstraint(fields=["queue", "number"], name="schema_number_once_a_queue")]

    def __str__(self) -> str:
        return f"{self.queue.name} schema {self.number}"
