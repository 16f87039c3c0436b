"""Answers that their labeler says were right: filed by item, decided by somebody independent, or lapsed in time."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from calibration.enums import DisputeState, GoldState
from calibration.models import Dispute, EvidenceRow, Flag, FlagEvent, GoldAnswer, GoldItem, GoldScore
from calibration.queries.deciders import excluded_deciders
from calibration.queries.gold import POLICY_CHANGED
from calibration.queries.scoring import GOLD_WRONG
from calibration.rules import DAYS_TO_DECIDE_A_DISPUTE, add_working_days, is_finished
from calibration.services.gold import resume_gold, suspend_gold
from calibration.services.gold_answers import is_outdated, lock_gold
from calibration.services.gold_corrections import Correction, correct_answer
from calibration.services.marks import mark_stale
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record

HELD = "Dispute: "
INDEPENDENT = "A dispute is decided by somebody else: another QA manager who had no part in it."


@transaction.atomic
def file_dispute(evidence: EvidenceRow, *, actor: User, reason: str) -> Dispute:
    """Say that an answer which counted as wrong was right."""
    flag = Flag.objects.select_for_update().get(pk=evidence.flag_id)
    _check_can_be_disputed(flag, evidence, reason)
    now = clock.now()
    dispute = Dispute.objects.create(
        evidence=evidence,
        filed_by=actor,
        filed_at=now,
        due_at=add_working_days(now, DAYS_TO_DECIDE_A_DISPUTE),
        reason=reason.strip(),
    )
    Flag.objects.filter(pk=flag.pk).update(is_disputed=True)
    FlagEvent.objects.create(
        flag=flag, actor=actor, action="disputed", reason=f"Item {evidence.position}: {reason.strip()}"
    )
    return dispute


@transaction.atomic
def decide_dispute(
    dispute: Dispute, outcome: DisputeState, *, actor: User, reason: str, accepted: Sequence[str] = ()
) -> Dispute:
    """Decide a dispute. `accepted` names the right answers where the gold is corrected."""
    locked = _lock(dispute)
    _check_decision(locked, outcome, actor=actor, reason=reason, accepted=accepted)
    locked.state, locked.decided_by, locked.decided_at = outcome, actor, clock.now()
    locked.decision_reason = reason.strip()
    locked.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    _apply(locked, outcome, actor=actor, accepted=accepted)
    _note(locked, "dispute_decided", actor=actor, reason=f"{locked.get_state_display()}. {locked.decision_reason}")
    return locked


@transaction.atomic
def confirm_correction(dispute: Dispute, *, actor: User) -> Dispute:
    """Correct the gold as a dispute's decision asks; the second person's act. Everybody is scored again.

    Other decided disputes that ask for the same are carried out with it.
    """
    locked = _lock(dispute)
    if locked.state != DisputeState.GOLD_CORRECTED or locked.corrected_at is not None or locked.decided_by is None:
        raise Refused("There is no correction to confirm here. Reload the page to see how it stands.")
    if actor.pk in {locked.decided_by_id, locked.filed_by_id, locked.evidence.flag.labeler.user_id}:
        raise Refused("You decided or filed this dispute. A second person confirms the correction.")
    gold = _correct(locked, author=locked.decided_by, approver=actor)
    for carried_out in _asking_the_same(locked, gold):
        carried_out.corrected_at = clock.now()
        carried_out.save(update_fields=["corrected_at"])
        record("gold_corrected", carried_out, actor=actor, detail={"accepted": locked.corrected_to})
    _use_again(gold, actor=actor)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def lapse_overdue_disputes(*, now: datetime) -> int:
    """Take the items of disputes that nobody decided in time out of the score. Running it twice changes nothing."""
    overdue = Dispute.objects.select_for_update(of=("self",)).filter(state=DisputeState.OPEN, due_at__lte=now)
    disputes = list(
        overdue.select_related("evidence__flag", "evidence__score__queue", "evidence__score__labeler").order_by("pk")
    )
    for dispute in disputes:
        dispute.state, dispute.decided_at = DisputeState.LAPSED, now
        dispute.save(update_fields=["state", "decided_at"])
        _take_out(_score_now(dispute), why="dispute not decided in time")
        _note(dispute, "dispute_lapsed", actor=None, reason=DisputeState.LAPSED.label)
    return len(disputes)


def _check_can_be_disputed(flag: Flag, evidence: EvidenceRow, reason: str) -> None:
    if is_finished(flag.state):
        raise Refused("This flag is decided and closed, so its items cannot be disputed any more.")
    if evidence.is_correct and not _counts_as_wrong(evidence):
        raise Refused("This answer counts as right: there is nothing to dispute.")
    if Dispute.objects.filter(evidence=evidence).exists():
        raise Refused("This item is disputed already. Its decision will be shown here.")
    if not reason.strip():
        raise InvalidInput(
            "Say why the answer was right: whoever decides reads only this and the item.", detail={"field": "reason"}
        )


def _lock(dispute: Dispute) -> Dispute:
    rows = Dispute.objects.select_for_update(of=("self",))
    return rows.select_related(
        "evidence__flag__labeler", "evidence__score__gold_answer__gold", "evidence__score__queue", "decided_by"
    ).get(pk=dispute.pk)


def _check_decision(
    dispute: Dispute, outcome: DisputeState, *, actor: User, reason: str, accepted: Sequence[str]
) -> None:
    if dispute.state != DisputeState.OPEN:
        raise Refused("This dispute is decided already. Reload the page to see how.")
    if outcome in {DisputeState.OPEN, DisputeState.LAPSED}:
        raise InvalidInput("Choose how the dispute ends.", detail={"field": "outcome"})
    if actor.pk in excluded_deciders([dispute])[dispute.pk]:
        raise Refused(f"You filed this dispute, decided this flag, or wrote or approved its gold. {INDEPENDENT}")
    if not reason.strip():
        raise InvalidInput("Write the reason of the decision: the person reads it.", detail={"field": "reason"})
    if outcome == DisputeState.GOLD_CORRECTED and not accepted:
        raise InvalidInput(
            "Choose the answers that are right, so that the gold can be corrected.", detail={"field": "accepted"}
        )


def _apply(dispute: Dispute, outcome: DisputeState, *, actor: User, accepted: Sequence[str]) -> None:
    if outcome == DisputeState.OVERTURNED:
        _take_out(_score_now(dispute), why="dispute overturned")
    if outcome == DisputeState.GOLD_CORRECTED:
        _end_score(_score_now(dispute), why=GOLD_WRONG)
        _hold_gold(dispute, actor=actor, accepted=accepted)


def _hold_gold(dispute: Dispute, *, actor: User, accepted: Sequence[str]) -> None:
    """Stop using the gold until a second person has confirmed what is right."""
    dispute.corrected_to = sorted(accepted)
    dispute.save(update_fields=["corrected_to"])
    gold = dispute.evidence.score.gold_answer.gold
    if gold.state == GoldState.LIVE:
        suspend_gold(gold, reason=f"{HELD}{dispute.decision_reason}", actor=actor)


def _correct(dispute: Dispute, *, author: User, approver: User) -> GoldItem:
    """Correct what the answer is held against by now, unless another dispute has had that corrected alike."""
    answer = GoldAnswer.objects.select_related("gold").get(pk=_score_now(dispute).gold_answer_id)
    if set(answer.accepted) != set(dispute.corrected_to):
        wanted = Correction(question=answer.question, accepted=dispute.corrected_to, reason=dispute.decision_reason)
        correct_answer(answer, wanted, author=author, approver=approver)
    return answer.gold


def _asking_the_same(dispute: Dispute, gold: GoldItem) -> list[Dispute]:
    """Decided disputes that wait for this very correction, the given one among them."""
    waiting = Dispute.objects.select_for_update(of=("self",)).filter(
        state=DisputeState.GOLD_CORRECTED,
        corrected_at=None,
        evidence__score__gold_answer__gold=gold,
        evidence__score__question=dispute.evidence.score.question,
    )
    return [row for row in waiting.order_by("pk") if row.corrected_to == dispute.corrected_to]


def _use_again(gold: GoldItem, *, actor: User) -> None:
    """End the suspension that a dispute made, unless another one waits or the clause has changed meanwhile."""
    gold = lock_gold(gold)
    waiting = Dispute.objects.filter(
        state=DisputeState.GOLD_CORRECTED, corrected_at=None, evidence__score__gold_answer__gold=gold
    )
    if gold.state != GoldState.SUSPENDED or not gold.state_reason.startswith(HELD) or waiting.exists():
        return
    in_force = gold.answers.filter(replaced_at=None, approved_at__isnull=False)
    if any(is_outdated(answer, gold.queue) for answer in in_force):
        gold.state_reason = f"{POLICY_CHANGED}: its clause means something else by now."
        gold.save(update_fields=["state_reason"])
        return
    resume_gold(gold, reason="The correction is confirmed.", actor=actor)


def _score_now(dispute: Dispute) -> GoldScore:
    """The newest score of the disputed answer: a correction of the gold may have made another since."""
    return _newest_score(dispute.evidence.score)


def _newest_score(score: GoldScore) -> GoldScore:
    scores = GoldScore.objects.filter(item=score.item_id, labeler=score.labeler_id, question=score.question)
    return scores.select_related("queue", "labeler").order_by("-pk")[0]


def _counts_as_wrong(evidence: EvidenceRow) -> bool:
    newest = _newest_score(evidence.score)
    return newest.ended_at is None and not newest.is_correct


def _take_out(score: GoldScore, *, why: str) -> None:
    """Take an answer out of the score; one that a correction has made right by now stays in."""
    if not score.is_correct:
        _end_score(score, why=why)


def _end_score(score: GoldScore, *, why: str) -> None:
    GoldScore.objects.filter(pk=score.pk, ended_at=None).update(ended_at=clock.now(), ended_why=why)
    mark_stale(score.queue, score.labeler)


def _note(dispute: Dispute, action: str, *, actor: User | None, reason: str) -> None:
    flag = dispute.evidence.flag
    still_open = Dispute.objects.filter(evidence__flag=flag, state=DisputeState.OPEN).exists()
    Flag.objects.filter(pk=flag.pk).update(is_disputed=still_open)
    FlagEvent.objects.create(
        flag=flag, actor=actor, action=action, reason=f"Item {dispute.evidence.position}: {reason}"
    )
    record(action, dispute, actor=actor, detail={"outcome": dispute.state, "reason": dispute.decision_reason})
