"""Which clause revisions are in force, and which policy versions may be counted together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from calibration.queries.questions import MeasuredQuestion
from labeling.models import PolicyVersion, Queue


@dataclass(frozen=True, kw_only=True)
class Eras:
    """Policy versions grouped so that no group spans a change that the question depends on.

    An era is named by the number of its first version. `current` is the era of the queue's version.
    """

    version_ids: tuple[int, ...]
    numbers: tuple[int, ...]
    eras: tuple[int, ...]
    current: int

    def versions_of(self, era: int) -> tuple[int, ...]:
        """Numbers of the versions of an era."""
        return tuple(number for number, found in zip(self.numbers, self.eras, strict=True) if found == era)


@dataclass(frozen=True, kw_only=True)
class RevisionsInForce:
    """Clause revisions whose gold still counts: current ones, and older ones whose meaning has not changed since."""

    ids: tuple[int, ...]
    words: tuple[str, ...]


def read_versions_of(queues: Iterable[Queue]) -> dict[int, tuple[PolicyVersion, ...]]:
    """All versions of each queue's policy, oldest first, by the policy's id, with clauses: three queries."""
    found: defaultdict[int, list[PolicyVersion]] = defaultdict(list)
    versions = PolicyVersion.objects.filter(policy__in={queue.policy_id for queue in queues}).order_by("number")
    for version in versions.prefetch_related("changed_clauses", "revisions__clause"):
        found[version.policy_id].append(version)
    return {policy_id: tuple(rows) for policy_id, rows in found.items()}


def read_versions(queue: Queue) -> tuple[PolicyVersion, ...]:
    """All versions of the queue's policy, oldest first."""
    return read_versions_of([queue]).get(queue.policy_id, ())


def eras_of(versions: tuple[PolicyVersion, ...], queue: Queue, question: MeasuredQuestion) -> Eras:
    """Group versions for a question: a taxonomy question depends on the clauses of its categories, another on all."""
    depends_on = set(question.clauses) if question.is_taxonomy and question.clauses else None
    eras: list[int] = []
    for version in versions:
        changed = {clause.code for clause in version.changed_clauses.all()}
        is_new = not eras or bool(changed if depends_on is None else changed & depends_on)
        eras.append(version.number if is_new else eras[-1])
    current = next((era for era, v in zip(eras, versions, strict=True) if v.pk == queue.policy_version_id), 0)
    return Eras(
        version_ids=tuple(version.pk for version in versions),
        numbers=tuple(version.number for version in versions),
        eras=tuple(eras),
        current=current,
    )


def revisions_in_force(versions: tuple[PolicyVersion, ...], queue: Queue) -> RevisionsInForce:
    """Walk back from the queue's version; older revisions of a clause count until a version changed its meaning."""
    current = next((version.number for version in versions if version.pk == queue.policy_version_id), 0)
    closed: set[int] = set()
    found: dict[int, str] = {}
    for version in reversed([version for version in versions if version.number <= current]):
        for revision in version.revisions.all():
            if revision.clause_id not in closed:
                found[revision.pk] = f"{revision.clause.code} r{revision.number}"
        closed.update(clause.pk for clause in version.changed_clauses.all())
    return RevisionsInForce(ids=tuple(sorted(found)), words=tuple(sorted(found.values())))
