import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qaplatform.local import supervisor as supervising
from qaplatform.local.children import Child
from qaplatform.local.errors import CannotRun
from qaplatform.local.leftovers import command_of
from qaplatform.local.supervisor import Service, Supervisor
from qaplatform.local.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
# A child of the child: what only the keeper reaches.
FAMILY = [
    sys.executable,
    "-c",
    "import subprocess, time; print(subprocess.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)",
]
RUNNER = """
import sys
from pathlib import Path
from qaplatform.local.children import Child
from qaplatform.local.supervisor import Service, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor(pid_file=folder / "children.json")
supervisor.begin()
child = Child(name="x", command=sys.argv[2:], log=folder / "x.log", environment={}, folder=folder)
def start():
    child.start()
    return child
supervisor.start(Service(name="x", start=start))
print(child.pid, flush=True)
while True:
    supervisor.watch()
"""


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    monkeypatch.setattr(supervising.time, "sleep", lambda _: None)
    made = Supervisor(pid_file=tmp_path / "children.json")
    made.begin()
    yield made
    made.stop()


def service(folder, command, *, is_essential=True):
    child = Child(name="probe", command=command, log=folder / "probe.log", environment={}, folder=folder)

    def start():
        child.start()
        return child

    return Service(name="Probe", start=start, is_essential=is_essential)


def test_service_that_dies_is_started_again_and_said_so(supervisor, tmp_path, capsys):
    probe = service(tmp_path, SLEEP)
    supervisor.start(probe)
    first = probe.child.pid
    os.kill(first, signal.SIGKILL)
    probe.child.process.wait()

    supervisor.watch()

    assert probe.child.is_running()
    assert probe.child.pid != first
    assert "Probe ended (killed by signal 9) and is started again" in capsys.readouterr().out


def test_service_that_dies_again_and_again_stops_everything_in_words(supervisor, tmp_path):
    probe = service(tmp_path, [sys.executable, "-c", "raise SystemExit('no luck')"])
    supervisor.start(probe)

    for _ in range(3):
        probe.child.process.wait()
        supervisor.watch()
    probe.child.process.wait()

    with pytest.raises(CannotRun, match=r"Probe ended 4 times in a row, so everything stops.*\n.*no luck"):
        supervisor.watch()


def test_optional_service_that_fails_leaves_the_rest(supervisor, tmp_path, capsys):
    probe = service(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"], is_essential=False)
    supervisor.start(probe)
    probe.child.process.wait()

    supervisor.watch()

    assert supervisor.services == []
    assert "Probe failed (exit code 3); the rest goes on" in capsys.readouterr().out


def test_stop_ends_grandchildren(supervisor, tmp_path):
    probe = service(tmp_path, FAMILY)
    supervisor.start(probe)
    assert wait_until(lambda: probe.child.tail() != "", seconds=10)
    grandchild = int(probe.child.tail())

    supervisor.stop()

    assert wait_until(lambda: is_gone(grandchild), seconds=10)


def test_killed_runner_leaves_no_process(tmp_path):
    runner = start_runner(tmp_path, FAMILY)
    child = int(runner.stdout.readline())
    assert wait_until(lambda: (tmp_path / "x.log").read_text() != "", seconds=10)
    grandchild = int((tmp_path / "x.log").read_text())

    runner.kill()
    runner.communicate()

    assert wait_until(lambda: is_gone(child) and is_gone(grandchild), seconds=15)


def test_leftover_of_an_earlier_run_is_ended_at_the_next_start(tmp_path):
    leftover = subprocess.Popen(SLEEP, start_new_session=True, stdout=subprocess.DEVNULL)
    (tmp_path / "children.json").write_text(json.dumps({str(leftover.pid): " ".join(SLEEP)}))
    assert wait_until(lambda: command_of(leftover.pid) == " ".join(SLEEP), seconds=10)
    supervisor = Supervisor(pid_file=tmp_path / "children.json")

    supervisor.begin()

    assert leftover.wait(10) == -signal.SIGTERM
    supervisor.stop()


def test_other_program_with_a_leftovers_id_is_left_alone(tmp_path):
    (tmp_path / "children.json").write_text(f'{{"{os.getpid()}": "gunicorn of long ago"}}')
    supervisor = Supervisor(pid_file=tmp_path / "children.json")

    supervisor.begin()

    supervisor.stop()
    assert not (tmp_path / "children.json").exists()


def start_runner(folder, command):
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(folder), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def is_gone(pid):
    return command_of(pid) == ""
