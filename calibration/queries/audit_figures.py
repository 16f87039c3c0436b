"""Figures of audits: shares of right decisions, each decision weighing as many as it stands for."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet

from calibration.enums import ErrorKind
from calibration.models import AuditedLabel
from calibration.queries.error_kinds import kind_of_error
from calibration.queries.questions import MeasuredQuestion
from calibration.stats import Estimate, proportion, weighted_share

KIND_WORDS = {
    ErrorKind.FALSE_POSITIVE: ("False positive", "a violation was seen where there is none"),
    ErrorKind.FALSE_NEGATIVE: ("False negative", "a violation was missed"),
    ErrorKind.WRONG_SELECTION: ("Wrong selection", "another answer than the right one"),
    None: ("Cannot tell", "where the auditor could"),
}
POLICY_UNCLEAR = "policy unclear"
AUDIT_CLOSED = "audit closed"
UNDECIDED = Q(ended_at=None, is_correct=False, adjudication=None)
REPLICATES = 400


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision of an audit as its figures need it; `is_correct` None: not judged.

    `probability` is that of having been drawn and judged.
    """

    audit_id: int
    labeler_id: int
    vendor: str
    given: str
    expected: str
    is_correct: bool | None
    probability: float | None
    answered_at: datetime
    ended_why: str
    stratum: str = ""
    is_undecided: bool = False

    @property
    def is_judged(self) -> bool:
        """Whether it counts: judged, and not ended since."""
        return self.is_correct is not None and not self.ended_why

    @property
    def cluster(self) -> tuple[int, str]:
        """The labeler's day: what somebody decides on one day hangs together."""
        return self.labeler_id, self.answered_at.astimezone(UTC).date().isoformat()


@dataclass(frozen=True, kw_only=True)
class AuditCounts:
    """How far an audit is. `missing` are not judged: skipped, cannot tell, with nobody, or waiting."""

    drawn: int
    judged: int
    missing: int
    wrong: int
    undecided: int
    unclear: int
    left: int


@dataclass(frozen=True, slots=True)
class CutRow:
    """The share of right decisions of a part."""

    name: str
    share: Estimate


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many errors of a kind were found, and their share of all decisions."""

    name: str
    words: str
    found: int
    share: Estimate


@dataclass(frozen=True, kw_only=True)
class AuditFigures:
    """What is known from one audit, or from several of one question together."""

    counts: AuditCounts
    share: Estimate
    unweighted: Estimate
    is_weighted: bool
    by_vendor: tuple[CutRow, ...]
    by_given: tuple[CutRow, ...]
    by_expected: tuple[CutRow, ...]
    kinds: tuple[KindRow, ...]


def read_judged(rows: QuerySet[AuditedLabel]) -> list[Judged]:
    """The decisions of audits, in one query."""
    columns = (
        "adjudication",
        "audit_id",
        "labeler_id",
        "labeler__vendor__name",
        "given",
        "expected",
        "is_correct",
        "inclusion_probability",
        "answered_at",
        "ended_why",
        "stratum",
    )
    found = rows.order_by("pk").values_list(*columns)
    return _standing_for_the_missing([_judged(*row) for row in found])


def count_judged(rows: Iterable[Judged]) -> AuditCounts:
    """How far these are."""
    every = list(rows)
    now = [row for row in every if not row.ended_why]
    why = Counter(row.ended_why for row in every)
    judged = [row for row in now if row.is_judged]
    return AuditCounts(
        drawn=len(every),
        judged=len(judged),
        missing=len(now) - len(judged) + why[AUDIT_CLOSED],
        wrong=sum(row.is_correct is False for row in judged),
        undecided=sum(row.is_undecided for row in judged),
        unclear=why[POLICY_UNCLEAR],
        left=len(every) - len(now) - why[AUDIT_CLOSED] - why[POLICY_UNCLEAR],
    )


def share_of(rows: Sequence[Judged], is_hit: Callable[[Judged], bool] | None = None) -> Estimate:
    """The weighted share of right decisions among those judged, or of those that `is_hit` picks."""
    judged = [row for row in rows if row.is_judged]
    hits = [bool(row.is_correct) if is_hit is None else is_hit(row) for row in judged]
    places = {cluster: place for place, cluster in enumerate(dict.fromkeys(row.cluster for row in judged))}
    chances = [row.probability or 1.0 for row in judged]
    return weighted_share(hits, chances, [places[row.cluster] for row in judged], replicates=REPLICATES)


def figures_of(rows: Sequence[Judged], question: MeasuredQuestion) -> AuditFigures:
    """All figures of decisions that answer one question."""
    judged = [row for row in rows if row.is_judged]
    return AuditFigures(
        counts=count_judged(rows),
        share=share_of(judged),
        unweighted=proportion(sum(bool(row.is_correct) for row in judged), len(judged)),
        is_weighted=len({row.probability for row in judged}) > 1,
        by_vendor=_cut(judged, lambda row: row.vendor, str),
        by_given=_cut(judged, lambda row: row.given, question.name_of),
        by_expected=_cut(judged, lambda row: row.expected, question.name_of),
        kinds=_kinds(judged, question),
    )


def _standing_for_the_missing(rows: list[Judged]) -> list[Judged]:
    """The chance of each decision times the share of its stratum that was judged of what could be."""
    parts: defaultdict[tuple[int, str], list[bool]] = defaultdict(list)
    for row in rows:
        if row.ended_why in {"", AUDIT_CLOSED}:
            parts[row.audit_id, row.stratum].append(row.is_judged)
    shares = {place: sum(judged) / len(judged) for place, judged in parts.items()}
    return [
        replace(row, probability=round(row.probability * shares[row.audit_id, row.stratum], 12))
        if row.is_judged and row.probability is not None
        else row
        for row in rows
    ]


def _judged(adjudication: int | None, *columns: Any) -> Judged:
    row = Judged(*columns)
    is_undecided = row.is_correct is False and not row.ended_why and adjudication is None
    return replace(row, is_undecided=is_undecided)


def _cut(rows: Sequence[Judged], key: Callable[[Judged], str], name: Callable[[str], str]) -> tuple[CutRow, ...]:
    parts: defaultdict[str, list[Judged]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    largest_first = sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))
    return tuple(CutRow(name(code), share_of(part)) for code, part in largest_first)


def _kinds(rows: Sequence[Judged], question: MeasuredQuestion) -> tuple[KindRow, ...]:
    found = Counter(kind_of_error(row.expected, row.given, question) for row in rows if row.is_correct is False)
    return tuple(
        KindRow(*KIND_WORDS[kind], n, share_of(rows, partial(_is_error_of, kind=kind, question=question)))
        for kind, n in found.most_common()
    )


def _is_error_of(row: Judged, *, kind: ErrorKind | None, question: MeasuredQuestion) -> bool:
    return row.is_correct is False and kind_of_error(row.expected, row.given, question) == kind
