"""Which policy versions mean the same by a clause, found by walking from one version to the other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibration.queries.questions import MeasuredQuestion
from labeling.models import PolicyVersion, Queue


@dataclass(frozen=True, slots=True)
class Version:
    """A version: its clauses with their codes and revisions, and the clauses that it says to change."""

    version_id: int
    number: int
    codes: Mapping[int, str]
    revisions: Mapping[int, int]
    changed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Meanings:
    """All versions of a queue's policy, oldest first, and the one that the queue follows."""

    versions: Sequence[Version]
    current_id: int | None

    def in_force(self) -> set[int]:
        """Revisions that mean what the queue's version means by their clause."""
        return self.carried().get(self.current_id or 0, set())

    def carried(self) -> dict[int, set[int]]:
        """By version id: revisions that an answer given under this version may be held against."""
        return {version.version_id: self._alike(version) for version in self.versions}

    def eras(self, question: MeasuredQuestion) -> dict[int, int]:
        """By version id the number of the latest version, up to it, that touched what the question depends on."""
        depends_on = set(question.clauses) if question.is_taxonomy and question.clauses else None
        found, era = {}, 0
        before: Version | None = None
        for version in self.versions:
            touched = _touched(before, version) if before else {"first"}
            era = version.number if touched and (depends_on is None or not before or touched & depends_on) else era
            found[version.version_id] = era
            before = version
        return found

    def current_era(self, question: MeasuredQuestion) -> int:
        """The era of the version that the queue follows; 0 where it follows none."""
        return self.eras(question).get(self.current_id or 0, 0)

    def _alike(self, version: Version) -> set[int]:
        return {
            other.revisions[clause]
            for other in self.versions
            for clause in version.revisions
            if clause in other.revisions and self._is_same(clause, version, other)
        }

    def _is_same(self, clause: int, one: Version, other: Version) -> bool:
        """Whether the clause stands in each version between the two, and none after the older one changed it."""
        low, high = sorted((one.number, other.number))
        between = [version for version in self.versions if low <= version.number <= high]
        stands = all(clause in version.revisions for version in between)
        return stands and not any(clause in version.changed for version in between if version.number > low)


def read_meanings(queue: Queue) -> Meanings:
    """The versions of the queue's policy, read from the tables that tie them to clauses."""
    of_policy = PolicyVersion.objects.filter(policy=queue.policy_id)
    revisions: defaultdict[int, dict[int, int]] = defaultdict(dict)
    codes: defaultdict[int, dict[int, str]] = defaultdict(dict)
    changed: defaultdict[int, set[int]] = defaultdict(set)
    held = of_policy.exclude(revisions=None).values_list(
        "pk", "revisions__clause_id", "revisions__pk", "revisions__clause__code"
    )
    for version_id, clause, revision, code in held:
        revisions[version_id][clause], codes[version_id][clause] = revision, code
    for version_id, clause in of_policy.exclude(changed_clauses=None).values_list("pk", "changed_clauses"):
        changed[version_id].add(clause)
    versions = [
        Version(pk, number, codes[pk], revisions[pk], frozenset(changed[pk]))
        for pk, number in of_policy.order_by("number").values_list("pk", "number")
    ]
    return Meanings(versions, queue.policy_version_id)


def _touched(before: Version, version: Version) -> set[str]:
    """Codes of the clauses that came, went or changed from one version to the next."""
    both = {**before.codes, **version.codes}
    moved = before.revisions.keys() ^ version.revisions.keys()
    said = {clause for clause in version.changed if clause in version.revisions}
    return {both[clause] for clause in moved | said}
