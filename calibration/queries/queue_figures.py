"""Accuracy of whole queues, vendors and teams over several queues at once, and how fresh each queue's figures are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from calibration.enums import Cut, Metric, Reference
from calibration.models import GroupStanding, MetricSnapshot, Recount, StaleMark
from calibration.queries.accuracy import RESULT_ROLES
from calibration.queries.agreement import main_questions
from calibration.queries.draws import chances_words, weighted_in
from calibration.queries.populations import Population
from calibration.queries.settling import settle_group_words
from calibration.stats import Estimate, Standing
from labeling.enums import QueueKind
from labeling.models import Queue
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.queries.scopes import visible_teams, visible_vendors


@dataclass(frozen=True, kw_only=True)
class GroupAccuracy:
    """A group's accuracy in one queue with the interval that fits a group of people.

    `standing` is of the latest declared date, empty before the first; between the dates the interval alone speaks.
    """

    queue_id: UUID
    queue_name: str
    key: str
    name: str
    accuracy: Estimate
    target: float
    standing: str
    declared_on: date | None
    has_unequal_chances: bool
    is_weighted: bool
    population: Population

    @property
    def chances_words(self) -> str:
        """What stands beside a figure of decisions that were drawn with unlike probabilities."""
        return chances_words(is_unequal=self.has_unequal_chances, is_weighted=self.is_weighted)

    @property
    def declared_words(self) -> str:
        """When the standing was declared."""
        return f"Declared on {self.declared_on:%-d %b %Y}." if self.declared_on else "Not declared yet."

    @property
    def settle_words(self) -> str:
        """About how many more answers would settle a standing that cannot be told yet; empty where it can be."""
        if self.standing != Standing.NOT_ENOUGH_DATA or self.has_unequal_chances:
            return ""
        return settle_group_words(self.accuracy, target=self.target, reference=Reference(self.population.reference))


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When a queue was last counted, and whether something has changed since."""

    counted_at: datetime | None
    is_stale: bool


def work_queues(access: Access) -> list[Queue]:
    """The visible queues in which work is done, without those that training makes."""
    return list(visible_queues(access).filter(kind=QueueKind.ORDINARY).order_by("name"))


def group_accuracies(
    access: Access, queues: Iterable[Queue], *, cut: Cut, reference: Reference
) -> tuple[GroupAccuracy, ...]:
    """Accuracy of each group of a cut in each of these queues, as far as the access reaches; five queries at most."""
    named, listed = _names(access, cut), list(queues)
    asked = main_questions(listed)
    by_id = {queue.pk: queue for queue in listed}
    rows = MetricSnapshot.objects.filter(
        queue__in=listed, metric=Metric.ACCURACY, cut=cut, key__in=named, reference=reference
    )
    found = [row for row in rows if row.question == asked.get(row.queue_id)]
    declared = _declared(listed, cut, list(named), reference)
    figures = [_figure(row, by_id[row.queue_id], named, declared.get((row.queue_id, row.key))) for row in found]
    return tuple(sorted(figures, key=lambda figure: (figure.queue_name, figure.name)))


def freshness_of(queues: Iterable[Queue]) -> dict[UUID, Freshness]:
    """How fresh the figures of each queue are, by its public id, in two queries."""
    listed = list(queues)
    counted = dict(Recount.objects.filter(queue__in=listed).values_list("queue_id", "counted_at"))
    stale = set(StaleMark.objects.filter(queue__in=listed).order_by().values_list("queue_id", flat=True).distinct())
    return {
        queue.public_id: Freshness(counted_at=counted.get(queue.pk), is_stale=queue.pk in stale) for queue in listed
    }


def _declared(
    queues: Sequence[Queue], cut: Cut, keys: Sequence[str], reference: Reference
) -> dict[tuple[int, str], GroupStanding]:
    rows = GroupStanding.objects.filter(queue__in=queues, cut=cut, key__in=keys, reference=reference)
    latest = rows.order_by("queue_id", "key", "-declared_on").distinct("queue_id", "key")
    return {(row.queue_id, row.key): row for row in latest}


def _figure(
    row: MetricSnapshot, queue: Queue, named: Mapping[str, str], declared: GroupStanding | None
) -> GroupAccuracy:
    weighted = weighted_in(row.estimates)
    return GroupAccuracy(
        queue_id=queue.public_id,
        queue_name=queue.name,
        key=row.key,
        name=named[row.key],
        accuracy=weighted or Estimate.from_json(row.estimates["judged"]),
        target=row.estimates["target"],
        standing=declared.standing if declared else "",
        declared_on=declared.declared_on if declared else None,
        has_unequal_chances=row.estimates.get("has_unequal_chances", False),
        is_weighted=weighted is not None,
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
