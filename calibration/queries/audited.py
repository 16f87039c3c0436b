"""Decisions that auditors judged and that count."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from calibration.models import AuditedLabel
from calibration.queries.questions import CANNOT_TELL
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label


def counted_audits() -> QuerySet[AuditedLabel]:
    """Judged ones of done work, also of answers that were asked again of others: they were given all the same.

    Withdrawn items are out, decisions that a later file replaced, and those where the auditor could not tell.
    """
    replaced = Label.objects.filter(revises=OuterRef("label"), slot__origin=SlotOrigin.IMPORTED)
    return AuditedLabel.objects.exclude(expected=CANNOT_TELL).filter(
        ~Exists(replaced),
        Q(label__slot__state=SlotState.DONE) | Q(label__slot__set_aside_by__isnull=False),
        judged_at__isnull=False,
        ended_at=None,
        item__withdrawn_at=None,
    )
