"""A sound call of every public function, what each argument is, and the ways in which such arguments go wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from calibration import stats
from calibration.stats import (
    AgreementTally,
    BetaPrior,
    ConfusionTally,
    Cusum,
    CusumState,
    Estimate,
    PassMark,
    Serving,
    SightingPlan,
    SpanAnswers,
    Sprt,
    Status,
)

NAN, INF = float("nan"), float("inf")

# Values that no argument of a kind may take; each has to end in an error that says so.
BAD_SCALARS = {
    "share": [NAN, INF, -0.1, 1.5],
    "open_share": [NAN, 0, 1, 95],
    "number": [NAN, INF],
    "amount": [NAN, -1],
    "count": [NAN, -1, 1.5],
}


@dataclass(frozen=True)
class Sound:
    """A call that works. `kinds` says of each argument what it is: an array of one entry a rating, or a number.

    Arrays are "codes" from 0, "labels" (-1 for none), "flags", "numbers", "amounts", "shares", "counts" or "names".
    Numbers are "share", "open_share" (neither 0 nor 1), "number", "amount" or "count".
    """

    call: Callable[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)


ITEMS, RATERS, LABELS = np.repeat(np.arange(6), 2), np.tile([0, 1], 6), np.array([0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0])
RIGHT = (LABELS == 0).astype(int)
SIZES = {"n_items": 6, "n_raters": 2}
CODED = {"items": "codes", "raters": "codes", "labels": "labels"}
JUDGED = {"items": "codes", "raters": "codes", "is_right": "flags"}
NAMED = {"items": "names", "raters": "names", "labels": "names"}
ANSWERED = {"items": ITEMS, "raters": RATERS, "labels": LABELS}
SCORED = {"items": ITEMS, "raters": RATERS, "is_right": RIGHT}

TALLY = AgreementTally.from_codes(ITEMS, LABELS, ["0", "1"])
CONFUSION = ConfusionTally.from_pairs(list("aabb"), list("abbb"), ["a", "b"])
KNOWN = Estimate(0.9, 0.8, 0.95, 0.95, 100, Status.OK, 100)
SPANS = SpanAnswers.of([0, 0, 1, 1], [0, 1, 0, 1], [9, 9], answers=[0, 1], starts=[0, 1], ends=[4, 5])


def of_tally(name: str, **arguments: Any) -> Sound:
    return Sound(getattr(stats, name), {"tally": TALLY, **arguments}, {"confidence": "open_share"})


def sound_calls() -> dict[str, Sound]:
    """By public name. A class stands for what makes one; methods that take data have a row of their own."""
    rng = np.random.default_rng(0)
    gold = {"gold_items": np.arange(6), "gold_labels": np.array([0, 1, 0, 0, 1, 1])}
    soft = stats.dawid_skene(**ANSWERED, **SIZES, n_categories=2).posterior
    return {
        "AgreementTally": Sound(AgreementTally.from_triples, ANSWERED, NAMED),
        "AgreementTally.from_codes": Sound(
            AgreementTally.from_codes,
            {"items": ITEMS, "labels": LABELS, "categories": ["0", "1"]},
            {"items": "codes", "labels": "labels"},
        ),
        "AgreementTally.from_counts": Sound(
            AgreementTally.from_counts, {"counts": [[2, 0], [1, 1]], "categories": ["0", "1"]}
        ),
        "AgreementTally.with_rating": Sound(TALLY.with_rating, {"counts": [1, 1], "category": "0"}),
        "AgreementTally.without_rating": Sound(TALLY.without_rating, {"counts": [1, 1], "category": "0"}),
        "BetaPrior": Sound(BetaPrior(2, 1).shrink, {"hits": [1, 2], "n": [2, 2]}, {"hits": "amounts", "n": "amounts"}),
        "ConfusionTally": Sound(
            ConfusionTally.from_cells, {"cells": [("a", "b", 2)], "categories": ["a", "b"], "right": 0}
        ),
        "ConfusionTally.from_pairs": Sound(
            ConfusionTally.from_pairs, {"expected": ["a"], "given": ["b"], "categories": ["a", "b"]}
        ),
        "Cusum": Sound(Cusum, {"p0": 0.05, "p1": 0.15, "h": 7.0}, {"p0": "open_share", "p1": "share", "h": "number"}),
        "Cusum.run": Sound(Cusum(0.05).run, {"wrong": [0, 1, 1]}, {"wrong": "flags"}),
        "Estimate": Sound(
            Estimate,
            {"value": 0.5, "lower": 0.4, "upper": 0.6, "confidence": 0.95, "n": 5, "status": Status.OK},
            {"value": "number", "lower": "number", "upper": "number", "confidence": "open_share"},
        ),
        "PassMark": Sound(PassMark, {"items": 40, "right": 37}),
        "PassMark.chance": Sound(PassMark().chance, {"accuracy": 0.9}, {"accuracy": "share"}),
        "Serving": Sound(Serving, {"items_per_day": 100, "gold_rate": 0.04}),
        "SpanAnswers": Sound(
            SpanAnswers.of,
            {
                "items": [0, 0],
                "raters": [0, 1],
                "lengths": [9],
                "answers": [0, 1],
                "starts": [0, 1],
                "ends": [4, 5],
            },
            {"items": "codes", "raters": "codes"},
        ),
        "SightingPlan": Sound(
            SightingPlan,
            {"team": 6, "people": 18, "gold_a_day": 5, "live_gold": 200, "overlap_rate": 0.1},
            {"team": "amount", "people": "amount", "gold_a_day": "amount", "overlap_rate": "share"},
        ),
        "counted_auc": Sound(stats.counted_auc, {"gold": [8, 2], "ordinary": [80, 20]}, {"gold": "counts"}),
        "expected_sightings": Sound(
            stats.expected_sightings, {"plan": SightingPlan(6, 18, 5, 200), "counted": [900]}, {"counted": "counts"}
        ),
        "showings_due": Sound(stats.showings_due, {"met": [10], "expected": [0.9, 0.1]}, {"expected": "shares"}),
        "Sprt": Sound(Sprt, {"good": 0.95, "bad": 0.85}, {"good": "open_share", "bad": "open_share"}),
        "Sprt.run": Sound(Sprt().run, {"right": [0, 1, 1]}, {"right": "flags"}),
        "Sprt.figures": Sound(Sprt().figures, {"accuracy": 0.9}, {"accuracy": "share"}),
        "answers_needed": Sound(
            stats.answers_needed,
            {"accuracy": 0.98, "target": 0.95, "power": 0.8, "alpha": 0.05},
            {"accuracy": "share", "target": "open_share", "power": "open_share", "alpha": "open_share"},
        ),
        "answers_to_settle": Sound(
            stats.answers_to_settle,
            {"hits": 95, "n": 100, "target": 0.98},
            {"hits": "amount", "n": "amount", "target": "open_share"},
        ),
        "group_answers_to_settle": Sound(
            stats.group_answers_to_settle,
            {"judged": KNOWN, "target": 0.9, "power": 0.8, "alpha": 0.05},
            {"target": "open_share", "power": "open_share", "alpha": "open_share"},
        ),
        "base_chance": Sound(
            stats.base_chance, {"gold_rate": 0.04, "rate": 0.25}, {"gold_rate": "share", "rate": "share"}
        ),
        "benjamini_hochberg": Sound(
            stats.benjamini_hochberg, {"p_values": [0.01, 0.5], "q": 0.05}, {"p_values": "shares", "q": "open_share"}
        ),
        "bootstrap_items": of_tally("bootstrap_items", replicates=100),
        "bootstrap_labelers": Sound(
            stats.bootstrap_labelers, {**ANSWERED, "rng": rng, "replicates": 100}, {**NAMED, "confidence": "open_share"}
        ),
        "brennan_prediger": of_tally("brennan_prediger"),
        "category_distances": Sound(
            stats.category_distances, {"categories": ["1", "2"], "level": "interval", "values": [1.0, 2.0]}
        ),
        "category_weights": Sound(
            stats.category_weights, {"categories": ["1", "2"], "kind": "linear", "values": [1.0, 2.0]}
        ),
        "choose_aggregator": Sound(
            stats.choose_aggregator, {"fits": {"majority": soft}, **gold}, {"gold_items": "codes"}
        ),
        "clause_splits": Sound(
            stats.clause_splits,
            {"items": ITEMS, "groups": RATERS, "names_clause": np.stack([RIGHT == 1, RIGHT == 0], axis=1)},
            {"items": "codes", "groups": "codes", "confidence": "open_share"},
        ),
        "clopper_pearson": Sound(
            stats.clopper_pearson,
            {"hits": 8, "n": 10},
            {"hits": "number", "n": "number", "confidence": "open_share"},
        ),
        "clustered_standing": Sound(
            stats.clustered_standing,
            {"right": RIGHT, "labelers": RATERS, "items": ITEMS, "target": 0.9},
            {"right": "flags", "labelers": "names", "items": "names", "target": "open_share"},
        ),
        "cohen_kappa": Sound(stats.cohen_kappa, {"table": [[8, 1], [2, 9]]}, {"confidence": "open_share"}),
        "combined_share": Sound(stats.combined_share, {"parts": [KNOWN, KNOWN]}),
        "copying_pairs": Sound(
            stats.copying_pairs,
            {**ANSWERED, "reference_labels": np.zeros(6, int), **SIZES, "n_categories": 2},
            {**CODED, "q": "open_share"},
        ),
        "corrected_for_auditor": Sound(
            stats.corrected_for_auditor, {"measured": KNOWN, "auditor_accuracy": 0.9}, {"auditor_accuracy": "share"}
        ),
        "corrected_prevalence": Sound(
            stats.corrected_prevalence,
            {"measured": KNOWN, "sensitivity": 0.9, "specificity": 0.9},
            {"sensitivity": "share", "specificity": "share"},
        ),
        "cost_weighted_error": Sound(
            stats.cost_weighted_error,
            {"tally": CONFUSION, "costs": {("a", "b"): 2.0}, "other": 1.0},
            {"other": "number", "confidence": "open_share"},
        ),
        "costs_by_expected": Sound(stats.costs_by_expected, {"tally": CONFUSION, "costs": {"a": 2.0}}),
        "dawid_skene": Sound(stats.dawid_skene, {**ANSWERED, **SIZES, "n_categories": 2}, CODED),
        "default_p1": Sound(stats.default_p1, {"p0": 0.05}, {"p0": "open_share"}),
        "detection": Sound(stats.detection, {"tally": CONFUSION, "no_violation": "a"}),
        "draw_sample": Sound(
            stats.draw_sample, {"strata": list("aabb"), "n": 2, "seed": 1}, {"strata": "names", "n": "count"}
        ),
        "effective_size": Sound(stats.effective_size, {"probabilities": [0.5, 1.0]}, {"probabilities": "shares"}),
        "equal_shares": Sound(stats.equal_shares, {"sizes": [3, 4], "n": 2}, {"sizes": "counts", "n": "count"}),
        "f1_estimate": Sound(stats.f1_estimate, {"tally": CONFUSION, "category": "a"}, {"confidence": "open_share"}),
        "f1_score": Sound(stats.f1_score, {"tally": CONFUSION, "category": "a"}),
        "fit_2pl": Sound(stats.fit_2pl, {**SCORED, **SIZES}, JUDGED),
        "fit_facets": Sound(
            stats.fit_facets,
            {"items": ITEMS, "raters": RATERS, "clauses": ITEMS % 2, "wrong": RIGHT},
            {"items": "codes", "raters": "codes", "clauses": "codes", "wrong": "flags"},
        ),
        "fit_prior": Sound(stats.fit_prior, {"hits": [1, 2], "n": [2, 2]}, {"hits": "amounts", "n": "amounts"}),
        "fleiss_kappa": of_tally("fleiss_kappa"),
        "glad": Sound(stats.glad, {**ANSWERED, **SIZES, "n_categories": 2}, CODED),
        "gwet_ac1": of_tally("gwet_ac1"),
        "gwet_ac2": of_tally("gwet_ac2"),
        "interval_answers": Sound(
            stats.interval_answers,
            {"half_width": 0.05, "accuracy": 0.95},
            {"half_width": "open_share", "accuracy": "share", "confidence": "open_share"},
        ),
        "intraclass_correlation": Sound(
            stats.intraclass_correlation, {"scores": [[1, 2], [3, 3], [5, 4]]}, {"confidence": "open_share"}
        ),
        "item_rest": Sound(stats.item_rest, {**SCORED, **SIZES}, JUDGED),
        "judge": Sound(stats.judge, {"n": 30, "cusum": Cusum(0.05), "state": CusumState(2.0, 30, 0)}, {"n": "amount"}),
        "kept_rows": Sound(stats.kept_rows, {"items": ITEMS, "raters": RATERS}, {"items": "codes", "raters": "codes"}),
        "krippendorff_alpha": of_tally("krippendorff_alpha"),
        "leak_scores": Sound(
            stats.leak_scores,
            {"items": ITEMS, "moments": np.arange(12.0), "is_right": RIGHT, "seconds": np.ones(12), "n_items": 6},
            {"items": "codes", "moments": "numbers", "is_right": "flags", "seconds": "numbers"},
        ),
        "long_runs": Sound(
            stats.long_runs,
            {"raters": RATERS, "labels": LABELS, "n_raters": 2, "n_categories": 2},
            {"raters": "codes", "labels": "labels", "q": "open_share"},
        ),
        "macro_f1": Sound(stats.macro_f1, {"tally": CONFUSION}),
        "majority": Sound(
            stats.majority,
            {"items": ITEMS, "labels": LABELS, "n_items": 6, "n_categories": 2},
            {"items": "codes", "labels": "labels"},
        ),
        "matthews_correlation": Sound(stats.matthews_correlation, {"tally": CONFUSION}),
        "mean_gold_rate": Sound(
            stats.mean_gold_rate, {"cusum": Cusum(0.05), "error_rate": 0.1}, {"error_rate": "share"}
        ),
        "one_coin": Sound(stats.one_coin, {**ANSWERED, **SIZES, "n_categories": 2}, CODED),
        "operating_figures": Sound(
            stats.operating_figures, {"cusum": Cusum(0.05), "drift_to": 0.2, "days": 5}, {"drift_to": "share"}
        ),
        "percent_agreement": of_tally("percent_agreement"),
        "pooled_agreement": of_tally("pooled_agreement"),
        "profile_estimate": Sound(
            stats.profile_estimate,
            {"tally": CONFUSION, "figure": stats.macro_f1, "rng": rng},
            {"confidence": "open_share"},
        ),
        "proportion": Sound(
            stats.proportion, {"hits": 8, "n": 10}, {"hits": "number", "n": "number", "confidence": "open_share"}
        ),
        "rate_in_force": Sound(
            stats.rate_in_force,
            {"serving": Serving(), "is_watched": True, "answered_today": 0, "unseen": 50},
        ),
        "rater_pairs": Sound(stats.rater_pairs, ANSWERED, NAMED),
        "retest": Sound(
            stats.retest,
            {"raters": RATERS, "contents": ITEMS // 2, "labels": LABELS, "wrong": RIGHT},
            {"raters": "codes", "contents": "codes", "labels": "labels", "wrong": "flags"},
        ),
        "retraining_effect": Sound(
            stats.retraining_effect,
            {"pre_right": [40], "pre_n": [50], "post_right": [48], "post_n": [50], "prior": BetaPrior(9, 1)},
            {"pre_right": "counts", "pre_n": "counts", "post_right": "counts", "post_n": "counts"},
        ),
        "scott_pi": Sound(stats.scott_pi, {"table": [[8, 1], [2, 9]]}),
        "set_alpha": of_tally("set_alpha"),
        "set_distances": Sound(stats.set_distances, {"sets": [frozenset(), frozenset("a")], "distance": "masi"}),
        "sighting_auc": Sound(stats.sighting_auc, {"plan": SightingPlan(6, 18, 5, 200), "days": 20}),
        "simulate_watch": Sound(
            stats.simulate_watch,
            {"error_rates": [0.1, 0.2], "cusum": Cusum(0.05), "serving": Serving(), "rng": rng, "days": 3},
            {"error_rates": "shares"},
        ),
        "solve_h": Sound(stats.solve_h, {"p0": 0.05}, {"p0": "open_share", "false_flag_rate": "open_share"}),
        "span_alpha": Sound(stats.span_alpha, {"found": SPANS}, {"confidence": "open_share"}),
        "span_f1": Sound(stats.span_f1, {"found": SPANS}, {"confidence": "open_share"}),
        "specific_agreement": of_tally("specific_agreement", category="0"),
        "speeders": Sound(
            stats.speeders,
            {**SCORED, "seconds": np.ones(12), **SIZES},
            {"items": "codes", "raters": "codes", "is_right": "labels", "seconds": "numbers", "q": "open_share"},
        ),
        "spotted": Sound(stats.spotted, {"auc": 0.7}, {"auc": "share"}),
        "standing": Sound(
            stats.standing,
            {"hits": 18, "n": 20, "target": 0.9},
            {"hits": "number", "n": "number", "target": "open_share"},
        ),
        "stratified_standing": Sound(
            stats.stratified_standing,
            {"hits": [95, 18], "n": [100, 20], "targets": [0.95, 0.9]},
            {"hits": "counts", "n": "counts", "targets": "shares"},
        ),
        "suspected_gold": Sound(stats.suspected_gold, {**SCORED, **SIZES}, JUDGED),
        "variance_shares": Sound(
            stats.variance_shares,
            {
                "items": np.repeat(np.arange(30), 4),
                "raters": np.tile(np.arange(6), 20),
                "clauses": np.repeat(np.arange(30), 4) % 3,
                "values": np.arange(120) * 7 % 11 / 11,
                "rng": rng,
                "replicates": 20,
            },
            {
                "items": "codes",
                "raters": "codes",
                "clauses": "codes",
                "values": "numbers",
                "confidence": "open_share",
            },
        ),
        "weekly_false_flags": Sound(
            stats.weekly_false_flags,
            {"n": 40, "people": 18, "p0": 0.05, "q": 0.05},
            {"p0": "open_share", "q": "open_share"},
        ),
        "weekly_false_flags_at": Sound(
            stats.weekly_false_flags_at,
            {"share": 0.04, "items": 500, "people": 18, "p0": 0.05, "q": 0.05},
            {"share": "share", "p0": "open_share", "q": "open_share"},
        ),
        "weekly_findings": Sound(
            stats.weekly_findings,
            {"wrong": [1, 9], "n": [25, 25], "p0": 0.05, "rho": 0.1, "q": 0.05},
            {"wrong": "counts", "n": "counts", "p0": "open_share", "q": "open_share"},
        ),
        "weekly_test": Sound(
            stats.weekly_test,
            {"wrong": [1, 9], "n": [25, 25], "p0": 0.05, "rho": 0.1},
            {"wrong": "counts", "n": "counts", "p0": "open_share", "rho": "share"},
        ),
        "weighted_share": Sound(
            stats.weighted_share,
            {"hits": RIGHT, "probabilities": np.full(12, 0.5), "clusters": ITEMS, "replicates": 50},
            {"hits": "flags", "probabilities": "shares", "clusters": "names", "confidence": "open_share"},
        ),
        "wilson": Sound(
            stats.wilson, {"hits": 8, "n": 10}, {"hits": "number", "n": "number", "confidence": "open_share"}
        ),
    }


def bad_arguments(sound: Sound) -> Iterator[tuple[str, dict[str, Any]]]:
    """What goes wrong and the arguments that show it, one argument spoilt at a time."""
    arrays = [name for name, kind in sound.kinds.items() if kind not in BAD_SCALARS]
    for name in arrays:
        whole = np.asarray(sound.arguments[name])
        for words, spoilt in spoilt_arrays(whole, sound.kinds[name]):
            yield f"{name} {words}", {name: spoilt}
        if len(arrays) > 1:
            yield f"{name} is longer", {name: np.append(whole, whole[-1:])}
    for name, kind in sound.kinds.items():
        for bad in BAD_SCALARS.get(kind, []):
            yield f"{name} is {bad}", {name: bad}


def spoilt_arrays(whole: np.ndarray, kind: str) -> Iterator[tuple[str, Any]]:
    if kind == "names":
        yield "holds None", [*whole[:-1].astype(str), None]
        if whole.dtype.kind in "iuf":
            yield "holds NaN", [*whole[:-1].astype(float), NAN]
        yield "is a table", np.stack([whole, whole])
        return
    for bad in (NAN, INF, -INF):
        yield f"holds {bad}", [*whole[:-1].astype(float), bad]
    yield "holds words", [*whole[:-1].astype(str), "many"]
    least = {"labels": -2, "numbers": None, "amounts": -1}.get(kind, -1)
    if least is not None:
        yield f"holds {least}", [*whole[:-1], least]
    if kind in {"codes", "labels", "flags", "counts"}:
        yield "holds a half", [*whole[:-1].astype(float), 0.5]
    if kind in {"flags", "shares"}:
        yield "holds 2", [*whole[:-1], 2]
