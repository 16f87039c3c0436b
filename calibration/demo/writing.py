"""Storing a world: items, slots, labels, skips, gold and placements of a queue, by COPY."""

import json
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from calibration.demo.contents import compose_contents
from calibration.demo.copying import NULL, copy_rows, quote, reserve_ids
from calibration.demo.gold_rows import write_gold, write_placements
from calibration.demo.policies import second_options
from calibration.demo.queues import QueueRows
from calibration.demo.scenes import Scene, StoredItems
from calibration.demo.worlds import QueueWorld
from labeling.engine.draws import draw_answers_needed, draw_rank
from labeling.engine.order import turn_of
from labeling.enums import EndReason, SkipReason, SlotOrigin, SlotState
from labeling.models import EndedAssignment, Item, Label, Skip, Slot
from labeling.services.lanes import find_lanes, key_of

Ints = NDArray[np.int64]

# Seconds after midnight UTC at which a day's items have come in; the next day's come after the last shift.
ENTRY = 3600.0
EVENING = 21 * 3600.0
SKIPPED_BEFORE = 90.0
SKIP_TOOK = 25.0
REVISED_AFTER = 20.0
PLACED_BEFORE = 1800.0
LEASE = 600.0
UNDATED = str(turn_of(priority=0, due_at=None))


def write_queue(scene: Scene) -> None:
    """Store everything that happened in a queue, and what waits there."""
    stored = _write_items(scene)
    slot_ids = _write_slots(scene, stored)
    _write_labels(scene, stored, slot_ids)
    _write_skips(scene, stored, slot_ids)
    gold_ids = write_gold(scene, stored)
    write_placements(scene, gold_ids, slot_ids, seconds_before=PLACED_BEFORE)


def _write_items(scene: Scene) -> StoredItems:
    items, queue = scene.world.items, scene.rows.queue
    n = len(items.truth)
    ids, public_ids = reserve_ids(Item, n), scene.uuids.many(n)
    names = _external_ids(scene, items.needed)
    contents = compose_contents(scene.world.queue, items, scene.rng)
    is_waiting = items.day == len(scene.timeline.days)
    created = scene.timeline.stamps(
        np.where(is_waiting, items.day - 1, items.day), ENTRY * scene.rng.random(n) + np.where(is_waiting, EVENING, 0)
    )
    queue_id = str(queue.pk)
    cells = zip(
        ids, public_ids, names, contents, items.is_sensitive.tolist(), items.needed.tolist(), created, strict=True
    )
    copy_rows(
        Item,
        (
            *("id", "public_id", "queue_id", "external_id", "kind", "content", "context", "content_hash", "language"),
            *("is_sensitive", "answers_needed", "priority", "withdrawn_reason", "created_at"),
        ),
        (
            (
                *(str(id_), public_id, queue_id, name, content.kind, quote(content.body), "{}", content.digest),
                *(content.language, "t" if is_sensitive else "f", str(needed), "0", "", at),
            )
            for id_, public_id, name, content, is_sensitive, needed, at in cells
        ),
    )
    return StoredItems(ids, public_ids)


def _external_ids(scene: Scene, needed: Ints) -> list[str]:
    """An id for each item whose own draw gives what the item needs, as if it had entered one by one."""
    queue = scene.rows.queue
    found: dict[int, list[str]] = {queue.base_answers: [], queue.overlap_size: []}
    wanted = {size: int((needed == size).sum()) for size in found}
    wanted[queue.base_answers] += int((needed == 0).sum())
    names = (f"{queue.name[0]}{number:06d}" for number in count(1))
    while any(len(found[size]) < wanted[size] for size in found):
        name = next(names)
        drawn = draw_answers_needed(queue.draw_seed, name, queue.base_answers, queue.overlap_rate, queue.overlap_size)
        found[drawn].append(name)
    supply = {size: iter(names) for size, names in found.items()}
    return [next(supply[size or queue.base_answers]) for size in needed.tolist()]


