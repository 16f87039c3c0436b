"""What labeling does when somebody is taken off the work or moves: what they held is open to others at once."""

from typing import Any

from labeling.queries.holds import free_leases_of_user, release_reservations
from qaplatform.people.models import Labeler


def free_work(*, user_id: int, **_: Any) -> None:
    """Open the slots that the user held, and release what was reserved for them."""
    free_leases_of_user(user_id)
    for labeler_id in Labeler.objects.filter(user=user_id).values_list("pk", flat=True):
        release_reservations(labeler_id)


def free_work_of_mover(*, labeler_id: int, **_: Any) -> None:
    """Whoever changes vendors leaves what they held and what was reserved for them."""
    user_id = Labeler.objects.values_list("user_id", flat=True).get(pk=labeler_id)
    if user_id is not None:
        free_leases_of_user(user_id)
    release_reservations(labeler_id)
