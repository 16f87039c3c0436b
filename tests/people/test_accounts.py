"""Accounts: made by administrators, ended at once."""

from datetime import timedelta

import pytest
from django.test import Client

from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import Role, Scope
from qaplatform.people.models import Labeler, Membership, Team, User, Vendor
from qaplatform.people.services.accounts import NewAccount, create_account, deactivate_account
from qaplatform.people.services.invitations import accept_invitation, reset_sign_in
from qaplatform.people.services.tokens import issue_token
from qaplatform.people.services.vendors import create_vendor
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def vendor() -> Vendor:
    return create_vendor("North", team="Team 1", is_in_house=False, actor=None)


@pytest.fixture
def administrator() -> User:
    return create_account(NewAccount("ada", "Ada", Role.ADMINISTRATOR, PASSWORD), actor=None)


def test_a_labeler_gets_an_account_a_membership_and_a_labeler(vendor):
    user = create_account(NewAccount("lena", "Lena", Role.LABELER, PASSWORD, vendor=vendor), actor=None)

    assert Labeler.objects.get(user=user).vendor == vendor
    assert Membership.objects.get(user=user).scope == Scope.VENDOR
    assert TrailEntry.objects.filter(action="account_created").count() == 1


def test_a_team_lead_reaches_the_team_and_not_the_vendor(vendor):
    team = Team.objects.get(vendor=vendor)

    user = create_account(NewAccount("theo", "Theo", Role.TEAM_LEAD, PASSWORD, team=team), actor=None)

    membership = Membership.objects.get(user=user)
    assert (membership.scope, membership.vendor, membership.team) == (Scope.TEAM, vendor, team)


@pytest.mark.parametrize(
    ("account", "says"),
    [
        (NewAccount("lena", "Lena", Role.LABELER, PASSWORD), "needs a vendor"),
        (NewAccount("theo", "Theo", Role.TEAM_LEAD, PASSWORD), "needs a team"),
        (NewAccount("lena", "Lena", Role.TRAINER, "short"), "too short"),
    ],
)
def test_an_account_that_lacks_something_is_refused_and_nothing_is_written(account, says):
    with pytest.raises(InvalidInput, match=says):
        create_account(account, actor=None)

    assert not User.objects.exists()


def test_a_user_name_is_taken_once_whatever_its_case(administrator):
    with pytest.raises(InvalidInput, match="already"):
        create_account(NewAccount("ADA", "Other", Role.TRAINER, PASSWORD), actor=None)


def test_deactivating_ends_the_session_at_once(administrator, vendor):
    user = create_account(NewAccount("lena", "Lena", Role.LABELER, PASSWORD, vendor=vendor), actor=None)
    client = Client()
    client.force_login(user)
    assert client.get("/tokens/").status_code == 200

    deactivate_account(user, actor=administrator, now=clock.now())

    assert client.get("/tokens/").status_code == 302
    assert not Labeler.objects.get(user=user).is_active


def test_a_reset_ends_the_old_password_and_open_sessions_and_the_link_sets_a_new_one(administrator, vendor):
    user = create_account(NewAccount("lena", "Lena", Role.LABELER, PASSWORD, vendor=vendor), actor=None)
    client = Client()
    client.force_login(user)

    link = reset_sign_in(user, actor=administrator, now=clock.now())

    assert client.get("/tokens/").status_code == 302
    assert not Client().login(username="lena", password=PASSWORD)
    accept_invitation(link.code, "another long password", now=clock.now())
    assert Client().login(username="lena", password="another long password")


def test_a_reset_ends_api_tokens(administrator, vendor):
    user = create_account(NewAccount("lena", "Lena", Role.LABELER, PASSWORD, vendor=vendor), actor=None)
    now = clock.now()
    token, _ = issue_token(
        user, name="script", scopes=["label"], expires_at=now + timedelta(days=1), actor=user, now=now
    )

    reset_sign_in(user, actor=administrator, now=now)

    token.refresh_from_db()
    assert token.revoked_at == now


def test_who_forgot_the_password_reads_whom_to_ask():
    page = Client().get("/accounts/password/reset/")

    assert "Ask an administrator" in page.content.decode()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("email/", "nothing to confirm"),
        ("confirm-email/", "nothing to confirm"),
        ("confirm-email/MQ:1abc/", "nothing to confirm"),
        ("password/reset/done/", "Ask an administrator"),
        ("password/reset/key/1-set-password/", "Ask an administrator"),
        ("password/reset/key/done/", "Ask an administrator"),
    ],
)
def test_no_page_promises_mail(vendor, address, says):
    lena = create_account(NewAccount("lena", "Lena", Role.LABELER, PASSWORD, vendor=vendor), actor=None)

    for client in (Client(), client_for(lena)):
        page = client.get(f"/accounts/{address}").content.decode()
        assert says in page
        assert "sent you" not in page
        assert client.post(f"/accounts/{address}", {"email": "a@example.org", "action_add": ""}).status_code == 405


def test_nobody_deactivates_the_own_account(administrator):
    with pytest.raises(Refused, match="own account"):
        deactivate_account(administrator, actor=administrator, now=clock.now())
