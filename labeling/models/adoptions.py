"""A queue moves to a new policy version, and people say that they have read it."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from labeling.enums import Unfinished
from labeling.models.policies import Clause, PolicyVersion
from labeling.models.queues import Queue
from qaplatform import clock
from qaplatform.people.models import Labeler


class Adoption(models.Model):
    """From `at` on, what is claimed in the queue is answered under `version`.

    Answers from `at` to `grace_until` under changed clauses are kept and not scored. `changed_clauses` are those whose
    meaning differs between `previous` and `version`, those that came and those that went among them. Unfinished work is
    seen to from `started_at` on, the queue moves at `applied_at`, and what was claimed at that very moment is settled
    by `settled_at`. `counts` says what became of unfinished work.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="adoptions")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="adoptions")
    previous = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    grace_until = models.DateTimeField()
    changed_clauses = models.ManyToManyField(Clause, blank=True, related_name="adoptions")
    unfinished = models.CharField(max_length=10, choices=Unfinished.choices, default=Unfinished.FINISH)
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue"], condition=Q(applied_at=None, cancelled_at=None), name="one_adoption_to_come_a_queue"
            ),
            models.CheckConstraint(name="adoption_grace_follows_it", condition=Q(grace_until__gte=F("at"))),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} adopts {self.version_id}"


class Acknowledgement(models.Model):
    """Somebody has read what a policy version changes."""

    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="acknowledgements")
    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["labeler", "version"], name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.labeler_id} has read {self.version_id}"
