"""What a file of ratings shows: agreement, accuracy of each rater, consensus, and what deserves a look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from calibration.analysis.errors import BadInput
from calibration.analysis.ratings import AUDITED_WRONG, Codes, Cut, Ratings
from calibration.stats import (
    AgreementTally,
    Estimate,
    Level,
    StandingEstimate,
    benjamini_hochberg,
    clustered_standing,
    dawid_skene,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    majority,
    percent_agreement,
    specific_agreement,
    standing,
)

Flags = NDArray[np.bool_]

# A rater of whom so many ratings are one and the same answer is looked at, from _ENOUGH ratings on.
_MONOTONOUS = 0.95
_ENOUGH = 20

# Voices that have to agree against a gold before it is doubted.
_VOICES = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file is measured: target accuracy, level of measurement, and the order of the categories."""

    target: float = 0.95
    level: Level = Level.NOMINAL
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """The four coefficients of one set of ratings, each with its interval."""

    krippendorff_alpha: Estimate
    gwet_ac1: Estimate
    percent_agreement: Estimate
    fleiss_kappa: Estimate

    @property
    def named(self) -> dict[str, Estimate]:
        """The estimates by name, the headline first."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Person:
    """A rater against a reference: the standing, and the errors as expected label, given label, how many."""

    name: str
    reference: str
    n_ratings: int
    standing: StandingEstimate
    errors: dict[str, dict[str, int]]

    @property
    def worst(self) -> tuple[str, str, int] | None:
        """The most frequent error: expected, given, how many."""
        cells = [(n, want, got) for want, row in self.errors.items() for got, n in row.items()]
        if not cells:
            return None
        n, want, got = max(cells)
        return want, got, n


@dataclass(frozen=True, slots=True)
class Consensus:
    """How often a joint answer is the gold: majority over `n` items without a tie, Dawid-Skene over all `n_gold`."""

    majority: float | None
    n: int
    ties: int
    dawid_skene: float | None
    n_gold: int


@dataclass(frozen=True, slots=True)
class Category:
    """How often a category was given, and the agreement on it: given one such rating, how often another is too."""

    name: str
    n_ratings: int
    share: float
    agreement: Estimate


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one value of a cut; `accuracy` is clustered by rater and item, None without a reference."""

    value: str
    n_ratings: int
    n_items: int
    n_raters: int
    agreement: Agreement
    accuracy: StandingEstimate | None


