"""Gold: proposed by one person, approved by another, corrected in the open."""

from collections.abc import Sequence

from django.db import transaction

from calibration.enums import DisputeState, GoldPool, GoldState
from calibration.errors import GoldRefused, InvalidGold
from calibration.models import Dispute, GoldAnswer, GoldItem, SamplingPlan
from calibration.queries.questions import CANNOT_TELL, JOIN, MeasuredQuestion, read_question
from calibration.services.marks import lock_figures, mark_stale
from calibration.services.scoring import end_scores, score_gold
from labeling.models import Category, ClauseRevision, Item, Queue
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record

CORRECTED = "gold corrected"


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
    codes = _check_accepted(item.queue, question, accepted)
    _check_reason(reason)
    gold, _ = GoldItem.objects.select_for_update().get_or_create(
        item=item, defaults={"queue_id": item.queue_id, "pool": pool}
    )
    if _current(gold, question) is not None:
        raise GoldRefused("This item already has an approved answer to the question. Correct that one.")
    if gold.answers.filter(question=question, approved_at=None, replaced_at=None).exists():
        raise GoldRefused("An answer to this question waits for approval already. Approve it, or retire the gold item.")
    answer = _add_answer(gold, question, codes, reason, clause_revision, author)
    record("gold proposed", gold, actor=author, detail=_detail(answer))
    return answer


@transaction.atomic
def approve_gold(answer: GoldAnswer, *, approver: User) -> GoldAnswer:
    """Approve a proposed answer. The author may do it alone only where the queue's small-team switch is on."""
    answer = _locked(answer)
    _refuse_settled(answer)
    is_alone = answer.author_id == approver.pk
    if is_alone and not _is_small_team(answer.gold.queue):
        raise GoldRefused("Whoever wrote the answer cannot approve it. Ask a second person.")
    answer.approver, answer.approved_at, answer.approved_alone = approver, clock.now(), is_alone
    answer.save(update_fields=["approver", "approved_at", "approved_alone"])
    _go_live(answer, actor=approver)
    return answer


@transaction.atomic
def approve_elsewhere(answer: GoldAnswer, *, actor: User, by_whom: str, when: str) -> GoldAnswer:
    """Take over an approval that was given outside this product, by whom and when."""
    answer = _locked(answer)
    _refuse_settled(answer)
    if not by_whom.strip() or not when.strip():
        raise InvalidGold("Say who approved the answer elsewhere, and when.", detail={"field": "approved_elsewhere"})
    answer.approved_elsewhere, answer.approved_at = f"{by_whom.strip()}, {when.strip()}"[:200], clock.now()
    answer.save(update_fields=["approved_elsewhere", "approved_at"])
    _go_live(answer, actor=actor)
    return answer


@transaction.atomic
def propose_correction(
    gold: GoldItem,
    *,
    question: str,
    accepted: Sequence[str],
    reason: str,
    author: User,
    clause_revision: ClauseRevision | None = None,
) -> GoldAnswer:
    """Write what should be expected instead; the present answer stays in force until somebody else confirms."""
    gold = _locked_gold(gold)
    if gold.answers.filter(question=question, approved_at=None, replaced_at=None).exists():
        raise GoldRefused("A correction of this answer waits for a second person already. Confirm or discard that one.")
    _refuse_disputed(gold, question)
    return _write_correction(gold, question, accepted, reason, clause_revision, author)


@transaction.atomic
def approve_correction(answer: GoldAnswer, *, approver: User) -> GoldAnswer:
    """Put a correction in force and score everybody again; old answer and old scores stay readable."""
    lock_figures(answer.gold.queue_id)
    answer = _locked(answer)
    old = _refuse_no_correction(answer)
    gold, now = answer.gold, clock.now()
    is_alone = answer.author_id == approver.pk
    if is_alone and not _is_small_team(gold.queue):
        raise GoldRefused("A correction needs a second person who confirms it.")
    old.replaced_at = now
    old.save(update_fields=["replaced_at"])
    answer.approver, answer.approved_at, answer.approved_alone = approver, now, is_alone
    answer.save(update_fields=["approver", "approved_at", "approved_alone"])
    ended = end_scores(old, why=CORRECTED, now=now)
    score_gold(gold.queue_id, now=now)
    mark_stale(gold.queue)
    detail = {**_detail(answer), "was": old.accepted, "author": str(answer.author.public_id), "scores_ended": ended}
    record("gold corrected", gold, actor=approver, detail=detail)
    return answer


