"""Which way answers are wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from calibration.enums import ErrorKind
from calibration.queries.questions import CANNOT_TELL, JOIN, MeasuredQuestion
from calibration.stats import ConfusionTally, Estimate, proportion

# A kind names somebody's errors when it makes up more than this share of them.
MAIN_SHARE = 0.6
CANNOT_TELL_COLUMN = "cannot tell"


@dataclass(frozen=True, kw_only=True)
class ErrorCounts:
    """Errors by kind; `clean` answers were expected to find no violation, `violating` ones to find one.

    `cannot_tell` counts the wrong ones: where the gold accepts "cannot tell", it is no error.
    """

    false_positives: int
    false_negatives: int
    wrong_selections: int
    cannot_tell: int
    clean: int
    violating: int

    @property
    def false_positive(self) -> Estimate:
        """Share of clean items that were called violating."""
        return proportion(self.false_positives, self.clean)

    @property
    def false_negative(self) -> Estimate:
        """Share of violating items that were called clean."""
        return proportion(self.false_negatives, self.violating)


def kind_of_error(expected: str, given: str, question: MeasuredQuestion) -> ErrorKind | None:
    """The kind of one wrong answer; None for "cannot tell", which is wrong but leans to neither side."""
    if given in {CANNOT_TELL, CANNOT_TELL_COLUMN}:
        return None
    if not question.no_violation:
        return ErrorKind.WRONG_SELECTION
    expects, finds = (bool(violations(code, question)) for code in (expected, given))
    if expects == finds:
        return ErrorKind.WRONG_SELECTION
    return ErrorKind.FALSE_POSITIVE if finds else ErrorKind.FALSE_NEGATIVE


def violations(code: str, question: MeasuredQuestion) -> frozenset[str]:
    """The violating categories that an answer names."""
    return frozenset(code.split(JOIN)) - {question.no_violation, ""}


def count_errors(tally: ConfusionTally, question: MeasuredQuestion) -> ErrorCounts:
    """Errors of a confusion by kind; without a taxonomy all are wrong selections."""
    kinds: Counter[ErrorKind | None] = Counter()
    for expected, row in tally.errors().items():
        for given, n in row.items():
            kinds[kind_of_error(expected, given, question)] += n
    clean = [not violations(code, question) for code in tally.categories] if question.no_violation else []
    by_expected = tally.counts.sum(axis=1)
    n_clean = int(sum(n for n, is_clean in zip(by_expected, clean, strict=False) if is_clean))
    return ErrorCounts(
        false_positives=kinds[ErrorKind.FALSE_POSITIVE],
        false_negatives=kinds[ErrorKind.FALSE_NEGATIVE],
        wrong_selections=kinds[ErrorKind.WRONG_SELECTION],
        cannot_tell=tally.cannot_tell - _accepted_cannot_tell(tally),
        clean=n_clean,
        violating=tally.n - n_clean if question.no_violation else 0,
    )


def _accepted_cannot_tell(tally: ConfusionTally) -> int:
    """Right answers off the diagonal: "cannot tell" where the gold accepts it."""
    return tally.right - int(tally.counts[:, :-1].trace())


def main_kind(errors: Iterable[tuple[str, str]], question: MeasuredQuestion) -> ErrorKind:
    """What (expected, given) errors have in common: the kind of most of them, or mixed."""
    kinds = Counter(kind_of_error(expected, given, question) for expected, given in errors)
    known = {kind: n for kind, n in kinds.items() if kind is not None}
    if not known:
        return ErrorKind.MIXED
    kind = max(known, key=lambda name: known[name])
    return kind if known[kind] > MAIN_SHARE * sum(kinds.values()) else ErrorKind.MIXED
