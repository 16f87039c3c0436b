import stat

import pytest

from qaplatform.local.credentials import keep_credentials
from qaplatform.local.errors import CannotRun


def test_credentials_are_made_once_for_their_owner_alone(tmp_path):
    path = tmp_path / "credentials.json"

    first = keep_credentials(path)

    assert keep_credentials(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["credentials.json"]


def test_every_secret_is_another_and_long(tmp_path):
    credentials = keep_credentials(tmp_path / "credentials.json")
    secrets = list(vars(credentials).values())

    assert len(set(secrets)) == 4
    assert min(len(secret) for secret in secrets) >= 40


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"secret_key": "x"}', "not json"])
def test_file_that_holds_something_else_is_refused_and_kept(tmp_path, content):
    path = tmp_path / "credentials.json"
    path.write_text(content)

    with pytest.raises(CannotRun, match="make demo-reset"):
        keep_credentials(path)

    assert path.read_text() == content
