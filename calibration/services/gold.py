"""Gold: proposed by one person, approved by another; suspended, resumed, retired with a reason."""

from collections.abc import Sequence

from django.db import transaction

from calibration.enums import DisputeState, GoldPool, GoldState
from calibration.errors import GoldRefused, InvalidGold
from calibration.models import Dispute, GoldAnswer, GoldItem
from calibration.services.gold_answers import (
    add_answer,
    check_accepted,
    check_reason,
    current_answer,
    detail_of,
    is_outdated,
    is_small_team,
    lock_answer,
    lock_gold,
    lock_version,
    refuse_outdated,
)
from calibration.services.marks import mark_stale
from calibration.services.releases import release_gold
from labeling.models import ClauseRevision, Item
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record


@transaction.atomic
def propose_gold(
    item: Item,
    *,
    question: str,
    accepted: Sequence[str],
    reason: str,
    author: User,
    clause_revision: ClauseRevision | None = None,
    pool: GoldPool = GoldPool.MONITORING,
) -> GoldAnswer:
    """Propose what is expected on an item; it is not placed until somebody else approves it."""
    _refuse_unfit_item(item)
    codes = check_accepted(item.queue, question, accepted)
    check_reason(reason)
    gold, _ = GoldItem.objects.select_for_update().get_or_create(
        item=item, defaults={"queue_id": item.queue_id, "pool": pool}
    )
    if current_answer(gold, question) is not None:
        raise GoldRefused("This item already has an approved answer to the question. Correct that one.")
    if gold.answers.filter(question=question, approved_at=None, replaced_at=None).exists():
        raise GoldRefused("An answer to this question waits for approval already. Approve it, or retire the gold item.")
    answer = add_answer(gold, question, codes, reason, clause_revision, author)
    record("gold proposed", gold, actor=author, detail=detail_of(answer))
    return answer


@transaction.atomic
def approve_gold(answer: GoldAnswer, *, approver: User) -> GoldAnswer:
    """Approve a proposed answer. The author may do it alone only where the queue's small-team switch is on."""
    queue = lock_version(answer.gold.queue)
    answer = lock_answer(answer)
    _refuse_settled(answer)
    refuse_outdated(answer, queue)
    is_alone = answer.author_id == approver.pk
    if is_alone and not is_small_team(queue):
        raise GoldRefused("Whoever wrote the answer cannot approve it. Ask a second person.")
    answer.approver, answer.approved_at, answer.approved_alone = approver, clock.now(), is_alone
    answer.save(update_fields=["approver", "approved_at", "approved_alone"])
    _go_live(answer, actor=approver)
    return answer


@transaction.atomic
def approve_elsewhere(answer: GoldAnswer, *, actor: User, by_whom: str, when: str) -> GoldAnswer:
    """Take over an approval that was given outside this product, by whom and when."""
    answer = lock_answer(answer)
    _refuse_settled(answer)
    if not by_whom.strip() or not when.strip():
        raise InvalidGold("Say who approved the answer elsewhere, and when.", detail={"field": "approved_elsewhere"})
    answer.approved_elsewhere, answer.approved_at = f"{by_whom.strip()}, {when.strip()}"[:200], clock.now()
    answer.save(update_fields=["approved_elsewhere", "approved_at"])
    _go_live(answer, actor=actor)
    return answer


@transaction.atomic
def suspend_gold(gold: GoldItem, *, reason: str, actor: User | None) -> GoldItem:
    """Stop placing and scoring a gold item for now, and take back what waits unanswered; scores already made stay."""
    changed = _change_state(gold, GoldState.SUSPENDED, {GoldState.LIVE}, reason=reason, actor=actor)
    release_gold([changed.pk])
    return changed


@transaction.atomic
def resume_gold(gold: GoldItem, *, reason: str, actor: User) -> GoldItem:
    """Place a suspended gold item again, unless its clause has changed: then two people approve it again."""
    queue = lock_version(gold.queue)
    in_force = gold.answers.filter(replaced_at=None, approved_at__isnull=False)
    if lock_gold(gold).state == GoldState.SUSPENDED and any(is_outdated(answer, queue) for answer in in_force):
        raise GoldRefused(
            "Its clause has changed since it was approved, so two people approve it again under the new text first: "
            "open “Approve again” on the page of all gold."
        )
    _refuse_disputed(gold)
    return _change_state(gold, GoldState.LIVE, {GoldState.SUSPENDED}, reason=reason, actor=actor)


@transaction.atomic
def retire_gold(gold: GoldItem, *, reason: str, actor: User) -> GoldItem:
    """Never place a gold item again, and take back what waits unanswered; scores already made stay."""
    wanted = {GoldState.PROPOSED, GoldState.LIVE, GoldState.SUSPENDED}
    changed = _change_state(gold, GoldState.RETIRED, wanted, reason=reason, actor=actor)
    release_gold([changed.pk])
    return changed


def _change_state(
    gold: GoldItem, state: GoldState, allowed: set[GoldState], *, reason: str, actor: User | None
) -> GoldItem:
    check_reason(reason)
    gold = lock_gold(gold)
    if gold.state not in allowed:
        raise GoldRefused(
            f"The gold item is {gold.get_state_display().lower()}; reload the page to see what can be done."
        )
    was, gold.state, gold.state_reason = gold.state, state, reason[:500]
    gold.save(update_fields=["state", "state_reason"])
    mark_stale(gold.queue)
    record(f"gold {state.value}", gold, actor=actor, detail={"was": was, "reason": reason})
    return gold


def _go_live(answer: GoldAnswer, *, actor: User) -> None:
    gold = answer.gold
    if gold.state == GoldState.PROPOSED:
        gold.state = GoldState.LIVE
        gold.save(update_fields=["state"])
    mark_stale(gold.queue)
    detail = {**detail_of(answer), "alone": answer.approved_alone, "elsewhere": answer.approved_elsewhere}
    record("gold approved", gold, actor=actor, detail=detail)


def _refuse_disputed(gold: GoldItem) -> None:
    asked = Dispute.objects.filter(state=DisputeState.GOLD_CORRECTED, corrected_at=None)
    if asked.filter(evidence__score__gold_answer__gold=gold).exists():
        raise GoldRefused(
            "A decided dispute says that its answer is wrong. A second QA manager confirms that on the flag's "
            "page; the gold item is live again then."
        )


def _refuse_settled(answer: GoldAnswer) -> None:
    if answer.approved_at is not None or answer.replaced_at is not None:
        raise GoldRefused("The answer has been decided already; reload the page to see by whom.")
    if answer.gold.state == GoldState.RETIRED:
        raise GoldRefused("The gold item is retired. Propose another item.")
    if current_answer(answer.gold, answer.question) is not None:
        raise GoldRefused("Another answer to this question was approved meanwhile. Correct that one.")


def _refuse_unfit_item(item: Item) -> None:
    if item.withdrawn_at is not None or item.purged_at is not None:
        raise GoldRefused(
            "The item was withdrawn or its content removed, so it can never be gold. Choose another item."
        )
