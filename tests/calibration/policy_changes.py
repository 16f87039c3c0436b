"""Policies that change: a next version, and a queue that moves to it, as labeling leaves them."""

from datetime import timedelta

from labeling.models import Adoption, ClauseRevision, PolicyVersion, Queue
from labeling.signals import policy_adopted
from qaplatform import clock
from tests.builders import make_user


def publish(queue: Queue, *, changes: str = "", rewords: str = "") -> PolicyVersion:
    """A next version that changes what one clause means, or only its words."""
    before = queue.policy.versions.latest("number")
    version = PolicyVersion.objects.create(policy=queue.policy, number=before.number + 1, published_at=clock.now())
    for revision in before.revisions.select_related("clause"):
        is_touched = revision.clause.code in {changes, rewords}
        version.revisions.add(_next(revision) if is_touched else revision)
        if revision.clause.code == changes:
            version.changed_clauses.add(revision.clause)
    return version


def adopt(queue: Queue, version: PolicyVersion, *, grace: timedelta = timedelta(0)) -> Adoption:
    """What labeling does when a queue moves: the queue follows the version, and whoever listens is told."""
    now = clock.now()
    adoption = Adoption.objects.create(
        queue=queue,
        version=version,
        previous=queue.policy_version,
        at=now,
        grace_until=now + grace,
        applied_at=now,
        adopted_by=make_user(),
    )
    adoption.changed_clauses.set(version.changed_clauses.all())
    queue.policy_version = version
    queue.save()
    policy_adopted.send(Adoption, adoption_id=adoption.pk)
    return adoption


def _next(revision: ClauseRevision) -> ClauseRevision:
    text = f"{revision.text} Also in jest."
    return ClauseRevision.objects.create(
        clause=revision.clause, number=revision.number + 1, title=revision.title, text=text
    )
