"""For whom work is, and what is asked anew."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.models.queues import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler, User, Vendor


class Lane(models.Model):
    """The slots of a queue that are for the same people: one vendor's or everybody's, in one language, covered or not.

    Whether somebody may be handed a slot is decided by its lane, once a claim, in `labeling.engine.eligibility`.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="lanes", db_index=False)
    vendor = models.ForeignKey(
        Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    language = models.CharField(max_length=20, blank=True)
    is_sensitive = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "vendor", "language", "is_sensitive"], nulls_distinct=False, name="lane_once_a_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"lane of {self.queue_id}"


class OptOut(models.Model):
    """Somebody does not want this queue; without a queue: no sensitive item, wherever. It ends when they say so."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="opt_outs", db_index=False)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["labeler", "queue"], nulls_distinct=False, name="opted_out_once"),
        ]

    def __str__(self) -> str:
        return f"{self.labeler_id} without {self.queue_id or 'sensitive items'}"


class Requeue(models.Model):
    """What one person answered in a queue in a period is asked again of others.

    Each answer is set aside: it stays on record and in the person's own figures, and no longer stands as the item's.
    Carried out in steps; `last_slot_id` says how far it is.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="requeues")
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="requeues")
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    last_slot_id = models.BigIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "labeler"], condition=Q(finished_at=None), name="requeued_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"answers of {self.labeler_id} since {self.since:%Y-%m-%d} again"


class Rearrangement(models.Model):
    """A queue's settings, applied to the items that are in: answers needed, vendors, order. Carried out in steps."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="rearrangements")
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    last_item_id = models.BigIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue"], condition=Q(finished_at=None), name="rearranged_once_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"rearrangement of {self.queue_id}"
