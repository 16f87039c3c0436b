"""How often an interval holds the true value: items, and labelers, drawn anew from a known population."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial, prod

import numpy as np

from calibration.stats import (
    AgreementTally,
    Estimate,
    Status,
    bootstrap_items,
    bootstrap_labelers,
    brennan_prediger,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    specific_agreement,
)

# The population is a tally of so many items: their true value is exact to seven digits.
POPULATION = 10**11


@dataclass(frozen=True)
class Case:
    """`items` items, each rated by `ratings` people who are right with probability `accuracy`, else wrong at random."""

    items: int
    ratings: int
    shares: tuple[float, ...]
    accuracy: float

    @property
    def categories(self) -> list[str]:
        return [str(place) for place in range(len(self.shares))]

    @property
    def given(self) -> np.ndarray:
        """Chance of each label, float64[K, K], by the true category."""
        k = len(self.shares)
        table = np.full((k, k), (1 - self.accuracy) / (k - 1))
        np.fill_diagonal(table, self.accuracy)
        return table

    @property
    def patterns(self) -> np.ndarray:
        k = len(self.shares)
        rows = [np.bincount(row, minlength=k) for row in combinations_with_replacement(range(k), self.ratings)]
        return np.array(rows)

    @property
    def chances(self) -> np.ndarray:
        ways = [factorial(self.ratings) / prod(factorial(int(n)) for n in row) for row in self.patterns]
        chance = np.array(ways) * sum(
            share * np.prod(self.given[truth] ** self.patterns, axis=1) for truth, share in enumerate(self.shares)
        )
        return chance / chance.sum()

    @property
    def expected_ratings(self) -> float:
        """Ratings that the rarest category can expect."""
        return float((self.chances @ self.patterns).min() * self.items)

    @property
    def population(self) -> AgreementTally:
        return self.tally(np.round(self.chances * POPULATION).astype(np.int64))

    def tally(self, items: np.ndarray) -> AgreementTally:
        return AgreementTally.from_patterns(zip(self.patterns.tolist(), items.tolist(), strict=True), self.categories)

    def draws(self, times: int, seed: int) -> Iterator[AgreementTally]:
        rng = np.random.default_rng(seed)
        for items in rng.multinomial(self.items, self.chances, size=times):
            yield self.tally(items)


Measure = Callable[[AgreementTally], Estimate]

JACKKNIFED: dict[str, Measure] = {
    "alpha": krippendorff_alpha,
    "ordinal alpha": lambda tally: krippendorff_alpha(tally, level="ordinal"),
    "AC1": gwet_ac1,
    "Brennan-Prediger": brennan_prediger,
    "Fleiss": fleiss_kappa,
    "percent": percent_agreement,
}
SPECIFIC: dict[str, Measure] = {"specific": lambda tally: specific_agreement(tally, tally.categories[-1])}
DRAWN: dict[str, Measure] = {
    "alpha, items drawn": lambda tally: bootstrap_items(tally, replicates=400),
    "AC1, items drawn": lambda tally: bootstrap_items(tally, "gwet_ac1", replicates=400),
}

# Each category has 20 expected ratings or more.
ENOUGH = [
    Case(20, 2, (0.5, 0.5), 0.9),
    Case(40, 2, (0.5, 0.5), 0.95),
    Case(100, 2, (0.9, 0.1), 0.9),
    Case(100, 2, (0.9, 0.1), 0.97),
    Case(200, 2, (0.95, 0.05), 0.95),
    Case(500, 2, (0.98, 0.02), 0.97),
    Case(250, 2, (0.96, 0.04), 0.99),
    Case(60, 3, (0.6, 0.3, 0.1), 0.9),
    Case(50, 5, (0.5, 0.3, 0.2), 0.7),
    Case(300, 2, (0.4, 0.2, 0.2, 0.1, 0.1), 0.85),
    Case(2000, 2, (0.5, 0.5), 0.95),
]
TOO_RARE = [Case(100, 2, (0.98, 0.02), 0.99), Case(40, 2, (0.9, 0.1), 0.95)]


def covered(estimates: Sequence[Estimate], truth: float) -> float:
    """Share of the intervals that hold the truth; an estimate without an interval holds nothing."""
    held = [
        found.lower is not None and found.upper is not None and found.lower - 1e-9 <= truth <= found.upper + 1e-9
        for found in estimates
    ]
    return float(np.mean(held))


def coverage(case: Case, measures: dict[str, Measure], *, times: int, seed: int = 1) -> dict[str, float]:
    """Coverage of each measure over the same draws of items."""
    tallies = list(case.draws(times, seed))
    whole = case.population
    return {
        name: covered([measure(tally) for tally in tallies], measure_population(measure, whole))
        for name, measure in measures.items()
    }


def measure_population(measure: Measure, whole: AgreementTally) -> float:
    value = measure(whole).value
    assert value is not None
    return value


def told_as_rare(case: Case, measure: Measure, *, times: int, seed: int = 1) -> float:
    """Share of draws in which the status does not say that the interval can be relied on."""
    return float(np.mean([measure(tally).status is not Status.OK for tally in case.draws(times, seed)]))


def kappa_coverage(*, items: int, skill: float, times: int, seed: int = 1) -> float:
    """Coverage of Cohen's kappa of two people of this skill, categories 60 and 40 %."""
    right = np.array([[skill, 1 - skill], [1 - skill, skill]])
    cells = sum(share * np.outer(right[truth], right[truth]) for truth, share in enumerate((0.6, 0.4)))
    truth = cohen_kappa(np.round(cells * POPULATION)).value
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(items, cells.ravel(), size=times).reshape(times, 2, 2)
    return covered([cohen_kappa(table) for table in drawn], truth)


def labeler_coverage(*, labelers: int, items: int, times: int, seed: int = 1) -> float:
    """Coverage of alpha over labelers whose accuracies come from Beta(17, 3), three of them on each item."""
    rng = np.random.default_rng(seed)
    whole = Case(items, 3, (0.6, 0.4), 17 / 20).population
    truth = measure_population(krippendorff_alpha, whole)
    found = [bootstrap_labelers(*_answers(labelers, items, rng), rng=rng, replicates=300) for _ in range(times)]
    return covered(found, truth)


def _answers(labelers: int, items: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    skill, truth = rng.beta(17, 3, labelers), rng.random(items) < 0.4
    raters = np.argsort(rng.random((items, labelers)), axis=1)[:, :3]
    right = rng.random(raters.shape) < skill[raters]
    labels = np.where(right, truth[:, None], ~truth[:, None]).astype(int)
    return np.repeat(np.arange(items), 3), raters.ravel(), labels.ravel()
