"""Answers come in: submit, submit under a client's key, revise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from labeling.engine.answers import Answer, check_answers, codes_named
from labeling.engine.errors import AnswerError
from labeling.engine.lifecycles import Hold, can_undo
from labeling.engine.receipts import write_receipt
from labeling.engine.schemas import parse_questions
from labeling.errors import AlreadyRevised, InvalidAnswer, ItemWithdrawn, KeyReused, LeaseTaken, UndoClosed
from labeling.models import Escalation, IdempotentAnswer, Label, LateAnswer
from labeling.queries.escalations import never_sampled_codes
from labeling.queries.holds import Grip, HeldWork, KeptReceipt, read_grip, record_label
from labeling.queries.labels import has_answered_since
from labeling.services.assignments import refuse_grip
from labeling.services.escalations import report_never_sampled
from labeling.services.withdrawals import lock_item
from labeling.signals import label_recorded, revision_asked
from qaplatform import clock
from qaplatform.errors import InvalidInput, NotFound
from qaplatform.people.models import Labeler

LONGEST_RATIONALE = 10_000
LONGEST_ACTIVE_MS = 2_147_483_647
LONGEST_KEY = 100
KEPT = "What you sent is kept as work done. "
STORED = 201


@dataclass(frozen=True)
class Submission:
    """What a client sends for an assignment; `confidence` and `active_ms` never enter a standing."""

    token: UUID
    answers: Mapping[str, object]
    rationale: str = ""
    confidence: float | None = None
    active_ms: int | None = None


@dataclass(frozen=True)
class Receipt:
    """What a submit is answered with: the same status and the same bytes however often it is sent."""

    status: int
    label: str
    queue_id: int


def submit_label(
    assignment_id: UUID,
    labeler: Labeler,
    *,
    token: UUID,
    answers: Mapping[str, object],
    rationale: str = "",
    confidence: float | None = None,
    active_ms: int | None = None,
) -> Label:
    """Store the answer to a live assignment. Raises InvalidAnswer, LeaseTaken or ItemWithdrawn (kept), NotFound."""
    submission = Submission(token, answers, rationale, confidence, active_ms)
    submit_without_key(assignment_id, labeler, submission)
    return Label.objects.get(slot__assignment_id=assignment_id, revises=None)


def submit_without_key(assignment_id: UUID, labeler: Labeler, submission: Submission) -> Receipt:
    """Like `submit_label`, with a receipt. Sent twice, it is refused the second time."""
    grip = read_grip(assignment_id, labeler, token=submission.token)
    return _record(assignment_id, labeler, submission, grip) or _refuse_late(assignment_id, labeler, submission)


def submit_under_key(
    assignment_id: UUID, labeler: Labeler, submission: Submission, *, key: str, body_hash: str
) -> Receipt:
    """Like `submit_label`; the same key with the same body gets the same receipt. Raises KeyReused for another body.

    Statements of a first submit: read the assignment with its questions; then in one transaction mark the slot done
    and insert label and key, all in one statement, and insert the stale mark of whoever listens to `label_recorded`.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInput(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.", detail={"field": "key"})
    grip = read_grip(assignment_id, labeler, token=submission.token)
    try:
        receipt = _record(assignment_id, labeler, submission, grip, key=key, body_hash=body_hash)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        receipt = None
    return receipt or _replay(labeler, key, body_hash) or _refuse_late(assignment_id, labeler, submission)


@transaction.atomic
def revise_label(label: Label, labeler: Labeler, *, answers: Mapping[str, object], rationale: str = "") -> Label:
    """A further label that stands instead. Raises UndoClosed, AlreadyRevised, ItemWithdrawn, InvalidAnswer."""
    if label.labeler_id != labeler.pk:
        raise NotFound
    item = lock_item(label.item_id)
    if item.withdrawn_at is not None:
        raise ItemWithdrawn
    revision_asked.send(Label, slot_id=label.slot_id)
    now = clock.database_now()
    first = Label.objects.get(slot_id=label.slot_id, revises=None)
    answered_since = has_answered_since(labeler.pk, first.created_at)
    if not can_undo(answered_at=first.created_at, answered_since=answered_since, now=now):
        raise UndoClosed
    if Label.objects.filter(revises=label).exists():
        raise AlreadyRevised
    checked = _check(label.schema.questions, answers, rationale)
    revision = Label.objects.create(
        slot_id=label.slot_id,
        item_id=label.item_id,
        queue_id=label.queue_id,
        labeler=labeler,
        revises=label,
        answers=checked,
        rationale=rationale,
        confidence=label.confidence,
        active_ms=label.active_ms,
        policy_version_id=label.policy_version_id,
        schema_id=label.schema_id,
        claimed_at=label.claimed_at,
        created_at=now,
    )
    if codes_named(checked) & never_sampled_codes(label.queue_id):
        report_never_sampled(item, labeler, note=rationale, actor=labeler.user, label=revision)
    label_recorded.send(Label, queue_id=label.queue_id, labeler_id=labeler.pk, item_id=label.item_id)
    return revision


def _record(
    assignment_id: UUID, labeler: Labeler, submission: Submission, grip: Grip, *, key: str = "", body_hash: str = ""
) -> Receipt | None:
    """Store the label; None where the assignment is not live (any more)."""
    if grip.hold is not Hold.LIVE or grip.work is None:
        return None
    answers = _check(grip.work.questions, submission.answers, submission.rationale)
    _check_measures(submission)
    public_id = uuid4()
    text = write_receipt(label=public_id, assignment=assignment_id)
    with transaction.atomic():
        item = lock_item(grip.work.item_id) if codes_named(answers) & grip.work.never_sample else None
        stored = record_label(
            assignment_id,
            labeler,
            token=submission.token,
            public_id=public_id,
            answers=answers,
            rationale=submission.rationale,
            confidence=submission.confidence,
            active_ms=submission.active_ms,
            kept=KeptReceipt(key, body_hash, STORED, text) if key else None,
        )
        if stored is None:
            return None
        if item is not None:
            label = Label.objects.get(public_id=public_id)
            report_never_sampled(item, labeler, note=submission.rationale, actor=labeler.user, label=label)
        label_recorded.send(Label, queue_id=stored.queue_id, labeler_id=labeler.pk, item_id=stored.item_id)
    return Receipt(STORED, text, stored.queue_id)


def _replay(labeler: Labeler, key: str, body_hash: str) -> Receipt | None:
    stored = IdempotentAnswer.objects.filter(labeler=labeler, key=key).first()
    if stored is None:
        return None
    if stored.body_hash != body_hash:
        raise KeyReused
    return Receipt(stored.status, stored.label, stored.queue_id)


def _refuse_late(assignment_id: UUID, labeler: Labeler, submission: Submission) -> NoReturn:
    """Keep what was sent, if the assignment was this labeler's once, then say how it stands.

    Each text is kept, also the second one of an assignment; the same text once. A late answer counts for nothing but
    danger: one that is never sampled withdraws the item all the same.
    """
    grip = read_grip(assignment_id, labeler, token=submission.token)
    if grip.work is None or grip.hold not in {Hold.LATE, Hold.WITHDRAWN}:
        refuse_grip(grip)
    _keep_late(assignment_id, labeler, submission, grip.work)
    raise LeaseTaken(kept=KEPT) if grip.hold is Hold.LATE else ItemWithdrawn(kept=KEPT)


@transaction.atomic
def _keep_late(assignment_id: UUID, labeler: Labeler, submission: Submission, work: HeldWork) -> None:
    names_danger = bool(codes_named(submission.answers) & work.never_sample)
    item = lock_item(work.item_id) if names_danger else None
    text: dict[str, Any] = {
        "assignment_id": assignment_id,
        "answers": dict(submission.answers),
        "rationale": submission.rationale[:LONGEST_RATIONALE],
    }
    now = clock.database_now()
    late = LateAnswer(slot_id=work.slot_id, item_id=work.item_id, labeler=labeler, received_at=now, **text)
    LateAnswer.objects.bulk_create([late], ignore_conflicts=True)
    if item is None:
        return
    kept = LateAnswer.objects.filter(**text).earliest("pk")
    if not Escalation.objects.filter(late_answer=kept).exists():
        report_never_sampled(item, labeler, note=kept.rationale, actor=labeler.user, late_answer=kept)


def _check(questions: object, answers: Mapping[str, object], rationale: str) -> dict[str, Answer]:
    try:
        checked = check_answers(parse_questions(questions), answers)
    except AnswerError as error:
        raise InvalidAnswer(error.message, detail={"field": error.field}) from error
    if len(rationale) > LONGEST_RATIONALE or "\0" in rationale:
        message = f"The rationale must be a text of at most {LONGEST_RATIONALE} characters."
        raise InvalidAnswer(message, detail={"field": "rationale"})
    return checked


def _check_measures(submission: Submission) -> None:
    if submission.confidence is not None and not 0 <= submission.confidence <= 1:
        raise InvalidAnswer("The confidence is a number from 0 to 1.", detail={"field": "confidence"})
    if submission.active_ms is not None and not 0 <= submission.active_ms <= LONGEST_ACTIVE_MS:
        raise InvalidAnswer("The active time is a whole number of milliseconds.", detail={"field": "active_ms"})
