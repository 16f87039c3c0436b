"""What a labeler's workspace shows around an item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from labeling.enums import QueueState, SlotState
from labeling.models import ClauseRevision, Label, LabelSchema, Place, Queue, Reveal, Slot


def queues_of_labeler(labeler_id: int) -> QuerySet[Queue]:
    """Queues in which this labeler has a place and that are not closed."""
    place = Place.objects.filter(queue=OuterRef("pk"), labeler=labeler_id)
    return Queue.objects.exclude(state=QueueState.CLOSED).filter(Exists(place))


@dataclass(frozen=True)
class DayCount:
    """What somebody did since a moment: answers, and sensitive items uncovered."""

    answers: int
    reveals: int


def count_since(labeler_id: int, since: datetime) -> DayCount:
    """Answers and reveals of a labeler since a moment."""
    labels = Label.objects.filter(labeler_id=labeler_id, revises=None, created_at__gte=since)
    return DayCount(labels.count(), Reveal.objects.filter(labeler_id=labeler_id, at__gte=since).count())


@dataclass(frozen=True)
class Asked:
    """The questions on somebody's desk, and the schema that they are of."""

    schema_version: int
    questions: Sequence[Mapping[str, object]]


def questions_on_desk(queue: Queue, labeler_id: int) -> Asked:
    """What the item in hand was claimed with, else the queue's newest questions; none if it asks nothing yet."""
    in_hand = Slot.objects.filter(
        labeler_id=labeler_id, state=SlotState.LEASED, is_prefetched=False, schema=OuterRef("pk")
    )
    schemas = LabelSchema.objects.filter(queue=queue).annotate(is_in_hand=Exists(in_hand))
    schema = schemas.order_by("-is_in_hand", "-number").first()
    return Asked(schema.number, schema.questions) if schema else Asked(0, [])


def policy_text(queue: Queue) -> QuerySet[ClauseRevision]:
    """The clauses in force, in their order."""
    return queue.policy_version.revisions.select_related("clause").order_by("clause__code")
