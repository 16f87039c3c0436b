"""Finding who a token belongs to."""

from datetime import datetime
from hashlib import sha256

from qaplatform.people.models import ApiToken


def digest_of(token: str) -> str:
    """What is stored of a token. Tokens are 256 random bits, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


def live_token(token: str, *, now: datetime) -> ApiToken | None:
    """The token row, if it is neither revoked nor expired and its user is active."""
    return (
        ApiToken.objects.select_related("user")
        .filter(digest=digest_of(token), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
