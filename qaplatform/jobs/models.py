"""What is known of jobs, in rows: the loss of the broker or the cache loses none of it."""

import json
from uuid import uuid4

from django.db import models

MOST_TRIES = 5


class Job(models.Model):
    """A task with its arguments. `tries` counts starts that did not end well since the last that did.

    The row is written before the work begins, so that a job which kills its process is counted too; it then has no
    `error`. `arguments` is a JSON list. Rows are few, and change with every job: what changes is in no index, so that
    a change rewrites no index.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    task = models.CharField(max_length=120)
    arguments = models.CharField(max_length=200)
    tries = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    error = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "arguments"], name="job_once_a_task_and_arguments")]

    def __str__(self) -> str:
        return f"{self.task}{self.arguments}"

    @property
    def values(self) -> list[int]:
        """The arguments: every task of ours takes ids alone."""
        return [int(value) for value in json.loads(self.arguments)]

    @property
    def is_parked(self) -> bool:
        """Whether it failed so often that it waits for a person, or for an hour to pass."""
        return self.tries >= MOST_TRIES


class Canary(models.Model):
    """When a worker last took a canary from a line of jobs: proof of clock, broker and worker at once."""

    line = models.CharField(primary_key=True, max_length=60)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "canaries"

    def __str__(self) -> str:
        return f"canary of {self.line}"
