import os
import signal
import stat

import psycopg
import pytest

from qaplatform.local.credentials import make_credentials
from qaplatform.local.errors import CannotRun
from qaplatform.local.postgres import LABELER_ROLE, ROLE
from qaplatform.local.waiting import wait_until
from tests.local.servers import plan


@pytest.fixture(scope="module")
def postgres(open_folder):
    server = plan(open_folder / "servers").postgres
    server.create()
    server.start()
    yield server
    server.stop()


def read(server, statement):
    with psycopg.connect(server.url) as connection:
        return connection.execute(statement).fetchone()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("password_encryption", "scram-sha-256"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_cluster_is_durable_and_closed(postgres, setting, value):
    assert read(postgres, f"SHOW {setting}") == (value,)


def test_no_unix_socket_is_opened(postgres):
    assert "unix_socket_directories = ''" in (postgres.folder / "postgresql.conf").read_text().splitlines()


def test_locale_is_built_in(postgres):
    assert read(postgres, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()") == (
        "b",
        "C.UTF-8",
    )


def test_application_role_may_make_nothing_but_its_tables(postgres):
    rights = read(
        postgres, f"SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = '{ROLE}'"
    )

    assert rights == (False, False, False, False)


def test_application_can_step_down_to_the_labeler_role(postgres):
    with psycopg.connect(postgres.url) as connection:
        connection.execute(f"SET LOCAL ROLE {LABELER_ROLE}")

        assert connection.execute("SELECT current_user").fetchone() == (LABELER_ROLE,)


def test_wrong_password_is_refused(postgres):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace(postgres.credentials.database_password, "wrong"))


def test_data_folder_is_private_and_holds_no_password(postgres):
    assert stat.S_IMODE(postgres.folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in postgres.folder.parent.iterdir()) == ["postgres", "valkey"]


def test_rows_survive_a_restart(postgres):
    with psycopg.connect(postgres.url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")

    postgres.stop()
    postgres.start()

    assert read(postgres, "SELECT n FROM kept") == (7,)


def test_server_that_was_killed_starts_again_on_its_port(postgres):
    port = postgres.port
    os.kill(postgres.child.pid, signal.SIGKILL)
    assert wait_until(lambda: not postgres.child.is_running(), seconds=10)

    postgres.start()

    assert (postgres.port, read(postgres, "SELECT 1")) == (port, (1,))


def test_lock_file_of_a_dead_server_is_removed(postgres):
    postgres.stop()
    # The id now belongs to another program: this one.
    (postgres.folder / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.folder}\n")

    postgres.start()

    assert read(postgres, "SELECT 1") == (1,)


def test_cluster_of_another_major_is_refused_in_words(postgres, tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("16\n")
    other = plan(tmp_path).postgres

    with pytest.raises(CannotRun, match=r"made by PostgreSQL 16, and this is PostgreSQL 18.*make demo-reset"):
        _ = other.is_new


def test_lost_passwords_are_told(postgres, open_folder):
    postgres.stop()
    stranger = plan(open_folder / "servers", credentials=make_credentials()).postgres

    with pytest.raises(CannotRun, match=r"Put its credentials.json back"):
        stranger.start()

    assert not stranger.child.is_running()
    postgres.start()
