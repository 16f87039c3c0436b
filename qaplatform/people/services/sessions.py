"""Ending what somebody is signed in with."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from qaplatform.people.models import ApiToken, User
from qaplatform.people.queries.sessions import live_sessions
from qaplatform.trail.services import record


@transaction.atomic
def sign_out_everywhere(user: User, *, actor: User, now: datetime) -> tuple[int, int]:
    """End somebody's sessions and tokens; how many there were. They can sign in again."""
    sessions, tokens = end_sessions([user], now=now), end_tokens(user, now=now)
    record("signed_out", user, actor=actor, detail={"sessions": sessions, "tokens": tokens})
    return sessions, tokens


def end_sessions(users: Sequence[User], *, now: datetime) -> int:
    """Delete the live sessions of these people; how many that were."""
    ended = [
        key for user_sessions in live_sessions({user.pk for user in users}, now=now).values() for key in user_sessions
    ]
    Session.objects.filter(pk__in=ended).delete()
    return len(ended)


def end_tokens(user: User, *, now: datetime) -> int:
    """Revoke the API tokens of somebody; how many that were."""
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=now)
