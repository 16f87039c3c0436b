"""The report as the JSON document that scripts read."""

from typing import Any

from calibration.analysis.measures import Agreement, Consensus, Group, Person, Report
from calibration.stats import Estimate

_CONFIDENCE = {"agreement": 0.95, "raters": 0.9}


def report_document(report: Report) -> dict[str, Any]:
    """Plain values; the keys are a fixed interface, `by` is there only where cuts were asked for."""
    ratings = report.ratings
    document = {
        "input": {
            "rows": ratings.rows,
            "ratings": len(ratings.item),
            "items": len(ratings.items),
            "raters": len(ratings.raters),
            "categories": list(report.ratings.categories),
            "duplicates": ratings.duplicates,
            "pairable_items": report.tally.n_pairable,
        },
        "confidence": _CONFIDENCE,
        "agreement": _agreement(report.agreement),
        "raters": [_person(person) for person in report.people],
        "consensus": _consensus(report.consensus),
    }
    if report.groups:
        document["by"] = {
            cut: {group.value: _group(group) for group in groups} for cut, groups in report.groups.items()
        }
    return document


def _agreement(agreement: Agreement) -> dict[str, Any]:
    return {name: _estimate(estimate) for name, estimate in agreement.named.items()}


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "status": estimate.status.value,
        "n_items": estimate.n,
    }


def _person(person: Person) -> dict[str, Any]:
    accuracy = person.standing.accuracy
    return {
        "rater": person.name,
        "reference": person.reference,
        "n": person.standing.n,
        "correct": person.standing.hits,
        "accuracy": accuracy.value,
        "lower": accuracy.lower,
        "upper": accuracy.upper,
        "standing": person.standing.standing.value,
        "errors": person.errors,
    }


def _consensus(consensus: Consensus | None) -> dict[str, Any]:
    if consensus is None:
        return {"majority": None, "dawid_skene": None}
    return {
        "majority": {"accuracy": consensus.majority, "n": consensus.n, "ties": consensus.ties},
        "dawid_skene": {"accuracy": consensus.dawid_skene, "n": consensus.n_gold},
    }


def _group(group: Group) -> dict[str, Any]:
    accuracy = group.accuracy
    return {
        "ratings": group.n_ratings,
        "items": group.n_items,
        "raters": group.n_raters,
        "agreement": _agreement(group.agreement),
        "accuracy": None
        if accuracy is None
        else {
            "n": accuracy.n,
            "correct": accuracy.hits,
            "value": accuracy.accuracy.value,
            "lower": accuracy.accuracy.lower,
            "upper": accuracy.accuracy.upper,
            "standing": accuracy.standing.value,
        },
    }
