"""Standings: declared on Mondays, and once when a queue has its first; between the dates pages show the interval.

People, and the groups they are in, are judged against each reference by itself.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from django.db import transaction

from calibration.enums import Cut, Reference
from calibration.models import GroupStanding, SamplingPlan, StandingRecord
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.draws import has_unequal_chances
from calibration.queries.score_counts import MEASURED, ScoreRow, read_scores
from calibration.queries.windows import own_starts, window_start
from calibration.services.accuracy_snapshots import by_cut, judge_group
from calibration.stats import StandingEstimate, standing
from labeling.models import Queue
from qaplatform.people.models import Labeler

MINIMUM = 20
GROUPS = (Cut.QUEUE, Cut.VENDOR, Cut.TEAM)


@transaction.atomic
def declare_standings(queue: Queue, *, on: date, now: datetime) -> list[StandingRecord]:
    """Declare where everybody stood at the beginning of a day. What was declared for that date stays as it is."""
    until = min(datetime.combine(on, time.min, UTC), now)
    return [row for reference in MEASURED for row in _declare(queue, reference, on=on, until=until)]


@transaction.atomic
def declare_first_standings(queue: Queue, *, now: datetime) -> list[StandingRecord]:
    """Declare a queue's first standings by a reference as soon as somebody has enough answers, before any Monday."""
    declared = set(StandingRecord.objects.filter(queue=queue).values_list("reference", flat=True).distinct())
    on = now.astimezone(UTC).date()
    found: list[StandingRecord] = []
    for reference in MEASURED:
        if reference not in declared and _has_enough(_read(queue, reference, until=now)):
            found += _declare(queue, reference, on=on, until=now)
    return found


def _declare(queue: Queue, reference: Reference, *, on: date, until: datetime) -> list[StandingRecord]:
    target, window = queue.sampling_plan.target, window_start(until)
    starts = own_starts(queue, since=window, until=until)
    rows = _read(queue, reference, until=until)
    people: list[StandingRecord] = []
    groups: list[GroupStanding] = []
    labelers = _labelers(rows)
    for cut, key, group in by_cut(rows):
        if has_unequal_chances(group):
            continue
        if cut == Cut.LABELER:
            judged = standing(sum(row.is_correct for row in group), len(group), target=target, minimum=MINIMUM)
            since = starts.get(group[0].labeler_id, window)
            people.append(_record(labelers[key], queue, reference, judged, on=on, since=since))
        elif cut in GROUPS:
            groups.append(_group(queue, reference, cut, key, judge_group(group, target=target), on=on, since=window))
    counted = {row.labeler_id for row in rows if row.in_own_window}
    people += _without_answers(queue, reference, counted, target=target, on=on, since=window)
    StandingRecord.objects.bulk_create(people, ignore_conflicts=True)
    GroupStanding.objects.bulk_create(groups, ignore_conflicts=True)
    return people


def _read(queue: Queue, reference: Reference, *, until: datetime) -> list[ScoreRow]:
    """What counts for a standing: base answers of the window, disputed ones too."""
    since = window_start(until)
    rows = read_scores(
        queue.pk,
        SamplingPlan.objects.get(queue=queue).question,
        reference=reference,
        revisions=revisions_in_force(read_versions(queue), queue).ids,
        since=since,
        until=until,
        own_starts=own_starts(queue, since=since, until=until),
    )
    return [row for row in rows if row.is_base]


def _has_enough(rows: Sequence[ScoreRow]) -> bool:
    return any(cut == Cut.LABELER and len(group) >= MINIMUM for cut, _, group in by_cut(rows))


def _labelers(rows: Sequence[ScoreRow]) -> dict[str, int]:
    people = Labeler.objects.filter(pk__in={row.labeler_id for row in rows})
    return {str(public_id): pk for public_id, pk in people.values_list("public_id", "pk")}


def _without_answers(
    queue: Queue, reference: Reference, counted: set[int], *, target: float, on: date, since: datetime
) -> list[StandingRecord]:
    """Whoever was judged before and has no answer in the window any more: the old standing holds no longer."""
    rows = StandingRecord.objects.filter(queue=queue, reference=reference, declared_on__lt=on)
    latest = rows.order_by("labeler_id", "-declared_on").distinct("labeler_id")
    nothing = standing(0, 0, target=target)
    return [
        _record(row.labeler_id, queue, reference, nothing, on=on, since=since)
        for row in latest
        if row.n and row.labeler_id not in counted
    ]


def _record(
    labeler_id: int, queue: Queue, reference: Reference, judged: StandingEstimate, *, on: date, since: datetime
) -> StandingRecord:
    figures = _figures(judged)
    return StandingRecord(
        labeler_id=labeler_id, queue=queue, reference=reference, declared_on=on, window_from=since, **figures
    )


def _group(
    queue: Queue, reference: Reference, cut: Cut, key: str, judged: StandingEstimate, *, on: date, since: datetime
) -> GroupStanding:
    figures = _figures(judged)
    return GroupStanding(
        queue=queue, cut=cut, key=key, reference=reference, declared_on=on, window_from=since, **figures
    )


def _figures(judged: StandingEstimate) -> dict[str, object]:
    """What both kinds of record keep of a standing."""
    return {
        "target": judged.target,
        "n": judged.n,
        "correct": judged.hits,
        "lower": judged.accuracy.lower,
        "upper": judged.accuracy.upper,
        "standing": judged.standing.value,
    }
