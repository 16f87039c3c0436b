"""Versioned rules and the categories that answers name."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from qaplatform import clock


class Policy(models.Model):
    """A body of rules with one taxonomy."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class Clause(models.Model):
    """A part of a policy that keeps its number while its text changes."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="clauses")
    code = models.CharField(max_length=20)

    class Meta:
        ordering = ["policy_id", "code"]
        constraints = [models.UniqueConstraint(fields=["policy", "code"], name="clause_code_once_a_policy")]

    def __str__(self) -> str:
        return self.code


class ClauseRevision(models.Model):
    """The text of a clause at one time; immutable. Gold, accuracy and watches hang on it."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["clause__code", "number"]
        constraints = [models.UniqueConstraint(fields=["clause", "number"], name="clause_revision_number_once")]

    def __str__(self) -> str:
        return f"{self.clause.code} r{self.number}: {self.title}"


class PolicyVersion(models.Model):
    """An immutable set of clause revisions; it names the clauses whose meaning it changes."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    note = models.TextField(blank=True)
    revisions = models.ManyToManyField(ClauseRevision, related_name="versions")
    changed_clauses = models.ManyToManyField(Clause, blank=True, related_name="changed_in")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["policy_id", "number"]
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="policy_version_number_once")]

    def __str__(self) -> str:
        return f"{self.policy.name} v{self.number}"


class PolicyDraft(models.Model):
    """A next version in the making: what one author has written against `base`, kept until published or thrown away.

    `clauses` lists `{"code", "title", "text"}` in order; `marked` the codes of clauses that change in meaning, as far
    as the author has said so.
    """

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    base = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    clauses = models.JSONField(default=list)
    marked = models.JSONField(default=list)
    note = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "author"], name="one_draft_a_policy_and_author")]

    def __str__(self) -> str:
        return f"draft of {self.policy_id} by {self.author_id}"


class Category(models.Model):
    """A class of the policy's taxonomy; `severity` runs from 0 (none) to 4 (gravest)."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="categories")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    clause = models.ForeignKey(Clause, null=True, blank=True, on_delete=models.PROTECT, related_name="categories")
    code = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(default=0)
    is_critical = models.BooleanField(default=False)
    is_no_violation = models.BooleanField(default=False)
    never_sample = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["policy_id", "position", "code"]
        verbose_name_plural = "categories"
        constraints = [
            models.UniqueConstraint(fields=["policy", "code"], name="category_code_once_a_policy"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(is_no_violation=True), name="one_no_violation_a_policy"
            ),
            models.CheckConstraint(name="category_severity_0_to_4", condition=Q(severity__lte=4)),
        ]

    def __str__(self) -> str:
        return self.name
