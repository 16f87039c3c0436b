"""Builders of judged decisions, as an audit or a file with a QA column leaves them."""

from collections.abc import Iterable
from datetime import datetime

from calibration.enums import AuditOrigin, Reference
from calibration.models import Audit, AuditedLabel
from labeling.enums import ImportKind, ImportState
from labeling.models import ImportRun, Label, Queue
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import make_items, make_user
from tests.calibration.builders import NOON, add_label


def add_audit(
    label: Label,
    expected: str,
    *,
    reference: Reference = Reference.AUDIT_SEEN,
    probability: float | None = None,
    audit: Audit | None = None,
) -> AuditedLabel:
    """An auditor's answer about a decision."""
    given = label.answers["category"]
    return AuditedLabel.objects.create(
        audit=audit or make_audit(label.queue, reference),
        label=label,
        queue=label.queue,
        labeler=label.labeler,
        item=label.item,
        question="category",
        reference=reference,
        inclusion_probability=probability,
        given=given,
        auditor_answer=expected,
        expected=expected,
        is_correct=given == expected,
        answered_at=label.created_at,
        judged_at=label.created_at,
    )


def make_audit(queue: Queue, reference: Reference = Reference.AUDIT_SEEN, **fields: object) -> Audit:
    """An audit of a queue, as files bring them."""
    defaults = {"origin": AuditOrigin.IMPORTED, "question": "category", "created_by": make_user()}
    return Audit.objects.create(name="QA", queue=queue, reference=reference, **(defaults | fields))


def audit_answers(
    queue: Queue,
    labeler: Labeler,
    right: Iterable[bool],
    *,
    reference: Reference = Reference.AUDIT_SEEN,
    at: datetime = NOON,
    run: ImportRun | None = None,
) -> list[AuditedLabel]:
    """A decision "spam" for each entry, which the auditor confirms or calls "no violation"."""
    audit = make_audit(queue, reference)
    found = []
    for is_right in right:
        [item] = make_items(queue, answers_needed=0)
        label = add_label(item, labeler, "spam", at=at)
        if run is not None:
            Label.objects.filter(pk=label.pk).update(import_run=run)
        expected = "spam" if is_right else "no_violation"
        found.append(add_audit(label, expected, reference=reference, audit=audit))
    return found


def make_run(**fields: object) -> ImportRun:
    """A file of decisions that is in."""
    defaults = {
        "kind": ImportKind.DECISIONS,
        "state": ImportState.DONE,
        "file_name": "decisions.csv",
        "created_by": make_user(),
        "finished_at": clock.now(),
    }
    return ImportRun.objects.create(**(defaults | fields))
