"""Where differences between answers come from: the item, the person, the clause, or nothing that stays."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from calibration.stats.errors import NotEnoughData
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import Flags, Floats, Ints, codes, finite, flags, same_length, share
from calibration.stats.intervals import proportion, score_interval

_SHARES = "henderson_1"
_SPLITS = "ratio_clustered"
# Under so many items or pairs nothing is told.
_FEWEST = 20
# From this share of split pairs on, a clause is said to split people, if it does so more than the others.
_SPLITS_FROM = 0.3
# A system of equations with a condition beyond this cannot tell the factors apart.
_UNDETERMINED = 1e10


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Shares of the variance of one rating, which sum to 1, with intervals over items.

    `components` are the four variances themselves, item, labeler, clause and remainder, before those under 0 are set to
    0. Where nothing differs at all there are no shares (status `one_category`).
    """

    item: Estimate
    labeler: Estimate
    clause: Estimate
    remainder: Estimate
    components: tuple[float, float, float, float] | None
    status: Status
    n_items: int
    n_ratings: int


class SplitKind(StrEnum):
    """What the disagreement under a clause points to."""

    AMBIGUOUS = "ambiguous"
    PLURAL = "plural"
    CLEAR = "clear"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Split:
    """Of pairs of answers to one item of which one at least names the clause: how many disagree about it.

    `within` are pairs of one group, `between` of two; `others` is what all other clauses together show within groups.
    """

    within: Estimate
    between: Estimate
    others: Estimate
    kind: SplitKind


@dataclass(frozen=True, slots=True)
class Retest:
    """Answers to the same content given twice by the same person.

    `same` is how many were alike, `stable` how many first errors were made again in the same way: an error that stays
    is knowledge or policy, one that does not is a slip.
    """

    same: Estimate
    stable: Estimate


@dataclass(frozen=True, slots=True)
class Facets:
    """Many-facet model of errors: how severe each effect is, in logits, above 0 for more errors than the mean.

    labeler float64[M], clause float64[C] and item float64[N] are shrunk towards 0; those without ratings are 0.
    """

    mean: float
    labeler: Floats
    clause: Floats
    item: Floats
    converged: bool


def variance_shares(
    items: ArrayLike,
    raters: ArrayLike,
    clauses: ArrayLike,
    values: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 200,
    confidence: float = 0.95,
) -> VarianceShares:
    """Shares of variance of item, labeler, clause and remainder in unbalanced crossed data.

    items, raters and clauses are codes[R] from 0, values float[R], such as 1 for a wrong answer and 0 for a right one.
    Model: value = mean + item + labeler + clause + rest, all independent. Henderson's method 1 (1953; Searle, Casella
    and McCulloch 1992, section 5.3): the sums of squares of each factor are set equal to what is expected of them,
    which is unbiased whatever the numbers of ratings. A factor with one level has none; variances under 0 count as 0 in
    the shares. Intervals are
    percentiles of a bootstrap over items (multinomial weights, so that the copies of an item stay apart).

    Status `empty` without ratings, `one_category` where all values are alike, `too_few` without interval under 20
    items, or where the design cannot tell the factors apart (each person in one clause only, each item rated once).
    Raises UnlikeLengths, OutOfRange and NotFinite.

    >>> rng = np.random.default_rng(1)
    >>> item, person = np.repeat(np.arange(300), 4), np.tile(np.arange(12), 100)
    >>> clause = item % 5
    >>> value = rng.normal(0, 1, 300)[item] + rng.normal(0, 2, 12)[person] + rng.normal(0, 1, 1200)
    >>> found = variance_shares(item, person, clause, value, rng=rng)
    >>> found.labeler.value > 0.4, found.item.value > 0.1, found.clause.value < 0.05
    (True, True, True)
    """
    share(confidence, name="confidence")
    design = _Design.of(items, raters, clauses, values)
    if not design.n:
        return _no_shares(Status.EMPTY, design, confidence)
    if np.ptp(design.values) == 0:
        return _no_shares(Status.ONE_CATEGORY, design, confidence)
    components = design.components(np.ones(design.n_items))
    if components is None:
        return _no_shares(Status.TOO_FEW, design, confidence)
    parts = _parts(components)
    if design.n_items < _FEWEST:
        return _shares(parts, None, components, design, confidence)
    weights = rng.multinomial(design.n_items, np.full(design.n_items, 1 / design.n_items), size=replicates)
    drawn = [_parts(found) for row in weights if (found := design.components(row.astype(np.float64))) is not None]
    return _shares(parts, np.array(drawn), components, design, confidence)


