"""Calibration sets: chosen gold, served by a training queue of the set's own, assigned to people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calibration.enums import AttemptState, GoldPool, GoldState, Purpose, SetPurpose
from calibration.models import Attempt, AttemptAnswer, CalibrationSet, Flag, GoldAnswer, GoldItem, Placement, SetItem
from calibration.queries.training import current_answers, unfresh_counts
from calibration.rules import AT_WORK_STATES
from labeling.enums import QueueKind
from labeling.models import Item, LabelSchema, Queue, Slot
from labeling.services.entry import ItemDraft, enter_items
from labeling.services.placement import place_items
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, User
from qaplatform.trail.services import record

POOL_OF = {SetPurpose.PRACTICE: GoldPool.TRAINING, SetPurpose.EXAM: GoldPool.EXAM}
UNFINISHED_ATTEMPTS = (AttemptState.ASSIGNED, AttemptState.STARTED)


@dataclass(frozen=True)
class SetDraft:
    """What a set is to be: its gold in order, and how many right answers pass."""

    name: str
    source_queue: Queue
    purpose: SetPurpose
    golds: Sequence[GoldItem]
    pass_mark: int


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
        created_by=actor,
    )
    SetItem.objects.bulk_create(
        SetItem(calibration_set=made, gold=gold, position=position)
        for position, gold in enumerate(draft.golds, start=1)
    )
    record("set_built", made, actor=actor, detail={"items": len(draft.golds), "pass_mark": draft.pass_mark})
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
def assign_set(
    calibration_set: CalibrationSet, labelers: Sequence[Labeler], *, actor: User, due_at: datetime | None
) -> list[Attempt]:
    """Give each person an attempt on copies of the items that nobody has answered under that number."""
    locked = (
        CalibrationSet.objects.select_for_update(of=("self",))
        .select_related("training_queue")
        .get(pk=calibration_set.pk)
    )
    _check_assignment(locked, labelers, due_at=due_at)
    answers = current_answers(locked)
    return [_assign(locked, labeler, answers, actor=actor, due_at=due_at) for labeler in labelers]


def _check_draft(draft: SetDraft) -> None:
    if not draft.name.strip():
        raise InvalidInput("Give the set a name.", detail={"field": "name"})
    if CalibrationSet.objects.filter(name=draft.name.strip()).exists():
        raise InvalidInput("Another set has this name. Choose a different one.", detail={"field": "name"})
    if not draft.golds:
        raise InvalidInput("Choose at least one item.", detail={"field": "items"})
    if not 0 < draft.pass_mark <= len(draft.golds):
        message = f"The pass mark lies between 1 and the number of items, {len(draft.golds)}."
        raise InvalidInput(message, detail={"field": "pass_mark"})
    _check_golds(draft)


def _check_golds(draft: SetDraft) -> None:
    pool = POOL_OF[draft.purpose]
    if any(gold.queue_id != draft.source_queue.pk for gold in draft.golds):
        raise InvalidInput("All items of a set come from one queue.", detail={"field": "items"})
    if any(gold.pool != pool for gold in draft.golds):
        message = f"This set takes items of the {pool.label.lower()} pool only: pools never mix."
        raise InvalidInput(message, detail={"field": "items"})
    if any(gold.state != GoldState.LIVE for gold in draft.golds):
        raise InvalidInput("Some items are not live gold any more. Choose others.", detail={"field": "items"})


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


def _check_assignment(calibration_set: CalibrationSet, labelers: Sequence[Labeler], *, due_at: datetime | None) -> None:
    if calibration_set.retired_at is not None:
        raise Refused("This set is retired. Build a new one, or choose another.")
    if not labelers:
        raise InvalidInput("Choose at least one person.", detail={"field": "labelers"})
    if due_at is not None and due_at <= clock.now():
        raise InvalidInput("The due date has passed. Choose a later one.", detail={"field": "due_at"})
    _check_unassigned(calibration_set, labelers)
    _check_fresh(calibration_set, labelers)


def _check_unassigned(calibration_set: CalibrationSet, labelers: Sequence[Labeler]) -> None:
    busy = calibration_set.attempts.filter(labeler__in=labelers, state__in=UNFINISHED_ATTEMPTS).select_related(
        "labeler"
    )
    names = _names(attempt.labeler for attempt in busy)
    if names:
        raise Refused(f"Already assigned and not finished: {names}. Choose others, or wait for the result.")


def _check_fresh(calibration_set: CalibrationSet, labelers: Sequence[Labeler]) -> None:
    if calibration_set.purpose != SetPurpose.EXAM:
        return
    first_timers = [person for person in labelers if not calibration_set.attempts.filter(labeler=person).exists()]
    counts = unfresh_counts(calibration_set, first_timers)
    seen = [f"{person} {counts[person.pk]}" for person in first_timers if counts.get(person.pk)]
    if seen:
        raise Refused(
            f"Some items of this exam are not new to everybody: {', '.join(seen)}. "
            "Build a set that is drawn fresh for them."
        )


def _names(labelers: Iterable[Labeler]) -> str:
    return ", ".join(sorted(str(labeler) for labeler in labelers))


def _assign(
    calibration_set: CalibrationSet,
    labeler: Labeler,
    answers: Sequence[tuple[SetItem, GoldAnswer]],
    *,
    actor: User,
    due_at: datetime | None,
) -> Attempt:
    number = 1 + calibration_set.attempts.filter(labeler=labeler).count()
    attempt = Attempt.objects.create(
        calibration_set=calibration_set,
        labeler=labeler,
        flag=_flag_of(calibration_set, labeler),
        number=number,
        assigned_by=actor,
        due_at=due_at,
        pass_mark=calibration_set.pass_mark,
        items=len(answers),
    )
    _place(attempt, answers)
    record("set_assigned", attempt, actor=actor, detail={"set": str(calibration_set.public_id), "number": number})
    return attempt


def _flag_of(calibration_set: CalibrationSet, labeler: Labeler) -> Flag | None:
    flags = Flag.objects.filter(labeler=labeler, queue=calibration_set.source_queue_id, state__in=AT_WORK_STATES)
    return flags.first()


def _place(attempt: Attempt, answers: Sequence[tuple[SetItem, GoldAnswer]]) -> None:
    copies = _copies(attempt, [set_item for set_item, _ in answers])
    placed = place_items(copies, [attempt.labeler], serve_chance=1.0, now=clock.now())
    if placed.refused or len(placed.slots) != len(copies):
        raise Refused(f"{attempt.labeler} cannot be given all items of this set. Choose another set for them.")
    by_item = {slot.item_id: slot for slot in placed.slots}
    pairs = [(by_item[copy.pk], *answer) for copy, answer in zip(copies, answers, strict=True)]
    _record_slots(attempt, pairs)


def _record_slots(attempt: Attempt, pairs: Iterable[tuple[Slot, SetItem, GoldAnswer]]) -> None:
    rows = list(pairs)
    Placement.objects.bulk_create(Placement(slot=slot, purpose=Purpose.SET, gold=entry.gold) for slot, entry, _ in rows)
    AttemptAnswer.objects.bulk_create(
        AttemptAnswer(attempt=attempt, slot=slot, gold_answer=answer) for slot, _, answer in rows
    )


def _copies(attempt: Attempt, set_items: Sequence[SetItem]) -> list[Item]:
    """Items of the training queue under this attempt's number, in the set's order; made at their first use."""
    chosen = attempt.calibration_set
    names = [f"{chosen.public_id}:{entry.position}:{attempt.number}" for entry in set_items]
    known = {item.external_id: item for item in Item.objects.filter(queue=chosen.training_queue, external_id__in=names)}
    missing = [_draft(entry, name) for entry, name in zip(set_items, names, strict=True) if name not in known]
    if missing:
        entered = enter_items(chosen.training_queue, missing, now=clock.now())
        known |= {item.external_id: item for item in entered}
    return [known[name] for name in names]


def _draft(entry: SetItem, name: str) -> ItemDraft:
    item = entry.gold.item
    return ItemDraft(
        external_id=name,
        kind=item.kind,
        content=item.content,
        context=item.context,
        language=item.language,
        is_sensitive=item.is_sensitive,
        priority=0,
        due_at=None,
        answers_needed=0,
    )
