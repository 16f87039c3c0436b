"""Drawing the planted world: items, gold, who answered what and when. Pure: a plan in, arrays out.

People of a queue are numbered in the order of its teams, categories in the order of the policy; 0 is no_violation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.demo.behaviours import Asked, Behaviours, draw_answers, draw_behaviours
from calibration.demo.cast import VENDORS, CastTeam, Part, teams_of
from calibration.demo.gold import GoldBook, draw_gold, gold_diary
from calibration.demo.plans import DemoPlan
from calibration.demo.policies import DISPUTES, QUEUES, DemoQueue, second_choice, second_options
from calibration.demo.schedules import (
    Diary,
    OrdinaryWork,
    concatenate,
    draw_day_loads,
    draw_times,
    ordinary_diary,
    share_items,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONVERSATIONS = 0.15
SENSITIVE = 0.06
SKIPPED = 0.004
REVISED = 0.003
SECOND_ANSWER_DIFFERS = 0.07


@dataclass(frozen=True)
class Items:
    """Items of a queue, arrays of length N. `needed` is how many ordinary answers, 0 for gold; `day` is of entry."""

    truth: Ints
    needed: Ints
    day: Ints
    difficulty: Floats
    is_conversation: Flags
    is_sensitive: Flags
    is_spanish: Flags


@dataclass(frozen=True)
class Answers:
    """Answers, arrays of length R in the order of time. `given` -1 is 'cannot tell'; `second` -1 means not asked.

    `start` and `seconds` are seconds from midnight UTC and how long it took; `slot_no` counts from 1 within an item.
    `skipped_by` is who gave the slot back before, `was` what was given before a revision; -1 for nobody and nothing.
    """

    item: Ints
    person: Ints
    day: Ints
    start: Floats
    seconds: Floats
    given: Ints
    second: Ints
    slot_no: Ints
    is_gold: Flags
    skipped_by: Ints
    was: Ints


@dataclass(frozen=True)
class Planted:
    """What is hidden in a queue; people and items by number."""

    parts: dict[int, Part]
    drift_day: int
    shared_items: Ints
    wrong_gold: int
    leaked_gold: int | None
    leak_day: int
    ambiguous: int | None


@dataclass(frozen=True)
class QueueWorld:
    """Everything that happened in one queue."""

    queue: DemoQueue
    teams: tuple[CastTeam, ...]
    people: tuple[str, ...]
    is_matched: bool
    items: Items
    gold: GoldBook
    answers: Answers
    planted: Planted

    @property
    def team_of(self) -> Ints:
        """Which team each person is in."""
        return np.repeat(np.arange(len(self.teams)), [len(team.people) for team in self.teams])


@dataclass(frozen=True)
class World:
    """The demo before anything is written."""

    plan: DemoPlan
    queues: tuple[QueueWorld, ...]


def draw_world(plan: DemoPlan) -> World:
    """The same world for the same plan."""
    generators = np.random.default_rng(plan.seed).spawn(len(QUEUES))
    return World(plan, tuple(_draw_queue(plan, number, rng) for number, rng in enumerate(generators)))


def _draw_queue(plan: DemoPlan, number: int, rng: np.random.Generator) -> QueueWorld:
    queue = QUEUES[number]
    teams = teams_of(number, people_a_team=plan.people_a_team)
    people = tuple(name for team in teams for name in team.people)
    team_of = np.repeat(np.arange(len(teams)), plan.people_a_team)
    behaviours = draw_behaviours(plan, queue, people, rng)
    ordinary, gold_counts = draw_day_loads(plan, len(people), rng)
    pair = behaviours.pair
    work = ordinary_diary(plan, ordinary, pair, rng)
    is_matched = queue is not DISPUTES
    first_gold = work.n_items
    book = draw_gold(plan, gold_counts, team_of, first=first_gold, is_matched=is_matched, rng=rng)
    diary = share_items(concatenate(work.diary, gold_diary(book, gold_counts, team_of, rng)), work.shared, pair, rng)
    items = _draw_items(plan, queue, work, book, rng)
    book = book.expecting(items.truth, wrong_to=_a_mistake(queue, items.truth[book.wrong]), also=behaviours.ambiguous)
    answers = _answer(
        plan,
        queue,
        teams=teams,
        items=items,
        book=book,
        behaviours=behaviours,
        diary=diary,
        shared=work.shared,
        rng=rng,
    )
    planted = Planted(
        parts=behaviours.parts,
        drift_day=plan.drift_day,
        shared_items=work.shared,
        wrong_gold=book.wrong,
        leaked_gold=book.leaked,
        leak_day=plan.leak_day,
        ambiguous=behaviours.ambiguous,
    )
    return QueueWorld(queue, teams, people, is_matched, items, book, answers, planted)


def _draw_items(
    plan: DemoPlan, queue: DemoQueue, work: OrdinaryWork, book: GoldBook, rng: np.random.Generator
) -> Items:
    """Ordinary items, then gold, then what waits."""
    waiting = np.where(rng.random(plan.waiting_items) < plan.overlap_rate, plan.overlap_size, 1)
    all_needed = np.concatenate([work.needed, np.zeros(book.n_items, np.int64), waiting])
    n = len(all_needed)
    shares = np.array([category.share for category in queue.categories])
    truth = rng.choice(len(shares), size=n, p=shares / shares.sum())
    truth[book.wrong], truth[book.leaked if book.leaked is not None else book.wrong] = 0, 0
    if queue.ambiguous:
        _keep_ambiguous_out_of_gold(truth, book, queue.codes.index(queue.ambiguous), rng)
    return Items(
        truth=truth,
        needed=all_needed,
        day=np.concatenate([work.day, np.full(book.n_items, -1), np.full(plan.waiting_items, plan.days)]),
        difficulty=np.minimum(rng.gamma(2.0, 0.5, n), 4.0),
        is_conversation=rng.random(n) < CONVERSATIONS,
        is_sensitive=rng.random(n) < SENSITIVE,
        is_spanish=rng.random(n) < queue.spanish_share,
    )


def _keep_ambiguous_out_of_gold(truth: Ints, book: GoldBook, ambiguous: int, rng: np.random.Generator) -> None:
    """Few gold items show the ambiguous clause, and those accept both answers."""
    gold = np.arange(book.first, book.first + book.n_items)
    unlucky = gold[(truth[gold] == ambiguous) & (rng.random(len(gold)) < 0.5)]
    truth[unlucky] = 0


def _a_mistake(queue: DemoQueue, truth: int) -> int:
    return queue.codes.index(queue.categories[int(truth)].confused_with[0])


def _answer(
    plan: DemoPlan,
    queue: DemoQueue,
    *,
    teams: tuple[CastTeam, ...],
    items: Items,
    book: GoldBook,
    behaviours: Behaviours,
    diary: Diary,
    shared: Ints,
    rng: np.random.Generator,
) -> Answers:
    first_hours = np.repeat([VENDORS[team.vendor].first_hour for team in teams], plan.people_a_team)
    is_leaked = _is_leaked(plan, book, diary)
    start, seconds = draw_times(diary, first_hours, behaviours.is_speeder, is_leaked, rng)
    order = np.lexsort((diary.person, start, diary.day))
    item, person, day = diary.item[order], diary.person[order], diary.day[order]
    start, seconds, is_leaked = start[order], seconds[order], is_leaked[order]
    asked = Asked(items.truth[item], items.difficulty[item], person, day)
    given = draw_answers(plan, queue, behaviours, asked, rng)
    _answer_leaked_gold(plan, book, item=item, is_leaked=is_leaked, given=given, truth=items.truth, rng=rng)
    _copy_answers(plan, behaviours.pair, shared=shared, item=item, person=person, given=given, rng=rng)
    return Answers(
        item=item,
        person=person,
        day=day,
        start=start,
        seconds=seconds,
        given=given,
        second=_second_answers(queue, given, rng),
        slot_no=_count_within(item),
        is_gold=book.holds(item),
        skipped_by=_draw_skips(item, person, len(first_hours), rng),
        was=_draw_revisions(queue, given, rng),
    )


def _is_leaked(plan: DemoPlan, book: GoldBook, diary: Diary) -> Flags:
    if book.leaked is None:
        return np.zeros(len(diary.item), np.bool_)
    return (diary.item == book.leaked) & (diary.day >= plan.leak_day)


def _answer_leaked_gold(
    plan: DemoPlan,
    book: GoldBook,
    *,
    item: Ints,
    is_leaked: Flags,
    given: Ints,
    truth: Ints,
    rng: np.random.Generator,
) -> None:
    """A hard item at first; from the leak on everybody knows the answer."""
    if book.leaked is None:
        return
    rows = np.flatnonzero(item == book.leaked)
    is_right = is_leaked[rows] | (rng.random(len(rows)) < plan.leaked_gold_accuracy)
    given[rows] = np.where(is_right, truth[book.leaked], 1)


def _copy_answers(
    plan: DemoPlan,
    pair: tuple[int, int] | None,
    *,
    shared: Ints,
    item: Ints,
    person: Ints,
    given: Ints,
    rng: np.random.Generator,
) -> None:
    """On the shared items the second of the pair mostly gives what the first gave."""
    if pair is None:
        return
    copied_from = np.full(int(item.max()) + 1, -2)
    rows = np.flatnonzero((person == pair[0]) & np.isin(item, shared))
    copied_from[item[rows]] = given[rows]
    rows = np.flatnonzero((person == pair[1]) & np.isin(item, shared))
    rows = rows[rng.random(len(rows)) < plan.copied_share]
    given[rows] = copied_from[item[rows]]


def _second_answers(queue: DemoQueue, given: Ints, rng: np.random.Generator) -> Ints:
    highest = len(second_options(queue)) - 1
    usual = np.array([-1] + [second_choice(queue, category) for category in queue.categories[1:]])
    second = np.where(given > 0, usual[np.maximum(given, 0)], -1)
    differs = (second >= 0) & (rng.random(len(second)) < SECOND_ANSWER_DIFFERS)
    step = np.where(second == highest, -1, np.where(second == 0, 1, rng.choice([-1, 1], size=len(second))))
    return np.where(differs, second + step, second)


def _count_within(item: Ints) -> Ints:
    """1 for the first row of an item, 2 for the second, and so on."""
    order = np.argsort(item, kind="stable")
    ordered = item[order]
    is_first = np.r_[True, ordered[1:] != ordered[:-1]]
    starts = np.maximum.accumulate(np.where(is_first, np.arange(len(item)), 0))
    count = np.empty(len(item), np.int64)
    count[order] = np.arange(len(item)) - starts + 1
    return count


def _draw_skips(item: Ints, person: Ints, n_people: int, rng: np.random.Generator) -> Ints:
    """Now and then somebody who never answers the item gave its slot back first; once an item."""
    skipped_by = np.full(len(item), -1)
    rows = np.flatnonzero(rng.random(len(item)) < SKIPPED)
    rows = rows[np.unique(item[rows], return_index=True)[1]]
    answered = set(zip(item.tolist(), person.tolist(), strict=True))
    candidates = rng.integers(0, n_people, len(rows))
    free = [
        row
        for row, who in zip(rows.tolist(), candidates.tolist(), strict=True)
        if (int(item[row]), who) not in answered
    ]
    skipped_by[free] = candidates[np.isin(rows, free)]
    return skipped_by


def _draw_revisions(queue: DemoQueue, given: Ints, rng: np.random.Generator) -> Ints:
    """Few answers were something else at first and were revised a minute later."""
    other = rng.integers(0, len(queue.codes) - 1, len(given))
    is_revised = (rng.random(len(given)) < REVISED) & (other != given)
    return np.where(is_revised, other, -1)