@dataclass(frozen=True, slots=True)
class DoubtedGold:
    """An item whose raters all gave the same label, which is not its gold."""

    item: str
    gold: str
    given: str
    n: int


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """A rater who gave one label far more often than others did on the same items."""

    name: str
    label: str
    n: int
    share: float
    expected: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a file shows."""

    ratings: Ratings
    settings: Settings
    tally: AgreementTally
    agreement: Agreement
    categories: tuple[Category, ...]
    people: tuple[Person, ...]
    overall: StandingEstimate | None
    confusion: Codes | None
    consensus: Consensus | None
    groups: dict[str, tuple[Group, ...]]
    doubted: tuple[DoubtedGold, ...]
    one_answer: tuple[OneAnswer, ...]


def measure(ratings: Ratings, settings: Settings, *, progress: Callable[[float], None] | None = None) -> Report:
    """The report of a file. Raises BadInput where the level does not fit the labels or the order misses one."""
    tell = progress or (lambda _share: None)
    order = _order(ratings, settings)
    tally = ratings.tally(order)
    agreement = _agreement(tally, settings.level)
    tell(0.2)
    people = _people(ratings, settings.target)
    tell(0.4)
    consensus = _consensus(ratings) if ratings.has_gold else None
    tell(0.8)
    return Report(
        ratings=ratings,
        settings=settings,
        tally=tally,
        agreement=agreement,
        categories=_categories(tally),
        people=people,
        overall=_overall(ratings, settings.target),
        confusion=_confusion(ratings),
        consensus=consensus,
        groups={name: _groups(ratings, cut, order, settings) for name, cut in ratings.cuts.items()},
        doubted=_doubted(ratings),
        one_answer=_one_answer(ratings),
    )


def _order(ratings: Ratings, settings: Settings) -> tuple[str, ...]:
    """The categories in the order that the level wants."""
    names = settings.order or ratings.categories
    left_out = [name for name in ratings.categories if name not in names]
    if left_out:
        raise BadInput(f"--order leaves out {', '.join(left_out)}. Name every label once, from least to most.")
    if len(set(names)) != len(names):
        raise BadInput("--order names a label twice. Name every label once, from least to most.")
    if settings.level is Level.NOMINAL or settings.order:
        return names
    try:
        return tuple(sorted(names, key=float))
    except ValueError as error:
        wanted = "--order least,...,most" if settings.level is Level.ORDINAL else "labels that are numbers"
        raise BadInput(f"--level {settings.level} needs {wanted}: the labels are {', '.join(names)}.") from error


def _agreement(tally: AgreementTally, level: Level) -> Agreement:
    try:
        alpha = krippendorff_alpha(tally, level=level)
    except ValueError as error:
        raise BadInput(str(error)) from error
    return Agreement(alpha, gwet_ac1(tally), percent_agreement(tally), fleiss_kappa(tally))


def _categories(tally: AgreementTally) -> tuple[Category, ...]:
    figures = zip(tally.categories, tally.totals.tolist(), tally.shares.tolist(), strict=True)
    return tuple(Category(name, n, share, specific_agreement(tally, name)) for name, n, share in figures)


def _references(ratings: Ratings) -> dict[str, Codes]:
    """What labels are measured against, int64[R] by name of the reference, -1 where there is nothing."""
    found = {"gold": ratings.gold[ratings.item]} if ratings.has_gold or ratings.audit is None else {}
    return found if ratings.audit is None else {**found, "audit_seen": ratings.audit}


def _people(ratings: Ratings, target: float) -> tuple[Person, ...]:
    found = [
        person
        for reference, expected in _references(ratings).items()
        for person in _people_against(ratings, reference, expected, target)
    ]
    return tuple(sorted(found, key=_by_lower_bound))


def _by_lower_bound(person: Person) -> tuple[bool, float, str]:
    """Small samples last: a lower bound of few answers says little about the person."""
    lower = person.standing.accuracy.lower
    return person.standing.n < _ENOUGH, 1.0 if lower is None else lower, person.name


def _people_against(ratings: Ratings, reference: str, expected: Codes, target: float) -> list[Person]:
    m = len(ratings.raters)
    judged = expected != -1
    n = np.bincount(ratings.rater[judged], minlength=m)
    hits = np.bincount(ratings.rater[judged & (ratings.label == expected)], minlength=m)
    n_ratings = np.bincount(ratings.rater, minlength=m)
    errors = _errors(ratings, expected)
    return [
        Person(
            name, reference, int(n_ratings[at]), standing(int(hits[at]), int(n[at]), target=target), errors.get(at, {})
        )
        for at, name in enumerate(ratings.raters)
    ]


def _errors(ratings: Ratings, expected: Codes) -> dict[int, dict[str, dict[str, int]]]:
    """Errors by code of the rater: expected label, given label, how many."""
    k = len(ratings.labels) + 1
    wrong = (expected != -1) & (ratings.label != expected)
    want = np.where(expected[wrong] == AUDITED_WRONG, k - 1, expected[wrong])
    keys, counts = np.unique((ratings.rater[wrong] * k + want) * k + ratings.label[wrong], return_counts=True)
    names = (*ratings.labels, "not stated")
    found: dict[int, dict[str, dict[str, int]]] = {}
    for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
        rater, cell = divmod(key, k * k)
        found.setdefault(rater, {}).setdefault(names[cell // k], {})[names[cell % k]] = count
    return found


def _overall(ratings: Ratings, target: float) -> StandingEstimate | None:
    """Accuracy of all, clustered by rater and item, against the first reference that there is."""
    for expected in _references(ratings).values():
        judged = expected != -1
        if judged.any():
            right = ratings.label[judged] == expected[judged]
            return clustered_standing(right, ratings.rater[judged], ratings.item[judged], target=target)
    return None


def _confusion(ratings: Ratings) -> Codes | None:
    """How often each label was given for each expected one, int64[L, L], against gold or else the QA decisions."""
    k = len(ratings.labels)
    for expected in _references(ratings).values():
        judged = expected >= 0
        if judged.any():
            cells = np.bincount(expected[judged] * k + ratings.label[judged], minlength=k * k)
            return cells.reshape(k, k)
    return None


def _consensus(ratings: Ratings) -> Consensus:
    sizes = {"n_items": len(ratings.items), "n_categories": ratings.n_categories}
    votes = majority(ratings.item, ratings.label, **sizes)
    model = dawid_skene(ratings.item, ratings.rater, ratings.label, n_raters=len(ratings.raters), **sizes)
    has_gold = ratings.gold >= 0
    decided = has_gold & ~votes.tied
    return Consensus(
        majority=_share(votes.winner[decided] == ratings.gold[decided]),
        n=int(decided.sum()),
        ties=int((has_gold & votes.tied).sum()),
        dawid_skene=_share(model.winner[has_gold] == ratings.gold[has_gold]),
        n_gold=int(has_gold.sum()),
    )


def _share(hits: Flags) -> float | None:
    return float(hits.mean()) if hits.size else None


def _groups(ratings: Ratings, cut: Cut, order: Sequence[str], settings: Settings) -> tuple[Group, ...]:
    return tuple(
        _group(value, ratings.only(cut.codes == code), order, settings) for code, value in enumerate(cut.values)
    )


def _group(value: str, part: Ratings, order: Sequence[str], settings: Settings) -> Group:
    return Group(
        value=value,
        n_ratings=len(part.item),
        n_items=len(np.unique(part.item)),
        n_raters=len(np.unique(part.rater)),
        agreement=_agreement(part.tally(order), settings.level),
        accuracy=_overall(part, settings.target),
    )


def _doubted(ratings: Ratings) -> tuple[DoubtedGold, ...]:
    """Items on which all raters, _VOICES or more, agree against the gold, most voices first."""
    k = len(ratings.labels)
    counts = np.bincount(ratings.item * k + ratings.label, minlength=len(ratings.items) * k).reshape(-1, k)
    voices, given = counts.sum(axis=1), counts.argmax(axis=1)
    doubted = (ratings.gold >= 0) & (voices >= _VOICES) & (counts.max(axis=1) == voices) & (given != ratings.gold)
    places = np.flatnonzero(doubted)
    places = places[np.argsort(-voices[places], kind="stable")]
    return tuple(
        DoubtedGold(ratings.items[at], ratings.labels[ratings.gold[at]], ratings.labels[given[at]], int(voices[at]))
        for at in places
    )


def _one_answer(ratings: Ratings) -> tuple[OneAnswer, ...]:
    """Raters who nearly always give one label where others on the same items do not (binomial, FDR 5 %)."""
    k, m = len(ratings.labels), len(ratings.raters)
    own = np.bincount(ratings.rater * k + ratings.label, minlength=m * k).reshape(m, k)
    n, label = own.sum(axis=1), own.argmax(axis=1)
    expected, others = _share_of_others(ratings, label)
    hits = own.max(axis=1, initial=0)
    tested = (n >= _ENOUGH) & (others > 0)
    p_values = binom.sf(hits[tested] - 1, n[tested], np.clip(expected[tested], 1e-9, 1 - 1e-9))
    found = np.flatnonzero(tested)[benjamini_hochberg(np.clip(p_values, 0, 1))]
    return tuple(
        OneAnswer(
            ratings.raters[at], ratings.labels[label[at]], int(n[at]), float(hits[at] / n[at]), float(expected[at])
        )
        for at in found
        if hits[at] >= _MONOTONOUS * n[at]
    )


def _share_of_others(ratings: Ratings, label: Codes) -> tuple[NDArray[np.float64], Codes]:
    """Share of each rater's `label` among the others' ratings of the same items, and how many those are."""
    k, m = len(ratings.labels), len(ratings.raters)
    counts = np.bincount(ratings.item * k + ratings.label, minlength=len(ratings.items) * k)
    voices = np.bincount(ratings.item, minlength=len(ratings.items))
    wanted = label[ratings.rater]
    same = counts[ratings.item * k + wanted] - (ratings.label == wanted)
    total = np.bincount(ratings.rater, weights=voices[ratings.item] - 1, minlength=m)
    agreeing = np.bincount(ratings.rater, weights=same, minlength=m)
    return agreeing / np.maximum(total, 1), total.astype(np.int64)