def clause_splits(
    items: ArrayLike,
    groups: ArrayLike,
    names_clause: ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[Split, ...]:
    """How much each clause splits people, within their group and between groups.

    items and groups (vendor, site, market) are codes[R] from 0, names_clause is bool[R, C]: whether the answer names
    the clause. Of the pairs of answers to one item of which at least one names it, the share in which only one does:
    one less positive specific agreement counted by pairs (Cicchetti and Feinstein 1990). A ratio of sums over items,
    its variance that of a ratio of cluster totals (Cochran 1977, section 6.3), the interval a score interval at the
    number of pairs that would be as precise.

    A clause is `ambiguous` where people of one group are split: by its lower bound more than all other clauses
    together by their upper one, and at least 30 %. It is `plural` where groups differ in that way while each is of one
    mind. Give the answers of certified people alone: beginners split on every clause. Under 20 pairs it is
    `not_enough_data`. Raises UnlikeLengths and OutOfRange.

    >>> rng = np.random.default_rng(2)
    >>> item, group = np.repeat(np.arange(600), 3), np.tile([0, 0, 1], 600)
    >>> topic = rng.integers(0, 3, 600)[item]
    >>> seen = np.where(rng.random(1800) < np.array([0.97, 0.5, 0.97])[topic], topic, 3)
    >>> [split.kind.value for split in clause_splits(item, group, seen[:, None] == np.arange(3))]
    ['clear', 'ambiguous', 'clear']
    """
    share(confidence, name="confidence")
    table = np.atleast_2d(np.asarray(names_clause))
    named = flags(table.ravel(), name="names_clause").reshape(table.shape)
    units, parties = codes(items, name="items"), codes(groups, name="groups")
    same_length(items=units, groups=parties, names_clause=named)
    within = [_pairs_of(units, parties, clause, alone=True) for clause in named.T]
    across = [_pairs_of(units, parties, clause, alone=False) for clause in named.T]
    return tuple(_split(within, across, clause, confidence) for clause in range(len(within)))


def retest(raters: ArrayLike, contents: ArrayLike, labels: ArrayLike, wrong: ArrayLike | None = None) -> Retest:
    """How stable people's answers are where the same content came to them again.

    raters, contents and labels are codes[R] from 0 in the order of answering; wrong is bool[R], left out where nobody
    knows. Each answer is compared with the same person's one before it to the same content (percent agreement of a
    person with themselves, Krippendorff 2004 section 11.1, there called stability). Without repeats both are `empty`.
    Raises UnlikeLengths and OutOfRange.

    >>> found = retest([0, 0, 1, 1, 0], [7, 8, 7, 7, 7], [1, 1, 0, 2, 1], [True, False, True, False, True])
    >>> found.same.rounded(2), found.stable.rounded(2)
    ((0.5, 0.09, 0.91), (0.5, 0.09, 0.91))
    """
    persons, seen = codes(raters, name="raters"), codes(contents, name="contents")
    given = codes(labels, name="labels", missing=True)
    is_wrong = np.zeros(len(given), np.bool_) if wrong is None else flags(wrong, name="wrong")
    same_length(raters=persons, contents=seen, labels=given, wrong=is_wrong)
    order = np.lexsort((np.arange(len(given)), seen, persons))
    first, again = order[:-1], order[1:]
    repeats = (persons[first] == persons[again]) & (seen[first] == seen[again])
    alike, erred = given[first] == given[again], is_wrong[first]
    return Retest(
        same=proportion(int((repeats & alike).sum()), int(repeats.sum())),
        stable=proportion(int((repeats & alike & erred).sum()), int((repeats & erred).sum())),
    )


def fit_facets(
    items: ArrayLike,
    raters: ArrayLike,
    clauses: ArrayLike,
    wrong: ArrayLike,
    *,
    ridge: float = 1.0,
) -> Facets:
    """Joint logistic model of errors by item, labeler and clause (Linacre 1989, many-facet Rasch), with a ridge.

    items, raters and clauses are codes[R] from 0, wrong bool[R]. Logit of an error = mean + item + labeler + clause;
    each effect has a normal prior of variance 1 / ridge (Gelman et al. 2013, section 16.3), which keeps people without
    errors finite and settles what belongs to whom where the design does not. Found by L-BFGS with the exact gradient.
    Raises NotEnoughData without ratings, ValueError for a ridge of 0 or less, UnlikeLengths and OutOfRange.

    >>> rng = np.random.default_rng(3)
    >>> item, person = np.repeat(np.arange(200), 6), np.tile(np.arange(12), 100)
    >>> found = fit_facets(item, person, item % 4, rng.random(1200) < np.where(person == 5, 0.4, 0.05))
    >>> int(found.labeler.argmax()), found.converged
    (5, True)
    """
    if ridge <= 0:
        raise ValueError("A ridge lies above 0.")
    unit, person, clause = (
        codes(given, name=name) for given, name in ((items, "items"), (raters, "raters"), (clauses, "clauses"))
    )
    errs = flags(wrong, name="wrong")
    if not same_length(items=unit, raters=person, clauses=clause, wrong=errs):
        raise NotEnoughData("Without ratings there is nothing to fit.")
    factors = (unit, person, clause)
    sizes = [int(factor.max()) + 1 for factor in factors]
    edges = np.cumsum([1, *sizes])

    def loss(point: Floats) -> tuple[float, Floats]:
        effects = np.split(point, edges)[1:-1]
        logit = point[0] + sum(effect[factor] for effect, factor in zip(effects, factors, strict=True))
        rest = expit(logit) - errs
        value = np.logaddexp(0, logit).sum() - logit[errs].sum() + ridge / 2 * (point[1:] @ point[1:])
        sums = [np.bincount(factor, rest, size) for factor, size in zip(factors, sizes, strict=True)]
        return float(value), np.concatenate([[rest.sum()], *sums]) + np.append(0.0, ridge * point[1:])

    mean = np.clip(errs.mean(), 1e-3, 1 - 1e-3)
    start = np.zeros(edges[-1])
    start[0] = np.log(mean / (1 - mean))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})
    item, labeler, by_clause = np.split(found.x, edges)[1:-1]
    return Facets(float(found.x[0]), labeler, by_clause, item, bool(found.success))


