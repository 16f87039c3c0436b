"""Reading what a user may reach: one statement a request, as every request needs it."""

import json

from qaplatform.people.access import Access, Holding
from qaplatform.people.models import User
from qaplatform.people.queries.tokens import digest_of
from qaplatform.statements import first_row

_REACH = """
    (SELECT labeler.id FROM people_labeler labeler WHERE labeler.user_id = account.id AND labeler.is_active),
    (SELECT jsonb_agg(jsonb_build_array(held.role, held.scope, held.vendor_id, held.team_id))
     FROM people_membership held WHERE held.user_id = account.id)
"""

# Plan: probes of the primary key of users, of the unique index on labeler.user_id and of that on membership.user_id.
BY_USER = f"SELECT {_REACH} FROM people_user account WHERE account.id = %(user)s"  # noqa: S608  Constants only.

# Plan: one probe of the unique index on the digest, then as above.
BY_TOKEN = f"""
SELECT {_REACH}, account.id, token.scopes
FROM people_apitoken token JOIN people_user account ON account.id = token.user_id
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND token.expires_at > qa_now() AND account.is_active
"""  # noqa: S608  Constants only.


def read_access(user: User, *, token_scopes: frozenset[str] | None = None) -> Access:
    """The access of a user."""
    labeler_id, held = first_row(BY_USER, {"user": user.pk}) or (None, None)
    return Access(user_id=user.pk, labeler_id=labeler_id, holdings=_holdings(held), token_scopes=token_scopes)


def read_token_access(token: str) -> Access | None:
    """The access of a token, if it is neither revoked nor, by the database's clock, expired, and its user is active."""
    row = first_row(BY_TOKEN, {"digest": digest_of(token)})
    if row is None:
        return None
    labeler_id, held, user_id, scopes = row
    return Access(user_id=user_id, labeler_id=labeler_id, holdings=_holdings(held), token_scopes=frozenset(scopes))


def _holdings(rows: str | None) -> frozenset[Holding]:
    return frozenset(Holding(*row) for row in json.loads(rows)) if rows else frozenset()
