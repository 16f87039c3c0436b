"""Coaching, calibration sets, attempts and certifications."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from calibration.enums import AttemptState, SetPurpose
from calibration.models.flags import Flag
from calibration.models.gold import GoldAnswer, GoldItem
from labeling.models import Label, PolicyVersion, Queue, Slot
from qaplatform import clock
from qaplatform.people.models import Labeler, Skill, SkillGrant


class CoachingPlan(models.Model):
    """What somebody does after a flag, made from their own confusions; both sides sign it off."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    flag = models.OneToOneField(Flag, on_delete=models.PROTECT, related_name="coaching_plan")
    coach = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    summary = models.TextField()
    coach_signed_at = models.DateTimeField(null=True, blank=True)
    labeler_signed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"coaching for {self.flag_id}"


class CoachingStep(models.Model):
    """One step of a coaching plan."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    plan = models.ForeignKey(CoachingPlan, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["plan_id", "position"]

    def __str__(self) -> str:
        return self.text[:60]


class CalibrationSet(models.Model):
    """Chosen gold items. A queue of kind training serves it; passing certifies for `skill` under `policy_version`.

    An attempt asks `draw_size` of the items, drawn from those whose answers the person has not seen; None: all of them.
    `shows_answers` says whether an exam's items are shown with their expected answers once it has ended.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    purpose = models.CharField(max_length=10, choices=SetPurpose.choices, default=SetPurpose.EXAM)
    source_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="calibration_sets")
    training_queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    skill = models.ForeignKey(Skill, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pass_mark = models.PositiveSmallIntegerField()
    draw_size = models.PositiveSmallIntegerField(null=True, blank=True)
    shows_answers = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class SetItem(models.Model):
    """A gold item of a set, in the training queue."""

    calibration_set = models.ForeignKey(CalibrationSet, on_delete=models.PROTECT, related_name="set_items")
    gold = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="set_items")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["calibration_set_id", "position"]
        constraints = [models.UniqueConstraint(fields=["calibration_set", "gold"], name="gold_once_a_set")]

    def __str__(self) -> str:
        return f"{self.calibration_set_id} #{self.position}"


class Attempt(models.Model):
    """One person's answers to a calibration set, from its assignment on."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    calibration_set = models.ForeignKey(CalibrationSet, on_delete=models.PROTECT, related_name="attempts")
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="attempts")
    flag = models.ForeignKey(Flag, null=True, blank=True, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.ASSIGNED)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(null=True, blank=True)
    pass_mark = models.PositiveSmallIntegerField()
    items = models.PositiveSmallIntegerField()
    answered = models.PositiveSmallIntegerField(default=0)
    correct = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-assigned_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["calibration_set", "labeler"],
                condition=Q(state__in=[AttemptState.ASSIGNED, AttemptState.STARTED]),
                name="one_unfinished_attempt_a_set",
            ),
            models.CheckConstraint(
                name="attempt_counts_fit", condition=Q(answered__lte=F("items"), correct__lte=F("answered"))
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.labeler_id}"


class AttemptAnswer(models.Model):
    """A slot of an attempt and, once answered, its score. Attempts never count for anybody's accuracy.

    What was left out, because its item was withdrawn or its gold came into doubt, is none of the attempt's items.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="answers")
    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="attempt_answer")
    gold_answer = models.ForeignKey(GoldAnswer, on_delete=models.PROTECT, related_name="+")
    label = models.OneToOneField(Label, null=True, blank=True, on_delete=models.PROTECT, related_name="attempt_answer")
    given = models.TextField(blank=True)
    is_correct = models.BooleanField(null=True, blank=True)
    left_out_at = models.DateTimeField(null=True, blank=True)
    left_out_why = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.given}"


class Certification(models.Model):
    """The evidence that somebody may work a queue; its effect is the skill grant."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="certifications")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="certifications")
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="certification")
    grant = models.ForeignKey(SkillGrant, on_delete=models.PROTECT, related_name="certifications")
    certified_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.labeler_id} certified for {self.skill_id}"
