"""What was measured, and what is stale."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from calibration.enums import Cut, Metric, Reference, WatchLevel
from calibration.models.gold import GoldAnswer
from labeling.models import ClauseRevision, Item, Label, Queue
from qaplatform import clock
from qaplatform.people.models import Labeler


class StaleMark(models.Model):
    """Something of a queue changed; appended by whoever wrote, deleted by who recounted. Never updated."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    labeler = models.ForeignKey(Labeler, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"stale {self.queue_id}"


class Recount(models.Model):
    """When a queue was last counted, and when it is due again unannounced: undo closes, a day ends."""

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, related_name="recount")
    counted_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"recount of {self.queue_id}"


class GoldScore(models.Model):
    """One answer scored against one gold answer; append-only. A correction of gold adds a row and ends the old one.

    `expected` is the first accepted answer, `given` the answer as `GoldAnswer.accepted` writes it, or `cannot_tell`.
    """

    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="gold_scores")
    gold_answer = models.ForeignKey(GoldAnswer, on_delete=models.PROTECT, related_name="scores")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+", db_index=False)
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="gold_scores", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    clause_revision = models.ForeignKey(ClauseRevision, null=True, on_delete=models.PROTECT, related_name="+")
    question = models.CharField(max_length=60)
    reference = models.CharField(max_length=12, choices=Reference.choices, default=Reference.GOLD)
    expected = models.TextField()
    given = models.TextField()
    is_correct = models.BooleanField()
    is_base = models.BooleanField(default=True)
    answered_at = models.DateTimeField()
    scored_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["label", "gold_answer"], name="gold_score_once_a_label_and_answer"),
            models.UniqueConstraint(
                fields=["label", "question"], condition=Q(ended_at=None), name="one_current_gold_score"
            ),
        ]
        indexes = [
            models.Index(fields=["labeler", "queue", "answered_at"], name="score_by_labeler"),
            models.Index(fields=["queue", "answered_at"], name="score_by_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.given} for {self.expected}"


class MetricSnapshot(models.Model):
    """A figure with everything that it rests on.

    `tally` is the JSON of `calibration.stats`, `estimates` what was measured from it, `population` says which slots,
    reference, clause revisions and period it counts.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="snapshots")
    question = models.CharField(max_length=60)
    metric = models.CharField(max_length=12, choices=Metric.choices)
    cut = models.CharField(max_length=12, choices=Cut.choices)
    key = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=12, choices=Reference.choices, blank=True)
    population = models.JSONField()
    tally = models.JSONField()
    estimates = models.JSONField()
    computed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "question", "metric", "cut", "key", "reference"], name="one_snapshot_a_cut"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} of {self.queue_id} by {self.cut} {self.key}"


class StandingRecord(models.Model):
    """Where somebody stood against the target on a declared date, by one reference; append-only."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="standings")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=12, choices=Reference.choices, default=Reference.GOLD)
    declared_on = models.DateField()
    window_from = models.DateTimeField()
    target = models.FloatField()
    n = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    standing = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["labeler", "queue", "reference", "declared_on"], name="one_standing_a_date_and_reference"
            )
        ]

    def __str__(self) -> str:
        return f"{self.labeler_id} {self.standing} on {self.declared_on}"


class GroupStanding(models.Model):
    """Where a queue, vendor or team stood on a declared date, its answers clustered by labeler and item; append-only.

    `key` is as in `MetricSnapshot`.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="group_standings")
    cut = models.CharField(max_length=12, choices=Cut.choices)
    key = models.CharField(max_length=100, blank=True)
    reference = models.CharField(max_length=12, choices=Reference.choices)
    declared_on = models.DateField()
    window_from = models.DateTimeField()
    target = models.FloatField()
    n = models.PositiveIntegerField()
    correct = models.PositiveIntegerField()
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    standing = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "cut", "key", "reference", "declared_on"], name="one_group_standing_a_declared_date"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cut} {self.key} {self.standing} on {self.declared_on}"


class Watch(models.Model):
    """The CUSUM of a labeler in a queue since `started_at`; replayed from the scores, so it can be recomputed."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="watches")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="watches")
    started_at = models.DateTimeField()
    started_why = models.CharField(max_length=40)
    n = models.PositiveIntegerField(default=0)
    statistic = models.FloatField(default=0)
    level = models.CharField(max_length=10, choices=WatchLevel.choices, default=WatchLevel.QUIET)
    alarmed_at = models.DateTimeField(null=True, blank=True)
    replayed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["labeler", "queue"], name="one_watch_a_labeler_and_queue")]

    def __str__(self) -> str:
        return f"watch {self.labeler_id}: {self.statistic:.2f}"


class WeeklyTest(models.Model):
    """One run of the weekly test over all labelers of a queue, with what it found; append-only."""

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="weekly_tests")
    week_ends_on = models.DateField()
    window_from = models.DateTimeField()
    q = models.FloatField()
    labelers = ArrayField(models.BigIntegerField())
    p_values = ArrayField(models.FloatField())
    found = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "week_ends_on"], name="one_weekly_test_a_queue")]

    def __str__(self) -> str:
        return f"weekly test of {self.queue_id} to {self.week_ends_on}"