@transaction.atomic
def discard_correction(answer: GoldAnswer, *, actor: User) -> GoldAnswer:
    """Let the present answer stand; the discarded correction stays readable."""
    answer = _locked(answer)
    _refuse_no_correction(answer)
    answer.replaced_at = clock.now()
    answer.save(update_fields=["replaced_at"])
    record("gold correction discarded", answer.gold, actor=actor, detail=_detail(answer))
    return answer


@transaction.atomic
def correct_gold(
    gold: GoldItem,
    *,
    question: str,
    accepted: Sequence[str],
    reason: str,
    author: User,
    approver: User,
    clause_revision: ClauseRevision | None = None,
) -> GoldAnswer:
    """Correct an answer on which two people have agreed already."""
    lock_figures(gold.queue_id)
    answer = _write_correction(_locked_gold(gold), question, accepted, reason, clause_revision, author)
    return approve_correction(answer, approver=approver)


@transaction.atomic
def suspend_gold(gold: GoldItem, *, reason: str, actor: User | None) -> GoldItem:
    """Stop placing and scoring a gold item for now; scores already made stay."""
    return _change_state(gold, GoldState.SUSPENDED, {GoldState.LIVE}, reason=reason, actor=actor)


@transaction.atomic
def resume_gold(gold: GoldItem, *, reason: str, actor: User) -> GoldItem:
    """Place a suspended gold item again."""
    return _change_state(gold, GoldState.LIVE, {GoldState.SUSPENDED}, reason=reason, actor=actor)


@transaction.atomic
def retire_gold(gold: GoldItem, *, reason: str, actor: User) -> GoldItem:
    """Never place a gold item again; scores already made stay."""
    wanted = {GoldState.PROPOSED, GoldState.LIVE, GoldState.SUSPENDED}
    return _change_state(gold, GoldState.RETIRED, wanted, reason=reason, actor=actor)


def _change_state(
    gold: GoldItem, state: GoldState, allowed: set[GoldState], *, reason: str, actor: User | None
) -> GoldItem:
    _check_reason(reason)
    gold = _locked_gold(gold)
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
    detail = {**_detail(answer), "alone": answer.approved_alone, "elsewhere": answer.approved_elsewhere}
    record("gold approved", gold, actor=actor, detail=detail)


def _write_correction(  # noqa: PLR0917
    gold: GoldItem,
    question: str,
    accepted: Sequence[str],
    reason: str,
    clause_revision: ClauseRevision | None,
    author: User,
) -> GoldAnswer:
    old = _current(gold, question)
    if old is None or gold.state == GoldState.RETIRED:
        raise GoldRefused("There is no approved answer to this question to correct. Propose one.")
    codes = _check_accepted(gold.queue, question, accepted)
    _check_reason(reason)
    if codes == old.accepted:
        raise GoldRefused("The correction accepts the same answers as before. Change them, or leave the gold as it is.")
    answer = _add_answer(gold, question, codes, reason, clause_revision or old.clause_revision, author)
    record("gold correction proposed", gold, actor=author, detail=_detail(answer) | {"was": old.accepted})
    return answer


def _add_answer(  # noqa: PLR0917
    gold: GoldItem,
    question: str,
    accepted: list[str],
    reason: str,
    clause_revision: ClauseRevision | None,
    author: User,
) -> GoldAnswer:
    latest = gold.answers.order_by("-number").values_list("number", flat=True).first()
    return GoldAnswer.objects.create(
        gold=gold,
        number=(latest or 0) + 1,
        question=question,
        accepted=accepted,
        reason=reason,
        clause_revision=clause_revision,
        author=author,
    )


