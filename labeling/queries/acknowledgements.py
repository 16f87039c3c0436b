"""Who has to read what changed, and who has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from labeling.engine.clauses import ClauseChange
from labeling.enums import QueueKind, QueueState
from labeling.models import Acknowledgement, Adoption, Place, PolicyVersion, Queue
from labeling.queries.adoptions import applied_adoptions, changed_clauses
from labeling.queries.policies import changes_between
from qaplatform.people.access import MANAGING_ROLES, Access
from qaplatform.people.enums import LabelerKind, Role
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers

# Who has not read a change is no judgement of anybody: the owner of the policy sees it too.
READER_ROLES = MANAGING_ROLES | {Role.POLICY_OWNER}


@dataclass(frozen=True)
class Reading:
    """What somebody has to read before they go on in a queue: each changed clause as it was and as it is."""

    queue: Queue
    previous: PolicyVersion
    version: PolicyVersion
    since: datetime
    notes: tuple[str, ...]
    changes: tuple[ClauseChange, ...]


@dataclass(frozen=True)
class Readers:
    """How far the reading of a version is in a queue."""

    queue: Queue
    version: PolicyVersion | None
    have: tuple[Acknowledgement, ...]
    have_not: tuple[Labeler, ...]

    @property
    def total(self) -> int:
        """Everybody who has to read it."""
        return len(self.have) + len(self.have_not)


def queues_to_read(labeler_id: int) -> QuerySet[Queue]:
    """Queues in which this labeler is handed nothing before they have read a change."""
    read = Acknowledgement.objects.filter(labeler=labeler_id, version=OuterRef("acknowledge_version"))
    place = Place.objects.filter(queue=OuterRef("pk"), labeler=labeler_id)
    queues = Queue.objects.filter(Exists(place), ~Exists(read), acknowledge_version__isnull=False)
    is_model = Labeler.objects.filter(pk=labeler_id, kind=LabelerKind.MODEL)
    waiting = queues.filter(~Exists(is_model), kind=QueueKind.ORDINARY).exclude(state=QueueState.CLOSED)
    return waiting.select_related("acknowledge_version__policy").order_by("name")


def find_reading(queue: Queue, labeler_id: int) -> Reading | None:
    """What this labeler has to read in the queue; None if nothing has changed in meaning.

    Compared is with the last version of the queue that they have read, else with the one before the first change.
    """
    version = queue.acknowledge_version
    moves = list(applied_adoptions(queue).select_related("previous", "version__policy"))
    if version is None or not moves:
        return None
    done = Acknowledgement.objects.filter(labeler=labeler_id, version__policy=queue.policy_id)
    read = set(done.exclude(version=version).values_list("version", flat=True))
    unread = _unread(moves, read)
    previous = unread[-1].previous
    changed = {clause.code for clause in changed_clauses(previous, version)}
    changes = tuple(change for change in changes_between(previous, version) if change.code in changed)
    notes = tuple(move.version.note for move in reversed(unread) if move.version.note)
    return Reading(queue, previous, version, unread[0].started_at or unread[0].at, tuple(dict.fromkeys(notes)), changes)


def find_readers(queues: Sequence[Queue], access: Access) -> list[Readers]:
    """For each queue, whoever works in it among those whom the asker may see, by whether they have read its change.

    Three queries, however many queues; their `acknowledge_version` is read with them. Queues without anybody are left
    out.
    """
    skills = {queue.skill_id for queue in queues}
    versions = {queue.acknowledge_version_id for queue in queues}
    people = _people().filter(pk__in=visible_labelers(access, roles=READER_ROLES))
    people = people.select_related("vendor", "team").order_by("vendor__name", "team__name", "display_name")
    grants = SkillGrant.objects.filter(skill__in=skills, revoked_at=None, labeler__in=people)
    working = set(grants.values_list("skill_id", "labeler_id"))
    rows = Acknowledgement.objects.filter(version__in=versions, labeler__in=people).select_related("labeler")
    read = {(row.version_id, row.labeler_id): row for row in rows.order_by("-at")}
    everybody = list(people)
    found = [
        _readers(queue, [each for each in everybody if (queue.skill_id, each.pk) in working], read) for queue in queues
    ]
    return [readers for readers in found if readers.total]


def readers_of(queue: Queue) -> QuerySet[Labeler]:
    """People who are certified for the queue and active: they have to read what changes in it; models do not."""
    grants = SkillGrant.objects.filter(labeler=OuterRef("pk"), skill=queue.skill_id, revoked_at=None)
    return _people().filter(Exists(grants))


def _people() -> QuerySet[Labeler]:
    return Labeler.objects.filter(is_active=True, user__isnull=False).exclude(kind=LabelerKind.MODEL)


def _readers(queue: Queue, people: Sequence[Labeler], read: Mapping[tuple[int, int], Acknowledgement]) -> Readers:
    version = queue.acknowledge_version
    done = {each.pk: row for each in people if version and (row := read.get((version.pk, each.pk))) is not None}
    have_not = tuple(each for each in people if each.pk not in done)
    return Readers(queue, version, tuple(done.values()), have_not)


def _unread(moves: list[Adoption], read: set[int]) -> list[Adoption]:
    """The moves since the last version that was read, newest first; never none."""
    place = next((place for place, move in enumerate(moves) if move.version_id in read), len(moves))
    return moves[: max(place, 1)]
