"""Giving sets to people: attempts on items that are drawn for each, cancelled or due at another time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom

from django.db import transaction
from django.db.models import Max

from calibration.enums import AttemptState, Purpose
from calibration.models import Attempt, AttemptAnswer, CalibrationSet, Flag, Placement
from calibration.queries.assignable import Candidate, read_candidates
from calibration.queries.pools import (
    UNFINISHED,
    Pool,
    PoolItem,
    Sightings,
    copy_name,
    draw_items,
    read_pool,
    read_sightings,
)
from calibration.rules import AT_WORK_STATES, mark_for
from calibration.services.sets import lock_set
from labeling.models import Item, Slot
from labeling.services.entry import ItemDraft, enter_items
from labeling.services.placement import cancel_placed, place_pairs
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, User
from qaplatform.trail.services import record

ROWS_A_STATEMENT = 2000
LONGEST_REASON = 200
MOST_NAMED = 5

Drawn = tuple[Attempt, Sequence[PoolItem]]


@dataclass(frozen=True)
class Changed:
    """How many attempts were changed, and how many had ended before."""

    changed: int
    ended_before: int


@transaction.atomic
def assign_set(
    calibration_set: CalibrationSet,
    labelers: Sequence[Labeler],
    *,
    actor: User,
    due_at: datetime | None,
    rng: Random | None = None,
) -> list[Attempt]:
    """Give each person an attempt on items drawn for them, all of them or nobody. Raises Refused with who cannot."""
    locked = lock_set(calibration_set)
    _check_assignment(locked, labelers, due_at=due_at)
    pool = read_pool(locked)
    _refuse_obstacles(read_candidates(locked, labelers, pool=pool))
    attempts = _make_attempts(locked, labelers, pool, actor=actor, due_at=due_at)
    sightings = read_sightings(pool, labelers)
    _place(locked, _draw(attempts, pool, sightings, rng or SystemRandom()))
    people = [str(labeler.public_id) for labeler in labelers]
    record("set_assigned", locked, actor=actor, detail={"people": people, "due_at": due_at and due_at.isoformat()})
    return attempts


@transaction.atomic
def cancel_attempts(attempts: Iterable[Attempt], *, reason: str, actor: User) -> Changed:
    """Take attempts back: what was not answered is cancelled, leases are given back, answers stay."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        message = f"Give a reason of 1 to {LONGEST_REASON} characters: the person reads it."
        raise InvalidInput(message, detail={"field": "reason"})
    wanted, unfinished = _lock_unfinished(attempts)
    cancel_placed(Slot.objects.filter(attempt_answer__attempt__in=unfinished))
    for attempt in unfinished:
        attempt.state, attempt.finished_at = AttemptState.CANCELLED, clock.now()
        attempt.cancelled_by, attempt.end_reason = actor, reason.strip()
        record("attempt_cancelled", attempt, actor=actor, detail={"reason": reason.strip()})
    Attempt.objects.bulk_update(unfinished, ["state", "finished_at", "cancelled_by", "end_reason"], batch_size=500)
    return Changed(len(unfinished), wanted - len(unfinished))


@transaction.atomic
def postpone_attempts(attempts: Iterable[Attempt], *, due_at: datetime, actor: User) -> Changed:
    """Let attempts be due at another time."""
    _check_due(due_at)
    wanted, unfinished = _lock_unfinished(attempts)
    for attempt in unfinished:
        was = attempt.due_at
        attempt.due_at = due_at
        detail = {"due_at": due_at.isoformat(), "was": was and was.isoformat()}
        record("attempt_due_changed", attempt, actor=actor, detail=detail)
    Attempt.objects.bulk_update(unfinished, ["due_at"], batch_size=500)
    return Changed(len(unfinished), wanted - len(unfinished))


def place_more(attempt: Attempt, *, n: int, rng: Random | None = None) -> int:
    """Draw up to n further items for an attempt, in the caller's transaction; how many there were."""
    pool = read_pool(attempt.calibration_set)
    sightings = read_sightings(pool, [attempt.labeler])
    asked = set(attempt.answers.values_list("gold_answer__gold_id", flat=True))
    fresh = [item for item in pool.items if item.gold_id not in asked and sightings.is_new(item, attempt.labeler)]
    drawn = draw_items(Pool(tuple(fresh), n, pool.listed, is_exam=True), fresh, n=n, rng=rng or SystemRandom())
    return _place(attempt.calibration_set, [(attempt, drawn)], is_strict=False) if drawn else 0


def _check_assignment(calibration_set: CalibrationSet, labelers: Sequence[Labeler], *, due_at: datetime | None) -> None:
    if calibration_set.retired_at is not None:
        raise Refused("This set is retired. Build a new one, or choose another.")
    if not labelers:
        raise InvalidInput("Choose at least one person.", detail={"field": "labelers"})
    if due_at is not None:
        _check_due(due_at)


def _check_due(due_at: datetime) -> None:
    if due_at <= clock.now():
        raise InvalidInput("The due date has passed. Choose a later one.", detail={"field": "due_on"})


