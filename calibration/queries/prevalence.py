"""How many items violate: the share that labelers found, and corrected for their errors on gold."""

from dataclasses import dataclass

import numpy as np

from calibration.enums import Cut, Metric, Reference
from calibration.models import MetricSnapshot
from calibration.queries.error_kinds import violations
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion, read_question
from calibration.stats import AgreementTally, ConfusionTally, Estimate, NotEnoughData, Status, corrected_prevalence
from calibration.stats.intervals import wilson
from labeling.models import Queue
from qaplatform.web.figures import count, percent

# With fewer answers to gold of one side, nobody knows what labelers miss or see too much.
FEWEST = 20


@dataclass(frozen=True, kw_only=True)
class GoldRates:
    """How labelers answer gold: violations found of those that are, others left of those that are none."""

    found: int
    violating: int
    left: int
    clean: int

    @property
    def sensitivity(self) -> float:
        """Share of violations that labelers find."""
        return self.found / self.violating

    @property
    def specificity(self) -> float:
        """Share of the others that they leave."""
        return self.left / self.clean


@dataclass(frozen=True, kw_only=True)
class Prevalence:
    """Violations as labelers gave them, each item counted once, and as they probably are; None where gold is silent.

    `refusal` says why it is silent.
    """

    given: Estimate
    corrected: Estimate | None
    refusal: str
    population: Population
    gold_population: Population | None

    @property
    def words(self) -> str:
        """Both figures in one sentence."""
        found = f"Violations: {percent(self.given.value, 1)} of {count(self.given.n)} items as labelers answered"
        if self.corrected is None:
            return f"{found}. {self.refusal}"
        low, high = (percent(bound) for bound in (self.corrected.lower, self.corrected.upper))
        corrected = f"about {percent(self.corrected.value, 1)} ({low} to {high})"
        return f"{found}; corrected for their errors on gold {corrected}."


def read_prevalence(queue: Queue, question: str) -> Prevalence | None:
    """Of the whole queue, from its stored tallies; None where no answer means "no violation" or nothing is counted."""
    asked = read_question(queue, question)
    stored = MetricSnapshot.objects.filter(queue=queue, question=question, cut=Cut.QUEUE, key="")
    given = stored.filter(metric=Metric.AGREEMENT).first()
    if asked is None or not asked.no_violation or given is None:
        return None
    share = share_of_items(AgreementTally.from_json(given.tally), asked)
    if share.value is None:
        return None
    gold = stored.filter(metric=Metric.ACCURACY, reference=Reference.GOLD).first()
    rates = gold_rates(ConfusionTally.from_json(gold.tally), asked) if gold else None
    corrected, refusal = correct(share, rates)
    return Prevalence(
        given=share,
        corrected=corrected,
        refusal=refusal,
        population=Population.from_json(given.population),
        gold_population=Population.from_json(gold.population) if gold else None,
    )


def share_of_items(tally: AgreementTally, question: MeasuredQuestion) -> Estimate:
    """The mean over items of the share of answers that name a violation: an item judged thrice weighs as one.

    The interval is Wilson's at the number of items that would be as precise if each had one answer.
    """
    n = tally.n_items
    if not n:
        return Estimate.undefined(Status.EMPTY)
    is_violating = np.array([bool(violations(code, question)) for code in tally.categories])
    shares = tally.patterns[:, is_violating].sum(axis=1) / tally.patterns.sum(axis=1)
    value = float(shares @ tally.items / n)
    spread = float((shares - value) ** 2 @ tally.items / n)
    size = n * value * (1 - value) / spread if spread else float(n)
    lower, upper = wilson(value * size, size)
    return Estimate(value, lower, upper, 0.95, n, Status.OK, tally.n_ratings, "share_of_items")


def gold_rates(tally: ConfusionTally, question: MeasuredQuestion) -> GoldRates:
    """What labelers find and leave on gold; "cannot tell" is out, as it is of the share."""
    cells = tally.counts[:, :-1]
    is_violating = np.array([bool(violations(code, question)) for code in tally.categories], np.bool_)
    return GoldRates(
        found=int(cells[np.ix_(is_violating, is_violating)].sum()),
        violating=int(cells[is_violating].sum()),
        left=int(cells[np.ix_(~is_violating, ~is_violating)].sum()),
        clean=int(cells[~is_violating].sum()),
    )


def correct(share: Estimate, rates: GoldRates | None) -> tuple[Estimate | None, str]:
    """The corrected share, or why gold does not tell it."""
    if rates is None or min(rates.violating, rates.clean) < FEWEST:
        violating, clean = (rates.violating, rates.clean) if rates else (0, 0)
        return None, (
            f"It cannot be corrected for their errors yet: gold has {count(violating)} answers where a violation is "
            f"expected and {count(clean)} where none is; {FEWEST} of each are needed."
        )
    try:
        found = corrected_prevalence(
            share,
            sensitivity=rates.sensitivity,
            specificity=rates.specificity,
            positives=rates.violating,
            negatives=rates.clean,
        )
    except NotEnoughData:
        return None, (
            f"It cannot be corrected for their errors: on gold they find {percent(rates.sensitivity)} of the violations"
            f" and see one in {percent(1 - rates.specificity)} of the others, hardly better than a coin."
        )
    if found.lower is None:
        return None, "It cannot be corrected: with the errors that labelers make on gold, no share would look like it."
    return found, ""
