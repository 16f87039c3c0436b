"""Every coefficient of agreement of a file, the agreement on each category, and their bootstrap."""

from dataclasses import dataclass

import numpy as np

from calibration.analysis.ratings import Ratings
from calibration.analysis.sets import EMPTY, members_of
from calibration.stats import (
    AgreementTally,
    Coefficient,
    Estimate,
    Level,
    SetDistance,
    Weights,
    bootstrap_items,
    bootstrap_labelers,
    brennan_prediger,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    pooled_agreement,
    set_alpha,
    specific_agreement,
)

# Which near misses count as partial agreement at each level; ratio has no weights of its own.
_WEIGHTS = {
    Level.NOMINAL: Weights.IDENTITY,
    Level.ORDINAL: Weights.ORDINAL,
    Level.INTERVAL: Weights.QUADRATIC,
    Level.RATIO: Weights.QUADRATIC,
}


@dataclass(frozen=True, slots=True)
class Category:
    """How often a category was given, and the agreement on it: given one such rating, how often another is too.

    Where labels are sets, a category is a member, and the agreement is that on naming it.
    """

    name: str
    n_ratings: int
    share: float
    agreement: Estimate


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Intervals of the coefficients by name, from replicates that draw items anew, and from those that draw raters."""

    replicates: int
    seed: int
    items: dict[str, Estimate]
    raters: dict[str, Estimate]


def all_coefficients(tally: AgreementTally, *, level: Level, separator: str = "") -> dict[str, Estimate]:
    """Each coefficient by name; the weighted ones where the level has an order, those of sets where labels are sets."""
    values, plain = _values(tally, level), gwet_ac1(tally)
    found = {
        "krippendorff_alpha": krippendorff_alpha(tally, level=level),
        "gwet_ac1": plain,
        "gwet_ac2": gwet_ac2(tally, weights=_WEIGHTS[level], values=values) if level is not Level.NOMINAL else plain,
        "brennan_prediger": brennan_prediger(tally),
        "fleiss_kappa": fleiss_kappa(tally),
        "percent_agreement": percent_agreement(tally),
        "pooled_agreement": pooled_agreement(tally),
    }
    if level is not Level.NOMINAL:
        found["krippendorff_alpha_nominal"] = krippendorff_alpha(tally)
        found["brennan_prediger_weighted"] = brennan_prediger(tally, weights=_WEIGHTS[level], values=values)
        found["fleiss_kappa_weighted"] = fleiss_kappa(tally, weights=_WEIGHTS[level], values=values)
    if separator:
        sets = AgreementTally(_set_names(tally), tally.patterns, tally.items)
        for distance in SetDistance:
            found[f"krippendorff_alpha_{distance}"] = set_alpha(sets, distance=distance, separator=separator)
    return found


def headline_name(separator: str) -> str:
    """The coefficient that a report leads with: where labels are sets, the one that knows near misses."""
    return f"krippendorff_alpha_{SetDistance.MASI}" if separator else "krippendorff_alpha"


def category_figures(tally: AgreementTally, ratings: Ratings) -> tuple[Category, ...]:
    """The figures of each category, or of each member where labels are sets."""
    if ratings.separator:
        return tuple(_member(tally, member, ratings) for member in ratings.members)
    figures = zip(tally.categories, tally.totals.tolist(), tally.shares.tolist(), strict=True)
    return tuple(Category(name, n, share, specific_agreement(tally, name)) for name, n, share in figures)


def bootstrap(ratings: Ratings, tally: AgreementTally, *, level: Level, replicates: int, seed: int = 0) -> Bootstrap:
    """Intervals by resampling; `raters` is empty where items have so many ratings that pairs cannot be counted."""
    levels = {kind: level if kind is Coefficient.ALPHA else Level.NOMINAL for kind in Coefficient}
    items = {
        kind.value: bootstrap_items(tally, kind, level=levels[kind], replicates=replicates, seed=seed)
        for kind in Coefficient
    }
    if not ratings.can_be_paired:
        return Bootstrap(replicates, seed, items, {})
    places = np.array([tally.categories.index(name) for name in ratings.categories], np.int64)
    labels = places[ratings.label]
    raters = {
        kind.value: bootstrap_labelers(
            ratings.item,
            ratings.rater,
            labels,
            [str(place) for place in range(len(places))],
            kind,
            rng=np.random.default_rng(seed),
            level=levels[kind],
            values=_values(tally, levels[kind]),
            replicates=replicates,
        )
        for kind in Coefficient
    }
    return Bootstrap(replicates, seed, items, raters)


def _values(tally: AgreementTally, level: Level) -> list[float] | None:
    is_numeric = level in (Level.INTERVAL, Level.RATIO)
    return [float(category) for category in tally.categories] if is_numeric else None


def _set_names(tally: AgreementTally) -> tuple[str, ...]:
    return tuple("" if name == EMPTY else name for name in tally.categories)


def _member(tally: AgreementTally, member: str, ratings: Ratings) -> Category:
    """Sets that hold the member against sets that do not."""
    holds = np.array([member in members_of(name, ratings.separator) for name in tally.categories])
    with_it = tally.patterns[:, holds].sum(axis=1)
    rows = zip(np.column_stack([tally.sizes - with_it, with_it]).tolist(), tally.items.tolist(), strict=True)
    named = AgreementTally.from_patterns(rows, ("", member))
    n = int(tally.items @ with_it)
    return Category(member, n, n / max(tally.n_ratings, 1), specific_agreement(named, member))
