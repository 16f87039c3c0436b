"""Imports of files."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from labeling.enums import ImportKind, ImportState
from labeling.models.queues import Queue
from qaplatform import clock


class ImportRun(models.Model):
    """One file on its way in: all of it or nothing. `errors` is a list of `{"line", "message"}`, the first hundred.

    `notes` are sentences about what came along with the rows: labelers and vendors made, columns left out.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="imports")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    file_name = models.CharField(max_length=255)
    file_size = models.BigIntegerField(default=0)
    stored_as = models.CharField(max_length=255, blank=True)
    options = models.JSONField(default=dict)
    bytes_read = models.BigIntegerField(default=0)
    rows_read = models.BigIntegerField(default=0)
    rows_new = models.BigIntegerField(default=0)
    rows_changed = models.BigIntegerField(default=0)
    rows_same = models.BigIntegerField(default=0)
    error_count = models.BigIntegerField(default=0)
    errors = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"
