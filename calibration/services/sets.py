"""Calibration sets: chosen gold, served by a training queue of the set's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from calibration.enums import GoldPool, GoldState, SetPurpose
from calibration.models import CalibrationSet, GoldItem, SetItem
from calibration.queries.pools import UNFINISHED as UNFINISHED_ATTEMPTS
from labeling.enums import QueueKind
from labeling.models import LabelSchema, Queue
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record

POOL_OF = {SetPurpose.PRACTICE: GoldPool.TRAINING, SetPurpose.EXAM: GoldPool.EXAM}


@dataclass(frozen=True)
class SetDraft:
    """What a set is to be: its gold in order, how many items a try asks (None: all), how many right answers pass."""

    name: str
    source_queue: Queue
    purpose: SetPurpose
    golds: Sequence[GoldItem]
    pass_mark: int
    draw_size: int | None = None
    shows_answers: bool = True


@dataclass(frozen=True)
class SetChange:
    """What may be changed beside the items."""

    pass_mark: int
    draw_size: int | None
    shows_answers: bool = True


@transaction.atomic
def build_set(draft: SetDraft, *, actor: User) -> CalibrationSet:
    """Make a set and the training queue that serves it."""
    _check_draft(draft)
    queue = draft.source_queue
    made = CalibrationSet.objects.create(
        name=draft.name.strip(),
        purpose=draft.purpose,
        source_queue=queue,
        training_queue=_make_training_queue(draft),
        policy_version=queue.policy_version,
        skill=queue.skill,
        pass_mark=draft.pass_mark,
        draw_size=draft.draw_size,
        shows_answers=draft.shows_answers,
        created_by=actor,
    )
    SetItem.objects.bulk_create(
        SetItem(calibration_set=made, gold=gold, position=position)
        for position, gold in enumerate(draft.golds, start=1)
    )
    detail = {"items": len(draft.golds), "pass_mark": draft.pass_mark, "draw_size": draft.draw_size}
    record("set_built", made, actor=actor, detail=detail)
    return made


@transaction.atomic
def retire_set(calibration_set: CalibrationSet, *, actor: User) -> CalibrationSet:
    """Assign a set to nobody any more; attempts that have begun go on."""
    if calibration_set.retired_at is None:
        calibration_set.retired_at = clock.now()
        calibration_set.save(update_fields=["retired_at"])
        record("set_retired", calibration_set, actor=actor)
    return calibration_set


@transaction.atomic
def change_set(
    calibration_set: CalibrationSet, golds: Sequence[GoldItem], change: SetChange, *, actor: User
) -> CalibrationSet:
    """Ask other items, or as many others, or let another mark pass; only while nobody is at work on the set."""
    locked = lock_set(calibration_set)
    if locked.retired_at is not None:
        raise Refused("This set is retired. Build a new one.")
    busy = locked.attempts.filter(state__in=UNFINISHED_ATTEMPTS).count()
    if busy:
        raise Refused(f"{busy} attempts are not finished. Wait for their end or cancel them, then change the set.")
    kept = set(locked.set_items.values_list("gold_id", flat=True))
    _check_golds(locked.source_queue, SetPurpose(locked.purpose), [gold for gold in golds if gold.pk not in kept])
    _check_sizes(len(golds), pass_mark=change.pass_mark, draw_size=change.draw_size)
    added, removed = _exchange(locked, golds)
    locked.pass_mark, locked.draw_size = change.pass_mark, change.draw_size
    locked.shows_answers = change.shows_answers
    locked.save(update_fields=["pass_mark", "draw_size", "shows_answers"])
    detail = {"added": added, "removed": removed, "pass_mark": locked.pass_mark, "draw_size": locked.draw_size}
    record("set_changed", locked, actor=actor, detail=detail)
    return locked


def lock_set(calibration_set: CalibrationSet) -> CalibrationSet:
    """The set as it stands, locked until the transaction ends: its items change and are assigned one at a time."""
    rows = CalibrationSet.objects.select_for_update(of=("self",))
    return rows.select_related("training_queue", "source_queue").get(pk=calibration_set.pk)


def _check_draft(draft: SetDraft) -> None:
    if not draft.name.strip():
        raise InvalidInput("Give the set a name.", detail={"field": "name"})
    if CalibrationSet.objects.filter(name=draft.name.strip()).exists():
        raise InvalidInput("Another set has this name. Choose a different one.", detail={"field": "name"})
    _check_sizes(len(draft.golds), pass_mark=draft.pass_mark, draw_size=draft.draw_size)
    _check_golds(draft.source_queue, draft.purpose, draft.golds)


def _check_sizes(items: int, *, pass_mark: int, draw_size: int | None) -> None:
    if not items:
        raise InvalidInput("Choose at least one item.", detail={"field": "items"})
    if draw_size is not None and not 0 < draw_size <= items:
        message = f"A try asks between 1 and all of the {items} items. Choose more items, or ask fewer."
        raise InvalidInput(message, detail={"field": "draw_size"})
    asked = draw_size or items
    if not 0 < pass_mark <= asked:
        message = f"The pass mark lies between 1 and the number of items of a try, {asked}."
        raise InvalidInput(message, detail={"field": "pass_mark"})


def _check_golds(queue: Queue, purpose: SetPurpose, golds: Sequence[GoldItem]) -> None:
    pool = POOL_OF[purpose]
    if any(gold.queue_id != queue.pk for gold in golds):
        raise InvalidInput("All items of a set come from one queue.", detail={"field": "items"})
    if any(gold.pool != pool for gold in golds):
        message = f"This set takes items of the {pool.label.lower()} pool only: pools never mix."
        raise InvalidInput(message, detail={"field": "items"})
    if any(gold.state != GoldState.LIVE for gold in golds):
        raise InvalidInput("Some items are not live gold any more. Choose others.", detail={"field": "items"})


def _exchange(locked: CalibrationSet, golds: Sequence[GoldItem]) -> tuple[int, int]:
    """How many items were added and removed. New items follow at the end; those that stay keep their numbers."""
    entries = {entry.gold_id: entry for entry in locked.set_items.all()}
    wanted = {gold.pk for gold in golds}
    removed = [entry.pk for gold_id, entry in entries.items() if gold_id not in wanted]
    last = max((entry.position for entry in entries.values()), default=0)
    added = [gold for gold in golds if gold.pk not in entries]
    SetItem.objects.filter(pk__in=removed).delete()
    SetItem.objects.bulk_create(
        SetItem(calibration_set=locked, gold=gold, position=position)
        for position, gold in enumerate(added, start=last + 1)
    )
    return len(added), len(removed)


def _make_training_queue(draft: SetDraft) -> Queue:
    source = draft.source_queue
    schema = LabelSchema.objects.filter(queue=source).order_by("-number").first()
    if schema is None:
        raise Refused(f"{source.name} has no questions yet. Set them up before building a set.")
    queue = Queue.objects.create(
        name=f"Training: {draft.name.strip()}"[:200],
        kind=QueueKind.TRAINING,
        policy=source.policy,
        policy_version=source.policy_version,
        language=source.language,
        overlap_rate=0,
        lease_seconds=source.lease_seconds,
    )
    LabelSchema.objects.create(queue=queue, number=1, questions=schema.questions)
    return queue
