"""Tokens of the API: shown once, stored as a digest."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from qaplatform.errors import InvalidInput
from qaplatform.people.models import ApiToken, User
from qaplatform.people.queries.tokens import digest_of
from qaplatform.trail.services import record

SCOPES = {
    "label": "Claim and answer work",
    "import": "Import items and labels",
    "read": "Read metrics, scorecards, flags, gold and exports",
}


@transaction.atomic
def issue_token(
    user: User, *, name: str, scopes: Collection[str], expires_at: datetime, actor: User, now: datetime
) -> tuple[ApiToken, str]:
    """Make a token; the second part is its secret, which nobody can read again."""
    if unknown := set(scopes) - set(SCOPES):
        raise InvalidInput(f"Unknown scope {min(unknown)!r}. Choose among {', '.join(SCOPES)}.")
    if not scopes:
        raise InvalidInput("Choose at least one thing that the token may do.")
    if expires_at <= now:
        raise InvalidInput("The token would be expired already. Choose a day in the future.")
    secret = f"qa_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        user=user, name=name, prefix=secret[:8], digest=digest_of(secret), scopes=sorted(scopes), expires_at=expires_at
    )
    record("token_issued", token, actor=actor, detail={"name": name, "scopes": sorted(scopes)})
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: User, now: datetime) -> ApiToken:
    """End a token at once."""
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record("token_revoked", token, actor=actor, detail={"name": token.name})
    return token
