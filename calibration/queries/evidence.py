"""What peers answered on the items that a flag rests on: counts, no names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Count

from calibration.models import GoldScore


def peer_answers(
    item_ids: Iterable[int], question: str, *, without_labeler: int, until: datetime
) -> Mapping[int, dict[str, int]]:
    """For each item, how often each answer was given by others on it up to a time."""
    rows = (
        GoldScore.objects.filter(item_id__in=list(item_ids), question=question, ended_at=None, answered_at__lte=until)
        .exclude(labeler_id=without_labeler)
        .order_by()
        .values("item_id", "given")
        .annotate(n=Count("label_id", distinct=True))
        .order_by("item_id", "given")
    )
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["item_id"]][row["given"]] = row["n"]
    return found
