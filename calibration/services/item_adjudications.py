"""Deciding an item that labelers answer differently: once, by somebody who did not answer it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from calibration.models import GoldItem, ItemAdjudication
from calibration.queries.item_adjudications import read_votes
from calibration.queries.questions import read_question
from calibration.services.adjudications import GoldWish
from calibration.services.dangers import hear_danger
from calibration.services.retroactive_gold import propose_adjudicated
from labeling.models import Item
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record


@dataclass(frozen=True, kw_only=True)
class ItemRuling:
    """What somebody decides about an item: `accepted` is what is right; `gold` None wants no gold."""

    accepted: Sequence[str]
    reason: str
    gold: GoldWish | None = None


@transaction.atomic
def adjudicate_item(item: Item, question: str, ruling: ItemRuling, *, actor: User) -> ItemAdjudication:
    """Name what is right, and propose gold where the ruling wishes so; no answer and no figure changes.

    Whoever names a category that is never sampled withdraws the item. Raises Refused, InvalidInput.
    """
    locked = Item.objects.select_for_update(no_key=True).select_related("queue").get(pk=item.pk)
    _refuse_settled(locked, question, actor)
    accepted = _check(locked, question, ruling)
    hear_danger(locked, accepted, note=ruling.reason, wants_gold=ruling.gold is not None, actor=actor)
    gold = _propose(locked, question, ruling, accepted, author=actor)
    made = ItemAdjudication.objects.create(
        item=locked, question=question, accepted=accepted, reason=ruling.reason.strip(), gold=gold, decided_by=actor
    )
    detail = {
        "question": question,
        "accepted": accepted,
        "reason": made.reason,
        "gold": str(gold.public_id) if gold else None,
    }
    record("item_adjudicated", locked, actor=actor, detail=detail)
    return made


def _refuse_settled(item: Item, question: str, actor: User) -> None:
    decided = ItemAdjudication.objects.filter(item=item, question=question).select_related("decided_by").first()
    if decided is not None:
        raise Refused(f"{decided.decided_by} has decided this already; reload the page to read how.")
    if item.withdrawn_at is not None or item.purged_at is not None:
        raise Refused("The item was withdrawn or its content removed: there is nothing to decide any more.")
    votes = read_votes(item, question)
    if len({vote.code for vote in votes}) < 2:
        raise Refused("Labelers agree on this item, or one alone has answered: there is nothing to decide.")
    if actor.pk in {vote.user_id for vote in votes}:
        raise Refused("One of the answers is your own. Somebody else decides between them.")


def _check(item: Item, key: str, ruling: ItemRuling) -> list[str]:
    if not ruling.reason.strip():
        raise InvalidInput("Say why: whoever reads the decision wants to know.", detail={"field": "reason"})
    accepted = list(dict.fromkeys(ruling.accepted))
    if not accepted:
        raise InvalidInput("Name at least one answer that is right.", detail={"field": "accepted"})
    question = read_question(item.queue, key)
    known = {*(question.codes if question else ()), *(vote.code for vote in read_votes(item, key))}
    unknown = next((code for code in accepted if code not in known), None)
    if unknown is not None:
        raise InvalidInput(f"{unknown} is no answer to this question. Choose another.", detail={"field": "accepted"})
    return accepted


def _propose(
    item: Item, question: str, ruling: ItemRuling, accepted: Sequence[str], *, author: User
) -> GoldItem | None:
    if ruling.gold is None:
        return None
    answer = propose_adjudicated(
        item,
        question=question,
        accepted=accepted,
        reason=ruling.reason,
        author=author,
        pool=ruling.gold.pool,
        clause_revision=ruling.gold.clause_revision,
    )
    return answer.gold
