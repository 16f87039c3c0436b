"""How much waits and was done, queue by queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from labeling.enums import SlotState
from labeling.models import Label, Queue, Slot
from qaplatform.people.models import SkillGrant

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class QueueRow:
    """A queue in the list of queues."""

    queue: Queue
    waiting: int
    in_work: int
    done_this_week: int
    certified: int


def queue_rows(queues: Sequence[Queue], *, now: datetime) -> list[QueueRow]:
    """Rows of the list, in four queries however many queues there are."""
    ids = [queue.pk for queue in queues]
    waiting = _slots(ids, SlotState.OPEN)
    in_work = _slots(ids, SlotState.LEASED)
    labels = Label.objects.filter(queue__in=ids, revises=None, created_at__gte=now - WEEK)
    done = dict(labels.values_list("queue").annotate(n=Count("id")).order_by())
    grants = SkillGrant.objects.filter(
        skill__queues__in=ids, revoked_at=None, suspended_at=None, labeler__is_active=True
    )
    certified = dict(grants.values_list("skill").annotate(n=Count("labeler", distinct=True)).order_by())
    return [
        QueueRow(
            queue,
            waiting.get(queue.pk, 0),
            in_work.get(queue.pk, 0),
            done.get(queue.pk, 0),
            certified.get(queue.skill_id, 0),
        )
        for queue in queues
    ]


def _slots(queue_ids: list[int], state: SlotState) -> dict[int, int]:
    slots = Slot.objects.filter(queue__in=queue_ids, state=state)
    return dict(slots.values_list("queue").annotate(n=Count("id")).order_by())
