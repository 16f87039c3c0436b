"""Adoptions: what they change, what they will do, which are due, and the statements that see to unfinished work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from labeling.engine.meanings import VersionFacts, changed_between, meanings_of
from labeling.enums import QueueKind
from labeling.models import Adoption, Clause, PolicyVersion, Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access

# ruff: noqa: S608  The statements are put together from constants of this module; values are parameters.
# Another answer of the item was given or is being given, and not under the new version. Placed slots are each made for
# one person: they begin nothing.
_BEGUN = """
    SELECT other.policy_version_id AS version_id FROM labeling_slot other
    WHERE other.item_id = slot.item_id AND other.id <> slot.id AND other.state IN ('done', 'leased')
      AND other.origin <> 'placed' AND other.policy_version_id IS DISTINCT FROM %(version)s
"""
_UNFINISHED = "slot.queue_id = %(queue)s AND slot.state IN ('open', 'leased') AND slot.origin <> 'placed'"

# Slots whose pin is not what it should be: of items that were begun, the version that they were begun under; of others
# none, or the new one. Plan: the queue's open and leased slots, for each a probe of slot_number_once_an_item.
SLOTS_TO_PIN = f"""
SELECT slot.id FROM labeling_slot slot
WHERE {_UNFINISHED} AND slot.pinned_version_id IS DISTINCT FROM %(version)s
  AND EXISTS ({_BEGUN}) = (slot.pinned_version_id IS NULL)
ORDER BY slot.id
"""
PIN = f"""
WITH locked AS MATERIALIZED (
    SELECT slot.id FROM labeling_slot slot
    WHERE slot.id = ANY(%(ids)s) AND slot.state IN ('open', 'leased') ORDER BY slot.id FOR NO KEY UPDATE
)
UPDATE labeling_slot slot SET pinned_version_id = CASE WHEN EXISTS ({_BEGUN})
    THEN coalesce(slot.pinned_version_id, ({_BEGUN} ORDER BY other.claimed_at LIMIT 1), %(previous)s) END
FROM locked WHERE slot.id = locked.id
"""

ITEMS_TO_RESTART = f"""
SELECT DISTINCT slot.item_id FROM labeling_slot slot
JOIN labeling_item item ON item.id = slot.item_id AND item.withdrawn_at IS NULL AND item.purged_at IS NULL
WHERE slot.queue_id = %(queue)s AND slot.state = 'open' AND slot.origin <> 'placed' AND EXISTS ({_BEGUN})
ORDER BY slot.item_id
"""

# Items that were begun since the work started, or that somebody has in hand: few, found by slot_leases and slot_done.
_RECENT = """
    SELECT recent.item_id FROM labeling_slot recent
    WHERE recent.queue_id = %(queue)s
      AND (recent.state = 'leased' OR (recent.state = 'done' AND recent.done_at >= %(since)s))
