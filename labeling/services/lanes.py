"""Lanes are made as items need them; vendors by whom a queue's answers are shared."""

from collections.abc import Iterable
from typing import NamedTuple

from labeling.models import Item, Lane, Queue
from qaplatform.people.models import Vendor


class LaneKey(NamedTuple):
    """What the slots of a lane have in common."""

    queue_id: int
    vendor_id: int | None
    language: str
    is_sensitive: bool


def key_of(item: Item, *, vendor_id: int | None = None) -> LaneKey:
    """The lane of an item's slots that are for one vendor, or for everybody."""
    return LaneKey(item.queue_id, vendor_id, item.language, item.is_sensitive)


def find_lanes(keys: Iterable[LaneKey]) -> dict[LaneKey, int]:
    """The ids of these lanes; those that are not there yet are made."""
    wanted = set(keys)
    found = _read(wanted)
    missing = wanted - found.keys()
    if not missing:
        return found
    Lane.objects.bulk_create((Lane(**key._asdict()) for key in sorted(missing, key=str)), ignore_conflicts=True)
    return found | _read(missing)


def read_shares(queue: Queue) -> dict[int, float]:
    """The queue's shares by the vendors' keys; a vendor that is no more, or has no share, is left out."""
    if not queue.vendor_shares:
        return {}
    vendors = Vendor.objects.filter(public_id__in=list(queue.vendor_shares)).values_list("pk", "public_id")
    shares = {pk: float(queue.vendor_shares[str(public_id)]) for pk, public_id in vendors}
    return {pk: share for pk, share in shares.items() if share > 0}


def _read(keys: set[LaneKey]) -> dict[LaneKey, int]:
    rows = Lane.objects.filter(queue__in={key.queue_id for key in keys})
    names = ("queue_id", "vendor_id", "language", "is_sensitive")
    found = {LaneKey(*row): pk for pk, *row in rows.values_list("pk", *names)}
    return {key: found[key] for key in keys if key in found}
