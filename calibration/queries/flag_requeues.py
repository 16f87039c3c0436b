"""Answers that a flag judged and that were asked again of others, wherever somebody asked that."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from calibration.models import Flag
from calibration.queries.flags import visible_flags
from labeling.models import Requeue
from labeling.queries.requeues import Occasion, RequeueRow, read_progress
from qaplatform.people.access import Access


def judged_since(flag: Flag) -> datetime:
    """When the period begins that the flag judged."""
    since = flag.finding.get("population", {}).get("since")
    return datetime.fromisoformat(since) if since else flag.opened_at


def changed_since(flag: Flag) -> datetime | None:
    """When the change probably began that the running check found; None where it found none within the period."""
    change, days = flag.finding.get("change_point"), flag.finding.get("answered_at") or []
    return datetime.fromisoformat(days[change]) if change and change < len(days) else None


def requeues_of(flag: Flag) -> list[RequeueRow]:
    """What was asked again, since the flag opened, of the answers that it judged, and how far that is."""
    asked = Requeue.objects.filter(labeler=flag.labeler_id, queue=flag.queue_id, requested_at__gte=flag.opened_at)
    judged = asked.filter(since__lte=flag.opened_at, until__gte=judged_since(flag))
    return read_progress(judged.order_by("pk"))


def flags_behind(requeues: Sequence[Requeue], access: Access) -> dict[int, Occasion]:
    """By requeue: the newest flag before it, of those that the asker sees, which judged answers that it asks again."""
    people, queues = ({getattr(requeue, name) for requeue in requeues} for name in ("labeler_id", "queue_id"))
    flags = list(visible_flags(access).filter(labeler__in=people, queue__in=queues).order_by("-opened_at"))
    found = {requeue.pk: next((flag for flag in flags if _is_behind(flag, requeue)), None) for requeue in requeues}
    return {pk: _occasion(flag) for pk, flag in found.items() if flag is not None}


def _is_behind(flag: Flag, requeue: Requeue) -> bool:
    is_theirs = (flag.labeler_id, flag.queue_id) == (requeue.labeler_id, requeue.queue_id)
    is_before = requeue.since <= flag.opened_at <= requeue.requested_at
    return is_theirs and is_before and requeue.until >= judged_since(flag)


def _occasion(flag: Flag) -> Occasion:
    return Occasion("The quality flag of this period", reverse("calibration:flag", args=[flag.public_id]))
