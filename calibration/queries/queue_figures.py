"""Accuracy of whole queues, vendors and teams over several queues at once, and how fresh each queue's figures are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot, Recount, StaleMark
from calibration.queries.accuracy import RESULT_ROLES
from calibration.queries.agreement import main_questions
from calibration.queries.populations import Population
from calibration.stats import Estimate
from labeling.enums import QueueKind
from labeling.models import Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.queries.scopes import visible_teams, visible_vendors


@dataclass(frozen=True, kw_only=True)
class GroupAccuracy:
    """A group's accuracy against gold in one queue, with the interval that its standing was judged by."""

    queue_id: UUID
    queue_name: str
    name: str
    accuracy: Estimate
    target: float
    standing: str
    population: Population


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When a queue was last counted, and whether something has changed since."""

    counted_at: datetime | None
    is_stale: bool


def work_queues(access: Access) -> list[Queue]:
    """The visible queues in which work is done, without those that training makes."""
    return list(visible_queues(access).filter(kind=QueueKind.ORDINARY).order_by("name"))


def group_accuracies(access: Access, queues: Iterable[Queue], *, cut: Cut) -> tuple[GroupAccuracy, ...]:
    """Accuracy of each group of a cut in each of these queues, as far as the access reaches; four queries at most."""
    named, listed = _names(access, cut), list(queues)
    asked = main_questions(listed)
    by_id = {queue.pk: queue for queue in listed}
    rows = MetricSnapshot.objects.filter(queue__in=listed, metric=Metric.ACCURACY, cut=cut, key__in=named)
    found = [row for row in rows if row.question == asked.get(row.queue_id)]
    figures = [_figure(row, by_id[row.queue_id], named) for row in found]
    return tuple(sorted(figures, key=lambda figure: (figure.queue_name, figure.name)))


def freshness_of(queues: Iterable[Queue]) -> dict[UUID, Freshness]:
    """How fresh the figures of each queue are, by its public id, in two queries."""
    listed = list(queues)
    counted = dict(Recount.objects.filter(queue__in=listed).values_list("queue_id", "counted_at"))
    stale = set(StaleMark.objects.filter(queue__in=listed).order_by().values_list("queue_id", flat=True).distinct())
    return {
        queue.public_id: Freshness(counted_at=counted.get(queue.pk), is_stale=queue.pk in stale) for queue in listed
    }


def _figure(row: MetricSnapshot, queue: Queue, names: Mapping[str, str]) -> GroupAccuracy:
    return GroupAccuracy(
        queue_id=queue.public_id,
        queue_name=queue.name,
        name=names[row.key],
        accuracy=Estimate.from_json(row.estimates["judged"]),
        target=row.estimates["target"],
        standing=row.estimates["standing"],
        population=Population.from_json(row.population),
    )


def _names(access: Access, cut: Cut) -> dict[str, str]:
    reach = access.reach(RESULT_ROLES)
    if reach.is_empty:
        return {}
    if cut == Cut.QUEUE:
        return {"": ""} if reach.everything else {}
    groups = visible_vendors(access) if cut == Cut.VENDOR else visible_teams(access)
    return {str(public_id): name for public_id, name in groups.values_list("public_id", "name")}
