"""Danger that somebody names while deciding what is right, rather than while labeling."""

from collections.abc import Sequence

from calibration.queries.questions import JOIN
from labeling.models import Item
from labeling.queries.escalations import never_sampled_codes
from labeling.services.escalations import report_never_sampled
from qaplatform.errors import InvalidInput
from qaplatform.people.models import User


def hear_danger(item: Item, accepted: Sequence[str], *, note: str, wants_gold: bool, actor: User) -> None:
    """What an answer does, a ruling does too: naming a category that is never sampled withdraws the item and escalates.

    The item is locked already. Raises InvalidInput where it is wanted as gold.
    """
    named = {part for code in accepted for part in code.split(JOIN)}
    if named.isdisjoint(never_sampled_codes(item.queue_id)):
        return
    if wants_gold:
        message = "Items of this category are never gold. Untick the gold; your decision takes the item out of work."
        raise InvalidInput(message, detail={"field": "propose_gold"})
    report_never_sampled(item, getattr(actor, "labeler", None), note=note, actor=actor)
