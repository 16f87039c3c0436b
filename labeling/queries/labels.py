"""Reading labels."""

from datetime import datetime

from django.db.models import QuerySet

from labeling.models import Label
from qaplatform.people.access import Access


def current_labels() -> QuerySet[Label]:
    """Labels that no revision has replaced."""
    return Label.objects.filter(revised_by=None)


def own_labels(access: Access) -> QuerySet[Label]:
    """The labels of whoever asks."""
    return Label.objects.filter(labeler_id=access.labeler_id) if access.labeler_id else Label.objects.none()


def has_answered_since(labeler_id: int, moment: datetime) -> bool:
    """Whether the labeler has answered a further slot after this moment."""
    return Label.objects.filter(labeler_id=labeler_id, revises=None, created_at__gt=moment).exists()
