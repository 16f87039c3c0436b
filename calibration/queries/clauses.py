"""Which clause revisions are in force, and which policy versions may be counted together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from calibration.queries.questions import MeasuredQuestion
from labeling.engine.meanings import VersionFacts, changed_between, meanings_of, same_meaning
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

    @property
    def current_ids(self) -> list[int]:
        """Ids of the versions of the current era, as SQL takes them."""
        return [pk for pk, era in zip(self.version_ids, self.eras, strict=True) if era == self.current]

    def versions_of(self, era: int) -> tuple[int, ...]:
        """Numbers of the versions of an era."""
        return tuple(number for number, found in zip(self.numbers, self.eras, strict=True) if found == era)


@dataclass(frozen=True, kw_only=True)
class RevisionsInForce:
    """Clause revisions whose gold counts: current ones, and others that mean the same."""

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
    """Group versions for a question: a taxonomy question depends on the clauses of its categories, another on all.

    A clause changes where a version says so, where it comes and where it goes.
    """
    depends_on = set(question.clauses) if question.is_taxonomy and question.clauses else None
    codes = _codes_of(versions)
    meanings = meanings_of([_facts_of(version) for version in versions])
    eras: list[int] = []
    for place, version in enumerate(versions):
        before = versions[place - 1].number if place else version.number
        changed = {codes[clause] for clause in changed_between(meanings, before, version.number)}
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
    """Revisions, older and newer, that mean what the queue's version means by the clause; clauses that went are out."""
    wanted = {revision for revision, _ in _same_meaning(versions, queue)}
    every = {revision.pk: revision for version in versions for revision in version.revisions.all()}
    words = sorted(f"{every[pk].clause.code} r{every[pk].number}" for pk in wanted)
    return RevisionsInForce(ids=tuple(sorted(wanted)), words=tuple(words))


def _same_meaning(versions: tuple[PolicyVersion, ...], queue: Queue) -> frozenset[tuple[int, int]]:
    current = next((version.number for version in versions if version.pk == queue.policy_version_id), 0)
    return same_meaning([_facts_of(version) for version in versions], current)


def _facts_of(version: PolicyVersion) -> VersionFacts:
    return VersionFacts(
        version.number,
        {revision.clause_id: revision.pk for revision in version.revisions.all()},
        frozenset(clause.pk for clause in version.changed_clauses.all()),
    )


def _codes_of(versions: tuple[PolicyVersion, ...]) -> dict[int, str]:
    return {revision.clause_id: revision.clause.code for version in versions for revision in version.revisions.all()}
