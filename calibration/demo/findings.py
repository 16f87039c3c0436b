"""What can be found of what was planted. Pure: arrays in, findings out; the 200-seed check and the tests read them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from calibration.demo.cast import Part
from calibration.demo.worlds import QueueWorld
from calibration.stats import Cusum

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DAY_SECONDS = 86400
FAST_SHARE = 0.25
FASTER = 0.5


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


def is_one_sided(rows: GoldRows, drawn: QueueWorld, person: int) -> str:
    """Which way most of a person's errors go: over, under, or neither."""
    wrong = (rows.person == person) & ~rows.is_right
    expected = drawn.gold.expected[rows.item[wrong] - drawn.gold.first]
    over, under = int((expected == 0).sum()), int(((expected != 0) & (rows.given[wrong] == 0)).sum())
    n = max(int(wrong.sum()), 1)
    return "over" if over > 0.6 * n else "under" if under > 0.6 * n else "neither"


def pairs_by_shared_errors(drawn: QueueWorld) -> list[tuple[float, int, int]]:
    """Pairs of people, the likeliest copying first: chance of as many same wrong answers on shared overlap items.

    What is wrong is judged by the drawn truth, so this is the best that a check against a consensus can do.
    """
    answers = drawn.answers
    rows = np.flatnonzero(~answers.is_gold & (drawn.items.needed[answers.item] > 1))
    n_items, n_people = len(drawn.items.truth), len(drawn.people)
    table = np.full((n_items, n_people), -2, np.int8)
    table[answers.item[rows], answers.person[rows]] = answers.given[rows]
    truth = drawn.items.truth.astype(np.int8)
    if drawn.planted.ambiguous is not None:
        table[truth == drawn.planted.ambiguous] = -2
    is_answered, is_wrong = table >= -1, (table >= -1) & (table != truth[:, None])
    found = []
    for one in range(n_people):
        for other in range(one + 1, n_people):
            both = is_answered[:, one] & is_answered[:, other]
            same = int((both & is_wrong[:, one] & (table[:, one] == table[:, other])).sum())
            chance = (
                is_wrong[:, one].sum()
                / is_answered[:, one].sum()
                * is_wrong[:, other].sum()
                / is_answered[:, other].sum()
            )
            found.append((float(binom.sf(same - 1, int(both.sum()), chance * 0.5)), one, other))
    return sorted(found)


def speeders(drawn: QueueWorld) -> list[int]:
    """People whose median time is under a share of everybody's and whose gold is below everybody's."""
    seconds, person = drawn.answers.seconds, drawn.answers.person
    rows = gold_rows(drawn)
    usual, right = float(np.median(seconds)), float(rows.is_right.mean())
    return [
        number
        for number in range(len(drawn.people))
        if np.median(seconds[person == number]) < FAST_SHARE * usual
        and rows.is_right[rows.person == number].mean() < right
    ]


def doubtful_gold(drawn: QueueWorld) -> list[int]:
    """Gold items, the likeliest wrong first: weight of those who disagree, each by the log-odds of the own accuracy."""
    rows = gold_rows(drawn)
    n = np.bincount(rows.person, minlength=len(drawn.people))
    right = np.bincount(rows.person, rows.is_right, minlength=len(drawn.people))
    accuracy = (right + 9.5) / (n + 10)
    weight = np.log(accuracy / (1 - accuracy))[rows.person]
    place = rows.item - drawn.gold.first
    against = np.bincount(place, np.where(rows.is_right, -weight, weight), minlength=drawn.gold.n_items)
    return (np.argsort(-against) + drawn.gold.first).tolist()


def leaked_gold(drawn: QueueWorld) -> list[int]:
    """Gold items, the likeliest leaked first: answered faster and better late than early."""
    rows = gold_rows(drawn)
    scores = []
    for item in np.unique(rows.item):
        own = np.flatnonzero(rows.item == item)
        half = len(own) // 2
        early, late = own[:half], own[half:]
        if half < 4 or np.median(rows.seconds[late]) > FASTER * np.median(rows.seconds[early]):
            continue
        gain = rows.is_right[late].mean() - rows.is_right[early].mean()
        scores.append((-float(gain), int(item)))
    return [item for gain, item in sorted(scores) if gain < 0]


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
        alarms = alarm_days(drawn, cusum)
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
            facts[f"{drawn.people[person]} speeds"] = speeders(drawn) == [person]
        if part == Part.COPIES:
            copied = next(p for p, other in drawn.planted.parts.items() if other == Part.IS_COPIED)
            facts[f"{drawn.people[person]} copies"] = set(pairs_by_shared_errors(drawn)[0][1:]) == {person, copied}
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