@dataclass(frozen=True, slots=True)
class _Cells:
    """Pairs of codes that hold ratings: of each its two codes, and which one each rating belongs to."""

    first: Ints
    second: Ints
    at: Ints
    n: Floats

    @classmethod
    def of(cls, first: Ints, second: Ints) -> "_Cells":
        width = int(second.max()) + 1 if second.size else 1
        keys, at, n = np.unique(first * width + second, return_inverse=True, return_counts=True)
        return cls(keys // width, keys % width, at.astype(np.int64).ravel(), n.astype(np.float64))


@dataclass(frozen=True, slots=True)
class _Design:
    """Ratings, and the cells that the expectations need, found once for all replicates.

    Items are resampled, and the copies of an item are items of their own: what is squared within an item is not
    multiplied by the square of its weight.
    """

    items: Ints
    raters: Ints
    clauses: Ints
    values: Floats
    by_item: Floats
    item_rater: _Cells
    item_clause: _Cells
    rater_clause: _Cells

    @classmethod
    def of(cls, items: ArrayLike, raters: ArrayLike, clauses: ArrayLike, values: ArrayLike) -> "_Design":
        given = finite(np.atleast_1d(values), name="values")
        named = {"items": items, "raters": raters, "clauses": clauses}
        found = {name: codes(each, name=name) for name, each in named.items()}
        same_length(**found, values=given)
        unit, person, clause = (np.unique(each, return_inverse=True)[1].ravel() for each in found.values())
        n = np.bincount(unit).astype(np.float64)
        cells = (_Cells.of(unit, person), _Cells.of(unit, clause), _Cells.of(person, clause))
        return cls(unit, person, clause, given, n, *cells)

    @property
    def n(self) -> int:
        return len(self.values)

    @property
    def n_items(self) -> int:
        return len(self.by_item)

    def components(self, weights: Floats) -> tuple[float, float, float, float] | None:
        """Variances of item, labeler, clause and remainder, each item counted `weights` times; None if undetermined."""
        weight = weights[self.items]
        total = float(weight.sum())
        value = self.values - weight @ self.values / total
        by_rater, by_clause = _by_group(self.raters, weight), _by_group(self.clauses, weight)
        mean = [weights @ self.by_item**2 / total, by_rater @ by_rater / total, by_clause @ by_clause / total, 1.0]
        rows = [
            self._of_items(weights, total),
            self._of_raters(weights, weight, by_rater, total),
            self._of_clauses(weights, weight, by_clause, total),
            [total] * 4,
        ]
        sums = [
            float(weights @ (_by_group(self.items, value) ** 2 / self.by_item)),
            _squares(self.raters, weight * value, by_rater),
            _squares(self.clauses, weight * value, by_clause),
            float(weight @ value**2),
        ]
        # A factor with one level makes no difference to anything: its variance is left out.
        used = [place for place, n in enumerate((weights, by_rater, by_clause)) if (n > 0).sum() > 1] + [3]
        matrix = (np.array(rows) - np.array(mean))[np.ix_(used, used)]
        if np.linalg.cond(matrix) > _UNDETERMINED:
            return None
        found = np.zeros(4)
        found[used] = np.linalg.solve(matrix, np.array(sums)[used])
        item, labeler, clause, rest = found.tolist()
        return item, labeler, clause, rest

    def _of_items(self, weights: Floats, total: float) -> list[float]:
        """What a unit of each variance adds to the sum of squares of items: sum n_gh^2 / n_g over cells g, h."""
        crossed = (
            float(weights @ (_by_group(cells.first, cells.n**2) / self.by_item))
            for cells in (self.item_rater, self.item_clause)
        )
        return [total, *crossed, float(weights.sum())]

    def _of_raters(self, weights: Floats, weight: Floats, by_rater: Floats, total: float) -> list[float]:
        cells, crossed = self.item_rater, self.rater_clause
        shared = _by_group(crossed.at, weight)
        own = _over(_by_group(cells.second, weights[cells.first] * cells.n**2), by_rater)
        return [own, total, _over(_by_group(crossed.first, shared**2), by_rater), float((by_rater > 0).sum())]

    def _of_clauses(self, weights: Floats, weight: Floats, by_clause: Floats, total: float) -> list[float]:
        cells, crossed = self.item_clause, self.rater_clause
        shared = _by_group(crossed.at, weight)
        own = _over(_by_group(cells.second, weights[cells.first] * cells.n**2), by_clause)
        return [own, _over(_by_group(crossed.second, shared**2), by_clause), total, float((by_clause > 0).sum())]


def _squares(factor: Ints, weighted: Floats, n: Floats) -> float:
    return _over(_by_group(factor, weighted) ** 2, n)


def _by_group(groups: Ints, weights: Floats) -> Floats:
    """Sum of the weights of each group."""
    return np.asarray(np.bincount(groups, weights), np.float64)


def _over(squares: Floats, n: Floats) -> float:
    """Sum of squares / n over the groups that hold anything."""
    used = n > 0
    return float((squares[used] / n[used]).sum())


def _parts(components: tuple[float, float, float, float]) -> Floats:
    """Shares of the four, those under 0 taken as 0."""
    kept = np.maximum(np.array(components), 0.0)
    total = kept.sum()
    return np.asarray(kept / total if total > 0 else np.array([0.0, 0.0, 0.0, 1.0]), np.float64)


def _shares(
    parts: Floats,
    drawn: Floats | None,
    components: tuple[float, float, float, float],
    design: _Design,
    confidence: float,
) -> VarianceShares:
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    bounds = np.quantile(drawn, tails, axis=0) if drawn is not None and len(drawn) else None
    status = Status.OK if bounds is not None else Status.TOO_FEW
    item, labeler, clause, remainder = (
        Estimate(
            float(value),
            None if bounds is None else float(min(bounds[0, place], value)),
            None if bounds is None else float(max(bounds[1, place], value)),
            confidence,
            design.n_items,
            status,
            design.n,
            _SHARES,
        )
        for place, value in enumerate(parts)
    )
    return VarianceShares(item, labeler, clause, remainder, components, status, design.n_items, design.n)


def _no_shares(status: Status, design: _Design, confidence: float) -> VarianceShares:
    nothing = Estimate.undefined(status, n=design.n_items, n_ratings=design.n, confidence=confidence, method=_SHARES)
    return VarianceShares(nothing, nothing, nothing, nothing, None, status, design.n_items, design.n)


@dataclass(frozen=True, slots=True)
class _ItemPairs:
    """By item, float64[N]: pairs that name the clause at least once, and those of them that are split."""

    named: Floats
    split: Floats


def _pairs_of(items: Ints, groups: Ints, named: Flags, *, alone: bool) -> _ItemPairs:
    """Pairs within one group (`alone`), or between two, by item."""
    size = int(items.max()) + 1 if items.size else 0
    whole = _counted(items, named, size)
    width = int(groups.max()) + 1 if groups.size else 1
    cells, at = np.unique(items * width + groups, return_inverse=True)
    parts = _counted(at.astype(np.int64).ravel(), named, len(cells))
    owner = cells // width
    inside = [np.bincount(owner, part, size) for part in parts]
    pairs = inside if alone else [all_ - part for all_, part in zip(whole, inside, strict=True)]
    return _ItemPairs(*pairs)


def _counted(units: Ints, named: Flags, size: int) -> tuple[Floats, Floats]:
    n, hits = np.bincount(units, None, size).astype(np.float64), np.bincount(units, named, size)
    return hits * (hits - 1) / 2 + hits * (n - hits), hits * (n - hits)


def _split(within: list[_ItemPairs], across: list[_ItemPairs], clause: int, confidence: float) -> Split:
    own, other = (_ratio(pairs[clause], confidence) for pairs in (within, across))
    rest = [pairs for place, pairs in enumerate(within) if place != clause]
    others = _ratio(_summed(rest, len(within[clause].named)), confidence)
    return Split(own, other, others, _kind(own, other, others))


def _summed(pairs: list[_ItemPairs], size: int) -> _ItemPairs:
    zero = np.zeros(size)
    return _ItemPairs(sum((each.named for each in pairs), zero), sum((each.split for each in pairs), zero))


def _ratio(pairs: _ItemPairs, confidence: float) -> Estimate:
    """Split pairs of all pairs, by item; its precision is that of a ratio of cluster totals."""
    used = pairs.named > 0
    named, split = pairs.named[used], pairs.split[used]
    n, total = len(named), float(named.sum())
    if not total:
        return Estimate.undefined(Status.NO_OVERLAP, confidence=confidence, method=_SPLITS)
    value = float(split.sum() / total)
    rest = split - value * named
    variance = float(rest @ rest) / total**2 * n / max(n - 1, 1)
    effective = min(value * (1 - value) / variance, total) if variance > 0 else float(n)
    lower, upper = score_interval(value, effective, float(norm.ppf((1 + confidence) / 2)))
    status = Status.OK if total >= _FEWEST else Status.TOO_FEW
    return Estimate(value, max(lower, 0.0), min(upper, 1.0), confidence, n, status, round(total), _SPLITS)


def _kind(within: Estimate, between: Estimate, others: Estimate) -> SplitKind:
    if within.status is not Status.OK:
        return SplitKind.NOT_ENOUGH_DATA
    if _is_above(within, others):
        return SplitKind.AMBIGUOUS
    return SplitKind.PLURAL if between.status is Status.OK and _is_above(between, within) else SplitKind.CLEAR


def _is_above(one: Estimate, other: Estimate) -> bool:
    limit = max(_SPLITS_FROM, other.upper or 0.0) if other.value is not None else _SPLITS_FROM
    return one.lower is not None and one.value is not None and one.value >= _SPLITS_FROM and one.lower > limit
