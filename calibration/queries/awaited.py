"""What somebody has yet to judge blind: until then, no page shows them what others decided about it."""

from calibration.models import AuditedLabel
from qaplatform.people.access import Access


def awaited_contents(access: Access) -> list[str]:
    """Contents, by hash, of the decisions that wait for the asker's own judgement in audits that are open.

    An audit shows a copy of the item, and a queue may hold the same content twice, so contents are compared, not ids.
    """
    if access.labeler_id is None:
        return []
    waiting = AuditedLabel.objects.filter(
        auditor=access.labeler_id, judged_at=None, ended_at=None, audit__closed_at=None
    )
    return list(waiting.order_by().values_list("item__content_hash", flat=True).distinct())
