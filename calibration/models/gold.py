"""Items with an approved expected answer."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from calibration.enums import GoldPool, GoldState
from labeling.models import ClauseRevision, ImportRun, Item, Queue
from qaplatform import clock


class GoldItem(models.Model):
    """An item that may be placed as gold. What is expected stands in `GoldAnswer`, of which one is current.

    `made_from` is the ordinary item of which it is a copy, where its answer comes from an adjudication: nothing that
    was answered to that item is scored against it.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="gold")
    made_from = models.OneToOneField(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="gold_made_from_it"
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="gold_items")
    state = models.CharField(max_length=10, choices=GoldState.choices, default=GoldState.PROPOSED)
    pool = models.CharField(max_length=10, choices=GoldPool.choices, default=GoldPool.MONITORING)
    state_reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["queue", "pool", "state"], name="gold_by_pool")]

    def __str__(self) -> str:
        return f"gold {self.item_id}"


class GoldAnswer(models.Model):
    """What is expected on a gold item, to one question, under a clause revision; append-only, numbered.

    `accepted` lists every right answer; an error is booked under the first. A single answer is one code; an answer to a
    multi question is its codes sorted and joined with `+`. The approver is never the author, unless the plan's
    small-team switch allowed it (`approved_alone`); `approved_elsewhere` says by whom and when outside this product.
    `import_run` is the file of decisions that it came with.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    gold = models.ForeignKey(GoldItem, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveIntegerField()
    question = models.CharField(max_length=60)
    accepted = ArrayField(models.CharField(max_length=200))
    reason = models.TextField()
    clause_revision = models.ForeignKey(
        ClauseRevision, null=True, on_delete=models.PROTECT, related_name="gold_answers"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_alone = models.BooleanField(default=False)
    approved_elsewhere = models.CharField(max_length=200, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    import_run = models.ForeignKey(ImportRun, null=True, blank=True, on_delete=models.PROTECT, related_name="gold")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gold", "number"], name="gold_answer_number_once"),
            models.UniqueConstraint(
                fields=["gold", "question"],
                condition=Q(replaced_at=None, approved_at__isnull=False),
                name="one_current_gold_answer",
            ),
            models.CheckConstraint(
                name="gold_approver_is_not_the_author",
                condition=Q(approver=None) | ~Q(approver=F("author")) | Q(approved_alone=True),
            ),
            models.CheckConstraint(
                name="gold_approval_says_by_whom",
                condition=Q(approved_at=None) | Q(approver__isnull=False) | ~Q(approved_elsewhere=""),
            ),
            models.CheckConstraint(name="gold_accepts_something", condition=Q(accepted__len__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.gold_id} r{self.number}: {' or '.join(self.accepted)}"