def _write_slots(scene: Scene, stored: StoredItems) -> range:
    """Store done slots, one an answer, then the open slots of what waits; gives the ids of the done ones."""
    answers, items = scene.world.answers, scene.world.items
    waiting = np.repeat(np.arange(len(items.needed)), np.where(items.day == len(scene.timeline.days), items.needed, 0))
    waiting_no = np.concatenate([np.arange(1, n + 1) for n in items.needed[items.day == len(scene.timeline.days)]])
    ids = reserve_ids(Slot, len(answers.item) + len(waiting))
    done = _done_slots(scene, stored, ids)
    opened = _open_slots(scene, stored, ids[len(answers.item) :], waiting=waiting, waiting_no=waiting_no)
    copy_rows(
        Slot,
        (
            *("id", "item_id", "slot_no", "queue_id", "state", "origin", "lane_id", "turn", "rank", "reserved_for_id"),
            *("serve_chance", "labeler_id", "assignment_id", "token", "policy_version_id", "schema_id", "claimed_at"),
            *("lease_until", "done_at", "created_at"),
        ),
        [*done, *opened],
    )
    return ids[: len(answers.item)]


def _done_slots(scene: Scene, stored: StoredItems, ids: range) -> list[tuple[str, ...]]:
    answers, rows, line = scene.world.answers, scene.rows, scene.timeline
    n = len(answers.item)
    queue_id, version_id, schema_id = str(rows.queue.pk), str(rows.version.pk), str(rows.schema.pk)
    labeler_ids = scene.labeler_ids
    entered = line.stamps(
        np.where(answers.is_gold, answers.day, scene.world.items.day[answers.item]),
        np.where(answers.is_gold, answers.start - PLACED_BEFORE, ENTRY),
    )
    cells = zip(
        *(ids, answers.item.tolist(), answers.slot_no.tolist(), answers.person.tolist(), answers.is_gold.tolist()),
        *(scene.uuids.many(n), scene.uuids.many(n), line.stamps(answers.day, answers.start)),
        *(line.stamps(answers.day, answers.start + LEASE), _ends(scene), entered),
        strict=False,
    )
    return [
        (
            *(str(id_), str(stored.ids[item]), str(no), queue_id, SlotState.DONE.value),
            *(
                (SlotOrigin.PLACED if is_gold else SlotOrigin.ENTRY).value,
                NULL,
                "0",
                _rank(rows, stored.keys[item], no),
            ),
            *(labeler_ids[person] if is_gold else NULL, "1", labeler_ids[person], assignment, token),
            *(version_id, schema_id, claimed, lease, done, created),
        )
        for id_, item, no, person, is_gold, assignment, token, claimed, lease, done, created in cells
    ]


def _open_slots(
    scene: Scene, stored: StoredItems, ids: range, *, waiting: Ints, waiting_no: Ints
) -> list[tuple[str, ...]]:
    rows = scene.rows
    entered = scene.timeline.stamps(np.array([len(scene.timeline.days) - 1]), np.array([EVENING + ENTRY]))[0]
    lanes = _lanes_of([stored.ids[item] for item in set(waiting.tolist())], stored)
    return [
        (
            *(
                str(id_),
                str(stored.ids[item]),
                str(no),
                str(rows.queue.pk),
                SlotState.OPEN.value,
                SlotOrigin.ENTRY.value,
            ),
            *(lanes[item], UNDATED, _rank(rows, stored.keys[item], no), NULL, "1", *([NULL] * 8), entered),
        )
        for id_, item, no in zip(ids, waiting.tolist(), waiting_no.tolist(), strict=True)
    ]


def _lanes_of(item_ids: list[int], stored: StoredItems) -> dict[int, str]:
    """The lane of each of these items, by its number."""
    keys = {item.pk: key_of(item) for item in Item.objects.filter(pk__in=item_ids)}
    lanes = find_lanes(keys.values())
    numbers = {id_: number for number, id_ in enumerate(stored.ids)}
    return {numbers[id_]: str(lanes[key]) for id_, key in keys.items()}


def _rank(rows: QueueRows, item_key: str, slot_no: int) -> str:
    return str(draw_rank(rows.queue.draw_seed, f"{item_key}:{slot_no}"))


def _ends(scene: Scene) -> list[str]:
    answers = scene.world.answers
    return scene.timeline.stamps(answers.day, answers.start + answers.seconds)


def _write_labels(scene: Scene, stored: StoredItems, slot_ids: range) -> None:
    """Store first labels in the order of time, then revisions."""
    answers = scene.world.answers
    is_revised = answers.was >= 0
    given = np.where(is_revised, answers.was, answers.given)
    second = np.where(is_revised, np.where(answers.was > 0, 0, -1), answers.second)
    ids = reserve_ids(Label, len(answers.item))
    first = _Batch(ids, np.arange(len(ids)), given, second, [NULL] * len(ids), after=0)
    _copy_labels(scene, stored, slot_ids, first)
    rows = np.flatnonzero(is_revised)
    revises = [str(ids[row]) for row in rows.tolist()]
    revision_ids = reserve_ids(Label, len(rows))
    revisions = _Batch(revision_ids, rows, answers.given[rows], answers.second[rows], revises, after=REVISED_AFTER)
    _copy_labels(scene, stored, slot_ids, revisions)


