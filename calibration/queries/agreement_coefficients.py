"""All coefficients of a queue's agreement, each with the sentence that leads it, computed from the stored tally."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot
from calibration.queries.agreement_ratings import MOST_RATINGS, read_ratings
from calibration.queries.clauses import eras_of, read_versions
from calibration.queries.populations import Population
from calibration.queries.questions import JOIN, MeasuredQuestion, read_question
from calibration.stats import (
    AgreementTally,
    Estimate,
    Status,
    bootstrap_items,
    bootstrap_labelers,
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    set_alpha,
)
from labeling.models import Queue

_SEED = 1
_DRAWS = 1000


@dataclass(frozen=True, kw_only=True)
class CoefficientRow:
    """One coefficient with what it says in words; `reach` tells what the interval covers."""

    name: str
    words: str
    estimate: Estimate
    reach: str = "other items of the same kind"


@dataclass(frozen=True, kw_only=True)
class Coefficients:
    """Every coefficient of one question, over the items that its stored tally counts."""

    rows: tuple[CoefficientRow, ...]
    n_items: int
    n_pairable: int
    n_ratings: int
    most_given: str
    most_share: float
    population: Population


def read_coefficients(queue: Queue, question: str) -> Coefficients | None:
    """All coefficients of the whole queue, or None where nothing was counted yet."""
    asked = read_question(queue, question)
    stored = MetricSnapshot.objects.filter(
        queue=queue, question=question, metric=Metric.AGREEMENT, cut=Cut.QUEUE
    ).first()
    if asked is None or stored is None:
        return None
    tally = AgreementTally.from_json(stored.tally)
    most = int(tally.totals.argmax()) if tally.n_ratings else None
    return Coefficients(
        rows=tuple(_rows(tally, asked)),
        n_items=tally.n_items,
        n_pairable=tally.n_pairable,
        n_ratings=tally.n_ratings,
        most_given="" if most is None else asked.name_of(tally.categories[most]),
        most_share=0.0 if most is None else float(tally.shares[most]),
        population=Population.from_json(stored.population),
    )


def over_labelers(queue: Queue, question: str) -> CoefficientRow | None:
    """Alpha with an interval over labelers, counted from the answers themselves; None for a question not asked."""
    asked = read_question(queue, question)
    if asked is None:
        return None
    ratings = read_ratings(queue.pk, asked.key, eras_of(read_versions(queue), queue, asked))
    name, reach = "Alpha, drawn over labelers", "other people doing the same work"
    if len(ratings.codes) > MOST_RATINGS:
        words = (
            f"Over {MOST_RATINGS:,} answers are too many to draw labelers while you wait. Export the decisions and run "
            "manage.py analyze with --bootstrap."
        )
        return CoefficientRow(name=name, words=words, estimate=Estimate.undefined(Status.TOO_FEW), reach=reach)
    found = bootstrap_labelers(
        ratings.items,
        ratings.labelers,
        ratings.codes,
        asked.with_seen(set(ratings.codes)),
        level=asked.level,
        replicates=_DRAWS,
        rng=np.random.default_rng(_SEED),
    )
    words = f"Drawn anew {_DRAWS:,} times: as many labelers as there are, each with all of their answers."
    return CoefficientRow(name=name, words=words, estimate=found, reach=reach)


def _rows(tally: AgreementTally, question: MeasuredQuestion) -> Iterator[CoefficientRow]:
    alpha = krippendorff_alpha(tally, level=question.level)
    yield CoefficientRow(name=_alpha_name(question), words=_alpha_words(alpha), estimate=alpha)
    yield from _kin_of_alpha(tally, question)
    percent = percent_agreement(tally)
    yield CoefficientRow(name="Percent agreement", words=_percent_words(percent), estimate=percent)
    yield CoefficientRow(
        name="Gwet's AC1",
        words="Agreement beyond chance that stays steady where a category is rare: read it where violations are few.",
        estimate=gwet_ac1(tally),
    )
    if question.level == "ordinal":
        yield CoefficientRow(
            name="Gwet's AC2, quadratic",
            words="AC1 where answers that lie close together count as partly alike.",
            estimate=gwet_ac2(tally),
        )
    yield CoefficientRow(
        name="Brennan-Prediger",
        words=f"Agreement beyond chance, if chance gave each of the {len(tally.categories)} answers alike.",
        estimate=brennan_prediger(tally),
    )
    yield CoefficientRow(
        name="Fleiss' kappa",
        words="Agreement beyond chance, if chance gave each answer as often as labelers gave it.",
        estimate=fleiss_kappa(tally),
    )
    yield CoefficientRow(
        name="Alpha, drawn over items",
        words=f"The interval by another route: drawn anew {_DRAWS:,} times, as many items as there are.",
        estimate=bootstrap_items(tally, level=question.level, replicates=_DRAWS, seed=_SEED),
    )


def _kin_of_alpha(tally: AgreementTally, question: MeasuredQuestion) -> Iterator[CoefficientRow]:
    """Alpha with other distances, where the question has them."""
    if question.level == "ordinal":
        yield CoefficientRow(
            name="Alpha, nominal",
            words="Alpha without the order of the answers: a near miss counts as much as any other.",
            estimate=krippendorff_alpha(tally),
        )
    if question.kind == "multi":
        for distance, name in (("masi", "Alpha of sets, MASI"), ("jaccard", "Alpha of sets, Jaccard")):
            yield CoefficientRow(
                name=name,
                words="Alpha where answers that name some of the same count as partly alike.",
                estimate=set_alpha(tally, distance=distance, separator=JOIN),
            )


def _alpha_name(question: MeasuredQuestion) -> str:
    kinds = {"multi": "whole sets"}
    return f"Krippendorff's alpha, {kinds.get(question.kind, question.level)}"


def _alpha_words(alpha: Estimate) -> str:
    if alpha.value is None:
        return alpha.words
    if alpha.value >= 1:
        return "Nobody differed from anybody on any item."
    left = round(100 * (1 - alpha.value))
    return f"Labelers differ {left} % as much as they would if their answers were dealt out anew at random."


def _percent_words(percent: Estimate) -> str:
    if percent.value is None:
        return percent.words
    return (
        f"Of 100 pairs of answers to the same item, about {round(100 * percent.value)} are alike; what chance alone "
        "would give is not taken off."
    )
