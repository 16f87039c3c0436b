"""Answers, append-only, and what arrived beside them."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5, Cast

from labeling.enums import SkipReason
from labeling.models.imports import ImportRun
from labeling.models.items import Item
from labeling.models.policies import PolicyVersion
from labeling.models.queues import LabelSchema, Queue
from labeling.models.slots import Slot
from qaplatform import clock
from qaplatform.people.models import Labeler


class Label(models.Model):
    """A labeler's answer. A revision is a further row that names what it revises; the current label is revised by none.

    `answers` maps question keys to answers. `item`, `queue` and `labeler` repeat the slot's, written in one statement.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="labels")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="labels")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="labels", db_index=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="labels", db_index=False)
    revises = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="revised_by")
    answers = models.JSONField()
    rationale = models.TextField(blank=True)
    confidence = models.FloatField(null=True, blank=True)
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+", db_index=False)
    import_run = models.ForeignKey(
        ImportRun, null=True, blank=True, on_delete=models.PROTECT, related_name="labels", db_index=False
    )
    claimed_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(revises=None), name="first_label_once_a_slot"),
            models.CheckConstraint(
                name="label_confidence_is_a_share",
                condition=Q(confidence=None) | Q(confidence__gte=0, confidence__lte=1),
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "created_at"], name="label_by_queue"),
            models.Index(fields=["labeler", "created_at"], name="label_by_labeler"),
            models.Index(fields=["import_run"], condition=Q(import_run__isnull=False), name="label_by_import"),
        ]

    def __str__(self) -> str:
        return f"label {self.public_id}"


class LateAnswer(models.Model):
    """An answer that came after somebody else had claimed, or after a withdrawal: work done, never an answer.

    Each text of an assignment is kept, the same one once.
    """

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="late_answers")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="late_answers", db_index=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="late_answers", db_index=False)
    assignment_id = models.UUIDField()
    answers = models.JSONField()
    rationale = models.TextField(blank=True)
    confidence = models.FloatField(null=True, blank=True)
    active_ms = models.PositiveIntegerField(null=True, blank=True)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "assignment_id", MD5(Cast("answers", models.TextField())), MD5("rationale"), name="late_text_once"
            ),
        ]
        indexes = [
            models.Index(fields=["item", "labeler"], name="late_answer_by_item"),
            models.Index(fields=["labeler", "received_at"], name="late_answer_by_labeler"),
        ]

    def __str__(self) -> str:
        return f"late {self.assignment_id}"


class Skip(models.Model):
    """Somebody gave an item back; it never returns to the same person."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="skips")
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="skips", db_index=False)
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="skips")
    reason = models.CharField(max_length=20, choices=SkipReason.choices)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "labeler"], name="skip_once_an_item")]
        indexes = [models.Index(fields=["labeler", "created_at"], name="skip_by_labeler")]

    def __str__(self) -> str:
        return f"skip of {self.item_id}: {self.reason}"


class IdempotentAnswer(models.Model):
    """What a submit answered under a client's key, kept 7 days, so that a replay gets the same bytes."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="+", db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=100)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    label = models.TextField()
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["labeler", "key"], name="idempotency_key_once_a_labeler")]

    def __str__(self) -> str:
        return self.key
