"""Recomputing the effects of retraining and coaching that pages tell, in plain loops over all scores."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import isclose, sqrt
from random import Random

from calibration.enums import DisputeState, FlagDecision, FlagState
from calibration.models import EvidenceRow, Flag, FlagEvent, GoldScore, SamplingPlan
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.effects import FlagEffect, flag_effect
from calibration.services.differences import Difference
from labeling.models import Queue
from qaplatform import clock

MOST_COUNTED = 100
FEWEST = 30
DRAWS = 4000
# Draws of two posteriors tell a probability to about two points.
ROUGH = 0.03

_Side = dict[str, tuple[int, int]]


def check_effects(queue: Queue) -> list[Difference]:
    """Each effect of a measure that has ended: the shares, the difference with its bounds, and the probability."""
    now, found = clock.now(), list[Difference]()
    ended = Flag.objects.filter(queue=queue, state__in=[FlagState.RECERTIFIED, FlagState.CLOSED])
    for flag in ended.select_related("queue", "labeler"):
        told = flag_effect(flag, now=now)
        if told is not None:
            found += differences_of(flag, told, now=now)
    return found


def differences_of(flag: Flag, told: FlagEffect, *, now: datetime) -> Iterable[Difference]:
    """What is told of a flag's measure against its scores."""
    before, after = _sides(flag, now)
    shared = [clause for clause in before if clause in after]
    counts = (sum(before[clause][1] for clause in shared), sum(after[clause][1] for clause in shared))
    name = f"effect after the flag of {flag.labeler} on {flag.opened_at:%Y-%m-%d}"
    if counts != (told.found.pre.n, told.found.post.n):
        counted = (told.found.pre.n, told.found.post.n)
        yield Difference(what=f"answers, {name}", stored=counted, recomputed=counts)
        return
    if min(counts) < FEWEST:
        if told.found.effect.value is not None:
            yield Difference(what=name, stored=told.found.effect.value, recomputed=None)
        return
    again = _effect(before, after, shared)
    stored = (told.found.effect.value, told.found.effect.lower, told.found.effect.upper)
    if not all(isclose(one or 0, other, abs_tol=1e-9) for one, other in zip(stored, again[:3], strict=True)):
        yield Difference(what=name, stored=stored, recomputed=again[:3])
    if abs((told.found.p_improved or 0) - again[3]) > ROUGH:
        yield Difference(what=f"probability, {name}", stored=told.found.p_improved, recomputed=again[3])


def _sides(flag: Flag, now: datetime) -> tuple[_Side, _Side]:
    """Right answers and answers by clause before and after."""
    plan = SamplingPlan.objects.get(queue=flag.queue)
    measures = [FlagDecision.RETRAIN, FlagDecision.COACH]
    event = FlagEvent.objects.filter(flag=flag, action__in=measures).order_by("at", "pk")[0]
    in_force = set(revisions_in_force(read_versions(flag.queue), flag.queue).ids)
    days, alarm = flag.finding["answered_at"], flag.finding.get("alarm")
    alarmed_at = datetime.fromisoformat(days[-1 if alarm is None else min(alarm, len(days) - 1)])
    disputed = set(EvidenceRow.objects.filter(dispute__state=DisputeState.OPEN).values_list("score_id", flat=True))
    before, after = [], []
    scores = GoldScore.objects.filter(labeler=flag.labeler, queue=flag.queue, question=plan.question)
    for score in scores.select_related("clause_revision__clause").order_by("answered_at", "id"):
        is_out = score.ended_at is not None or score.reference != "gold" or score.answered_at >= now
        is_old = score.clause_revision_id is not None and score.clause_revision_id not in in_force
        is_disputed = score.pk in disputed
        if is_out or is_old or is_disputed:
            continue
        if alarmed_at < score.answered_at < event.at:
            before.append(score)
        if flag.closed_at is not None and score.answered_at >= flag.closed_at:
            after.append(score)
    return _by_clause(before[:MOST_COUNTED]), _by_clause(after[:MOST_COUNTED])


def _by_clause(scores: Sequence[GoldScore]) -> _Side:
    right: Counter[str] = Counter()
    n: Counter[str] = Counter()
    for score in scores:
        clause = score.clause_revision.clause.code if score.clause_revision else ""
        n[clause] += 1
        right[clause] += score.is_correct
    return {clause: (right[clause], n[clause]) for clause in n}


def _effect(before: _Side, after: _Side, shared: Sequence[str]) -> tuple[float, float, float, float]:
    """Difference with its bounds by Newcombe, and the probability of a rise by draws from both posteriors."""
    weights = {c: before[c][1] * after[c][1] / (before[c][1] + after[c][1]) for c in shared}
    total = sum(weights.values())
    parts = []
    for side in (before, after):
        share = sum(weights[c] / total * side[c][0] / side[c][1] for c in shared)
        effective = 1 / sum((weights[c] / total) ** 2 / side[c][1] for c in shared)
        parts.append((share, effective, *_bounds(share, effective)))
    (one, n, low, high), (other, m, lower, upper) = parts
    difference = other - one
    below = sqrt((other - lower) ** 2 + (high - one) ** 2)
    above = sqrt((upper - other) ** 2 + (one - low) ** 2)
    draw = Random(1)  # noqa: S311  A check, not a secret.
    rises = sum(
        draw.betavariate(other * m + 0.5, (1 - other) * m + 0.5) > draw.betavariate(one * n + 0.5, (1 - one) * n + 0.5)
        for _ in range(DRAWS)
    )
    return difference, difference - below, difference + above, rises / DRAWS


def _bounds(share: float, n: float) -> tuple[float, float]:
    """Wilson's interval at a fraction of answers."""
    z = 1.959963984540054
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(middle - half, 0.0), min(middle + half, 1.0)
