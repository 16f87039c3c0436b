"""The text of a queue's policy, as the drawer beside an item shows it."""

from dataclasses import dataclass

from labeling.engine.clauses import ClauseChange, ClauseText, code_order, compare_clauses
from labeling.models import Category, ClauseRevision, Policy, PolicyVersion, Queue


@dataclass(frozen=True)
class CategoryText:
    """A category and the clause that it stands for."""

    code: str
    name: str
    clause: str | None
    severity: int


@dataclass(frozen=True)
class PolicyText:
    """A policy in one version."""

    name: str
    version: int
    clauses: tuple[ClauseText, ...]
    categories: tuple[CategoryText, ...]


def policy_text(version: PolicyVersion) -> PolicyText:
    """The policy as it reads in this version: three queries."""
    categories = Category.objects.filter(policy=version.policy_id)
    return PolicyText(
        name=version.policy.name,
        version=version.number,
        clauses=clauses_of(version),
        categories=tuple(
            CategoryText(*row) for row in categories.values_list("code", "name", "clause__code", "severity")
        ),
    )


def policy_of_queue(queue: Queue) -> PolicyText:
    """The policy that the queue follows now."""
    return policy_text(PolicyVersion.objects.select_related("policy").get(pk=queue.policy_version_id))


def latest_version(policy: Policy) -> PolicyVersion | None:
    """The version that was published last, whichever version queues follow."""
    versions = policy.versions.filter(published_at__isnull=False).select_related("author")
    return versions.order_by("-number").first()


def clauses_of(version: PolicyVersion) -> tuple[ClauseText, ...]:
    """The clauses of a version, in the order of their numbers."""
    rows = ClauseRevision.objects.filter(versions=version).values_list("clause__code", "title", "text")
    return tuple(sorted((ClauseText(*row) for row in rows), key=lambda clause: code_order(clause.code)))


def changes_between(before: PolicyVersion, after: PolicyVersion) -> tuple[ClauseChange, ...]:
    """Each clause of two versions, side by side."""
    return compare_clauses(clauses_of(before), clauses_of(after))
