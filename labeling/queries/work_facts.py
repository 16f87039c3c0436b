"""What an administrator reads of somebody's work before moving or deactivating them."""

from django.db.models import Count, Q

from labeling.enums import QueueKind, SlotState
from labeling.models import Slot
from qaplatform.people.models import Labeler


def facts_of_work(labeler: Labeler) -> list[str]:
    """Sentences about what somebody holds and what is reserved for them; nothing tells why it is."""
    held = Slot.objects.filter(labeler=labeler, state=SlotState.LEASED).count()
    reserved = Slot.objects.filter(reserved_for=labeler, state=SlotState.OPEN).aggregate(
        work=Count("pk", filter=Q(queue__kind=QueueKind.ORDINARY)),
        sets=Count("queue", filter=Q(queue__kind=QueueKind.TRAINING), distinct=True),
    )
    said = [
        (held, "Holds {} now."),
        (reserved["work"], "{} reserved for them."),
    ]
    facts = [words.format(f"{n} item{'' if n == 1 else 's'}") for n, words in said if n]
    sets = reserved["sets"]
    return facts + ([f"{sets} unfinished set{'' if sets == 1 else 's'}."] if sets else [])
