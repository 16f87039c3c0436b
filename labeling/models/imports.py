"""Imports of files."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.enums import ImportKind, ImportState
from labeling.models.queues import Queue
from qaplatform import clock


class ImportMapping(models.Model):
    """What the columns of a kind of file mean, remembered under the file's header; `options` as in `ImportRun`."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    header_hash = models.CharField(max_length=64, unique=True)
    options = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-used_at"]

    def __str__(self) -> str:
        return self.name


class ImportFolder(models.Model):
    """A folder whose files are imported by themselves, with a remembered mapping. `path` lies below QA_IMPORT_DIR."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    path = models.CharField(max_length=500, unique=True)
    mapping = models.ForeignKey(ImportMapping, on_delete=models.PROTECT, related_name="folders")
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    looked_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.path


class ImportRun(models.Model):
    """One file on its way in: all of it or nothing. `errors` is a list of `{"line", "message"}`, the first hundred.

    `notes` are sentences about what came along with the rows: labelers and vendors made, columns left out. A file of
    decisions names no queue: `options` say what its columns mean and `findings` what the check found in it, such as
    names that do not exist here, with counts.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="imports")
    mapping = models.ForeignKey(ImportMapping, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    folder = models.ForeignKey(ImportFolder, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.WAITING)
    file_name = models.CharField(max_length=255)
    file_size = models.BigIntegerField(default=0)
    stored_as = models.CharField(max_length=255, blank=True)
    options = models.JSONField(default=dict)
    findings = models.JSONField(default=dict)
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
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="import_names_its_queue", condition=Q(queue__isnull=False) | Q(kind=ImportKind.DECISIONS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.file_name}"
