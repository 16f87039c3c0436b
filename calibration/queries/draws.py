"""Decisions that audits drew with unlike probabilities: their weighted share, where the audits' draws fit together."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any, Protocol

from calibration.models import Audit
from calibration.queries.audit_figures import REPLICATES
from calibration.stats import Estimate, weighted_share

DAY = timedelta(days=1)
# Chances that differ in what follows are the same: how a computer multiplies decides those digits.
DIGITS = 12
ALWAYS = datetime.min.replace(tzinfo=UTC)
WEIGHTED_WORDS = "weighted: some decisions were likelier to be drawn than others"
APART_WORDS = "drawn with unequal chances that no weight makes up for, counted plainly; see each audit"

Pairs = frozenset[frozenset[int]]


class DrawnRow(Protocol):
    """A judged decision; `probability` and `audit_id` are None where no audit drew it."""

    @property
    def is_correct(self) -> bool:
        """Whether the decision was right."""

    @property
    def probability(self) -> float | None:
        """The probability that it had of being drawn."""

    @property
    def audit_id(self) -> int | None:
        """The audit that it belongs to."""

    @property
    def cluster(self) -> Hashable:
        """The labeler's day."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What an audit was drawn from."""

    queue_id: int
    since: datetime
    until: datetime
    vendor: str | None
    source: str

    def is_apart_from(self, other: "_Frame") -> bool:
        """Whether no decision can have stood in both."""
        return (
            self.queue_id != other.queue_id
            or self.until <= other.since
            or other.until <= self.since
            or bool(self.vendor and other.vendor and self.vendor != other.vendor)
            or {self.source, other.source} == {"ours", "imported"}
        )


def has_unequal_chances(rows: Iterable[DrawnRow]) -> bool:
    """Whether these were drawn with different probabilities, so that counting them plainly would mislead."""
    return len({None if row.probability is None else round(row.probability, DIGITS) for row in rows}) > 1


def overlapping_audits(audit_ids: Iterable[int | None]) -> Pairs:
    """Pairs of these audits that may have drawn from the same decisions, in one query at most."""
    wanted = {pk for pk in audit_ids if pk is not None}
    if len(wanted) < 2:
        return frozenset()
    return overlapping_pairs(Audit.objects.filter(pk__in=wanted))


def overlapping_pairs(audits: Iterable[Audit]) -> Pairs:
    """Pairs of these audits that may have drawn from the same decisions."""
    frames = {audit.pk: _frame(audit) for audit in audits}
    pairs = combinations(frames, 2)
    return frozenset(frozenset({one, other}) for one, other in pairs if not frames[one].is_apart_from(frames[other]))


def fit_together(audit_ids: Iterable[int | None], overlapping: Pairs) -> bool:
    """Whether decisions of these audits may be weighted together: no two drew from the same ones."""
    known = {pk for pk in audit_ids if pk is not None}
    return not any(pair <= known for pair in overlapping)


def weighted_accuracy(rows: Sequence[DrawnRow], overlapping: Pairs) -> Estimate | None:
    """The share of right decisions weighted by how likely each was drawn.

    None where plain counting is right, or where no weight is known: some were not drawn, or audits overlap.
    """
    chances = [row.probability for row in rows if row.probability is not None]
    if (
        len(chances) < len(rows)
        or not has_unequal_chances(rows)
        or not fit_together((row.audit_id for row in rows), overlapping)
    ):
        return None
    places = {cluster: place for place, cluster in enumerate(dict.fromkeys(row.cluster for row in rows))}
    clusters = [places[row.cluster] for row in rows]
    return weighted_share([row.is_correct for row in rows], chances, clusters, replicates=REPLICATES)


def weighted_in(estimates: Mapping[str, Any]) -> Estimate | None:
    """The weighted share that a snapshot keeps, if it keeps one."""
    kept = estimates.get("weighted")
    return Estimate.from_json(kept) if kept else None


def chances_words(*, is_unequal: bool, is_weighted: bool) -> str:
    """What stands beside a figure of decisions with unlike probabilities; empty where they are alike or unknown.

    >>> chances_words(is_unequal=False, is_weighted=False)
    ''
    """
    if not is_unequal:
        return ""
    return WEIGHTED_WORDS if is_weighted else APART_WORDS


def _frame(audit: Audit) -> _Frame:
    """A period without an end ends with the draw."""
    kept = audit.population
    since, until = kept.get("since"), kept.get("until")
    return _Frame(
        queue_id=audit.queue_id,
        since=_midnight(since) if since else ALWAYS,
        until=_midnight(until) + DAY if until else audit.created_at,
        vendor=kept.get("vendor"),
        source=kept.get("source", "all"),
    )


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.min, UTC)
