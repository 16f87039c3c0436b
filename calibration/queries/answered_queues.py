"""Queues in which somebody has answered: those that the nightly jobs go through."""

from labeling.enums import QueueKind
from labeling.models import Label, Queue


def answered_queue_ids() -> tuple[int, ...]:
    """Ordinary queues with answers, in the order of their ids."""
    answered = Queue.objects.filter(kind=QueueKind.ORDINARY, pk__in=Label.objects.values("queue").distinct())
    return tuple(answered.order_by("pk").values_list("pk", flat=True))
