"""Which clauses mean the same in which versions of a policy."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class VersionFacts:
    """A version: its number, the revision of each of its clauses, and the clauses that it says to change in meaning."""

    number: int
    revisions: Mapping[int, int]
    changed: Collection[int] = ()


Meanings = Mapping[int, Mapping[int, int]]


def meanings_of(versions: Sequence[VersionFacts]) -> Meanings:
    """For each version's number, since which version each of its clauses has meant what it means there.

    `versions` are those of one policy, oldest first. A clause means something else once a version says so, and once it
    comes, also when it comes back. Two versions agree on a clause if this number is the same.

    >>> first, second = VersionFacts(1, {7: 70, 8: 80}), VersionFacts(2, {7: 71, 8: 81}, changed=[8])
    >>> meanings_of([first, second])
    {1: {7: 1, 8: 1}, 2: {7: 1, 8: 2}}
    """
    found: dict[int, dict[int, int]] = {}
    before: dict[int, int] = {}
    for version in versions:
        before = {
            clause: version.number if clause in version.changed else before.get(clause, version.number)
            for clause in version.revisions
        }
        found[version.number] = before
    return found


def changed_between(meanings: Meanings, first: int, second: int) -> frozenset[int]:
    """Clauses that mean something else in one version than in the other, or that only one of them has.

    >>> changed_between({1: {7: 1, 8: 1}, 2: {7: 1, 8: 2}, 3: {7: 1}}, 1, 3)
    frozenset({8})
    """
    one, other = meanings[first], meanings[second]
    return frozenset(clause for clause in one.keys() | other.keys() if one.get(clause) != other.get(clause))


def same_meaning(versions: Sequence[VersionFacts], number: int) -> frozenset[tuple[int, int]]:
    """Pairs of a revision and a version's number that mean what the version `number` means by that clause.

    What was judged under the one may be held against what is expected under the other.

    >>> first, second = VersionFacts(1, {7: 70, 8: 80}), VersionFacts(2, {7: 71, 8: 81}, changed=[8])
    >>> sorted(same_meaning([first, second], 2))
    [(70, 1), (71, 2), (81, 2)]
    """
    meanings = meanings_of(versions)
    wanted = meanings.get(number, {})
    return frozenset(
        (revision, version.number)
        for version in versions
        for clause, revision in version.revisions.items()
        if clause in wanted and meanings[version.number][clause] == wanted[clause]
    )
