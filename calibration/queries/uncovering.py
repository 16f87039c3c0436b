"""Sensitive items that somebody may uncover because they stand on a page of theirs."""

from uuid import UUID

from django.db.models import Q, QuerySet

from calibration.enums import SetPurpose
from calibration.models import AttemptAnswer, EvidenceRow
from calibration.queries.flags import rights_on, visible_flags
from calibration.queries.training import visible_attempts
from qaplatform.people.access import Access


def evidence_to_uncover(access: Access, public_id: UUID) -> EvidenceRow | None:
    """A row of a flag whose items the asker sees."""
    rows = EvidenceRow.objects.filter(flag__in=visible_flags(access), public_id=public_id)
    row = rows.select_related("flag__labeler", "score__item").first()
    return row if row is not None and rights_on(row.flag, access).sees_items else None


def answer_to_uncover(access: Access, item_id: UUID) -> AttemptAnswer | None:
    """A scored answer of an attempt that the asker sees; of an exam none before its end."""
    return _shown_answers(access).filter(slot__item__public_id=item_id).first()


def _shown_answers(access: Access) -> QuerySet[AttemptAnswer]:
    is_shown = ~Q(attempt__calibration_set__purpose=SetPurpose.EXAM) | Q(attempt__finished_at__isnull=False)
    answers = AttemptAnswer.objects.filter(is_shown, attempt__in=visible_attempts(access), is_correct__isnull=False)
    return answers.select_related("attempt", "slot__item")
