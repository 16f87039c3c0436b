"""One-time links: shown once, work once, and say nothing about who is here."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from qaplatform import clock
from qaplatform.errors import NotFound, Refused
from qaplatform.people.enums import Role
from qaplatform.people.models import Invitation, User
from qaplatform.people.services.accounts import deactivate_account
from qaplatform.people.services.invitations import (
    accept_invitation,
    invite,
    reset_sign_in,
    revoke_invitations,
)
from tests.builders import client_for, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def ada() -> User:
    return make_user("ada", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def lena() -> User:
    return make_user("lena")


def link_of(user: User, actor: User) -> str:
    return invite([user], actor=actor, now=clock.now())[0].code


def set_password(code: str, password: str = PASSWORD, client: Client | None = None):
    return (client or Client()).post(f"/welcome/{code}/", {"password": password, "again": password})


def test_opening_a_link_changes_nothing_and_signs_nobody_in(ada, lena):
    client, code = Client(), link_of(lena, ada)

    page = client.get(f"/welcome/{code}/")

    assert page.status_code == 200
    assert "lena" in page.content.decode()
    assert client.get("/tokens/").status_code == 302
    assert Invitation.objects.get().used_at is None


def test_the_link_sets_a_password_once(ada, lena):
    code = link_of(lena, ada)

    first, second = set_password(code), set_password(code, "another long password")

    assert (first.status_code, first["Location"]) == (302, "/accounts/login/")
    assert second.status_code == 404
    assert Client().login(username="lena", password=PASSWORD)


def test_a_code_is_read_as_people_type_it(ada, lena):
    code = link_of(lena, ada)
    typed = code.upper().replace("-", " ").replace("0", "O").replace("1", "l")

    response = Client().post("/welcome/", {"code": typed})

    assert Client().get(response["Location"]).status_code == 200


def test_used_expired_revoked_and_unknown_links_answer_alike(ada, lena):
    used, other = link_of(lena, ada), make_user("bo")
    set_password(used)
    revoked = link_of(other, ada)
    revoke_invitations(other, actor=ada, now=clock.now())
    [expired] = invite([make_user("cy")], actor=ada, now=clock.now() - timedelta(days=8))
    gone = make_user("di")
    ended = link_of(gone, ada)
    deactivate_account(gone, actor=ada, now=clock.now())

    answers = {
        (page.status_code, "ask whoever gave you the link" in page.content.decode(), len(page.content))
        for page in (Client().get(f"/welcome/{code}/") for code in (used, revoked, expired.code, ended, "0" * 20))
    }

    assert len(answers) == 1
    assert next(iter(answers))[:2] == (404, True)


def test_a_new_link_ends_the_one_before(ada, lena):
    first, second = link_of(lena, ada), link_of(lena, ada)

    assert Client().get(f"/welcome/{first}/").status_code == 404
    assert Client().get(f"/welcome/{second}/").status_code == 200


def test_a_weak_password_is_refused_and_the_link_still_works(ada, lena):
    code = link_of(lena, ada)

    page = set_password(code, "short")

    assert page.status_code == 422
    assert "too short" in page.content.decode()
    assert set_password(code).status_code == 302


def test_nothing_usable_of_a_link_is_stored(ada, lena):
    code = link_of(lena, ada)

    stored = Invitation.objects.get()

    assert code not in str(vars(stored))
    assert len(stored.digest) == 64


def test_many_tries_from_one_address_are_slowed_down(ada, lena):
    client = Client(REMOTE_ADDR="192.0.2.7")

    answers = [client.get(f"/welcome/{number:020}/").status_code for number in range(61)]

    assert answers[0] == 404
    assert answers[-1] == 429


def test_the_own_password_is_not_reset_and_somebody_deactivated_gets_no_link(ada, lena):
    with pytest.raises(Refused, match="your own account"):
        reset_sign_in(ada, actor=ada, now=clock.now())
    deactivate_account(lena, actor=ada, now=clock.now())
    with pytest.raises(Refused, match="deactivated"):
        reset_sign_in(lena, actor=ada, now=clock.now())


def test_a_password_is_not_set_by_a_link_that_ended_meanwhile(ada, lena):
    code = link_of(lena, ada)
    revoke_invitations(lena, actor=ada, now=clock.now())

    with pytest.raises(NotFound):
        accept_invitation(code, PASSWORD, now=clock.now())


def test_everybody_without_a_password_gets_a_link_on_one_sheet(ada, lena):
    client = client_for(ada)
    ada.set_password(PASSWORD)
    ada.save()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")

    page = client.post("/accounts-and-roles/links/")

    assert Invitation.objects.get().user == lena
    assert page.content.decode().count('class="slip"') == 1
    assert page["Cache-Control"].startswith("max-age=0")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [deactivate_account, reset_sign_in], ids=["deactivated", "reset"])
def test_whoever_is_reset_or_deactivated_while_they_use_their_link_ends_without_a_password_that_works(ada, lena, end):
    for place in range(4):
        code = link_of(lena, ada)

        used, ended = _together(
            lambda code=code, place=place: accept_invitation(code, f"{PASSWORD} {place}", now=clock.now()),
            lambda: end(User.objects.get(pk=lena.pk), actor=ada, now=clock.now()),
        )

        assert used is None or isinstance(used, NotFound)
        assert ended is None
        lena.refresh_from_db()
        assert not lena.is_active or end is reset_sign_in
        assert Invitation.objects.filter(user=lena, used_at=None, revoked_at=None).count() == (end is reset_sign_in)
        User.objects.filter(pk=lena.pk).update(is_active=True)


@pytest.mark.django_db(transaction=True)
def test_links_made_at_the_same_moment_leave_one_that_works(ada, lena):
    assert _together(*[lambda: link_of(lena, ada)] * 4) == [None] * 4

    assert Invitation.objects.filter(user=lena, used_at=None, revoked_at=None).count() == 1


def _together(*jobs):
    """Run jobs at the same moment on connections of their own; what each raised."""
    start = Barrier(len(jobs))

    def run(job):
        start.wait()
        try:
            job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.exception() for future in [pool.submit(run, job) for job in jobs]]
