"""What kind of errors somebody makes in a queue, from the confusion that its accuracy rests on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.queries.error_kinds import CANNOT_TELL_COLUMN, count_errors
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion
from calibration.stats import (
    ConfusionTally,
    Detection,
    Estimate,
    cost_weighted_error,
    costs_by_expected,
    detection,
    f1_estimate,
    macro_f1,
    matthews_correlation,
    profile_estimate,
)

REPLICATES = 200


@dataclass(frozen=True, kw_only=True)
class CategoryProfile:
    """How well one category is found (recall) and how far it can be trusted where given (precision)."""

    name: str
    expected: int
    given: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True, kw_only=True)
class ErrorProfile:
    """The profile, its sentence first. `costs` names the categories whose errors cost other than 1."""

    sentence: str
    categories: tuple[CategoryProfile, ...]
    macro_f1: Estimate
    correlation: Estimate
    detection: Detection | None
    cost: Estimate
    costs: tuple[tuple[str, float], ...]


def error_profile(
    tally: ConfusionTally, question: MeasuredQuestion, *, costs: Mapping[str, float] | None = None
) -> ErrorProfile | None:
    """The profile of a confusion; None without answers. `costs` are the queue's severity costs by expected category."""
    if not tally.n:
        return None
    weights = {name: cost for name, cost in (costs or {}).items() if name in tally.categories}
    rng = np.random.default_rng(tally.n)
    seen = [code for code in tally.categories if _came(tally, code)]
    leaning = detection(tally, question.no_violation) if _has_clean(tally, question) else None
    return ErrorProfile(
        sentence=_sentence(tally, question, leaning),
        categories=tuple(_category(tally, code, question) for code in seen),
        macro_f1=profile_estimate(tally, macro_f1, rng=rng, replicates=REPLICATES),
        correlation=profile_estimate(tally, matthews_correlation, rng=rng, replicates=REPLICATES),
        detection=leaning,
        cost=cost_weighted_error(tally, costs_by_expected(tally, weights)),
        costs=tuple((question.name_of(code), cost) for code, cost in sorted(weights.items()) if cost != 1),
    )


def _has_clean(tally: ConfusionTally, question: MeasuredQuestion) -> bool:
    return bool(question.no_violation) and question.no_violation in tally.categories


def _came(tally: ConfusionTally, code: str) -> bool:
    at = tally.categories.index(code)
    return bool(tally.counts[at].any() or tally.counts[:, at].any())


def _category(tally: ConfusionTally, code: str, question: MeasuredQuestion) -> CategoryProfile:
    at = tally.categories.index(code)
    return CategoryProfile(
        name=question.name_of(code),
        expected=int(tally.counts[at].sum()),
        given=int(tally.counts[:, at].sum()),
        precision=tally.precision(code),
        recall=tally.recall(code),
        f1=f1_estimate(tally, code),
    )


def _sentence(tally: ConfusionTally, question: MeasuredQuestion, leaning: Detection | None) -> str:
    """How many errors and of which kind, the most frequent one, and which way doubt goes."""
    if not tally.wrong:
        return f"No error in {tally.n:,} checked answers."
    parts = [f"{_errors(tally)}{_kinds(tally, question)}", _most_frequent(tally, question)]
    parts.append(leaning.words if leaning is not None else "")
    return " ".join(part for part in parts if part)


def _errors(tally: ConfusionTally) -> str:
    return f"{tally.wrong:,} {'error' if tally.wrong == 1 else 'errors'} in {tally.n:,} checked answers"


def _kinds(tally: ConfusionTally, question: MeasuredQuestion) -> str:
    found = count_errors(tally, question)
    kinds = (
        (found.false_positives, "seen where there is no violation"),
        (found.false_negatives, "missed"),
        (found.wrong_selections, "in another category"),
        (found.cannot_tell, "“cannot tell”"),
    )
    told = ", ".join(f"{n:,} {words}" for n, words in kinds if n)
    return f": {told}." if told else "."


def _most_frequent(tally: ConfusionTally, question: MeasuredQuestion) -> str:
    cells = [(n, expected, given) for expected, row in tally.errors().items() for given, n in row.items()]
    if not cells:
        return ""
    n, expected, given = max(cells, key=lambda cell: (cell[0], cell[1], cell[2]))
    if n < 2:
        return ""
    code = CANNOT_TELL if given == CANNOT_TELL_COLUMN else given
    return f"Most often “{question.name_of(expected)}” is answered “{question.name_of(code)}” ({n:,} times)."
