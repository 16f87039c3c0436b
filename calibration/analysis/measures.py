"""What a file of ratings shows: agreement, accuracy of each rater, consensus, and what deserves a look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.analysis.coefficients import (
    Bootstrap,
    Category,
    all_coefficients,
    bootstrap,
    category_figures,
    headline_name,
)
from calibration.analysis.errors import BadInput
from calibration.analysis.joint import Consensus, join_answers
from calibration.analysis.pairings import Pairings, pair_up
from calibration.analysis.profiles import Profile, error_profiles
from calibration.analysis.ratings import AUDITED_WRONG, Codes, Cut, Ratings
from calibration.analysis.suspicions import (
    Copying,
    OneAnswer,
    Speeding,
    SuspectGold,
    copying,
    one_answers,
    speeding,
    suspects,
)
from calibration.stats import (
    AgreementTally,
    Estimate,
    Level,
    StandingEstimate,
    clustered_standing,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    standing,
)

Flags = NDArray[np.bool_]

# Small samples come last: a lower bound of few answers says little about the person.
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file is measured: target accuracy, level of measurement, and the order of the categories.

    `no_violation` names the category of harmless items, `replicates` how often to resample, 0 for not at all.
    """

    target: float = 0.95
    level: Level = Level.NOMINAL
    order: tuple[str, ...] = ()
    no_violation: str | None = None
    replicates: int = 0


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
class Group:
    """The figures of one value of a cut; `accuracy` is clustered by rater and item, None without a reference."""

    value: str
    n_ratings: int
    n_items: int
    n_raters: int
    agreement: Agreement
    accuracy: StandingEstimate | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a file shows."""

    ratings: Ratings
    settings: Settings
    tally: AgreementTally
    agreement: Agreement
    coefficients: dict[str, Estimate]
    bootstrap: Bootstrap | None
    categories: tuple[Category, ...]
    pairings: Pairings
    people: tuple[Person, ...]
    profiles: tuple[Profile, ...]
    overall: StandingEstimate | None
    confusion: Codes | None
    consensus: Consensus | None
    groups: dict[str, tuple[Group, ...]]
    suspect_gold: tuple[SuspectGold, ...]
    copying: Copying
    speeding: Speeding | None
    one_answer: tuple[OneAnswer, ...]

    @property
    def headline(self) -> Estimate:
        """The coefficient that leads."""
        return self.coefficients[headline_name(self.ratings.separator)]


def measure(ratings: Ratings, settings: Settings, *, progress: Callable[[float], None] | None = None) -> Report:
    """The report of a file. Raises BadInput where a setting does not fit the labels."""
    tell = progress or (lambda _share: None)
    _check(ratings, settings)
    order = _order(ratings, settings)
    tally = ratings.tally(order)
    coefficients = _coefficients(tally, settings.level, ratings.separator)
    tell(0.1)
    resampled = _resampled(ratings, tally, settings)
    tell(0.2)
    pairings = pair_up(ratings)
    tell(0.3)
    people = _people(ratings, settings.target)
    profiles = _in_order_of(people, _profiles(ratings, settings.no_violation))
    suspect_gold = suspects(ratings)
    tell(0.4)
    copied = copying(ratings, suspect_gold)
    tell(0.6)
    consensus = join_answers(ratings) if ratings.has_gold else None
    tell(0.9)
    return Report(
        ratings=ratings,
        settings=settings,
        tally=tally,
        agreement=Agreement(**{name: coefficients[name] for name in Agreement.__slots__}),
        coefficients=coefficients,
        bootstrap=resampled,
        categories=category_figures(tally, ratings),
        pairings=pairings,
        people=people,
        profiles=profiles,
        overall=_overall(ratings, settings.target),
        confusion=_confusion(ratings),
        consensus=consensus,
        groups={name: _groups(ratings, cut, order, settings) for name, cut in ratings.cuts.items()},
        suspect_gold=suspect_gold,
        copying=copied,
        speeding=speeding(ratings),
        one_answer=one_answers(ratings),
    )


def _check(ratings: Ratings, settings: Settings) -> None:
    if ratings.separator and settings.level is not Level.NOMINAL:
        raise BadInput(f"--multi and --level {settings.level} do not go together: sets of labels have no order.")
    if ratings.separator and settings.order:
        raise BadInput("--multi and --order do not go together: sets of labels have no order.")
    if settings.no_violation is not None and settings.no_violation not in ratings.labels:
        raise BadInput(
            f"--no-violation {settings.no_violation}: nobody gave that label. "
            f"The labels are {', '.join(ratings.labels)}."
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


def _coefficients(tally: AgreementTally, level: Level, separator: str) -> dict[str, Estimate]:
    try:
        return all_coefficients(tally, level=level, separator=separator)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _resampled(ratings: Ratings, tally: AgreementTally, settings: Settings) -> Bootstrap | None:
    if not settings.replicates:
        return None
    return bootstrap(ratings, tally, level=settings.level, replicates=settings.replicates)


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


def _profiles(ratings: Ratings, no_violation: str | None) -> tuple[Profile, ...]:
    """Profiles against the first reference that tells labels."""
    for expected in _references(ratings).values():
        if (expected >= 0).any():
            return error_profiles(ratings, expected, no_violation=no_violation)
    return ()


def _in_order_of(people: Sequence[Person], profiles: Sequence[Profile]) -> tuple[Profile, ...]:
    places = {person.name: place for place, person in enumerate(people)}
    return tuple(sorted(profiles, key=lambda profile: places[profile.rater]))


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
