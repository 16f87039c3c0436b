"""What labeling does when somebody is taken off the work: what they held is open to others at once."""

from typing import Any

from labeling.queries.holds import free_leases_of_user


def free_leases(*, user_id: int, **_: Any) -> None:
    """Open the slots that the user held."""
    free_leases_of_user(user_id)
