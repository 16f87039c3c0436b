"""Signing in: what stands between a request and a page."""

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.test import Client, RequestFactory
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from qaplatform.people.authentication import AccessAuthentication
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mfa_required(settings) -> None:
    settings.REQUIRE_MFA = True


def signed_in(*roles: Role) -> Client:
    client = Client()
    client.force_login(make_user(roles=roles))
    return client


@pytest.mark.usefixtures("mfa_required")
def test_a_manager_without_a_second_factor_is_sent_to_set_one_up():
    client = signed_in(Role.QA_MANAGER)

    page = client.get("/overview/", follow=True)
    program = client.get("/api/v1/flags")

    assert page.redirect_chain[0][0] == "/accounts/2fa/totp/activate/"
    assert page.status_code == 200
    assert (program.status_code, json.loads(program.content)["code"]) == (403, "second_factor_needed")


@pytest.mark.usefixtures("mfa_required")
def test_a_manager_with_a_second_factor_and_a_labeler_go_on():
    manager = make_user(roles=[Role.QA_MANAGER])
    Authenticator.objects.create(user=manager, type=Authenticator.Type.TOTP, data={"secret": generate_totp_secret()})
    client = Client()
    client.force_login(manager)

    assert client.get("/overview/").status_code == 200
    assert client_for(make_labeler()).get("/work/").status_code == 200


def test_a_second_factor_is_not_asked_for_where_the_switch_is_off():
    assert signed_in(Role.ADMINISTRATOR).get("/accounts-and-roles/").status_code == 200


def test_a_page_is_not_opened_on_another_site_after_signing_in():
    user = make_user("lena")
    user.set_password("correct horse battery")
    user.save()

    response = Client().post(
        "/accounts/login/?next=https://evil.example/",
        {"login": "lena", "password": "correct horse battery", "next": "https://evil.example/"},
    )

    assert (response.status_code, response["Location"]) == (302, "/")


def request_with_session(*, exempt: bool) -> Request:
    request = RequestFactory(enforce_csrf_checks=True).post("/api/v1/anything")
    request.user = make_user()
    request._dont_enforce_csrf_checks = exempt
    return Request(request)


def test_a_session_needs_its_csrf_token_in_every_api_view():
    with pytest.raises(PermissionDenied):
        AccessAuthentication().authenticate(request_with_session(exempt=False))


def test_a_token_needs_no_csrf_token():
    assert AccessAuthentication().authenticate(request_with_session(exempt=True)) is not None


def test_the_sign_in_page_asks_for_what_the_printed_link_calls_it(client):
    page = client.get("/accounts/login/").content.decode()

    assert ">User name or e-mail</label>" in page
    assert ">Login</label>" not in page
