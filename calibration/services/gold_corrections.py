"""Correcting gold in the open: one person writes, another confirms, and everybody is scored anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from calibration.enums import DisputeState
from calibration.errors import GoldRefused, InvalidGold
from calibration.models import Dispute, GoldAnswer, GoldItem
from calibration.queries.scoring import replace_scores
from calibration.services.evidence import note_corrected
from calibration.services.gold_answers import (
    add_answer,
    check_accepted,
    check_reason,
    current_answer,
    detail_of,
    go_live_again,
    is_outdated,
    is_small_team,
    lock_answer,
    lock_gold,
    lock_version,
    refuse_outdated,
    revision_in_force,
)
from calibration.services.marks import lock_figures, mark_stale
from labeling.models import ClauseRevision
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What should be expected instead, and why. Without a clause revision the old answer's stays."""

    question: str
    accepted: Sequence[str]
    reason: str
    clause_revision: ClauseRevision | None = None


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
    gold = lock_gold(gold)
    if gold.answers.filter(question=question, approved_at=None, replaced_at=None).exists():
        raise GoldRefused("A correction of this answer waits for a second person already. Confirm or discard that one.")
    _refuse_disputed(gold, question)
    old = current_answer(gold, question)
    if old is None:
        raise GoldRefused("There is no approved answer to this question to correct. Propose one.")
    revision = clause_revision or _revision_by_now(gold, old)
    wanted = Correction(question=question, accepted=accepted, reason=reason, clause_revision=revision)
    return _write(gold, old, wanted, author=author)


@transaction.atomic
def approve_correction(answer: GoldAnswer, *, approver: User) -> GoldAnswer:
    """Put a correction in force and score everybody again; old answer and old scores stay readable."""
    lock_figures(answer.gold.queue_id)
    queue = lock_version(answer.gold.queue)
    answer = lock_answer(answer)
    old = _refuse_no_correction(answer)
    if is_outdated(old, queue):
        refuse_outdated(answer, queue)
    _approve(answer, approver=approver)
    _replace(old, answer, actor=approver)
    go_live_again(answer.gold, queue)
    return answer


@transaction.atomic
def discard_correction(answer: GoldAnswer, *, actor: User) -> GoldAnswer:
    """Let the present answer stand; the discarded correction stays readable."""
    answer = lock_answer(answer)
    _refuse_no_correction(answer)
    answer.replaced_at = clock.now()
    answer.save(update_fields=["replaced_at"])
    record("gold correction discarded", answer.gold, actor=actor, detail=detail_of(answer))
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
    """Correct an answer in force on which two people have agreed already."""
    old = current_answer(gold, question)
    if old is None:
        raise GoldRefused("There is no approved answer to this question to correct. Propose one.")
    wanted = Correction(question=question, accepted=accepted, reason=reason, clause_revision=clause_revision)
    return correct_answer(old, wanted, author=author, approver=approver)


@transaction.atomic
def correct_answer(old: GoldAnswer, wanted: Correction, *, author: User, approver: User) -> GoldAnswer:
    """Correct an answer, in force or not; one that is no longer in force is corrected for what was scored against it.

    Whatever the state of the gold item, whoever was scored against the old answer is scored against the new one.
    """
    lock_figures(old.gold.queue_id)
    gold = lock_gold(old.gold)
    old = GoldAnswer.objects.select_related("clause_revision", "gold__queue").get(pk=old.pk)
    answer = _write(gold, old, wanted, author=author)
    _approve(answer, approver=approver)
    _replace(old, answer, actor=approver)
    return answer


def _revision_by_now(gold: GoldItem, old: GoldAnswer) -> ClauseRevision | None:
    """The clause as it reads by now, where it has changed since the old answer was approved."""
    if not is_outdated(old, gold.queue):
        return old.clause_revision
    revision = revision_in_force(gold.queue, old.clause_revision)
    if revision is None:
        raise InvalidGold(
            "The clause of this answer is no longer in the policy. Choose the clause that covers the item now, or "
            "retire the item.",
            detail={"field": "clause_revision"},
        )
    return revision


def _write(gold: GoldItem, old: GoldAnswer, wanted: Correction, *, author: User) -> GoldAnswer:
    codes = check_accepted(gold.queue, old.question, wanted.accepted)
    check_reason(wanted.reason)
    revision = wanted.clause_revision or old.clause_revision
    if codes == old.accepted and (revision is None or revision.pk == old.clause_revision_id):
        raise GoldRefused("The correction accepts the same answers as before. Change them, or leave the gold as it is.")
    answer = add_answer(gold, old.question, codes, wanted.reason, revision, author)
    record("gold correction proposed", gold, actor=author, detail=detail_of(answer) | {"was": old.accepted})
    return answer


def _approve(answer: GoldAnswer, *, approver: User) -> None:
    is_alone = answer.author_id == approver.pk
    if is_alone and not is_small_team(answer.gold.queue):
        raise GoldRefused("A correction needs a second person who confirms it.")
    answer.approver, answer.approved_alone = approver, is_alone


def _replace(old: GoldAnswer, answer: GoldAnswer, *, actor: User) -> None:
    """The new answer takes the old one's place, or stands beside it if that was not in force any more."""
    now = clock.now()
    answer.approved_at = now
    if old.replaced_at is None:
        old.replaced_at = now
        old.save(update_fields=["replaced_at"])
    else:
        answer.replaced_at = now
    answer.save(update_fields=["approver", "approved_at", "approved_alone", "replaced_at"])
    ended, added = replace_scores(old, answer, queue=answer.gold.queue, now=now)
    if ended or added:
        note_corrected(answer, actor=actor)
    mark_stale(answer.gold.queue)
    scores = {"scores_ended": ended, "scores_added": added}
    detail = {**detail_of(answer), "was": old.accepted, "author": str(answer.author.public_id), **scores}
    record("gold corrected", answer.gold, actor=actor, detail=detail)


def _refuse_no_correction(answer: GoldAnswer) -> GoldAnswer:
    """The answer that this correction would replace."""
    old = current_answer(answer.gold, answer.question)
    if answer.approved_at is not None or answer.replaced_at is not None or old is None:
        raise GoldRefused("There is no correction to decide here any more; reload the page to see how it stands.")
    return old


def _refuse_disputed(gold: GoldItem, question: str) -> None:
    asked = Dispute.objects.filter(state=DisputeState.GOLD_CORRECTED, corrected_at=None)
    if asked.filter(evidence__score__gold_answer__gold=gold, evidence__score__question=question).exists():
        raise GoldRefused(
            "A decided dispute corrects this answer already. A second QA manager confirms it on the flag's page."
        )
