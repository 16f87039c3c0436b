"""Which queues exist for whoever asks."""

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import LabelSchema, Place, Queue
from qaplatform.people.access import MANAGING_ROLES, Access
from qaplatform.people.enums import Role
from qaplatform.people.queries.scopes import visible_labelers

# Whoever holds one of these for the whole platform sees every queue; with a narrower reach, those of their people.
QUEUE_ROLES = MANAGING_ROLES | {Role.POLICY_OWNER, Role.AUDITOR, Role.ESCALATION}


def visible_queues(access: Access) -> QuerySet[Queue]:
    """The queues that the asker manages, whose people the asker manages, or in which the asker has a place."""
    if access.reach(QUEUE_ROLES).everything:
        return Queue.objects.all()
    place = Place.objects.filter(queue=OuterRef("pk"), labeler__in=visible_labelers(access))
    return Queue.objects.filter(Exists(place))


def newest_schema(queue: Queue) -> LabelSchema | None:
    """What the queue asks now."""
    return queue.schemas.order_by("-number").first()
