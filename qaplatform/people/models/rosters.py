"""Lists of people on their way in."""

from uuid import uuid4

from django.db import models

from qaplatform import clock
from qaplatform.people.models.accounts import User


class Roster(models.Model):
    """A list of people that somebody pasted or uploaded: planned anew at each look, written whole or not at all.

    `settings` say what the columns mean, what holds where lines are silent, and which vendors are known by another
    name. Once written, `text` is emptied and `counts` say what was done.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    file_name = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    settings = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or "pasted list"
