"""The text of a queue's policy, as the drawer beside an item shows it."""

from dataclasses import dataclass

from labeling.models import Category, ClauseRevision, PolicyVersion, Queue


@dataclass(frozen=True)
class ClauseText:
    """A clause as it reads in one version."""

    code: str
    title: str
    text: str


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
    revisions = ClauseRevision.objects.filter(versions=version).order_by("clause__code")
    categories = Category.objects.filter(policy=version.policy_id)
    return PolicyText(
        name=version.policy.name,
        version=version.number,
        clauses=tuple(ClauseText(*row) for row in revisions.values_list("clause__code", "title", "text")),
        categories=tuple(
            CategoryText(*row) for row in categories.values_list("code", "name", "clause__code", "severity")
        ),
    )


def policy_of_queue(queue: Queue) -> PolicyText:
    """The policy that the queue follows now."""
    return policy_text(PolicyVersion.objects.select_related("policy").get(pk=queue.policy_version_id))
