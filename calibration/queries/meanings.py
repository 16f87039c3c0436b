"""Which clause revisions mean the same under which policy versions: what did not change its meaning carries over."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

from calibration.queries.clauses import read_versions
from labeling.engine.meanings import VersionFacts, meanings_of
from labeling.models import PolicyVersion, Queue

# A table of a WITH: a revision and each version under which its clause means what it meant when it was written.
CARRIED = """
carried AS MATERIALIZED (
    SELECT * FROM unnest(%(revisions)s::bigint[], %(versions)s::bigint[]) AS pair(revision_id, version_id)
)
"""

# Clauses that each adoption of the queue changed, and when its answers are not scored; one that is due and not applied
# yet counts already.
GRACE = """
grace AS MATERIALIZED (
    SELECT c.clause_id, a.at, a.grace_until
    FROM labeling_adoption a JOIN labeling_adoption_changed_clauses c ON c.adoption_id = a.id
    WHERE a.queue_id = %(queue)s AND a.cancelled_at IS NULL
)
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """Row by row: an answer given under this version may be held against what is expected under this revision."""

    revision_ids: tuple[int, ...]
    version_ids: tuple[int, ...]

    def under(self, version_id: int) -> frozenset[int]:
        """Revisions that mean under this version what they meant when they were written."""
        pairs = zip(self.revision_ids, self.version_ids, strict=True)
        return frozenset(revision for revision, version in pairs if version == version_id)


def read_carried(queue: Queue) -> Carried:
    """All pairs of the queue's policy, whatever version the queue follows now: three queries."""
    versions = read_versions(queue)
    meanings = meanings_of([_facts(version) for version in versions])
    revisions: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    shown: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for version in versions:
        for revision in version.revisions.all():
            meaning = (revision.clause_id, meanings[version.number][revision.clause_id])
            revisions[meaning].add(revision.pk)
            shown[meaning].add(version.pk)
    pairs = sorted(pair for meaning, ids in revisions.items() for pair in product(ids, shown[meaning]))
    return Carried(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


def _facts(version: PolicyVersion) -> VersionFacts:
    revisions = {revision.clause_id: revision.pk for revision in version.revisions.all()}
    return VersionFacts(version.number, revisions, frozenset(clause.pk for clause in version.changed_clauses.all()))
