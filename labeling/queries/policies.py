"""The text of a queue's policy, as the drawer beside an item shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from labeling.engine.clauses import ClauseChange, ClauseText, code_order, compare_clauses
from labeling.enums import SlotState
from labeling.models import Adoption, Category, ClauseRevision, Policy, PolicyVersion, Queue, Slot

NEW_FOR = timedelta(days=14)


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


@dataclass(frozen=True)
class ShownClause:
    """A clause in the drawer; `is_new` says that its meaning changed a short while ago."""

    code: str
    title: str
    text: str
    is_new: bool


@dataclass(frozen=True)
class ShownPolicy:
    """The policy as the item in hand is to be judged; `follows` is the version that the queue follows by now."""

    name: str
    version: int
    follows: int
    clauses: tuple[ShownClause, ...]


def policy_in_hand(queue: Queue, labeler_id: int, *, now: datetime) -> ShownPolicy:
    """The version that the labeler's item was claimed with, else the queue's; new clauses are marked for two weeks."""
    held = Slot.objects.filter(queue=queue, labeler=labeler_id, state=SlotState.LEASED, is_prefetched=False)
    slot = held.select_related("policy_version__policy").first()
    version = slot.policy_version if slot and slot.policy_version else queue.policy_version
    new = _recently_changed(queue, version, since=now - NEW_FOR)
    return ShownPolicy(
        version.policy.name,
        version.number,
        queue.policy_version.number,
        tuple(ShownClause(each.code, each.title, each.text, each.code in new) for each in clauses_of(version)),
    )


def _recently_changed(queue: Queue, version: PolicyVersion, *, since: datetime) -> frozenset[str]:
    """Clauses that changed in the queue since then and are in force in this version as they were changed."""
    moves = Adoption.objects.filter(queue=queue, version__number__lte=version.number, applied_at__gte=since)
    codes = moves.values_list("changed_clauses__code", flat=True)
    return frozenset(code for code in codes if code is not None)
