"""Deciding a disagreement between labeler and auditor: once, by somebody who gave neither answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from calibration.enums import AdjudicationOutcome, GoldPool
from calibration.models import Adjudication, AuditedLabel, GoldItem
from calibration.queries.adjudications import is_party
from calibration.queries.audit_figures import POLICY_UNCLEAR
from calibration.queries.questions import read_question
from calibration.services.audit_scores import clause_revisions, revision_of
from calibration.services.dangers import hear_danger
from calibration.services.marks import mark_stale
from calibration.services.retroactive_gold import propose_adjudicated
from labeling.models import ClauseRevision
from labeling.services.withdrawals import lock_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record


@dataclass(frozen=True)
class GoldWish:
    """That the item becomes gold, once somebody else approves it."""

    pool: GoldPool
    clause_revision: ClauseRevision | None = None


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What somebody decides: `accepted` is what is right, the first counts as expected; `gold` None wants no gold."""

    outcome: AdjudicationOutcome
    reason: str
    accepted: Sequence[str] = ()
    gold: GoldWish | None = None


@transaction.atomic
def adjudicate(audited: AuditedLabel, ruling: Ruling, *, actor: User) -> Adjudication:
    """Decide a disagreement, and propose gold where the ruling wishes so. Raises Refused, InvalidInput.

    Whoever names a category that is never sampled withdraws the item.
    """
    item = lock_item(audited.item_id)
    row = _locked(audited)
    _refuse_settled(row, actor)
    accepted = _check(row, ruling)
    hear_danger(
        item, [*accepted, *ruling.accepted], note=ruling.reason, wants_gold=ruling.gold is not None, actor=actor
    )
    gold = _propose(row, ruling, accepted, author=actor)
    _apply(row, ruling.outcome, accepted)
    made = Adjudication.objects.create(
        audited=row,
        outcome=ruling.outcome,
        accepted=accepted,
        reason=ruling.reason.strip(),
        gold=gold,
        decided_by=actor,
        decided_at=clock.now(),
    )
    mark_stale(row.queue)
    detail = {
        "outcome": ruling.outcome.value,
        "given": row.given,
        "auditor": row.auditor_answer,
        "accepted": accepted,
        "reason": made.reason,
        "gold": str(gold.public_id) if gold else None,
    }
    record("disagreement_decided", row, actor=actor, detail=detail)
    return made


def _locked(audited: AuditedLabel) -> AuditedLabel:
    rows = AuditedLabel.objects.select_for_update(of=("self",))
    return rows.select_related("queue", "item", "label", "labeler", "auditor").get(pk=audited.pk)


def _refuse_settled(row: AuditedLabel, actor: User) -> None:
    decided = Adjudication.objects.filter(audited=row).select_related("decided_by").first()
    if decided is not None:
        raise Refused(f"{decided.decided_by} has decided this already; reload the page to read how.")
    if row.ended_at is not None or row.judged_at is None:
        raise Refused("This decision has left its audit: there is nothing to decide any more.")
    if row.is_correct:
        raise Refused("Labeler and auditor agree here: there is nothing to decide.")
    if is_party(row, actor.pk):
        raise Refused("One of the two answers is your own. Somebody else decides between them.")


def _check(row: AuditedLabel, ruling: Ruling) -> list[str]:
    """What is right by this ruling, the expected answer first."""
    if not ruling.reason.strip():
        raise InvalidInput("Say why: both sides may read the reason.", detail={"field": "reason"})
    accepted = list(dict.fromkeys(ruling.accepted))
    _check_codes(row, accepted)
    match ruling.outcome:
        case AdjudicationOutcome.STANDS:
            return [row.given, *(code for code in accepted if code != row.given)]
        case AdjudicationOutcome.OVERTURNED:
            return _check_overturned(row, accepted)
        case _:
            return _check_unclear(ruling)


def _check_codes(row: AuditedLabel, accepted: Sequence[str]) -> None:
    question = read_question(row.queue, row.question)
    known = {row.given, row.auditor_answer, *(question.codes if question else ())}
    unknown = [code for code in accepted if code not in known and not (question and question.kind == "multi")]
    if unknown:
        raise InvalidInput(f"{unknown[0]} is no answer to this question. Choose another.", detail={"field": "accepted"})


def _check_overturned(row: AuditedLabel, accepted: list[str]) -> list[str]:
    if row.given in accepted:
        message = "What was decided is among the right answers: then the decision stands. Choose that, or untick it."
        raise InvalidInput(message, detail={"field": "accepted"})
    return accepted or [row.auditor_answer]


def _check_unclear(ruling: Ruling) -> list[str]:
    if ruling.gold is not None:
        message = "What the policy does not settle cannot be gold. Decide what is right, or propose no gold."
        raise InvalidInput(message, detail={"field": "propose_gold"})
    return []


def _propose(row: AuditedLabel, ruling: Ruling, accepted: Sequence[str], *, author: User) -> GoldItem | None:
    if ruling.gold is None:
        return None
    answer = propose_adjudicated(
        row.item,
        question=row.question,
        accepted=accepted,
        reason=ruling.reason,
        author=author,
        clause_revision=ruling.gold.clause_revision,
        pool=ruling.gold.pool,
    )
    return answer.gold


def _apply(row: AuditedLabel, outcome: AdjudicationOutcome, accepted: Sequence[str]) -> None:
    """What holds now; the auditor's answer stays beside it."""
    if outcome == AdjudicationOutcome.UNCLEAR:
        row.ended_at, row.ended_why = clock.now(), POLICY_UNCLEAR
        row.save(update_fields=["ended_at", "ended_why"])
        return
    row.expected = accepted[0]
    row.is_correct = outcome == AdjudicationOutcome.STANDS
    row.clause_revision_id = revision_of(row, row.expected, clause_revisions([row]))
    row.save(update_fields=["expected", "is_correct", "clause_revision"])
