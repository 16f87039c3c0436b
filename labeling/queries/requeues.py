"""What is being asked again or rearranged."""

from labeling.models import Queue, Rearrangement, Requeue


def unfinished_requeue_ids() -> list[int]:
    """Requeues that are not worked off."""
    return list(Requeue.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def unfinished_rearrangement_ids() -> list[int]:
    """Rearrangements that are not worked off."""
    return list(Rearrangement.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def last_requeues(queue: Queue) -> list[Requeue]:
    """The last of a queue, newest first."""
    return list(queue.requeues.select_related("labeler", "requested_by").order_by("-pk")[:5])


def last_rearrangement(queue: Queue) -> Rearrangement | None:
    """The newest of a queue."""
    return queue.rearrangements.order_by("-pk").first()
