"""What a flag's page says of asking the person's answers again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.http import urlencode

from calibration.models import Flag
from calibration.queries.flag_requeues import changed_since, judged_since, requeues_of
from labeling.forms.requeues import MINUTE
from labeling.queries.requeues import RequeueRow
from labeling.rules import runs_queues
from qaplatform.people.access import Access


@dataclass(frozen=True)
class Again:
    """What was asked again so far, and the addresses where more is asked: empty for whoever may not ask.

    `since` is when the period began that the flag judged, `changed_at` when the change probably began.
    """

    rows: Sequence[RequeueRow]
    since: datetime
    ask_url: str = ""
    changed_at: datetime | None = None
    changed_url: str = ""


def answers_again(flag: Flag, access: Access) -> Again:
    """What stands on the flag's page; who is flagged is never offered it."""
    rows, since, changed_at = requeues_of(flag), judged_since(flag), changed_since(flag)
    if not runs_queues.test(access) or flag.labeler_id == access.labeler_id:
        return Again(rows, since)
    changed_url = _address(flag, changed_at) if changed_at else ""
    return Again(rows, since, _address(flag, since), changed_at, changed_url)


def _address(flag: Flag, since: datetime) -> str:
    asked = {"labeler": flag.labeler.public_id, "since": since.astimezone(UTC).strftime(MINUTE), "until": ""}
    return f"{reverse('labeling:ask_again', args=[flag.queue.public_id])}?{urlencode(asked)}"