@dataclass(frozen=True)
class _Batch:
    """Labels to store: rows of the answers, what they say, what they revise, and how long after the first answer."""

    ids: range
    rows: Ints
    given: Ints
    second: Ints
    revises: list[str]
    after: float


def _copy_labels(scene: Scene, stored: StoredItems, slot_ids: range, batch: _Batch) -> None:
    answers, line, rows = scene.world.answers, scene.timeline, batch.rows
    texts, labeler_ids = _answer_texts(scene.world), scene.labeler_ids
    queue_id, version_id, schema_id = (str(x.pk) for x in (scene.rows.queue, scene.rows.version, scene.rows.schema))
    ends = answers.start[rows] + answers.seconds[rows] + batch.after
    cells = zip(
        *(batch.ids, scene.uuids.many(len(rows)), rows.tolist(), answers.item[rows].tolist()),
        *(answers.person[rows].tolist(), batch.given.tolist(), batch.second.tolist(), batch.revises),
        *(
            (answers.seconds[rows] * 1000).astype(np.int64).tolist(),
            line.stamps(answers.day[rows], answers.start[rows]),
        ),
        *(line.stamps(answers.day[rows], ends),),
        strict=True,
    )
    copy_rows(
        Label,
        (
            *("id", "public_id", "slot_id", "item_id", "queue_id", "labeler_id", "revises_id", "answers", "rationale"),
            *("active_ms", "policy_version_id", "schema_id", "claimed_at", "created_at"),
        ),
        (
            (
                *(str(id_), public_id, str(slot_ids[row]), str(stored.ids[item]), queue_id, labeler_ids[person], old),
                *(texts[code, other], "", str(took), version_id, schema_id, claimed, created),
            )
            for id_, public_id, row, item, person, code, other, old, took, claimed, created in cells
        ),
    )


def _answer_texts(world: QueueWorld) -> dict[tuple[int, int], str]:
    """The JSON of each possible pair of answers."""
    codes, others = world.queue.codes, [code for code, _ in second_options(world.queue)]
    texts = {(-1, -1): json.dumps({"category": "cannot_tell"})}
    for number, code in enumerate(codes):
        texts[number, -1] = json.dumps({"category": code})
        for place, other in enumerate(others):
            texts[number, place] = json.dumps({"category": code, world.queue.second: other})
    return texts


def _write_skips(scene: Scene, stored: StoredItems, slot_ids: range) -> None:
    """Store who gave a slot back before somebody else answered, with the assignment that ended so."""
    answers, line = scene.world.answers, scene.timeline
    rows = np.flatnonzero((answers.skipped_by >= 0) & ~answers.is_gold)
    reasons = [SkipReason.UNCLEAR.value, SkipReason.EDGE_CASE.value, SkipReason.BROKEN.value]
    chosen = scene.rng.choice(len(reasons), size=len(rows), p=[0.6, 0.3, 0.1]).tolist()
    began = line.stamps(answers.day[rows], answers.start[rows] - SKIPPED_BEFORE)
    ended = line.stamps(answers.day[rows], answers.start[rows] - SKIPPED_BEFORE + SKIP_TOOK)
    who = [str(scene.labelers[person].pk) for person in answers.skipped_by[rows].tolist()]
    slots = [str(slot_ids[row]) for row in rows.tolist()]
    items = [str(stored.ids[item]) for item in answers.item[rows].tolist()]
    copy_rows(
        Skip,
        ("public_id", "item_id", "labeler_id", "slot_id", "reason", "note", "created_at"),
        (
            (key, item, person, slot, reasons[reason], "", at)
            for key, item, person, slot, reason, at in zip(
                scene.uuids.many(len(rows)), items, who, slots, chosen, ended, strict=True
            )
        ),
    )
    copy_rows(
        EndedAssignment,
        ("assignment_id", "token", "slot_id", "labeler_id", "why", "claimed_at", "ended_at"),
        zip(
            *(
                scene.uuids.many(len(rows)),
                scene.uuids.many(len(rows)),
                slots,
                who,
                [EndReason.SKIPPED.value] * len(rows),
            ),
            *(began, ended),
            strict=True,
        ),
    )
