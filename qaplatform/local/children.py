"""Child processes that write to a log file, and that do not outlive the one who started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qaplatform.local.users import ServerUser, as_user

PR_SET_PDEATHSIG = 1
TAIL_LINES = 15


@dataclass
class Child:
    """One child process: how it is started, and how it is asked to stop.

    `stops_early` marks those that may be asked to stop at the same time as others, before the servers below them.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    user: ServerUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    stops_early: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """The process id; 0 when it was never started."""
        return self.process.pid if self.process else 0

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only whoever started it."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment),
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=die_with_parent(self.orphan_signal),  # noqa: PLW1509  Started from the only thread.
                **as_user(self.user),
            )

    def is_running(self) -> bool:
        """Say whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Ask it to stop, wait, and kill its whole process group when it does not listen."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.kill()
        kill_group(self.process.pid)

    def kill(self) -> None:
        """End it, and whatever it started, at once."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.kill()
            self.process.wait()

    def tail(self) -> str:
        """Give the last lines of its log."""
        return tail(self.log)


def die_with_parent(orphan_signal: signal.Signals = signal.SIGKILL) -> Callable[[], None] | None:
    """Give what a child must call between fork and exec to get `orphan_signal` when its parent dies; None off Linux.

    It runs after privileges were dropped, since dropping them clears the request.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:
            os._exit(1)

    return ask


def hear_of_parents_end(wanted: signal.Signals) -> None:
    """Get the signal when the process that started this one dies; nothing happens off Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(wanted))


def kill_group(leader: int) -> None:
    """Kill what is left of a process group that one of our children led."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def tail(log: Path, *, lines: int = TAIL_LINES) -> str:
    """Give the last lines of a file; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
