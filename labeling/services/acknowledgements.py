"""Saying that one has read what changed."""

from django.db import transaction

from labeling.models import Acknowledgement, Queue
from qaplatform import clock
from qaplatform.errors import NotFound, Refused
from qaplatform.people.models import Labeler
from qaplatform.trail.services import record


@transaction.atomic
def acknowledge_version(queue: Queue, labeler: Labeler, *, version: int) -> Acknowledgement:
    """Keep that this labeler has read version `version` of the queue's policy. Twice is once.

    Raises Refused where the queue asks for another version by now: then that one is to be read.
    """
    wanted = queue.acknowledge_version
    if wanted is None:
        raise NotFound("There is nothing to read in this queue at the moment. Go on with your work.")
    if wanted.number != version:
        message = f"The rules changed once more while you were reading. Read what version {wanted.number} changes."
        raise Refused(message)
    row, is_new = Acknowledgement.objects.get_or_create(labeler=labeler, version=wanted, defaults={"at": clock.now()})
    if is_new:
        record("policy_read", wanted, actor=labeler.user, detail={"queue": queue.name, "number": version})
    return row
