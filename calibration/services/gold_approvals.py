"""Approving many proposed answers at once, as after an import."""

from django.db import transaction

from calibration.enums import GoldState
from calibration.models import GoldAnswer
from calibration.services.gold import approve_gold
from labeling.models import Queue
from qaplatform.people.models import User


@transaction.atomic
def approve_waiting(queue: Queue, *, approver: User) -> int:
    """Approve what others proposed in a queue; gives how many. One's own answers stay for somebody else."""
    waiting = GoldAnswer.objects.filter(gold__queue=queue, approved_at=None, replaced_at=None)
    answers = list(waiting.exclude(author=approver).exclude(gold__state=GoldState.RETIRED).order_by("id"))
    for answer in answers:
        approve_gold(answer, approver=approver)
    return len(answers)
