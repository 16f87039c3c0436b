"""Who answers which item on which day, and at what time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.demo.plans import DemoPlan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SHIFT_SECONDS = 7.5 * 3600
USUAL_SECONDS = 42.0
HURRIED_SECONDS = 4.0
KNOWN_SECONDS = 6.0


@dataclass(frozen=True)
class Diary:
    """Answers to be given, arrays of length R; `order` from 0 to 1 is the place within the person's day."""

    item: Ints
    person: Ints
    day: Ints
    order: Floats


@dataclass(frozen=True)
class OrdinaryWork:
    """Ordinary items numbered from 0, what each needs and when it entered, who answers them, and what a pair shares."""

    needed: Ints
    day: Ints
    diary: Diary
    shared: Ints

    @property
    def n_items(self) -> int:
        """How many ordinary items there are."""
        return len(self.needed)


def draw_day_loads(plan: DemoPlan, n_people: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Ordinary and gold answers, int[people, days]."""
    spread = plan.labels_a_day * 0.07
    loads = np.maximum(np.rint(rng.normal(plan.labels_a_day, spread, (n_people, plan.days))), 4).astype(np.int64)
    gold = np.floor(loads * plan.gold_share + rng.random(loads.shape)).astype(np.int64)
    return loads - gold, gold


def ordinary_diary(
    plan: DemoPlan, ordinary: Ints, pair: tuple[int, int] | None, rng: np.random.Generator
) -> OrdinaryWork:
    """Overlap items go to different people of all vendors on one day; what is left of a day is single items."""
    parts = [_one_day(plan, day, ordinary[:, day], pair, rng) for day in range(plan.days)]
    sizes = np.cumsum([0] + [len(part.needed) for part in parts])
    diaries = [
        Diary(part.diary.item + first, part.diary.person, part.diary.day, part.diary.order)
        for part, first in zip(parts, sizes, strict=False)
    ]
    return OrdinaryWork(
        needed=np.concatenate([part.needed for part in parts]),
        day=np.concatenate([part.day for part in parts]),
        diary=concatenate(*diaries),
        shared=np.concatenate([part.shared + first for part, first in zip(parts, sizes, strict=False)]),
    )


def concatenate(*diaries: Diary) -> Diary:
    """One diary of several."""
    return Diary(
        np.concatenate([d.item for d in diaries]),
        np.concatenate([d.person for d in diaries]),
        np.concatenate([d.day for d in diaries]),
        np.concatenate([d.order for d in diaries]),
    )


def share_items(diary: Diary, shared: Ints, pair: tuple[int, int] | None, rng: np.random.Generator) -> Diary:
    """Of a pair, the first reaches shared items in the first half of the day, the second in the second half."""
    if pair is None:
        return diary
    is_shared = np.isin(diary.item, shared)
    half = rng.random(len(diary.item)) / 2
    order = np.where(is_shared & (diary.person == pair[0]), half, diary.order)
    order = np.where(is_shared & (diary.person == pair[1]), 0.5 + half, order)
    return Diary(diary.item, diary.person, diary.day, order)


def draw_times(
    diary: Diary, first_hours: Ints, is_speeder: Flags, is_known: Flags, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Start, in seconds from midnight UTC, and duration in seconds of each answer; no two of one person overlap."""
    n = len(diary.item)
    usual = np.where(is_speeder[diary.person], HURRIED_SECONDS, USUAL_SECONDS)
    usual = np.where(is_known, np.minimum(usual, KNOWN_SECONDS), usual)
    place, load = _places(diary)
    spacing = SHIFT_SECONDS / load
    seconds = np.clip(usual * rng.lognormal(0, 0.45, n), 1.2, spacing * 0.8)
    start = first_hours[diary.person] * 3600 + (place + 0.15 * rng.random(n)) * spacing
    return start, seconds


def _places(diary: Diary) -> tuple[Ints, Ints]:
    """For each answer its place within the person's day, from 0, and how many that day has."""
    key = diary.day * (int(diary.person.max()) + 1) + diary.person
    rows = np.lexsort((diary.order, key))
    ordered = key[rows]
    is_first = np.r_[True, ordered[1:] != ordered[:-1]]
    group = np.cumsum(is_first) - 1
    first = np.flatnonzero(is_first)
    place, load = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    place[rows] = np.arange(len(rows)) - first[group]
    load[rows] = np.bincount(group)[group]
    return place, load


def _one_day(
    plan: DemoPlan, day: int, loads: Ints, pair: tuple[int, int] | None, rng: np.random.Generator
) -> OrdinaryWork:
    total, size = int(loads.sum()), plan.overlap_size
    n_overlap = int(total * plan.overlap_rate / (1 + (size - 1) * plan.overlap_rate))
    n_shared = _shared_on(plan, day) if pair is not None else 0
    people = _distinct_people(len(loads), n_overlap, size, pair=pair, n_shared=n_shared, rng=rng)
    left = np.maximum(loads - np.bincount(people.ravel(), minlength=len(loads)), 0)
    single_people = np.repeat(np.arange(len(loads)), left)
    n_items = n_overlap + len(single_people)
    item = np.concatenate([np.repeat(np.arange(n_overlap), size), np.arange(n_overlap, n_items)])
    person = np.concatenate([people.ravel(), single_people])
    return OrdinaryWork(
        needed=np.where(np.arange(n_items) < n_overlap, size, 1),
        day=np.full(n_items, day),
        diary=Diary(item, person, np.full(len(item), day), rng.random(len(item))),
        shared=np.arange(n_shared),
    )


def _shared_on(plan: DemoPlan, day: int) -> int:
    """Shared items of a day: the days' parts sum to the plan's number."""
    return plan.shared_items * (day + 1) // plan.days - plan.shared_items * day // plan.days


def _distinct_people(
    n_people: int,
    n_items: int,
    size: int,
    *,
    pair: tuple[int, int] | None,
    n_shared: int,
    rng: np.random.Generator,
) -> Ints:
    """Different people for each item, int[n_items, size]; only the first `n_shared` items have both of the pair."""
    chances = rng.random((n_items, n_people))
    if pair is not None:
        chances[:n_shared, list(pair)] = -1
        both = np.arange(n_shared, n_items)
        loser = np.where(rng.random(len(both)) < 0.5, pair[0], pair[1])
        chances[both, loser] = 2
    return np.argpartition(chances, size - 1, axis=1)[:, :size].astype(np.int64)