def _locked_gold(gold: GoldItem) -> GoldItem:
    return GoldItem.objects.select_for_update(of=("self",)).select_related("queue").get(pk=gold.pk)


def _locked(answer: GoldAnswer) -> GoldAnswer:
    rows = GoldAnswer.objects.select_for_update(of=("self", "gold")).select_related("gold__queue", "author")
    return rows.get(pk=answer.pk)


def _current(gold: GoldItem, question: str) -> GoldAnswer | None:
    return gold.answers.filter(question=question, replaced_at=None, approved_at__isnull=False).first()


def _is_small_team(queue: Queue) -> bool:
    return SamplingPlan.objects.filter(queue=queue, is_small_team=True).exists()


def _refuse_settled(answer: GoldAnswer) -> None:
    if answer.approved_at is not None or answer.replaced_at is not None:
        raise GoldRefused("The answer has been decided already; reload the page to see by whom.")
    if answer.gold.state == GoldState.RETIRED:
        raise GoldRefused("The gold item is retired. Propose another item.")
    if _current(answer.gold, answer.question) is not None:
        raise GoldRefused("Another answer to this question was approved meanwhile. Correct that one.")


def _refuse_no_correction(answer: GoldAnswer) -> GoldAnswer:
    """The answer that this correction would replace."""
    old = _current(answer.gold, answer.question)
    if answer.approved_at is not None or answer.replaced_at is not None or old is None:
        raise GoldRefused("There is no correction to decide here any more; reload the page to see how it stands.")
    return old


def _refuse_disputed(gold: GoldItem, question: str) -> None:
    asked = Dispute.objects.filter(state=DisputeState.GOLD_CORRECTED, corrected_at=None)
    if asked.filter(evidence__score__gold_answer__gold=gold, evidence__score__question=question).exists():
        raise GoldRefused(
            "A decided dispute corrects this answer already. A second QA manager confirms it on the flag's page."
        )


def _refuse_unfit_item(item: Item) -> None:
    if item.withdrawn_at is not None or item.purged_at is not None:
        raise GoldRefused(
            "The item was withdrawn or its content removed, so it can never be gold. Choose another item."
        )


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidGold("Say why: whoever disputes the answer will read the reason.", detail={"field": "reason"})


def _check_accepted(queue: Queue, key: str, accepted: Sequence[str]) -> list[str]:
    """The accepted answers, each once, "cannot tell" last, since an error is booked under the first."""
    question = read_question(queue, key)
    if question is None:
        raise InvalidGold(
            f"The queue asks no question {key}. Choose one of its questions.", detail={"field": "question"}
        )
    codes = list(dict.fromkeys(_normal(code, question) for code in accepted))
    codes.sort(key=lambda code: code == CANNOT_TELL)
    if not codes or codes[0] == CANNOT_TELL:
        raise InvalidGold("Name at least one category that is right.", detail={"field": "accepted"})
    _refuse_never_sampled(queue, codes)
    return codes


def _normal(code: str, question: MeasuredQuestion) -> str:
    parts = sorted(set(filter(None, code.split(JOIN)))) if question.kind == "multi" else [code]
    unknown = [part for part in parts if part not in question.codes and part != CANNOT_TELL]
    if unknown:
        known = ", ".join(question.codes)
        message = f"{unknown[0]} is no answer to {question.key}. The answers are: {known}, {CANNOT_TELL}."
        raise InvalidGold(message, detail={"field": "accepted"})
    return JOIN.join(parts)


def _refuse_never_sampled(queue: Queue, codes: Sequence[str]) -> None:
    parts = {part for code in codes for part in code.split(JOIN)}
    found = Category.objects.filter(policy_id=queue.policy_id, code__in=parts, never_sample=True).first()
    if found is not None:
        raise InvalidGold(f"Items of {found.name} are never gold. Choose another item.", detail={"field": "accepted"})


def _detail(answer: GoldAnswer) -> dict[str, object]:
    return {
        "number": answer.number,
        "question": answer.question,
        "accepted": answer.accepted,
        "reason": answer.reason,
    }
