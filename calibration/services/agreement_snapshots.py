"""Agreement of a queue: from counted patterns to snapshots, one for each cut."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot
from calibration.queries.clauses import Eras
from calibration.queries.populations import AGREEMENT_SLOTS, PAIR_SLOTS, Population
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.rating_counts import RatingCounts, collapsed, count_ratings, tally_of
from calibration.stats import (
    AgreementTally,
    Estimate,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from labeling.models import Queue
from qaplatform.people.models import Vendor


def measure_agreement(queue: Queue, question: MeasuredQuestion, eras: Eras) -> list[MetricSnapshot]:
    """Count a question's answers and measure each cut; the snapshots are not stored yet."""
    counts = count_ratings(queue.pk, question.key, eras)
    vendors = dict(Vendor.objects.values_list("id", "public_id"))
    population = Population.of(queue, question.key, AGREEMENT_SLOTS, versions=eras.versions_of(eras.current))
    snapshots = []
    for cut, key, tally, counted in _tallies(counts, question, eras, population, vendors):
        level = "nominal" if cut in {Cut.CATEGORY, Cut.CLAUSE} else question.level
        snapshots.append(
            MetricSnapshot(
                queue=queue,
                question=question.key,
                metric=Metric.AGREEMENT,
                cut=cut,
                key=key,
                population=counted.as_json(),
                tally=tally.to_json(),
                estimates={name: found.to_json() for name, found in agreement_estimates(tally, level=level).items()},
            )
        )
    return snapshots


def agreement_estimates(tally: AgreementTally, *, level: str) -> dict[str, Estimate]:
    """The four coefficients that every agreement figure shows."""
    return {
        "alpha": krippendorff_alpha(tally, level=level),
        "percent": percent_agreement(tally),
        "ac1": gwet_ac1(tally),
        "fleiss": fleiss_kappa(tally),
    }


def _tallies(
    counts: RatingCounts, question: MeasuredQuestion, eras: Eras, population: Population, vendors: Mapping[int, UUID]
) -> Iterator[tuple[Cut, str, AgreementTally, Population]]:
    categories = question.with_seen(counts.codes())
    overall = counts.of_era(eras.current)
    yield Cut.QUEUE, "", tally_of(overall, categories), population
    for (week, era), patterns in counts.by_week().items():
        counted = replace(population, versions=eras.versions_of(era), since=week.isoformat())
        yield Cut.WEEK, f"{week}|v{era}", tally_of(patterns, categories), counted
    for language, patterns in counts.by_language(eras.current).items():
        yield Cut.LANGUAGE, language, tally_of(patterns, categories), population
    for code in question.codes:
        yield Cut.CATEGORY, code, collapsed(overall, [code], name=code), population
    for clause, codes in question.clauses.items():
        yield Cut.CLAUSE, clause, collapsed(overall, codes, name=clause), population
    for vendor, patterns in counts.by_vendor.items():
        yield Cut.VENDOR, str(vendors[vendor]), tally_of(patterns, categories), population
    for (first, second), patterns in counts.by_pair.items():
        key = f"{vendors[first]}:{vendors[second]}"
        yield Cut.VENDOR_PAIR, key, tally_of(patterns, categories), replace(population, slots=PAIR_SLOTS)
