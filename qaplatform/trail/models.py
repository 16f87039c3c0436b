"""The append-only record of who did what; the database refuses to change or delete a row."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from qaplatform import clock


class TrailEntry(models.Model):
    """One act of a manager, trainer, owner, administrator or of the product itself."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40)
    target_id = models.UUIDField()
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "trail entries"
        indexes = [models.Index(fields=["target_kind", "target_id", "id"], name="trail_by_target")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind}"
