"""Who looked at an escalated item, and why it was escalated, in words."""

from collections.abc import Sequence

from labeling.enums import SkipReason
from labeling.models import Item
from labeling.queries.escalations import NEVER_SAMPLE
from qaplatform.trail.models import TrailEntry

LOOKED = ("item.uncovered", "withdraw", "restore", "escalation_handled")
WORDS = {
    "item.uncovered": "Looked at the content",
    "withdraw": "Taken out of work",
    "restore": "Back to work",
    "escalation_handled": "Decided",
}


def reason_words(reason: str) -> str:
    """Why an item was escalated.

    >>> reason_words("illegal"), reason_words("never_sample")
    ('Illegal', 'Answered with a category that is never sampled')
    """
    if reason == NEVER_SAMPLE:
        return "Answered with a category that is never sampled"
    if reason not in SkipReason.values:
        return reason.replace("_", " ").capitalize()
    return SkipReason(reason).label.removeprefix("Escalate: ").capitalize()


def looks_at(item: Item) -> Sequence[tuple[TrailEntry, str]]:
    """What was done with an item, the latest first."""
    entries = TrailEntry.objects.filter(target_kind="item", target_id=item.public_id, action__in=LOOKED)
    return [(entry, WORDS[entry.action]) for entry in entries.select_related("actor").order_by("-pk")]
