"""What is judged."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.enums import ContentKind
from labeling.models.queues import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler


class Item(models.Model):
    """One thing to judge. `content` is typed by `kind`: text `{"text"}`, conversation `{"turns": [{"role", "text"}]}`.

    `answers_needed` is what the draw at entry gave: the number of ordinary slots, 0 for items that are only placed.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="items")
    external_id = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=ContentKind.choices, default=ContentKind.TEXT)
    content = models.JSONField()
    context = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)
    language = models.CharField(max_length=20, blank=True)
    is_sensitive = models.BooleanField(default=False)
    answers_needed = models.PositiveSmallIntegerField(default=1)
    priority = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=40, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "external_id"], condition=~Q(external_id=""), name="item_external_id_once_a_queue"
            ),
        ]
        indexes = [models.Index(fields=["content_hash"], name="item_by_content")]

    def __str__(self) -> str:
        return self.external_id or str(self.public_id)


class Reveal(models.Model):
    """Somebody uncovered a sensitive item; written before the content is sent. The exposure ledger."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="reveals", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="reveals")
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["labeler", "at"], name="reveal_by_labeler")]

    def __str__(self) -> str:
        return f"{self.labeler_id} saw {self.content_hash[:8]}"
