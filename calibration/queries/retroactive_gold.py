"""Gold that was made from adjudicated items: where it came from, and what keeps an item from becoming gold."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from calibration.models import Adjudication, GoldItem, ItemAdjudication
from calibration.queries.questions import JOIN
from labeling.engine.answers import codes_named
from labeling.enums import SlotState
from labeling.models import Item, Label, LateAnswer, Queue
from labeling.queries.escalations import never_sampled_codes


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
    """Whether anybody ever named a category whose items are never sampled: in an answer, a late one, or a ruling."""
    answers = Label.objects.filter(item=item).values_list("answers", flat=True)
    late = LateAnswer.objects.filter(item=item).values_list("answers", flat=True)
    named = {code for given in (*answers, *late) for code in codes_named(given)}
    of_item = ItemAdjudication.objects.filter(item=item).values_list("accepted", flat=True)
    of_audits = Adjudication.objects.filter(audited__item=item).values_list("accepted", flat=True)
    named |= {part for accepted in (*of_item, *of_audits) for code in accepted for part in code.split(JOIN)}
    return not named.isdisjoint(never_sampled_codes(item.queue_id))