def _refuse_obstacles(rows: Sequence[Candidate]) -> None:
    obstacles = [f"{row.labeler} {row.obstacle}" for row in rows if row.obstacle]
    if obstacles:
        more = f"; and {len(obstacles) - MOST_NAMED} more" if len(obstacles) > MOST_NAMED else ""
        raise Refused(f"Nothing was assigned: {'; '.join(obstacles[:MOST_NAMED])}{more}.")


def _make_attempts(
    calibration_set: CalibrationSet,
    labelers: Sequence[Labeler],
    pool: Pool,
    *,
    actor: User,
    due_at: datetime | None,
) -> list[Attempt]:
    last = calibration_set.attempts.filter(labeler__in=labelers).order_by().values("labeler_id")
    numbers = dict(last.annotate(last=Max("number")).values_list("labeler_id", "last"))
    flags = _flags_of(calibration_set, labelers)
    listed = calibration_set.draw_size or pool.listed
    return Attempt.objects.bulk_create(
        [
            Attempt(
                calibration_set=calibration_set,
                labeler=labeler,
                flag=flags.get(labeler.pk),
                number=1 + numbers.get(labeler.pk, 0),
                assigned_by=actor,
                assigned_at=clock.now(),
                due_at=due_at,
                pass_mark=mark_for(pool.size, mark=calibration_set.pass_mark, of=listed),
                items=pool.size,
            )
            for labeler in labelers
        ],
        batch_size=ROWS_A_STATEMENT,
    )


def _flags_of(calibration_set: CalibrationSet, labelers: Sequence[Labeler]) -> dict[int, Flag]:
    flags = Flag.objects.filter(labeler__in=labelers, queue=calibration_set.source_queue_id, state__in=AT_WORK_STATES)
    return {flag.labeler_id: flag for flag in flags}


def _draw(attempts: Sequence[Attempt], pool: Pool, sightings: Sightings, rng: Random) -> list[Drawn]:
    return [
        (
            attempt,
            draw_items(
                pool,
                [item for item in pool.items if sightings.is_new(item, attempt.labeler)],
                n=pool.size,
                rng=rng,
            ),
        )
        for attempt in attempts
    ]


def _place(calibration_set: CalibrationSet, drawn: Sequence[Drawn], *, is_strict: bool = True) -> int:
    """Reserve for each person copies of what was drawn for them; how many slots that made."""
    copies = _copies(calibration_set, drawn)
    wanted = [(copies[_name(attempt, item)], attempt, item) for attempt, items in drawn for item in items]
    placed = place_pairs([(copy, attempt.labeler) for copy, attempt, _ in wanted], serve_chance=1.0, now=clock.now())
    if is_strict and len(placed.slots) != len(wanted):
        raise Refused("Some items were taken out of work at this very moment. Nothing was assigned: try again.")
    by_pair = {(slot.item_id, slot.reserved_for_id): slot for slot in placed.slots}
    rows = [
        (by_pair[copy.pk, attempt.labeler_id], attempt, item)
        for copy, attempt, item in wanted
        if (copy.pk, attempt.labeler_id) in by_pair
    ]
    Placement.objects.bulk_create(
        [Placement(slot=slot, purpose=Purpose.SET, gold_id=item.gold_id) for slot, _, item in rows],
        batch_size=ROWS_A_STATEMENT,
    )
    AttemptAnswer.objects.bulk_create(
        [AttemptAnswer(attempt=attempt, slot=slot, gold_answer=item.answer) for slot, attempt, item in rows],
        batch_size=ROWS_A_STATEMENT,
    )
    return len(rows)


def _copies(calibration_set: CalibrationSet, drawn: Sequence[Drawn]) -> Mapping[str, Item]:
    """Items of the training queue by name: one a gold item and number of attempt, made at their first use."""
    wanted = {_name(attempt, item): item for attempt, items in drawn for item in items}
    queue = calibration_set.training_queue
    known = {item.external_id: item for item in Item.objects.filter(queue=queue, external_id__in=list(wanted))}
    missing = [_draft(item, name) for name, item in wanted.items() if name not in known]
    return known | {item.external_id: item for item in enter_items(queue, missing, now=clock.now())}


def _name(attempt: Attempt, item: PoolItem) -> str:
    return copy_name(attempt.calibration_set, item.entry.gold.public_id, attempt.number)


def _draft(item: PoolItem, name: str) -> ItemDraft:
    original = item.entry.gold.item
    return ItemDraft(
        external_id=name,
        kind=original.kind,
        content=original.content,
        context=original.context,
        language=original.language,
        is_sensitive=original.is_sensitive,
        answers_needed=0,
    )


def _lock_unfinished(attempts: Iterable[Attempt]) -> tuple[int, list[Attempt]]:
    """How many were asked for, and those that have not ended, locked in order of id."""
    ids = {attempt.pk for attempt in attempts}
    if not ids:
        raise InvalidInput("Choose at least one assignment.", detail={"field": "attempts"})
    rows = Attempt.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return len(ids), [attempt for attempt in rows if attempt.state in UNFINISHED]
