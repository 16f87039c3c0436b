"""How people answer: skill, drift, leaning, and which mistakes they make."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.demo.cast import PARTS, Part
from calibration.demo.plans import DemoPlan
from calibration.demo.policies import DemoQueue

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CANNOT_TELL = -1
UNSURE = 0.06


@dataclass(frozen=True)
class Behaviours:
    """What the people of a queue are like; arrays of one entry a person."""

    parts: dict[int, Part]
    accuracy: Floats
    leaning: Floats
    ambiguous: int | None

    @property
    def pair(self) -> tuple[int, int] | None:
        """Who is copied and who copies."""
        numbers = {part: person for person, part in self.parts.items()}
        if Part.COPIES not in numbers:
            return None
        return numbers[Part.IS_COPIED], numbers[Part.COPIES]

    @property
    def is_speeder(self) -> Flags:
        """Who speeds."""
        return self.plays(Part.SPEEDS)

    def plays(self, part: Part) -> Flags:
        """Who plays this part, bool[people]."""
        return np.array([self.parts.get(person) == part for person in range(len(self.accuracy))])


@dataclass(frozen=True)
class Asked:
    """Rows to be answered: what is true, how hard it is (1 is usual), who answers, on which day."""

    truth: Ints
    difficulty: Floats
    person: Ints
    day: Ints


def draw_behaviours(plan: DemoPlan, queue: DemoQueue, people: tuple[str, ...], rng: np.random.Generator) -> Behaviours:
    """Skills around the plan's accuracy; `leaning` is how often somebody sees a violation in the ambiguous clause."""
    parts = {number: PARTS[name] for number, name in enumerate(people) if name in PARTS}
    accuracy = np.clip(rng.normal(plan.accuracy, plan.accuracy_spread, len(people)), 0.945, 0.985)
    accuracy[[number for number, part in parts.items() if part != Part.SPEEDS]] = plan.accuracy
    accuracy[[number for number, part in parts.items() if part == Part.SPEEDS]] = plan.speeder_accuracy
    return Behaviours(
        parts=parts,
        accuracy=accuracy,
        leaning=np.clip(rng.normal(0.5, 0.08, len(people)), 0.25, 0.75),
        ambiguous=queue.codes.index(queue.ambiguous) if queue.ambiguous else None,
    )


def draw_answers(
    plan: DemoPlan, queue: DemoQueue, behaviours: Behaviours, asked: Asked, rng: np.random.Generator
) -> Ints:
    """Category given in each row, -1 for 'cannot tell'."""
    truth, person, n = asked.truth, asked.person, len(asked.truth)
    is_drifted = behaviours.plays(Part.DRIFTS)[person] & (asked.day >= plan.drift_day)
    accuracy = np.where(is_drifted, plan.drift_to, behaviours.accuracy[person])
    is_wrong = rng.random(n) < np.minimum((1 - accuracy) * asked.difficulty, 0.95)
    given = np.where(is_wrong, _mistakes(queue, truth, rng), truth)
    given = np.where(is_wrong & (rng.random(n) < UNSURE), CANNOT_TELL, given)
    given = _lean(plan, queue, behaviours, asked, given=given, rng=rng)
    if behaviours.ambiguous is not None:
        sees_it = rng.random(n) < behaviours.leaning[person]
        given = np.where(truth == behaviours.ambiguous, np.where(sees_it, truth, 0), given)
    return given


def _mistakes(queue: DemoQueue, truth: Ints, rng: np.random.Generator) -> Ints:
    """A wrong category for each row, the likeliest mistake first."""
    cumulated = np.cumsum(_mistake_chances(queue), axis=1)
    draw = rng.random(len(truth))[:, None]
    return np.minimum((draw > cumulated[truth]).sum(axis=1), len(queue.codes) - 1)


def _mistake_chances(queue: DemoQueue) -> Floats:
    """Chance of each wrong category, float[K, K]; the n-th likeliest has 1/n of the weight of the first."""
    weights = np.zeros((len(queue.codes), len(queue.codes)))
    for row, category in enumerate(queue.categories):
        for place, code in enumerate(category.confused_with):
            weights[row, queue.codes.index(code)] = 1 / (place + 1)
    sums = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, sums, out=np.zeros_like(weights), where=sums > 0)


def _lean(
    plan: DemoPlan,
    queue: DemoQueue,
    behaviours: Behaviours,
    asked: Asked,
    *,
    given: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Over- and under-enforcers err on one side only, on the plan's share of all items, and nowhere else."""
    truth, person = asked.truth, asked.person
    shares = np.array([category.share for category in queue.categories])
    innocent = shares[0] / shares.sum()
    strikes = rng.random(len(truth))
    over = behaviours.plays(Part.OVER_ENFORCES)[person]
    under = behaviours.plays(Part.UNDER_ENFORCES)[person]
    sees_too_much = (truth == 0) & (strikes < plan.one_sided_error / innocent)
    misses = (truth != 0) & (strikes < plan.one_sided_error / (1 - innocent))
    given = np.where(over, np.where(sees_too_much, _mistakes(queue, truth, rng), truth), given)
    return np.where(under, np.where(misses, 0, truth), given)
