"""Taking back gold that waits unanswered before people."""

from collections.abc import Sequence

from calibration.enums import Purpose
from calibration.models import Placement
from labeling.services.releases import release_slots


def release_gold(gold_ids: Sequence[int]) -> int:
    """Cancel the reserved slots of these gold items that nobody has begun; how many that were.

    Whoever has one on the screen ends it: the answer is kept and not scored. Sets keep their items.
    """
    slots = Placement.objects.filter(gold__in=gold_ids, purpose=Purpose.GOLD).values("slot_id")
    return release_slots(slots)
