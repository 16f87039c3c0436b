"""Recomputing the weighted share of audited decisions, in plain loops."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from itertools import combinations
from statistics import pvariance

import numpy as np
from scipy.stats import beta
from scipy.stats import t as student

from calibration.models import Audit, AuditedLabel
from calibration.queries.audit_figures import AUDIT_CLOSED

REPLICATES = 400
Parts = dict[str, float | None]
NONE: Parts = {"value": None, "lower": None, "upper": None}


def chances_by_hand(rows: Sequence[AuditedLabel]) -> dict[int, float | None]:
    """The chance that each decision had of being drawn and judged; None where nobody knows it."""
    could: Counter[tuple[int, str]] = Counter()
    was: Counter[tuple[int, str]] = Counter()
    for other in AuditedLabel.objects.filter(audit__in={row.audit_id for row in rows}):
        if other.ended_at is None or other.ended_why == AUDIT_CLOSED:
            could[other.audit_id, other.stratum] += 1
            was[other.audit_id, other.stratum] += other.judged_at is not None and other.ended_at is None
    return {
        row.pk: row.inclusion_probability and row.inclusion_probability * was[place] / could[place]
        for row in rows
        for place in [(row.audit_id, row.stratum)]
    }


def rounded_chance(chance: float | None) -> float | None:
    """A chance without the last digits, which the order of a sum decides."""
    return None if chance is None else round(chance, 12)


def weighted_by_hand(rows: Sequence[AuditedLabel], chance_of: Mapping[int, float | None]) -> Parts:
    """Value and bounds; all None where nothing is to be weighted, or cannot be."""
    chances = {rounded_chance(chance_of[row.pk]) for row in rows}
    if len(chances) < 2 or None in chances or _overlap({row.audit_id for row in rows}):
        return NONE
    days: defaultdict[tuple[int, str], list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        day = row.answered_at.astimezone(UTC).strftime("%Y-%m-%d")
        days[row.labeler_id, day].append((1 / (chance_of[row.pk] or 1), bool(row.is_correct)))
    weights = [sum(weight for weight, _ in day) for day in days.values()]
    hits = [sum(weight for weight, is_right in day if is_right) for day in days.values()]
    value = sum(hits) / sum(weights)
    if len(days) == 1:
        return {**NONE, "value": value}
    squares = sum(weight**2 for day in days.values() for weight, _ in day)
    return _bounds(value, hits, weights, n=len(rows), alike=sum(weights) ** 2 / squares)


def _bounds(value: float, hits: Sequence[float], weights: Sequence[float], *, n: int, alike: float) -> Parts:
    """Exact bounds at the number of independent decisions; `alike` is that number where all or none are right."""
    days, size = len(weights), alike
    if 0 < value < 1:
        spread = _spread(hits, weights)
        size = min(value * (1 - value) / spread, n) if spread > 0 else alike
    few = float(student.ppf(0.975, n - 1)) / float(student.ppf(0.975, days - 1))
    size = min(size * few**2, n)
    right = min(value, 1.0) * size
    lower = float(beta.ppf(0.025, right, size - right + 1)) if right > 0 else 0.0
    upper = float(beta.ppf(0.975, right + 1, size - right)) if right < size else 1.0
    return {"value": value, "lower": lower, "upper": upper}


def _spread(hits: Sequence[float], weights: Sequence[float]) -> float:
    """Variance of the share over draws of whole days, one draw after the other from the same seed."""
    days, rng, shares = len(weights), np.random.default_rng(0), []
    for _ in range(REPLICATES):
        times = rng.multinomial(days, [1 / days] * days).tolist()
        total = sum(count * weight for count, weight in zip(times, weights, strict=True))
        shares.append(sum(count * hit for count, hit in zip(times, hits, strict=True)) / total)
    return float(pvariance(shares)) * days / (days - 1)


def _overlap(audit_ids: set[int]) -> bool:
    """Whether two of these audits may hold the same decision: same time, vendor and source."""
    audits = Audit.objects.filter(pk__in=audit_ids)
    for one, other in combinations(audits, 2):
        ends = [str(audit.population.get("until") or audit.created_at.isoformat()) for audit in (one, other)]
        starts = [str(audit.population.get("since") or "") for audit in (one, other)]
        is_later = starts[1] > ends[0] or starts[0] > ends[1]
        vendors = {audit.population.get("vendor") for audit in (one, other)}
        sources = {audit.population.get("source") for audit in (one, other)}
        is_elsewhere = (len(vendors) == 2 and None not in vendors) or sources == {"ours", "imported"}
        if not is_later and not is_elsewhere:
            return True
    return False
