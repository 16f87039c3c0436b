"""Which imports exist for whoever asks, and which ones nobody has finished."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from labeling.enums import ImportState
from labeling.models import ImportRun
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access

# A message that was not lost has been taken by then; a task that still runs has been killed by then.
WAITED = timedelta(seconds=20)
RAN = timedelta(minutes=10)


def visible_imports(access: Access) -> QuerySet[ImportRun]:
    """The imports of the queues that the asker sees."""
    return ImportRun.objects.filter(queue__in=visible_queues(access)).select_related("queue", "created_by")


def forgotten_imports(*, now: datetime) -> list[int]:
    """Runs whose message was lost, or whose worker died."""
    waits = Q(state=ImportState.WAITING, created_at__lt=now - WAITED)
    hangs = Q(state=ImportState.RUNNING, created_at__lt=now - RAN)
    return list(ImportRun.objects.filter(waits | hangs).order_by("id").values_list("id", flat=True))
