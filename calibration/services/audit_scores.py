"""Judgements: what auditors answered becomes the score of the decisions that they answered for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from calibration.models import AuditedLabel
from calibration.queries.audit_answers import AuditorAnswer, read_answers
from calibration.queries.decision_columns import DECISION_CHANGED
from calibration.queries.questions import CANNOT_TELL, JOIN
from calibration.queries.scoring import Scored
from calibration.services.marks import mark_stale
from labeling.enums import SlotOrigin
from labeling.models import Category, Label, Queue
from labeling.services.withdrawals import withdraw_item

ITEM_WITHDRAWN = "item withdrawn"

Revisions = Mapping[tuple[int, str], int]


@transaction.atomic
def score_audits(queue: Queue, *, now: datetime) -> Scored:
    """Judge what was answered in an audit queue and can no longer be taken back. Running it twice changes nothing."""
    _withdraw_sources(queue)
    answers = read_answers(queue.pk)
    closed = {answer.audited_id: answer for answer in answers if answer.closes_at <= now}
    rows = AuditedLabel.objects.select_for_update(of=("self",)).filter(pk__in=closed, ended_at=None, answer=None)
    scored = list(rows.select_related("label", "queue").order_by("pk"))
    _judge(scored, closed, now=now)
    _end_replaced(scored, now=now)
    for source in {row.queue_id: row.queue for row in scored}.values():
        mark_stale(source)
    waiting = [answer.closes_at for answer in answers if answer.closes_at > now]
    return Scored(len(scored), min(waiting, default=None))


@transaction.atomic
def end_withdrawn_audits(queue: Queue, *, now: datetime) -> int:
    """End what audits hold of items that were withdrawn since, and take the auditors' copies out of work."""
    rows = AuditedLabel.objects.filter(queue=queue, ended_at=None, item__withdrawn_at__isnull=False)
    ended = list(rows.select_related("slot__item", "item"))
    for row in ended:
        if row.slot is not None:
            withdraw_item(row.slot.item, reason=row.item.withdrawn_reason or ITEM_WITHDRAWN, actor=None)
    return AuditedLabel.objects.filter(pk__in=[row.pk for row in ended]).update(ended_at=now, ended_why=ITEM_WITHDRAWN)


def clause_revisions(rows: Iterable[AuditedLabel]) -> Revisions:
    """The revision of a category's clause under a policy version, by (version, category code)."""
    found = list(rows)
    versions = {row.label.policy_version_id for row in found}
    categories = Category.objects.filter(
        policy__in={row.queue.policy_id for row in found}, clause__revisions__versions__in=versions
    )
    columns = ("clause__revisions__versions", "code", "clause__revisions")
    return {(version, code): revision for version, code, revision in categories.values_list(*columns)}


def revision_of(row: AuditedLabel, expected: str, revisions: Revisions) -> int | None:
    """The clause in question: that of the expected answer; where no violation is expected, that of the one given."""
    codes = [*expected.split(JOIN), *row.given.split(JOIN)]
    return next((revisions[key] for code in codes if (key := (row.label.policy_version_id, code)) in revisions), None)


def _judge(rows: Sequence[AuditedLabel], answers: Mapping[int, AuditorAnswer], *, now: datetime) -> None:
    """An auditor who cannot tell, or left the question out, has judged nothing: the row keeps the answer alone."""
    revisions = clause_revisions(rows)
    for row in rows:
        answer = answers[row.pk]
        row.answer_id = answer.label_id
        if answer.code in {CANNOT_TELL, ""}:
            continue
        row.auditor_answer = row.expected = answer.code
        row.is_correct = row.given == answer.code
        row.clause_revision_id = revision_of(row, answer.code, revisions)
        row.judged_at = now
    fields = ["answer", "auditor_answer", "expected", "is_correct", "clause_revision", "judged_at"]
    AuditedLabel.objects.bulk_update(rows, fields)


def _end_replaced(rows: Sequence[AuditedLabel], *, now: datetime) -> None:
    """A file may have replaced a decision while an auditor had it: what was judged does not stand any more."""
    judged = [row for row in rows if row.judged_at is not None]
    replaced = Label.objects.filter(revises__in=[row.label_id for row in judged], slot__origin=SlotOrigin.IMPORTED)
    ended = AuditedLabel.objects.filter(pk__in=[row.pk for row in judged], label__in=replaced.values("revises"))
    ended.update(ended_at=now, ended_why=DECISION_CHANGED)


def _withdraw_sources(queue: Queue) -> None:
    """What an auditor escalated as illegal or dangerous is so wherever it stands: the audited item is withdrawn too."""
    rows = AuditedLabel.objects.filter(
        slot__queue=queue, slot__item__withdrawn_at__isnull=False, item__withdrawn_at=None
    )
    for row in rows.select_related("item", "slot__item"):
        if row.slot is not None:
            withdraw_item(row.item, reason=row.slot.item.withdrawn_reason, actor=None)
