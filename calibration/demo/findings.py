"""What can be found of what was planted. Pure: arrays in, findings out; the 200-seed check and the tests read them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.demo.cast import Part
from calibration.demo.worlds import QueueWorld
from calibration.stats import CopyingPairs, Cusum, copying_pairs, leak_scores, speeders, suspected_gold, weekly_findings

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAY_SECONDS = 86400
WEEK_DAYS = 5


@dataclass(frozen=True)
class GoldRows:
    """Answers to gold, in the order of time: arrays of length R. `moment` counts seconds from midnight of day 0."""

    item: Ints
    person: Ints
    day: Ints
    moment: NDArray[np.float64]
    given: Ints
    is_right: Flags
    seconds: NDArray[np.float64]


def gold_rows(drawn: QueueWorld) -> GoldRows:
    """The gold answers of a queue, scored."""
    answers, book = drawn.answers, drawn.gold
    rows = np.flatnonzero(answers.is_gold)
    place = answers.item[rows] - book.first
    given = answers.given[rows]
    is_right = (given == book.expected[place]) | ((book.also[place] >= 0) & (given == book.also[place]))
    moment = answers.day[rows] * DAY_SECONDS + answers.start[rows] + answers.seconds[rows]
    return GoldRows(
        answers.item[rows], answers.person[rows], answers.day[rows], moment, given, is_right, answers.seconds[rows]
    )


def alarm_day(rows: GoldRows, person: int, cusum: Cusum, *, since: float = 0) -> int | None:
    """The working day on which the running check of a person raises an alarm; None if it never does."""
    own = np.flatnonzero((rows.person == person) & (rows.moment >= since))
    alarm = cusum.run(~rows.is_right[own]).first_alarm
    return None if alarm is None else int(rows.day[own[alarm]])


def alarm_days(drawn: QueueWorld, cusum: Cusum) -> dict[int, int]:
    """The first alarm of each person who has one."""
    rows = gold_rows(drawn)
    days = {person: alarm_day(rows, person, cusum) for person in range(len(drawn.people))}
    return {person: day for person, day in days.items() if day is not None}


def weekly_days(drawn: QueueWorld, *, p0: float) -> dict[int, int]:
    """The working day on whose evening the weekly test first finds somebody; weeks of five days from the first one."""
    rows, people = gold_rows(drawn), len(drawn.people)
    week = rows.day // WEEK_DAYS
    days: dict[int, int] = {}
    for number in range(int(week.max()) + 1):
        own = week == number
        n = np.bincount(rows.person[own], minlength=people)
        wrong = np.bincount(rows.person[own & ~rows.is_right], minlength=people)
        for person in np.flatnonzero(weekly_findings(wrong, n, p0=p0).found):
            days.setdefault(int(person), WEEK_DAYS * (number + 1) - 1)
    return days


def flag_days(drawn: QueueWorld, cusum: Cusum) -> dict[int, int]:
    """The day on which a flag first opens for each person who gets one, by the running check or the weekly test."""
    alarms, weekly = alarm_days(drawn, cusum), weekly_days(drawn, p0=cusum.p0)
    return {person: min(found[person] for found in (alarms, weekly) if person in found) for person in alarms | weekly}


def is_one_sided(rows: GoldRows, drawn: QueueWorld, person: int) -> str:
    """Which way most of a person's errors go: over, under, or neither."""
    wrong = (rows.person == person) & ~rows.is_right
    expected = drawn.gold.expected[rows.item[wrong] - drawn.gold.first]
    over, under = int((expected == 0).sum()), int(((expected != 0) & (rows.given[wrong] == 0)).sum())
    n = max(int(wrong.sum()), 1)
    return "over" if over > 0.6 * n else "under" if under > 0.6 * n else "neither"


def copying_order(drawn: QueueWorld) -> CopyingPairs:
    """Shared wrong answers of all pairs on items that several judged, against what the others say, gold left out."""
    answers = drawn.answers
    n_items, n_people = len(drawn.items.truth), len(drawn.people)
    rows = np.flatnonzero(~answers.is_gold & (drawn.items.needed[answers.item] > 1))
    return copying_pairs(
        answers.item[rows],
        answers.person[rows],
        answers.given[rows].astype(np.int64),
        np.full(n_items, -1),
        n_items=n_items,
        n_raters=n_people,
        n_categories=len(drawn.queue.codes),
    )


def hurried(drawn: QueueWorld) -> list[int]:
    """People who hurry and are right less often for it."""
    answers, rows = drawn.answers, gold_rows(drawn)
    is_right = np.full(len(answers.item), -1)
    is_right[answers.is_gold] = rows.is_right
    found = speeders(
        answers.person,
        answers.seconds,
        answers.item,
        is_right,
        n_raters=len(drawn.people),
        n_items=len(drawn.items.truth),
    )
    return np.flatnonzero(found.found).tolist()


