"""`make run`, as a newcomer meets it: the real command with real servers, in a data folder of its own."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest

from qaplatform.local.accounts import DEMO_ACCOUNTS
from qaplatform.local.ports import free_port, is_listening
from qaplatform.local.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300
OWN_SERVERS = ("DATABASE_URL", "REDIS_URL", "QA_SECRET_KEY", "DJANGO_SETTINGS_MODULE")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


class Run:
    """A started runner and what it printed."""

    def __init__(self, data, port, *arguments, **more):
        environment = {name: value for name, value in os.environ.items() if name not in OWN_SERVERS}
        self.data = data
        self.output = data.with_name(f"{data.name}-{port}.out")
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "qaplatform.local", "run", *arguments],
                cwd=ROOT,
                env={**environment, "QA_DATA_DIR": str(data), "QA_PORT": str(port), **more},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self):
        return self.output.read_text()

    def wait_until_ready(self):
        assert wait_until(lambda: "Ready in" in self.text or self.process.poll() is not None, seconds=SECONDS)
        assert self.process.poll() is None, self.text

    def processes(self):
        """Every process that was started for this data folder."""
        mark = os.fsencode(self.data)
        return [path.name for path in Path("/proc").glob("[0-9]*") if mark in _traces(path)]


@pytest.fixture(scope="module")
def data(open_folder):
    return open_folder / "data"


def test_run_prints_address_and_accounts_serves_pages_and_stops_on_ctrl_c(data):
    port = free_port()
    run = Run(data, port)
    run.wait_until_ready()

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/") as page:
        assert page.status == 200
    assert f"http://127.0.0.1:{port}/" in run.text
    assert [account.username for account in DEMO_ACCOUNTS if f"    {account.username} " not in run.text] == []

    run.process.send_signal(signal.SIGINT)

    assert run.process.wait(120) == 0
    assert "Stopped; the data is kept" in run.text
    assert run.processes() == []
    assert not is_listening(port)


def test_second_run_in_the_same_folder_is_refused_in_words_and_kill_leaves_nothing(data):
    first = Run(data, free_port())
    first.wait_until_ready()
    assert len(first.processes()) >= 8

    second = Run(data, free_port())

    assert second.process.wait(120) == 1
    assert f"{data} is in use by `make run` on port" in second.text
    assert f"process {first.process.pid}. Stop that one first" in second.text

    first.process.kill()
    first.process.wait()

    assert wait_until(lambda: first.processes() == [], seconds=60)


def test_run_after_a_kill_has_its_rows_again(data):
    run = Run(data, free_port())
    run.wait_until_ready()

    with psycopg.connect(_database_url(run)) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)

    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(120) == 0


def test_servers_of_ones_own_are_used_and_no_other_starts(data, open_folder):
    run = Run(data, free_port())
    run.wait_until_ready()
    other = open_folder / "other"

    guest = Run(other, free_port(), DATABASE_URL=_variable(run, "DATABASE_URL"), REDIS_URL=_variable(run, "REDIS_URL"))
    guest.wait_until_ready()

    assert "PostgreSQL" not in guest.text
    assert list((other / "servers").iterdir()) == []
    for ended in (guest, run):
        ended.process.send_signal(signal.SIGINT)
        assert ended.process.wait(120) == 0


def test_demo_and_real_rows_never_share_a_folder(data):
    run = Run(data, free_port(), "--empty")

    assert run.process.wait(120) == 1
    assert "was made by `make run`; demo and real rows never share a database" in run.text


def test_one_address_alone_is_refused(open_folder):
    run = Run(open_folder / "half", free_port(), DATABASE_URL="postgres://a:b@127.0.0.1:1/c")

    assert run.process.wait(120) == 1
    assert run.text.strip() == "Only DATABASE_URL is set. Set both DATABASE_URL and REDIS_URL, or neither."


def _database_url(run):
    return _variable(run, "DATABASE_URL")


def _variable(run, name):
    """Read a variable of the runner's web process."""
    for pid in run.processes():
        entries = Path("/proc", pid, "environ").read_bytes().split(b"\0")
        found = [entry for entry in entries if entry.startswith(name.encode() + b"=")]
        if found:
            return os.fsdecode(found[0].partition(b"=")[2])
    raise AssertionError(run.text)


def _traces(folder):
    try:
        return folder.joinpath("environ").read_bytes() + b"\0" + folder.joinpath("cmdline").read_bytes()
    except OSError:
        return b""
