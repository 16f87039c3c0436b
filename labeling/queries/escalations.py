"""Escalated items, for those with the escalation role alone."""

from django.db.models import QuerySet

from labeling.models import Category, Escalation
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

# The reason of what was not said but answered; all others are of SkipReason.
NEVER_SAMPLE = "never_sample"


def never_sampled_codes(queue_id: int) -> frozenset[str]:
    """The categories of a queue's policy whose items are withdrawn by whoever names one."""
    codes = Category.objects.filter(policy__queues=queue_id, never_sample=True).values_list("code", flat=True)
    return frozenset(codes)


def visible_escalations(access: Access) -> QuerySet[Escalation]:
    """All of them, for whoever holds the role for the whole platform; for everybody else none."""
    rows = Escalation.objects.select_related("item__queue__policy", "raised_by", "handled_by")
    return rows if access.reach({Role.ESCALATION}).everything else rows.none()


def open_escalations(access: Access) -> QuerySet[Escalation]:
    """What waits, the oldest first."""
    return visible_escalations(access).filter(handled_at=None).order_by("raised_at", "pk")


def handled_escalations(access: Access) -> QuerySet[Escalation]:
    """What was decided, the latest first."""
    return visible_escalations(access).filter(handled_at__isnull=False).order_by("-handled_at", "-pk")
