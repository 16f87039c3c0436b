"""Keeping count of how often teams meet ordinary items."""

from datetime import datetime, timedelta

from django.db import transaction

from calibration.models import SamplingPlan, TeamSightings
from calibration.queries.sightings import count_ordinary

RECOUNT_AFTER = timedelta(hours=1)


@transaction.atomic
def keep_sightings(plan: SamplingPlan, *, now: datetime) -> bool:
    """Count the sightings of a queue anew where that is an hour ago; says whether it was."""
    counted_at = plan.sightings_counted_at
    if counted_at is not None and now - counted_at < RECOUNT_AFTER:
        return False
    counted = count_ordinary(plan.queue, now=now)
    rows = [TeamSightings(queue_id=plan.queue_id, team=team, items=list(items)) for team, items in counted.items()]
    TeamSightings.objects.filter(queue=plan.queue_id).exclude(team__in=counted).delete()
    TeamSightings.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["queue", "team"], update_fields=["items"]
    )
    plan.sightings_counted_at = now
    plan.save(update_fields=["sightings_counted_at"])
    return True
