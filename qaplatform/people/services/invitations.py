"""One-time links with which people set their password: shown once, stored as a digest, expiring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import choice

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from qaplatform.errors import InvalidInput, NotFound, Refused
from qaplatform.people.models import Invitation, User
from qaplatform.people.queries.invitations import digest_of_code, find_invitation
from qaplatform.people.services.sessions import end_sessions, end_tokens
from qaplatform.trail.services import record

LASTS = timedelta(days=7)
# 20 characters of 32 are 100 random bits; letters that look like digits are left out, as people type from paper.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
GROUPS, GROUP = 4, 5


@dataclass(frozen=True)
class Link:
    """A link that was made just now: `code` can be read nowhere else."""

    user: User
    code: str
    expires_at: datetime


@transaction.atomic
def invite(users: Sequence[User], *, actor: User | None, now: datetime, lasts: timedelta = LASTS) -> list[Link]:
    """A new link for each of them; links that they had stop working."""
    reached = _lock(users)
    active = [user for user in users if user.pk in reached]
    Invitation.objects.filter(user__in=active, used_at=None, revoked_at=None).update(revoked_at=now)
    links = [Link(user, _code(), now + lasts) for user in active]
    Invitation.objects.bulk_create(
        Invitation(
            user=link.user,
            digest=digest_of_code(link.code),
            created_by=actor,
            created_at=now,
            expires_at=link.expires_at,
        )
        for link in links
    )
    for link in links:
        record("invited", link.user, actor=actor, detail={"username": link.user.username})
    return links


@transaction.atomic
def reset_sign_in(user: User, *, actor: User, now: datetime) -> Link:
    """End somebody's password, sessions and API tokens at once and give them a link for a new password."""
    if user.pk == actor.pk:
        raise Refused(
            "This is your own account: change your password on its page, so that you cannot lock yourself out."
        )
    if not _lock([user]):
        raise Refused(f"{user} is deactivated. Let them in again first, then make a link.")
    had_password = user.has_usable_password()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions([user], now=now)
    end_tokens(user, now=now)
    [link] = invite([user], actor=actor, now=now)
    if had_password:
        record("password_ended", user, actor=actor, detail={"username": user.username})
    return link


@transaction.atomic
def revoke_invitations(user: User, *, actor: User, now: datetime) -> int:
    """End the open link of somebody; how many that were."""
    ended = Invitation.objects.filter(user=user, used_at=None, revoked_at=None).update(revoked_at=now)
    if ended:
        record("invitation_revoked", user, actor=actor, detail={"username": user.username})
    return ended


@transaction.atomic
def accept_invitation(code: str, password: str, *, now: datetime) -> User:
    """Set the password of whoever the link is for; it works once. Raises NotFound, InvalidInput on `password`."""
    found = find_invitation(code, now=now)
    invitation = find_invitation(code, now=now, locked=True) if found and _lock([found.user]) else None
    if invitation is None:
        raise NotFound
    user = invitation.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), detail={"field": "password"}) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions([user], now=now)
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    record("invitation_used", user, actor=user, detail={"username": user.username})
    return user


def _lock(users: Sequence[User]) -> frozenset[int]:
    """Ids of those who are active, locked before their links: using, making and ending links wait for each other."""
    active = User.objects.select_for_update(no_key=True).filter(pk__in=[user.pk for user in users], is_active=True)
    return frozenset(active.order_by("pk").values_list("pk", flat=True))


def _code() -> str:
    return "-".join("".join(choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))
