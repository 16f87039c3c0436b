"""Decisions judged again by an auditor, and what became of disagreements."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from calibration.enums import AdjudicationOutcome, AuditDraw, AuditOrigin, Reference
from calibration.models.gold import GoldItem
from labeling.models import ClauseRevision, ImportRun, Item, Label, Queue, Slot
from qaplatform import clock
from qaplatform.people.models import Labeler

AUDIT_REFERENCES = [Reference.AUDIT_BLIND, Reference.AUDIT_SEEN]


class Audit(models.Model):
    """A draw of decisions to be judged again, or the auditors' decisions of one file.

    `population` says what was drawn from, in words and filters; `drawn_from` how many decisions that were.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="audits")
    question = models.CharField(max_length=60)
    reference = models.CharField(max_length=12, choices=Reference.choices, default=Reference.AUDIT_BLIND)
    origin = models.CharField(max_length=10, choices=AuditOrigin.choices, default=AuditOrigin.DRAWN)
    draw = models.CharField(max_length=10, choices=AuditDraw.choices, default=AuditDraw.RANDOM)
    audit_queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    import_run = models.ForeignKey(ImportRun, null=True, blank=True, on_delete=models.PROTECT, related_name="audits")
    population = models.JSONField(default=dict)
    drawn_from = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(name="audit_has_an_audit_reference", condition=Q(reference__in=AUDIT_REFERENCES)),
            models.UniqueConstraint(
                fields=["import_run", "queue", "question", "reference"],
                condition=Q(import_run__isnull=False),
                name="one_audit_an_import",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuditedLabel(models.Model):
    """One decision in an audit. Once judged, it is a score against the audit's reference; append-only, it ends.

    `given` is the labeler's answer, `auditor_answer` the auditor's, `expected` what holds: the auditor's answer until
    an adjudication says otherwise; codes as `GoldAnswer.accepted` writes them. `inclusion_probability` is None where
    nobody knows how the decision was chosen, as in files. `slot` is where the auditor answers, `answer` the auditor's
    label.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="audited")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="audited")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+", db_index=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="audited", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=60)
    reference = models.CharField(max_length=12, choices=Reference.choices)
    clause_revision = models.ForeignKey(ClauseRevision, null=True, on_delete=models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=200, blank=True)
    inclusion_probability = models.FloatField(null=True, blank=True)
    auditor = models.ForeignKey(
        Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="audits_done", db_index=False
    )
    slot = models.OneToOneField(Slot, null=True, blank=True, on_delete=models.PROTECT, related_name="audited")
    answer = models.OneToOneField(Label, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_answer")
    given = models.TextField()
    auditor_answer = models.TextField(blank=True)
    expected = models.TextField(blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    answered_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["label", "question", "reference"], condition=Q(ended_at=None), name="one_current_audit_a_label"
            ),
            models.CheckConstraint(
                name="audited_probability_is_a_share",
                condition=Q(inclusion_probability=None) | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
            ),
            models.CheckConstraint(
                name="judged_audit_has_its_answer",
                condition=Q(judged_at=None, is_correct=None)
                | Q(judged_at__isnull=False, is_correct__isnull=False) & ~Q(auditor_answer="") & ~Q(expected=""),
            ),
        ]
        indexes = [
            models.Index(fields=["labeler", "queue", "answered_at"], name="audited_by_labeler"),
            models.Index(fields=["queue", "answered_at"], name="audited_by_queue"),
        ]

    def __str__(self) -> str:
        return f"audit of {self.label_id}"


class ItemAdjudication(models.Model):
    """What one person decided about an item that labelers answer differently, once a question; `accepted` is right.

    `gold` is the candidate that came of it.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="adjudications")
    question = models.CharField(max_length=60)
    accepted = ArrayField(models.CharField(max_length=200))
    reason = models.TextField()
    gold = models.ForeignKey(GoldItem, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "question"], name="item_adjudicated_once_a_question"),
            models.CheckConstraint(name="item_adjudication_names_what_is_right", condition=Q(accepted__len__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{' or '.join(self.accepted)} for {self.item_id}"


class Adjudication(models.Model):
    """What one person decided about a disagreement, once. `gold` is the candidate that came of it."""

    audited = models.OneToOneField(AuditedLabel, on_delete=models.PROTECT, related_name="adjudication")
    outcome = models.CharField(max_length=12, choices=AdjudicationOutcome.choices)
    accepted = ArrayField(models.CharField(max_length=200), default=list)
    reason = models.TextField()
    gold = models.ForeignKey(GoldItem, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.outcome} for {self.audited_id}"
