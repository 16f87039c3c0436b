import pytest
from django.core.management import CommandError, call_command

from qaplatform.people.enums import Role
from qaplatform.people.models import Membership, User

pytestmark = pytest.mark.django_db
PASSWORD = "long-enough-for-an-administrator"


def administrators():
    return list(Membership.objects.filter(role=Role.ADMINISTRATOR).values_list("user__username", flat=True))


def test_first_administrator_comes_from_the_environment_once(monkeypatch):
    monkeypatch.setenv("QA_ADMIN_USERNAME", "grace")
    monkeypatch.setenv("QA_ADMIN_PASSWORD", PASSWORD)

    call_command("create_administrator", "--if-none", verbosity=0)
    monkeypatch.setenv("QA_ADMIN_USERNAME", "second")
    call_command("create_administrator", "--if-none", verbosity=0)

    assert administrators() == ["grace"]


def test_short_password_is_refused_in_words(monkeypatch):
    monkeypatch.setenv("QA_ADMIN_USERNAME", "grace")
    monkeypatch.setenv("QA_ADMIN_PASSWORD", "short")

    with pytest.raises(CommandError, match="12 characters"):
        call_command("create_administrator")

    assert administrators() == []


def test_without_terminal_and_variables_it_says_what_to_set(monkeypatch):
    monkeypatch.delenv("QA_ADMIN_USERNAME", raising=False)

    with pytest.raises(CommandError, match="Set QA_ADMIN_USERNAME and QA_ADMIN_PASSWORD"):
        call_command("create_administrator")


def test_with_nobody_to_ask_the_password_is_left_in_a_file_for_the_one_who_started_it(monkeypatch, tmp_path):
    monkeypatch.delenv("QA_ADMIN_USERNAME", raising=False)
    path = tmp_path / "first-administrator-password"

    call_command("create_administrator", "--if-none", f"--password-file={path}", verbosity=0)

    assert administrators() == ["admin"]
    assert User.objects.get().check_password(path.read_text().strip())
    assert path.stat().st_mode & 0o777 == 0o600
