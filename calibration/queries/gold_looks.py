"""How items look before anybody reads them: what would tell gold from other items at a glance."""

from collections.abc import Iterable

from labeling.models import Item, Queue

# So many of the newest ordinary items stand for all.
COMPARED = 1000

Look = tuple[str, bool, frozenset[str]]


def count_odd_looks(queue: Queue, items: Iterable[Item]) -> int:
    """How many of these items no newer ordinary item of the queue looks like; none where it has no ordinary items."""
    ordinary = Item.objects.filter(queue=queue, answers_needed__gt=0, withdrawn_at=None, purged_at=None)
    looks = {look_of(item) for item in ordinary.only("kind", "is_sensitive", "context").order_by("-pk")[:COMPARED]}
    return sum(look_of(item) not in looks for item in items) if looks else 0


def look_of(item: Item) -> Look:
    """Kind of content, whether it is covered, and which names stand beside it."""
    return item.kind, item.is_sensitive, frozenset(item.context)
