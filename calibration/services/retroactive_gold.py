"""Gold gained afterwards: a copy of an adjudicated item, for people who have not met its content.

The item was picked because people disagreed about it, so what they answered before is no sample of their work: it is
never scored against the copy, in no standing, base accuracy or running check. Nobody who met the content is served the
copy, and who met it counts as a sighting of their team.
"""

from collections.abc import Sequence

from django.db import transaction

from calibration.enums import GoldPool
from calibration.errors import GoldRefused
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.retroactive_gold import copies_of_withdrawn, names_never_sampled
from calibration.services.gold import propose_gold
from labeling.models import ClauseRevision, Item, Queue
from labeling.services.entry import ItemDraft, enter_items
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.people.models import User

LONGEST_NAME = 200
PART_OF_NAME = 140


@transaction.atomic
def propose_adjudicated(
    item: Item,
    *,
    question: str,
    accepted: Sequence[str],
    reason: str,
    author: User,
    pool: GoldPool,
    clause_revision: ClauseRevision | None = None,
) -> GoldAnswer:
    """Propose a copy of an adjudicated item as gold; somebody else approves it, as any gold."""
    original = Item.objects.select_for_update(no_key=True).select_related("queue").get(pk=item.pk)
    _refuse_unfit(original)
    made = GoldItem.objects.filter(made_from=original).select_related("item").first()
    copy = made.item if made else _copy(original)
    answer = propose_gold(
        copy,
        question=question,
        accepted=accepted,
        reason=reason,
        author=author,
        clause_revision=clause_revision,
        pool=pool,
    )
    if made is None:
        answer.gold.made_from = original
        answer.gold.save(update_fields=["made_from"])
    return answer


@transaction.atomic
def withdraw_gold_copies(queue: Queue) -> int:
    """Take copies out of work whose original was withdrawn; how many that were."""
    copies = list(copies_of_withdrawn(queue))
    for copy in copies:
        withdraw_item(copy, reason="withdrawn as ordinary item", actor=None)
    return len(copies)


def _refuse_unfit(item: Item) -> None:
    if item.withdrawn_at is not None or item.purged_at is not None:
        raise GoldRefused("The item was withdrawn or its content removed, so it can never be gold.")
    if GoldItem.objects.filter(item=item).exists():
        raise GoldRefused("This item is gold already. Correct its answer on its own page.")
    if names_never_sampled(item):
        raise GoldRefused("Somebody named a category here whose items are never gold. Decide without proposing gold.")


def _copy(item: Item) -> Item:
    """A row of its own with the same content, asked of nobody until it is placed."""
    draft = ItemDraft(
        external_id=_name(item),
        kind=item.kind,
        content=item.content,
        context=item.context,
        language=item.language,
        is_sensitive=item.is_sensitive,
        priority=item.priority,
        answers_needed=0,
    )
    return enter_items(item.queue, [draft], now=clock.now())[0]


def _name(original: Item) -> str:
    """What people know the copy by; where that is too long or taken, the original's id makes it the only one."""
    name = f"{original} as gold"
    is_taken = Item.objects.filter(queue=original.queue_id, external_id=name).exists()
    if len(name) <= LONGEST_NAME and not is_taken:
        return name
    return f"{str(original)[:PART_OF_NAME]} as gold of {original.public_id}"
