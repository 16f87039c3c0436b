"""The report as the JSON document that scripts read."""

from dataclasses import asdict
from typing import Any

from calibration.analysis.coefficients import Bootstrap
from calibration.analysis.joint import Consensus, Joined
from calibration.analysis.measures import Agreement, Group, Person, Report
from calibration.analysis.pairings import Pair, Pairings
from calibration.analysis.profiles import CategoryProfile, Profile
from calibration.stats import Detection, Estimate

# The most pairs of raters in a document; those with the most items in common come first.
_MOST_PAIRS = 100_000
_CONFIDENCE = {"agreement": 0.95, "raters": 0.9}


def report_document(report: Report) -> dict[str, Any]:
    """Plain values; the keys are a fixed interface, `by` and `bootstrap` are there only where they were asked for."""
    ratings = report.ratings
    document: dict[str, Any] = {
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
        "coefficients": {name: _method(estimate) for name, estimate in report.coefficients.items()},
        "categories": [
            {"category": known.name, "ratings": known.n_ratings, "share": known.share, **_estimate(known.agreement)}
            for known in report.categories
        ],
        "pairs": _pairs(report.pairings),
        "profiles": [_profile(profile) for profile in report.profiles],
        "suspicious_gold": [asdict(suspect) for suspect in report.suspect_gold],
        "copying": {
            "n_compared": report.copying.n_compared,
            "found": [asdict(pair) for pair in report.copying.found[:_MOST_PAIRS]],
        },
        "speeding": None if report.speeding is None else asdict(report.speeding),
        "one_answer": [asdict(who) for who in report.one_answer],
        "notes": list(ratings.warnings),
    }
    if report.bootstrap:
        document["bootstrap"] = _bootstrap(report.bootstrap)
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
        return {"majority": None, "dawid_skene": None, "choice": None}
    choice = consensus.choice
    return {
        **{name: _joined(joined, with_ties=name == "majority") for name, joined in consensus.by_name.items()},
        "choice": {
            "aggregator": choice.aggregator,
            "status": choice.status.value,
            "n": choice.n,
            "compared": [
                {
                    "aggregator": way.name,
                    "right": way.right,
                    "ties": way.tied,
                    "better": way.better,
                    "worse": way.worse,
                    "p_value": way.p_value,
                }
                for way in choice.accuracies
            ],
        },
    }


def _joined(joined: Joined, *, with_ties: bool) -> dict[str, Any]:
    ties = {"ties": joined.ties} if with_ties else {}
    return {"accuracy": joined.accuracy, "n": joined.n, **ties}


def _method(estimate: Estimate) -> dict[str, Any]:
    return {**_estimate(estimate), "method": estimate.method}


def _bootstrap(bootstrap: Bootstrap) -> dict[str, Any]:
    return {
        "replicates": bootstrap.replicates,
        "seed": bootstrap.seed,
        "items": {name: _estimate(estimate) for name, estimate in bootstrap.items.items()},
        "raters": {name: _estimate(estimate) for name, estimate in bootstrap.raters.items()},
    }


def _pairs(pairings: Pairings) -> dict[str, Any]:
    """All pairs of raters, those with the most items in common first, and how many were left out."""
    listed = [_pair(pair) for pair in pairings.most_shared(_MOST_PAIRS)]
    n = None if pairings.counted is None else len(pairings)
    return {"n": n, "left_out": None if n is None else n - len(listed), "all": listed}


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "first": pair.first,
        "second": pair.second,
        "n": pair.n,
        "agreed": pair.agreed,
        "percent": pair.percent,
        "kappa": pair.kappa,
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "rater": profile.rater,
        "n": profile.n,
        "macro_f1": profile.macro_f1,
        "matthews": profile.matthews,
        "false_positives": _rate(profile.false_positives),
        "false_negatives": _rate(profile.false_negatives),
        "detection": _detection(profile.detection),
        "categories": {category.name: _category(category) for category in profile.categories},
    }


def _category(category: CategoryProfile) -> dict[str, Any]:
    return {
        "expected": category.expected,
        "given": category.given,
        "precision": category.precision,
        "recall": category.recall,
        "f1": category.f1,
    }


def _rate(rate: Estimate | None) -> dict[str, Any] | None:
    return None if rate is None else {"value": rate.value, "lower": rate.lower, "upper": rate.upper, "n": rate.n}


def _detection(found: Detection | None) -> dict[str, Any] | None:
    return None if found is None else {"sensitivity": found.sensitivity, "criterion": found.criterion}


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
