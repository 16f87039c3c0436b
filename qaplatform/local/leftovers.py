"""Processes that outlived an earlier run. Their ids may belong to other programs by now, so each is looked at."""

import os
import signal
import subprocess
from pathlib import Path

from qaplatform.local.waiting import wait_until

STOP_SECONDS = 15


def command_of(pid: int) -> str:
    """Give the command line of a process; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        if Path("/proc/self").exists():
            return ""
    done = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    return done.stdout.decode(errors="replace").strip()


def is_running_in(pid: int, folder: Path) -> bool:
    """Say whether that process was started with that folder on its command line."""
    return str(folder) in command_of(pid).split()


def stop_leftover(pid: int, first: signal.Signals) -> None:
    """Ask the process to stop, then make it."""
    before = command_of(pid)
    for sent in (first, signal.SIGKILL):
        try:
            os.kill(pid, sent)
        except ProcessLookupError:
            return
        if wait_until(lambda: command_of(pid) != before, seconds=STOP_SECONDS):
            return
