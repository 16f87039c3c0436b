"""Which items are gold, what is expected on them, and who is shown them on which day."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.demo.plans import DemoPlan
from calibration.demo.schedules import Diary

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Within so many days the teams meet the same gold items, each in its own order.
BLOCK_DAYS = 5


@dataclass(frozen=True)
class GoldBook:
    """Gold items of a queue: numbers from `first` on; monitoring, then training, exam, and what waits for approval.

    `expected` and `also` hold a category for each; `also` is -1 where one answer only is accepted. `wrong` expects
    what is not so, `leaked` becomes known; both are item numbers.
    """

    first: int
    is_matched: bool
    monitoring: int
    training: int
    exam: int
    proposed: int
    wrong: int
    leaked: int | None
    expected: Ints
    also: Ints

    @property
    def n_items(self) -> int:
        """How many gold items there are, whatever their state."""
        return self.monitoring + self.training + self.exam + self.proposed

    def holds(self, item: Ints) -> Flags:
        """Which of these items are gold."""
        return (item >= self.first) & (item < self.first + self.n_items)

    def expecting(self, truth: Ints, *, wrong_to: int, also: int | None) -> "GoldBook":
        """The same book with what is expected: the truth, save on the wrong item; the ambiguous category takes both."""
        expected = truth[self.first : self.first + self.n_items].copy()
        accepted_too = np.full(self.n_items, -1)
        if also is not None:
            accepted_too[expected == also] = 0
        expected[self.wrong - self.first] = wrong_to
        return replace(self, expected=expected, also=accepted_too)


def draw_gold(
    plan: DemoPlan, counts: Ints, team_of: Ints, *, first: int, is_matched: bool, rng: np.random.Generator
) -> GoldBook:
    """Enough gold for counts[people, days], and some to spare."""
    used = max(int(counts[team_of == team].sum()) for team in np.unique(team_of))
    monitoring = used + plan.spare_matched_gold if is_matched else plan.pooled_gold
    some = rng.choice(_always_shown(counts, team_of) if is_matched else monitoring, size=2, replace=False)
    return GoldBook(
        first=first,
        is_matched=is_matched,
        monitoring=monitoring,
        training=plan.training_gold,
        exam=plan.exam_gold,
        proposed=plan.proposed_gold,
        wrong=first + int(some[0]),
        leaked=None if is_matched else first + int(some[1]),
        expected=np.zeros(0, np.int64),
        also=np.zeros(0, np.int64),
    )


def gold_diary(book: GoldBook, counts: Ints, team_of: Ints, rng: np.random.Generator) -> Diary:
    """Who answers which gold item on which day: counts[people, days] of them, none twice by one person.

    Matched: once a team, like an ordinary item. Pooled: everybody meets the same items, each in an own order.
    """
    person, day = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    by_day = np.lexsort((rng.random(len(day)), day))
    person, day = person[by_day], day[by_day]
    item = np.empty(len(day), np.int64)
    groups = team_of[person] if book.is_matched else person
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        item[rows] = _matched_order(counts, len(rows), rng) if book.is_matched else _pooled_order(book, len(rows), rng)
    return Diary(book.first + item, person, day, rng.random(len(day)))


def _always_shown(counts: Ints, team_of: Ints) -> int:
    """How many gold items from the start every team has been shown."""
    return min(int(counts[team_of == team].sum()) for team in np.unique(team_of))


def _matched_order(counts: Ints, n: int, rng: np.random.Generator) -> Ints:
    """The first n gold items, shuffled within blocks of a few days."""
    block = max(int(counts.mean() * len(counts) / 3 * BLOCK_DAYS), 1)
    numbers = np.arange(n)
    return numbers[np.lexsort((rng.random(n), numbers // block))]


def _pooled_order(book: GoldBook, n: int, rng: np.random.Generator) -> Ints:
    """N of the pool in random order, the wrong and the leaked item among them."""
    special = [number - book.first for number in (book.wrong, book.leaked) if number is not None]
    others = np.setdiff1d(np.arange(book.monitoring), special)
    return rng.permutation(np.concatenate([special, rng.permutation(others)[: n - len(special)]])).astype(np.int64)
