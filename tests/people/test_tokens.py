"""Tokens: shown once, hashed, scoped, expiring (A3)."""

from datetime import timedelta

import pytest

from qaplatform import clock
from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.models import ApiToken, User
from qaplatform.people.queries.tokens import live_token
from qaplatform.people.services.accounts import NewAccount, create_account
from qaplatform.people.services.tokens import issue_token, revoke_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return create_account(NewAccount("ada", "Ada", Role.ADMINISTRATOR, "correct horse battery"), actor=None)


def issue(user: User, **changes: object) -> tuple[ApiToken, str]:
    now = clock.now()
    fields = {"name": "t", "scopes": ["read"], "expires_at": now + timedelta(days=1), "actor": user, "now": now}
    return issue_token(user, **{**fields, **changes})


def test_the_secret_is_in_no_column(user):
    token, secret = issue(user)

    stored = ApiToken.objects.filter(pk=token.pk).values().get()

    assert secret not in {str(value) for value in stored.values()}
    assert live_token(secret, now=clock.now()) == token


def test_a_revoked_an_expired_and_a_mistyped_token_open_nothing(user):
    token, secret = issue(user)

    assert live_token(secret, now=clock.now() + timedelta(days=2)) is None
    assert live_token(secret + "x", now=clock.now()) is None
    revoke_token(token, actor=user, now=clock.now())
    assert live_token(secret, now=clock.now()) is None


def test_the_token_of_a_deactivated_user_opens_nothing(user):
    _token, secret = issue(user)
    User.objects.update(is_active=False)

    assert live_token(secret, now=clock.now()) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scopes": []}, "at least one"),
        ({"scopes": ["everything"]}, "Unknown scope"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expired already"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(user, changes, says):
    with pytest.raises(InvalidInput, match=says):
        issue(user, **changes)

    assert not ApiToken.objects.exists()
