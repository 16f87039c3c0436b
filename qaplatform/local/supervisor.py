"""Keeps services running: starts, watches, restarts, stops; leaves nothing behind when it is killed itself."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from qaplatform.local import keeper
from qaplatform.local.children import Child
from qaplatform.local.errors import CannotRun
from qaplatform.local.leftovers import command_of, stop_leftover
from qaplatform.local.progress import say

RESTARTS = 3
HEALTHY_AFTER = 60.0
LOOK_EVERY = 0.3


@dataclass
class Service:
    """Something that must run: `start` gives its child, the same or a new one."""

    name: str
    start: Callable[[], Child]
    child: Child | None = None
    is_essential: bool = True
    failures: int = 0
    started_at: float = 0.0


@dataclass
class Supervisor:
    """Owns every child of a run. Services start in order and stop in the reverse one."""

    pid_file: Path
    services: list[Service] = field(default_factory=list)
    _keeper: subprocess.Popen[str] | None = None

    def begin(self) -> None:
        """End what an earlier run left behind, then start the keeper."""
        for pid, command in _read_pids(self.pid_file).items():
            if command and command_of(pid) == command:
                stop_leftover(pid, signal.SIGTERM)
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            cwd="/",
        )

    def start(self, service: Service) -> None:
        """Start the service and watch it from now on."""
        if service not in self.services:
            self.services.append(service)
        service.child = service.start()
        service.started_at = time.monotonic()
        self._tell(f"add {service.child.pid} {int(service.child.orphan_signal)}")
        self._write_pids()

    def watch(self, *, seconds: float = LOOK_EVERY) -> None:
        """Look once at every service and restart those that ended. Raises CannotRun when one ends again and again."""
        time.sleep(seconds)
        for service in list(self.services):
            if service.child is not None and not service.child.is_running():
                self._handle_end(service, service.child)

    def stop(self) -> None:
        """Stop everything: first whatever works for users, all at once, then the servers below it one by one."""
        running = [service.child for service in reversed(self.services) if service.child is not None]
        for child in running:
            if child.stops_early and child.is_running() and child.process:
                child.process.send_signal(child.stop_signal)
        for child in running:
            child.stop()
            self._tell(f"remove {child.pid}")
        self.services.clear()
        self.pid_file.unlink(missing_ok=True)
        if self._keeper and self._keeper.stdin:
            with suppress(BrokenPipeError):
                self._keeper.stdin.close()
            self._keeper.wait()

    def _handle_end(self, service: Service, child: Child) -> None:
        code = child.process.returncode if child.process else 0
        child.kill()
        self._tell(f"remove {child.pid}")
        took = time.monotonic() - service.started_at
        if not service.is_essential:
            self.services.remove(service)
            say(_how_it_ended(service.name, code, took, child))
            return
        service.failures = 1 if took > HEALTHY_AFTER else service.failures + 1
        if service.failures > RESTARTS:
            raise CannotRun(
                f"{service.name} ended {service.failures} times in a row, so everything stops. The last lines of "
                f"{child.log}:\n{child.tail()}"
            )
        say(f"{service.name} ended ({_in_words(code)}) and is started again. Its log, {child.log}, ends so:")
        say(child.tail())
        time.sleep(2 ** (service.failures - 1))
        self.start(service)

    def _tell(self, line: str) -> None:
        if self._keeper and self._keeper.stdin:
            with suppress(BrokenPipeError):
                self._keeper.stdin.write(f"{line}\n")
                self._keeper.stdin.flush()

    def _write_pids(self) -> None:
        children = [service.child for service in self.services if service.child]
        self.pid_file.write_text(json.dumps({str(child.pid): " ".join(child.command) for child in children}))


def _read_pids(path: Path) -> dict[int, str]:
    try:
        return {int(pid): str(command) for pid, command in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _how_it_ended(name: str, code: int, took: float, child: Child) -> str:
    if code == 0:
        return f"{name}: done in {took:.0f} s"
    return f"{name} failed ({_in_words(code)}); the rest goes on. The last lines of {child.log}:\n{child.tail()}"


def _in_words(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
