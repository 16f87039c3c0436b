"""Approving many proposed answers at once, as after an import."""

from django.db import transaction

from calibration.queries.gold import waiting_proposals
from calibration.services.gold import approve_gold
from labeling.models import Queue
from qaplatform.people.models import User


@transaction.atomic
def approve_waiting(queue: Queue, *, approver: User) -> int:
    """Approve what others proposed in a queue; gives how many. One's own answers stay for somebody else.

    Corrections are confirmed one by one, since each changes scores.
    """
    answers = list(waiting_proposals(queue).exclude(author=approver).order_by("id"))
    for answer in answers:
        approve_gold(answer, approver=approver)
    return len(answers)