def doubtful_gold(drawn: QueueWorld) -> list[int]:
    """Gold items, the likeliest wrong first."""
    rows, first = gold_rows(drawn), drawn.gold.first
    found = suspected_gold(
        rows.item - first,
        rows.person,
        rows.is_right,
        n_items=drawn.gold.n_items,
        n_raters=len(drawn.people),
        n_categories=len(drawn.queue.codes),
    )
    return (found.order + first).tolist()


def leaked_gold(drawn: QueueWorld) -> list[int]:
    """Gold items whose answer has got about, the clearest first."""
    rows, first = gold_rows(drawn), drawn.gold.first
    found = leak_scores(
        rows.item - first,
        rows.moment,
        rows.is_right,
        rows.seconds,
        n_items=drawn.gold.n_items,
        raters=rows.person,
    )
    order = np.lexsort((-found.score, found.p_value))
    return (order[found.found[order]] + first).tolist()


def agreement_by_category(drawn: QueueWorld) -> dict[int, float]:
    """Specific agreement of each category over overlap items: of the pairs that name it, how many both do."""
    answers, n_categories = drawn.answers, len(drawn.queue.codes)
    rows = np.flatnonzero(~answers.is_gold & (drawn.items.needed[answers.item] > 1) & (answers.given >= 0))
    counts = np.zeros((len(drawn.items.truth), n_categories))
    np.add.at(counts, (answers.item[rows], answers.given[rows]), 1)
    n = counts.sum(axis=1, keepdims=True)
    both = (counts * (counts - 1)).sum(axis=0)
    named = (counts * (n - 1)).sum(axis=0)
    return {code: float(both[code] / named[code]) for code in range(n_categories) if named[code] > 0}


@dataclass(frozen=True)
class Found:
    """For one seed: which planted facts were found, when the drifts were, and how many were flagged for nothing."""

    facts: dict[str, bool]
    drift_days: tuple[int, ...]
    false_flags: int
    ordinary_people: int


def find_planted(queues: tuple[QueueWorld, ...], cusum: Cusum) -> Found:
    """Look for everything that was planted."""
    facts: dict[str, bool] = {}
    drift_days: list[int] = []
    false_flags = ordinary = 0
    for drawn in queues:
        alarms = flag_days(drawn, cusum)
        facts |= _about_people(drawn, alarms) | _about_items(drawn)
        drifting = [person for person, part in drawn.planted.parts.items() if part == Part.DRIFTS]
        drift_days += [
            alarms[p] - drawn.planted.drift_day for p in drifting if alarms.get(p, -1) >= drawn.planted.drift_day
        ]
        skilled = [
            p for p in range(len(drawn.people)) if drawn.planted.parts.get(p) in (None, Part.IS_COPIED, Part.COPIES)
        ]
        ordinary += len(skilled)
        false_flags += sum(person in alarms for person in skilled)
    return Found(facts, tuple(drift_days), false_flags, ordinary)


def _about_people(drawn: QueueWorld, alarms: dict[int, int]) -> dict[str, bool]:
    rows, facts = gold_rows(drawn), {}
    for person, part in drawn.planted.parts.items():
        if part == Part.DRIFTS:
            facts[f"{drawn.people[person]} drifts"] = alarms.get(person, -1) >= drawn.planted.drift_day
        if part in {Part.OVER_ENFORCES, Part.UNDER_ENFORCES}:
            side = part.value.split("_")[0]
            facts[f"{drawn.people[person]} {side}-enforces"] = (
                person in alarms and is_one_sided(rows, drawn, person) == side
            )
        if part == Part.SPEEDS:
            facts[f"{drawn.people[person]} speeds"] = hurried(drawn) == [person]
        if part == Part.COPIES:
            copied = next(p for p, other in drawn.planted.parts.items() if other == Part.IS_COPIED)
            pairs = copying_order(drawn)
            first = pairs.order[0]
            facts[f"{drawn.people[person]} copies"] = {int(pairs.first[first]), int(pairs.second[first])} == {
                person,
                copied,
            }
    return facts


def _about_items(drawn: QueueWorld) -> dict[str, bool]:
    planted, name = drawn.planted, drawn.queue.skill
    facts = {f"wrong gold in {name}": planted.wrong_gold in doubtful_gold(drawn)[:5]}
    if planted.leaked_gold is not None:
        facts[f"leaked gold in {name}"] = leaked_gold(drawn)[:1] == [planted.leaked_gold]
    if planted.ambiguous is not None:
        agreement = agreement_by_category(drawn)
        facts[f"ambiguous clause in {name}"] = min(agreement, key=lambda code: agreement[code]) == planted.ambiguous
    return facts
