"""Findings about a labeler that need a person's decision. Everything said about them is append-only."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from calibration.enums import DisputeState, ErrorKind, FlagCause, FlagState, SuspensionState
from calibration.models.gold import GoldItem
from calibration.models.measurements import GoldScore
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler, SkillGrant, Vendor

UNDECIDED_OR_AT_WORK = [FlagState.OPEN, FlagState.COACHING, FlagState.RETRAINING]


class Flag(models.Model):
    """A finding. `finding` is frozen: the test's parameters, the path or p-value, and the population it rests on."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="flags")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="flags")
    cause = models.CharField(max_length=12, choices=FlagCause.choices)
    state = models.CharField(max_length=12, choices=FlagState.choices, default=FlagState.OPEN)
    is_disputed = models.BooleanField(default=False)
    error_kind = models.CharField(max_length=16, choices=ErrorKind.choices)
    finding = models.JSONField()
    opened_at = models.DateTimeField(default=clock.now)
    reply_due_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["labeler", "queue"],
                condition=Q(state__in=UNDECIDED_OR_AT_WORK),
                name="one_unfinished_flag_a_labeler_and_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"flag of {self.labeler_id} in {self.queue_id}"


class EvidenceRow(models.Model):
    """One scored answer that counted for a flag, as it was then."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="evidence")
    position = models.PositiveIntegerField()
    score = models.ForeignKey(GoldScore, on_delete=models.PROTECT, related_name="+")
    expected = models.TextField()
    accepted = models.JSONField()
    given = models.TextField()
    is_correct = models.BooleanField()
    answered_at = models.DateTimeField()
    clause = models.CharField(max_length=250, blank=True)
    reason = models.TextField(blank=True)
    peers = models.JSONField(default=dict)
    statistic = models.FloatField(null=True)

    class Meta:
        ordering = ["flag_id", "position"]
        constraints = [models.UniqueConstraint(fields=["flag", "position"], name="evidence_position_once_a_flag")]

    def __str__(self) -> str:
        return f"{self.flag_id} #{self.position}"


class FlagEvent(models.Model):
    """Something that happened to a flag; append-only."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["flag_id", "id"]

    def __str__(self) -> str:
        return f"{self.action} of {self.flag_id}"


class FlagReply(models.Model):
    """What the labeler, or the team lead, says to a flag; append-only."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["flag_id", "id"]

    def __str__(self) -> str:
        return f"reply to {self.flag_id}"


class Dispute(models.Model):
    """An answer that its labeler says was right. Decided by somebody who neither decided the flag nor made the gold.

    `corrected_to` lists the answers that the decision holds right; a second person's confirmation corrects the gold.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    evidence = models.OneToOneField(EvidenceRow, on_delete=models.PROTECT, related_name="dispute")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    reason = models.TextField()
    state = models.CharField(max_length=16, choices=DisputeState.choices, default=DisputeState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    corrected_to = models.JSONField(default=list)
    corrected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dispute_is_not_decided_by_its_author", condition=Q(decided_by=None) | ~Q(decided_by=F("filed_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.evidence_id}"


class SkillSuspension(models.Model):
    """A proposal to suspend a skill while somebody is retrained. A second QA manager confirms."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="suspensions")
    grant = models.ForeignKey(SkillGrant, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=SuspensionState.choices, default=SuspensionState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suspension_needs_a_second_person", condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by"))
            ),
            models.UniqueConstraint(
                fields=["grant"], condition=Q(state=SuspensionState.PROPOSED), name="one_open_suspension_a_grant"
            ),
        ]

    def __str__(self) -> str:
        return f"suspension of {self.grant_id}"


class EmergencyPause(models.Model):
    """Work of one person stops before they could reply: one decides, with a reason, for 24 hours at most and paid.

    A second person then ends it or prolongs it until the reply is due. The effect is `Labeler.paused_until`.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="emergency_pauses")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="emergency_pauses")
    reason = models.TextField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    second_at = models.DateTimeField(null=True, blank=True)
    second_reason = models.TextField(blank=True)
    prolonged_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                name="pause_ends_within_24_hours",
                condition=Q(ends_at__gt=F("started_at"), ends_at__lte=F("started_at") + timedelta(hours=24)),
            ),
            models.CheckConstraint(
                name="pause_is_prolonged_by_a_second_person",
                condition=Q(prolonged_until=None) | Q(second_by__isnull=False) & ~Q(second_by=F("started_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"emergency pause of {self.labeler_id}"


class BurntGold(models.Model):
    """Gold that a vendor's people have seen with its expected answer, as evidence of a flag: not placed there again."""

    gold = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="burnt_for")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gold", "vendor"], name="gold_burnt_once_a_vendor")]

    def __str__(self) -> str:
        return f"{self.gold_id} burnt for {self.vendor_id}"
