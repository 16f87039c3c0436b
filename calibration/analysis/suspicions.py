"""What deserves a person's look: gold that may be wrong, raters who copy, hurry, or give one answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from calibration.analysis.ratings import Codes, Ratings
from calibration.stats import TooLarge, benjamini_hochberg, copying_pairs, speeders, suspected_gold

Flags = NDArray[np.bool_]

# A rater of whom so many ratings are one and the same answer is looked at, from _ENOUGH ratings on.
_MONOTONOUS = 0.95
_ENOUGH = 20

# So many suspects are told; the rest of the gold is less doubtful than these.
_MOST_SUSPECTS = 100


@dataclass(frozen=True, slots=True)
class SuspectGold:
    """An item whose gold its raters contradict: `against` of `n`, most of them with `given`.

    `score` is above 0 where those who disagree weigh more than those who agree; `stands_out` where so much
    disagreement is no accident (false discovery rate 5 %).
    """

    item: str
    gold: str
    given: str
    n: int
    against: int
    score: float
    p_value: float
    stands_out: bool


@dataclass(frozen=True, slots=True)
class CopyingPair:
    """Two raters who gave the same wrong answer on `same_wrong` items, where chance would have `expected`.

    They share `shared` items and both erred on `both_wrong` of them.
    """

    first: str
    second: str
    shared: int
    both_wrong: int
    same_wrong: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Copying:
    """How many pairs were compared, None where they are too many, and those that stand out, the likeliest first."""

    n_compared: int | None
    found: tuple[CopyingPair, ...]


@dataclass(frozen=True, slots=True)
class Speeder:
    """A rater with `hurried` of `n` answers in a hurry, who is right on `right` of `scored`, others on a share `rest`.

    `seconds` is the median of the rater, `usual_seconds` what is usual for the same items.
    """

    rater: str
    n: int
    hurried: int
    seconds: float
    usual_seconds: float
    scored: int
    right: int
    rest: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Speeding:
    """How many raters had answers enough to be tested, and those who hurry and err, the clearest first."""

    n_tested: int
    found: tuple[Speeder, ...]


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """A rater who gave one label far more often than others did on the same items."""

    rater: str
    label: str
    n: int
    share: float
    expected: float


def suspects(ratings: Ratings) -> tuple[SuspectGold, ...]:
    """Gold that may be wrong, the likeliest first: those whose contradiction outweighs, a hundred at most."""
    judged = ratings.gold[ratings.item] >= 0
    items, units = np.unique(ratings.item[judged], return_inverse=True)
    if not items.size:
        return ()
    label, gold = ratings.label[judged], ratings.gold[items]
    found = suspected_gold(
        units,
        ratings.rater[judged],
        label == gold[units],
        n_items=len(items),
        n_raters=len(ratings.raters),
        n_categories=max(len(ratings.labels), 2),
    )
    order = [place for place in found.order.tolist() if found.score[place] > 0 and found.n[place] > 1]
    order = sorted(order[:_MOST_SUSPECTS], key=lambda place: not found.found[place])
    given = {place: _commonest_other(label[units == place], int(gold[place])) for place in order}
    return tuple(
        SuspectGold(
            item=ratings.items[items[place]],
            gold=ratings.labels[gold[place]],
            given=ratings.labels[given[place]],
            n=int(found.n[place]),
            against=int(found.n[place] - found.right[place]),
            score=float(found.score[place]),
            p_value=float(found.p_value[place]),
            stands_out=bool(found.found[place]),
        )
        for place in order
    )


def copying(ratings: Ratings, suspect_gold: tuple[SuspectGold, ...]) -> Copying:
    """Pairs who share more wrong answers than chance (false discovery rate 5 %); suspected gold counts for nothing."""
    if not ratings.can_be_paired:
        return Copying(None, ())
    try:
        pairs = copying_pairs(
            ratings.item,
            ratings.rater,
            ratings.label,
            ratings.gold,
            n_items=len(ratings.items),
            n_raters=len(ratings.raters),
            n_categories=len(ratings.labels),
            exclude_items=_doubted(ratings, suspect_gold),
        )
    except TooLarge:
        return Copying(None, ())
    listed = [place for place in pairs.order.tolist() if pairs.found[place]]
    return Copying(
        len(pairs),
        tuple(
            CopyingPair(
                first=ratings.raters[pairs.first[place]],
                second=ratings.raters[pairs.second[place]],
                shared=int(pairs.shared[place]),
                both_wrong=int(pairs.both_wrong[place]),
                same_wrong=int(pairs.same_wrong[place]),
                expected=float(pairs.expected[place]),
                p_value=float(pairs.p_value[place]),
            )
            for place in listed
        ),
    )


def speeding(ratings: Ratings) -> Speeding | None:
    """Raters who hurry and are right less often than the rest, both at once; None without times."""
    if ratings.seconds is None:
        return None
    timed = np.isfinite(ratings.seconds)
    gold = ratings.gold[ratings.item[timed]]
    tested = speeders(
        ratings.rater[timed],
        ratings.seconds[timed],
        ratings.item[timed],
        np.where(gold >= 0, ratings.label[timed] == gold, -1),
        n_raters=len(ratings.raters),
        n_items=len(ratings.items),
    )
    found = tuple(
        Speeder(
            rater=ratings.raters[at],
            n=int(tested.n[at]),
            hurried=int(tested.hurried[at]),
            seconds=float(tested.seconds[at]),
            usual_seconds=float(tested.usual_seconds[at]),
            scored=int(tested.scored[at]),
            right=int(tested.right[at]),
            rest=float(tested.rest_accuracy[at]),
            p_value=float(tested.p_value[at]),
        )
        for at in tested.order.tolist()
        if tested.found[at]
    )
    return Speeding(int(tested.tested.sum()), found)


def one_answers(ratings: Ratings) -> tuple[OneAnswer, ...]:
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


def _doubted(ratings: Ratings, suspect_gold: tuple[SuspectGold, ...]) -> Flags:
    """Items whose gold stands out as wrong, bool[N]."""
    names = {suspect.item for suspect in suspect_gold if suspect.stands_out}
    return np.fromiter((name in names for name in ratings.items), np.bool_, len(ratings.items))


def _commonest_other(labels: Codes, gold: int) -> int:
    return int(np.bincount(labels[labels != gold]).argmax())


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
