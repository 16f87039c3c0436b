"""Gold that was made from adjudicated items: where it came from, and what keeps an item from becoming gold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from calibration.models import Adjudication, GoldItem, ItemAdjudication
from labeling.enums import SlotState
from labeling.models import Category, Item, Label, Queue


@dataclass(frozen=True)
class GoldSource:
    """The adjudication that gold was made from, and how many people had answered the item; ids for its page."""

    answered_by: int
    decided_by: str
    decided_at: datetime | None
    item: UUID | None = None
    disagreement: UUID | None = None


def source_of(gold: GoldItem) -> GoldSource | None:
    """Where gold came from; None where it was proposed by hand or came with a file."""
    if gold.made_from_id is None:
        return None
    labelers = Label.objects.filter(item=gold.made_from_id, slot__state=SlotState.DONE).values("labeler").distinct()
    by_item = ItemAdjudication.objects.filter(gold=gold).select_related("decided_by", "item").first()
    if by_item is not None:
        return GoldSource(labelers.count(), str(by_item.decided_by), by_item.decided_at, item=by_item.item.public_id)
    by_audit = Adjudication.objects.filter(gold=gold).select_related("decided_by", "audited").first()
    if by_audit is not None:
        return GoldSource(
            labelers.count(),
            str(by_audit.decided_by),
            by_audit.decided_at,
            disagreement=by_audit.audited.public_id,
        )
    return GoldSource(labelers.count(), "", None)


def copies_of_withdrawn(queue: Queue) -> QuerySet[Item]:
    """Gold items in work whose original was withdrawn or purged."""
    gone = Q(gold__made_from__withdrawn_at__isnull=False) | Q(gold__made_from__purged_at__isnull=False)
    return Item.objects.filter(gone, gold__queue=queue, withdrawn_at=None)


def names_never_sampled(item: Item) -> bool:
    """Whether anybody ever answered the item by a category whose items are never sampled."""
    codes = Category.objects.filter(policy=item.queue.policy_id, never_sample=True).values_list("code", flat=True)
    given = Label.objects.filter(item=item).values_list("answers", flat=True)
    named = {code for answers in given for value in answers.values() for code in _codes(value)}
    return bool(named.intersection(codes))


def _codes(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(part) for part in value]
    return [value] if isinstance(value, str) else []
