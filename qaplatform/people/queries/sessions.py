"""Who is signed in."""

from collections import defaultdict
from collections.abc import Set as AbstractSet
from datetime import datetime

from django.contrib.sessions.models import Session


def live_sessions(user_ids: AbstractSet[int], *, now: datetime) -> dict[int, list[str]]:
    """Keys of the live sessions of these people; sessions say whose they are only inside."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    wanted = {str(user_id): user_id for user_id in user_ids}
    for session in Session.objects.filter(expire_date__gt=now).iterator(chunk_size=500):
        user_id = wanted.get(str(session.get_decoded().get("_auth_user_id")))
        if user_id is not None:
            found[user_id].append(session.pk)
    return found
