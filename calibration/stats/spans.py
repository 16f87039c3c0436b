"""Agreement on marked stretches of text: F1 and alpha, with each character, or each token, as a unit."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.agreement import prevalence_status
from calibration.stats.errors import DuplicateRating, OutOfRange
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import codes, counts, row_keys, same_length
from calibration.stats.jackknife import Resampled, jackknife_interval

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_LABELS = 10_000


@dataclass(frozen=True, slots=True)
class SpanAnswers:
    """Who marked what in which item, as codes from 0.

    `items` and `raters` are int64[A], one entry an answer: somebody looked at an item, whether or not they marked
    anything. `lengths` int64[N] are the characters (or tokens) of each item. A span of answer `answers` int64[S] goes
    from `starts` to before `ends`, int64[S], under the label `labels` int64[S].
    """

    items: Ints
    raters: Ints
    lengths: Ints
    answers: Ints
    starts: Ints
    ends: Ints
    labels: Ints

    @classmethod
    def of(
        cls,
        items: ArrayLike,
        raters: ArrayLike,
        lengths: ArrayLike,
        *,
        answers: ArrayLike,
        starts: ArrayLike,
        ends: ArrayLike,
        labels: ArrayLike | None = None,
    ) -> Self:
        """Answers that were checked: spans lie in their items and spans of one answer do not contradict each other.

        Without `labels` all spans have one. Spans of one answer and label may overlap: they are one. Raises OutOfRange
        for spans that are empty, lie outside their item, or overlap under different labels in one answer;
        DuplicateRating for a second answer of a rater to an item; NotFinite, UnlikeLengths and TooLarge.

        >>> found = SpanAnswers.of([0, 0], [0, 1], [10], answers=[0, 1], starts=[2, 4], ends=[6, 8])
        >>> span_f1(found).value
        0.5
        """
        units = counts(lengths, name="lengths")
        places, persons = codes(items, name="items", size=len(units)), codes(raters, name="raters")
        same_length(items=places, raters=persons)
        whose, begins = codes(answers, name="answers", size=len(places)), codes(starts, name="starts")
        stops = codes(ends, name="ends")
        kinds = codes(np.zeros(len(whose)) if labels is None else labels, name="labels", size=_MOST_LABELS)
        same_length(answers=whose, starts=begins, ends=stops, labels=kinds)
        _check_spans(begins, stops, units[places[whose]])
        _check_answers(places, persons)
        found = cls(places, persons, units, whose, begins, stops, kinds)
        _Cells.of(found)
        return found

    def to_tokens(self, items: ArrayLike, starts: ArrayLike, ends: ArrayLike) -> Self:
        """The same answers with tokens as units: a token is marked where a span holds a part of it.

        items, starts and ends are int[T], one entry a token in the order of the text; characters between tokens do not
        count. A token that two spans of one answer hold a part of belongs to the first. Raises OutOfRange for tokens
        that overlap or are not in order, and as `of` does.

        >>> marked = SpanAnswers.of([0, 0], [0, 1], [11], answers=[0, 1], starts=[0, 1], ends=[5, 4])
        >>> words = marked.to_tokens([0, 0], [0, 6], [5, 11])
        >>> words.lengths.tolist(), span_f1(words).value
        ([2], 1.0)
        """
        units = codes(items, name="items", size=len(self.lengths))
        begins, stops = codes(starts, name="starts"), codes(ends, name="ends")
        same_length(items=units, starts=begins, ends=stops)
        _check_spans(begins, stops, self.lengths[units])
        offsets = _offsets(self.lengths)
        first, last = offsets[units] + begins, offsets[units] + stops
        if (first[1:] < last[:-1]).any():
            raise OutOfRange("Tokens stand in the order of the text and do not overlap.")
        base = offsets[self.items[self.answers]]
        low = np.searchsorted(last, base + self.starts, side="right")
        high = np.searchsorted(first, base + self.ends, side="left")
        lengths = np.bincount(units, minlength=len(self.lengths)).astype(np.int64)
        before = _offsets(lengths)[self.items[self.answers]]
        return type(self)(self.items, self.raters, lengths, *_apart(self, low - before, high - before))


def span_alpha(found: SpanAnswers, *, confidence: float = 0.95) -> Estimate:
    """Krippendorff's alpha with each character (or token) as a unit, nominal (Krippendorff 2011; 2018, section 12.4).

    The categories are the labels and "not marked". The interval is a jackknife over items, since the characters of one
    text hang together. `n` counts the items with two answers or more. Status `empty`, `no_overlap`, `one_category`
    where nobody marked anything or all was marked alike, `few_positives` where a label has fewer than 20 spans,
    `too_few` without an interval for a single item.

    >>> answers = SpanAnswers.of([0, 0, 1, 1], [0, 1, 0, 1], [10, 10], answers=[0, 1], starts=[2, 4], ends=[6, 8])
    >>> span_alpha(answers).rounded(3)[0]
    0.391
    """
    cells, method = _Cells.of(found), "span_alpha"
    if not cells.n_items:
        return _no_overlap(found, cells, confidence, method)
    within, totals, sizes = cells.disagreeing(), cells.by_label(), cells.units_of_items()
    n, shown = sizes.sum(), np.asarray(totals.sum(axis=0), np.float64)
    chance = n**2 - shown @ shown
    if chance <= 0:
        return Estimate.undefined(
            Status.ONE_CATEGORY, n=cells.n_items, n_ratings=cells.n_answers, confidence=confidence, method=method
        )
    left = (n - sizes) ** 2 - (shown @ shown - 2 * totals @ shown + (totals**2).sum(axis=1))
    without = 1 - (n - sizes - 1) * np.divide(
        within.sum() - within, left, out=np.full_like(within, np.nan), where=left > 0
    )
    resampled = Resampled(
        float(1 - (n - 1) * within.sum() / chance), without, float(n * (n - 1) / chance), unanimous=not within.any()
    )
    return _estimate(resampled, cells, confidence, method, n_items=cells.n_items)


def span_f1(found: SpanAnswers, *, label: int | None = None, confidence: float = 0.95) -> Estimate:
    """F1 of what two people mark, mean over pairs of answers to an item, over characters (or tokens).

    Given that one person marked a character, how often another did under the same label: with two answers an item it is
    `2 |both| / (|one| + |other|)` over all items (Hripcsak and Rothschild 2005, who show that it is agreement without
    the many characters that nobody marks). `label` asks for one label alone. `n` counts the items with two answers or
    more that hold a mark; the interval is a jackknife over them. Status as of `span_alpha`, and `too_few` where nothing
    was marked. Raises OutOfRange for a label below 0.

    >>> answers = SpanAnswers.of([0, 0], [0, 1], [10], answers=[0, 1], starts=[2, 4], ends=[6, 8])
    >>> span_f1(answers).value, span_f1(answers, label=1).status.value
    (0.5, 'too_few')
    """
    cells, method = _Cells.of(found), "span_f1"
    if label is not None:
        codes([label], name="label")
        cells = cells.of_label(label)
    if not cells.n_items:
        return _no_overlap(found, cells, confidence, method)
    hits, marked = cells.shared(), cells.marked()
    held = marked > 0
    if not held.any():
        return Estimate.undefined(Status.TOO_FEW, n=0, n_ratings=cells.n_answers, confidence=confidence, method=method)
    hits, marked = hits[held], marked[held]
    left = marked.sum() - marked
    without = np.divide(hits.sum() - hits, left, out=np.full_like(hits, np.nan), where=left > 0)
    resampled = Resampled(
        float(hits.sum() / marked.sum()), without, 1.0, unanimous=bool((hits == marked).all()), least=0.0
    )
    return _estimate(resampled, cells, confidence, method, n_items=int(held.sum()))


@dataclass(frozen=True, slots=True)
class _Cells:
    """Stretches of the items with two answers or more in which nobody's mark begins or ends.

    A stretch is `units` long, float64[G], and stands in item `item` int64[G] of `sizes` float64[T] answers. A cell says
    that `n` float64[C] answers marked the stretch `stretch` int64[C] under `label` int64[C]. `spans` int64[K] counts
    the spans of each label.
    """

    units: Floats
    item: Ints
    sizes: Floats
    stretch: Ints
    label: Ints
    n: Floats
    spans: Ints

    @classmethod
    def of(cls, found: SpanAnswers) -> "_Cells":
        sizes = np.bincount(found.items, minlength=len(found.lengths))
        kept = np.flatnonzero(sizes >= 2)
        place = np.full(len(sizes), -1)
        place[kept] = np.arange(len(kept))
        lengths, offsets = found.lengths[kept], _offsets(found.lengths[kept])
        shared = place[found.items[found.answers]] >= 0
        base = offsets[place[found.items[found.answers[shared]]]] if len(kept) else np.zeros(0, np.int64)
        starts, ends = base + found.starts[shared], base + found.ends[shared]
        edges = np.unique(np.concatenate([offsets, offsets + lengths, starts, ends]))
        stretch, span = _expanded(np.searchsorted(edges, starts), np.searchsorted(edges, ends))
        stretch, label = _marked(stretch, found.answers[shared][span], found.labels[shared][span])
        keys, n = np.unique(row_keys(stretch, label), return_counts=True)
        width = int(label.max()) + 1 if label.size else 1
        return cls(
            units=np.diff(edges).astype(np.float64),
            item=np.searchsorted(offsets, edges[:-1], side="right") - 1,
            sizes=sizes[kept].astype(np.float64),
            stretch=keys // width,
            label=keys % width,
            n=n.astype(np.float64),
            spans=np.bincount(found.labels[shared]),
        )

    @property
    def n_items(self) -> int:
        return len(self.sizes)

    @property
    def n_answers(self) -> int:
        return int(self.sizes.sum())

    def of_label(self, label: int) -> "_Cells":
        """The marks of one label alone."""
        chosen, spans = self.label == label, self.spans[label : label + 1]
        place, n = self.stretch[chosen], self.n[chosen]
        return _Cells(self.units, self.item, self.sizes, place, np.zeros(len(place), np.int64), n, spans)

    def units_of_items(self) -> Floats:
        """Ratings of characters, float64[T]: answers times length."""
        return self._summed(self.units * self.sizes[self.item], np.arange(len(self.units)))

    def by_label(self) -> Floats:
        """Ratings of characters by item and label, float64[T, K + 1], "not marked" last."""
        k = len(self.spans)
        cells = self.item[self.stretch] * k + self.label
        marked = np.bincount(cells, self.n * self.units[self.stretch], minlength=self.n_items * k)
        table = marked.reshape(self.n_items, k)
        return np.column_stack([table, self.units_of_items() - table.sum(axis=1)])

    def disagreeing(self) -> Floats:
        """Disagreeing pairs within items, weighted as coincidences are, float64[T]."""
        sizes, numbers = self.sizes[self.item], len(self.units)
        outside = sizes - np.bincount(self.stretch, self.n, minlength=numbers)
        squares = np.bincount(self.stretch, self.n**2, minlength=numbers) + outside**2
        return self._summed(self.units * (sizes**2 - squares) / (sizes - 1), np.arange(numbers))

    def shared(self) -> Floats:
        """Marks of characters that another answer shares, float64[T], mean over the other answers."""
        others = self.sizes[self.item[self.stretch]] - 1
        return self._summed(self.units[self.stretch] * self.n * (self.n - 1) / others, self.stretch)

    def marked(self) -> Floats:
        """Marks of characters, float64[T]."""
        return self._summed(self.units[self.stretch] * self.n, self.stretch)

    def _summed(self, weights: Floats, stretch: NDArray[np.intp] | Ints) -> Floats:
        return np.asarray(np.bincount(self.item[stretch], weights, minlength=self.n_items), np.float64)


def _estimate(resampled: Resampled, cells: _Cells, confidence: float, method: str, *, n_items: int) -> Estimate:
    items = np.ones(len(resampled.without), np.int64)
    bounds = jackknife_interval(resampled, items, n_pairable=n_items, confidence=confidence)
    status = Status.TOO_FEW if bounds is None else prevalence_status(cells.spans)
    lower, upper = bounds or (None, None)
    return Estimate(resampled.value, lower, upper, confidence, n_items, status, cells.n_answers, method)


def _no_overlap(found: SpanAnswers, cells: _Cells, confidence: float, method: str) -> Estimate:
    status = Status.NO_OVERLAP if len(found.items) else Status.EMPTY
    return Estimate.undefined(status, n_ratings=cells.n_answers, confidence=confidence, method=method)


def _check_spans(starts: Ints, ends: Ints, lengths: Ints) -> None:
    if ((starts >= ends) | (ends > lengths)).any():
        raise OutOfRange("A span starts before it ends, and ends within its item.")


def _check_answers(items: Ints, raters: Ints) -> None:
    keys = row_keys(items, raters)
    order = np.argsort(keys, kind="stable")
    repeats = keys[order][1:] == keys[order][:-1]
    if repeats.any():
        raise DuplicateRating(int(order[1:][repeats].min()))


def _offsets(lengths: Ints) -> Ints:
    """Where each item begins when all are laid end to end, int64[N]."""
    return np.asarray(np.cumsum(lengths) - lengths, np.int64)


def _expanded(first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """The stretches first to before last of each span, and the span of each of these."""
    held = last - first
    span = np.repeat(np.arange(len(first)), held)
    within = np.arange(len(span)) - np.repeat(np.cumsum(held) - held, held)
    return first[span] + within, span


def _marked(stretch: Ints, answer: Ints, label: Ints) -> tuple[Ints, Ints]:
    """One entry a stretch and answer; raises OutOfRange where one answer gives it two labels."""
    keys = row_keys(answer, stretch)
    order = np.lexsort((label, keys))
    keys, stretch, label, answer = keys[order], stretch[order], label[order], answer[order]
    repeats = keys[1:] == keys[:-1]
    contradicting = np.flatnonzero(repeats & (label[1:] != label[:-1]))
    if contradicting.size:
        raise OutOfRange(
            f"Answer {answer[contradicting[0]]} marks one place under two labels. Measure each label by itself."
        )
    kept = np.append(True, ~repeats)[: len(keys)]
    return stretch[kept], label[kept]


def _apart(found: SpanAnswers, low: Ints, high: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Spans as tokens, in order, each beginning where the one before it in its answer ends if labels differ."""
    order = np.lexsort((found.starts, found.answers))
    answers, labels = found.answers[order], found.labels[order]
    starts, ends = low[order].astype(np.int64), high[order].astype(np.int64)
    follows = (answers[1:] == answers[:-1]) & (labels[1:] != labels[:-1])
    starts[1:] = np.where(follows, np.maximum(starts[1:], ends[:-1]), starts[1:])
    held = starts < ends
    return answers[held], starts[held], ends[held], labels[held]