"""
RECENT_SLOTS_TO_PIN = SLOTS_TO_PIN.replace("ORDER BY", f"AND slot.item_id IN ({_RECENT}) ORDER BY")
RECENT_ITEMS_TO_RESTART = ITEMS_TO_RESTART.replace("ORDER BY", f"AND slot.item_id IN ({_RECENT}) ORDER BY")

LOCK_ITEMS = """
SELECT id, external_id FROM labeling_item WHERE id = ANY(%(ids)s) AND withdrawn_at IS NULL AND purged_at IS NULL
ORDER BY id FOR NO KEY UPDATE
"""
# Ends what is open; what somebody has in hand ends under the version that it was claimed with, whoever finishes it.
CANCEL = """
WITH locked AS MATERIALIZED (
    SELECT id FROM labeling_slot WHERE item_id = ANY(%(ids)s) AND state IN ('open', 'leased') AND origin <> 'placed'
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE labeling_slot slot SET
    state = CASE slot.state WHEN 'open' THEN 'cancelled' ELSE slot.state END,
    pinned_version_id = CASE slot.state WHEN 'leased' THEN slot.policy_version_id ELSE slot.pinned_version_id END
FROM locked WHERE slot.id = locked.id
RETURNING slot.item_id, slot.state
"""
# The new row takes the external id, because its answers are the ones that count; the old one keeps it with a mark.
RENAME = """
UPDATE labeling_item
SET external_id = left(external_id, 170) || ' (v' || %(number)s || ', ' || left(public_id::text, 8) || ')'
WHERE id = ANY(%(ids)s) AND external_id <> ''
"""
# Answers needed come anew, all at once and only under the new version. Who skipped the item for its language or their
# own sake does not meet it again. Each slot is for whom the old one of its number was, and comes when that did. Ranks
# are drawn: nothing about the order can be learned.
REENTER = """
WITH old AS MATERIALIZED (
    SELECT item.*, named.external_id AS new_name, gen_random_uuid() AS new_id
    FROM unnest(%(ids)s::bigint[], %(names)s::text[]) AS named(id, external_id)
    JOIN labeling_item item ON item.id = named.id
),
entered AS (
    INSERT INTO labeling_item (public_id, queue_id, external_id, kind, content, context, content_hash, language,
                               is_sensitive, answers_needed, priority, due_at, withdrawn_reason, created_at)
    SELECT new_id, queue_id, new_name, kind, content, context, content_hash, language, is_sensitive,
           greatest(answers_needed, 1), priority, due_at, '', %(now)s
    FROM old
    RETURNING id, public_id, queue_id, answers_needed, priority
),
opened AS (
    INSERT INTO labeling_slot (item_id, slot_no, queue_id, state, origin, lane_id, turn, rank, serve_chance,
                               is_prefetched, pinned_version_id, created_at)
    SELECT entered.id, number, entered.queue_id, 'open', 'entry', before.lane_id, before.turn, random(), 1, FALSE,
           %(version)s, %(now)s
    FROM old JOIN entered ON entered.public_id = old.new_id
    CROSS JOIN LATERAL generate_series(1, entered.answers_needed) AS number
    CROSS JOIN LATERAL (
        SELECT slot.lane_id, slot.turn FROM labeling_slot slot
        WHERE slot.item_id = old.id AND slot.lane_id IS NOT NULL AND slot.origin <> 'placed'
        ORDER BY slot.slot_no = number DESC, slot.slot_no DESC LIMIT 1
    ) before
    RETURNING id, item_id, slot_no
)
INSERT INTO labeling_skip (public_id, item_id, labeler_id, slot_id, reason, note, created_at)
SELECT gen_random_uuid(), entered.id, skip.labeler_id, opened.id, skip.reason, '', skip.created_at
FROM old JOIN entered ON entered.public_id = old.new_id
JOIN opened ON opened.item_id = entered.id AND opened.slot_no = 1
JOIN labeling_skip skip ON skip.item_id = old.id AND skip.reason IN ('wellbeing', 'language')
"""

# What is unfinished now. Plan: the queue's open and leased slots, for each a probe of slot_number_once_an_item.
UNFINISHED_NOW = f"""
SELECT count(*) FILTER (WHERE slot.state = 'open'),
       count(*) FILTER (WHERE slot.state = 'leased'),
       count(*) FILTER (WHERE slot.state = 'open' AND EXISTS ({_BEGUN})),
       count(DISTINCT slot.item_id) FILTER (WHERE slot.state = 'open' AND EXISTS ({_BEGUN}))
FROM labeling_slot slot WHERE {_UNFINISHED}
"""

Value = int | str | datetime | list[int] | list[str] | None
Parameters = dict[str, Value]


@dataclass(frozen=True)
class Unfinished:
    """What a queue has not finished: answers still open, answers in hand, and items that are partly answered."""

    open: int
    in_hand: int
    open_of_begun: int
    begun_items: int


def changed_clauses(previous: PolicyVersion, version: PolicyVersion) -> QuerySet[Clause]:
    """Clauses whose meaning differs between two versions of a policy, those that came and those that went included."""
    meanings = meanings_of(version_facts(version.policy_id))
    return Clause.objects.filter(pk__in=changed_between(meanings, previous.number, version.number)).order_by("code")


def version_facts(policy_id: int) -> list[VersionFacts]:
    """The versions of a policy, oldest first, as the engine compares them: three queries."""
    versions = PolicyVersion.objects.filter(policy=policy_id).order_by("number")
    return [
        VersionFacts(
            version.number,
            {revision.clause_id: revision.pk for revision in version.revisions.all()},
            frozenset(clause.pk for clause in version.changed_clauses.all()),
        )
        for version in versions.prefetch_related("revisions", "changed_clauses")
    ]


def read_unfinished(queue: Queue, version: PolicyVersion) -> Unfinished:
    """How much of the queue's work an adoption of this version would meet."""
    [row] = _rows(UNFINISHED_NOW, {"queue": queue.pk, "version": version.pk})
    return Unfinished(*row)


def adoptions_to_come(access: Access) -> QuerySet[Adoption]:
    """Adoptions that are announced and not yet applied, of queues that the asker sees."""
    return visible_adoptions(access).filter(applied_at=None, cancelled_at=None).order_by("at")


def visible_adoptions(access: Access) -> QuerySet[Adoption]:
    """Adoptions of queues that the asker sees."""
    return Adoption.objects.filter(queue__in=visible_queues(access)).select_related(
        "queue", "version__policy", "previous", "adopted_by"
    )


def adopting_queues(access: Access) -> QuerySet[Queue]:
    """Queues that can move to another version; calibration sets and audits keep the one that they were made under."""
    return visible_queues(access).filter(kind=QueueKind.ORDINARY)


def due_adoption_ids(now: datetime) -> list[int]:
    """Adoptions whose time has come and that are not settled, by their time."""
    due = Adoption.objects.filter(at__lte=now, cancelled_at=None, settled_at=None).order_by("at", "pk")
    return list(due.values_list("pk", flat=True))


def slots_to_pin(adoption: Adoption, *, since: datetime | None = None) -> list[int]:
    """Slots whose pin has to change, by id; with `since` only those of items that were begun since."""
    statement = SLOTS_TO_PIN if since is None else RECENT_SLOTS_TO_PIN
    return [row[0] for row in _rows(statement, _parameters(adoption) | {"since": since})]


def items_to_restart(adoption: Adoption, *, since: datetime | None = None) -> list[int]:
    """Items that are partly answered under another version, by id; with `since` only those that were begun since."""
    statement = ITEMS_TO_RESTART if since is None else RECENT_ITEMS_TO_RESTART
    return [row[0] for row in _rows(statement, _parameters(adoption) | {"since": since})]


def pin_slots(adoption: Adoption, slot_ids: Sequence[int]) -> int:
    """Pin these slots to what their items were begun under, or unpin them; how many were still open or in hand."""
    return _count(PIN, _parameters(adoption) | {"ids": list(slot_ids)})


def restart_items(adoption: Adoption, item_ids: Sequence[int], *, now: datetime) -> tuple[int, int]:
    """Cancel what is open of these items and enter them anew; how many items and how many cancelled slots."""
    names = dict(_rows(LOCK_ITEMS, {"ids": list(item_ids)}))
    ended = [item_id for item_id, state in _rows(CANCEL, {"ids": list(names)}) if state == "cancelled"]
    again = sorted(set(ended))
    _count(RENAME, {"ids": again, "number": str(adoption.previous.number)})
    named = [names[item_id] for item_id in again]
    _count(REENTER, {"ids": again, "names": named, "version": adoption.version_id, "now": now})
    return len(again), len(ended)


def applied_adoptions(queue: Queue) -> QuerySet[Adoption]:
    """Moves of the queue that have begun, newest first."""
    return Adoption.objects.filter(queue=queue, started_at__isnull=False).order_by("-started_at", "-pk")


def followers(versions: Iterable[PolicyVersion], access: Access) -> dict[int, list[Queue]]:
    """The ordinary queues that follow each version, by the version's id."""
    found: dict[int, list[Queue]] = {}
    for queue in adopting_queues(access).filter(policy_version__in=versions).order_by("name"):
        found.setdefault(queue.policy_version_id, []).append(queue)
    return found


def _parameters(adoption: Adoption) -> Parameters:
    return {"queue": adoption.queue_id, "version": adoption.version_id, "previous": adoption.previous_id}


def _rows(statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _count(statement: str, parameters: Parameters) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        written: int = cursor.rowcount
    return written
