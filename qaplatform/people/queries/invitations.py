"""Finding who a one-time link is for."""

from datetime import datetime
from hashlib import sha256

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet

from qaplatform.people.models import Invitation, User

# What people type for a letter that codes leave out.
LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})


def digest_of_code(code: str) -> str:
    """What is stored of a code, however it was typed.

    >>> digest_of_code("0ab12-") == digest_of_code(" OABL2 ")
    True
    """
    letters = "".join(character for character in code.casefold() if character.isalnum())
    return sha256(letters.translate(LOOKALIKES).encode()).hexdigest()


def find_invitation(code: str, *, now: datetime, locked: bool = False) -> Invitation | None:
    """The invitation of a code if it still works; why it does not is told to nobody."""
    invitations = Invitation.objects.select_related("user")
    if locked:
        invitations = invitations.select_for_update(of=("self",))
    return invitations.filter(
        digest=digest_of_code(code), used_at=None, revoked_at=None, expires_at__gt=now, user__is_active=True
    ).first()


def people_without_sign_in() -> QuerySet[User]:
    """Active accounts that have no password yet."""
    return User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX).order_by("username")
