"""Which queues exist for whoever asks."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labeling.enums import QueueKind, SlotState
from labeling.models import LabelSchema, Queue, Slot
from qaplatform.people.access import MANAGING_ROLES, Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers

# Whoever holds one of these for the whole platform sees every queue; with a narrower reach, those of their people.
QUEUE_ROLES = MANAGING_ROLES | {Role.POLICY_OWNER, Role.AUDITOR, Role.ESCALATION}


def visible_queues(access: Access) -> QuerySet[Queue]:
    """The queues that the asker manages, whose people the asker manages, or in which the asker may work."""
    if access.reach(QUEUE_ROLES).everything:
        return Queue.objects.all()
    return Queue.objects.filter(_has_people(visible_labelers(access)))


def newest_schema(queue: Queue) -> LabelSchema | None:
    """What the queue asks now."""
    return queue.schemas.order_by("-number").first()


def _has_people(labelers: QuerySet[Labeler]) -> Q:
    grants = SkillGrant.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=Now()), skill=OuterRef("skill"), labeler__in=labelers, revoked_at=None
    )
    reserved = Slot.objects.filter(queue=OuterRef("pk"), state=SlotState.OPEN, reserved_for__in=labelers)
    # A training queue stays open to whoever has answered in it, so that the desk can say that all is done.
    at_work = Q(state=SlotState.LEASED) | Q(state=SlotState.DONE, queue__kind=QueueKind.TRAINING)
    held = Slot.objects.filter(at_work, queue=OuterRef("pk"), labeler__in=labelers)
    return Q(Exists(grants)) | Q(Exists(reserved)) | Q(Exists(held))
