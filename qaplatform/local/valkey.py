"""One Valkey of our own: broker and cache. What it holds are hints; the truth is in PostgreSQL."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from qaplatform.local.children import Child
from qaplatform.local.errors import CannotRun
from qaplatform.local.ports import LOOPBACK, free_port
from qaplatform.local.users import ServerUser
from qaplatform.local.waiting import wait_until

START_SECONDS = 30
START_TRIES = 3
PORT_TAKEN = "Address already in use"
DATABASES = 64


@dataclass
class Valkey:
    """A server in `folder`; with `is_durable` off it writes nothing to disk."""

    program: Path
    folder: Path
    log: Path
    user: ServerUser | None
    password: str
    is_durable: bool = True
    port: int = 0
    child: Child | None = None

    @property
    def url(self) -> str:
        """The address for REDIS_URL."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def start(self) -> Child:
        """Start it on its old port or a free one, and wait until it answers."""
        try:
            return self._start_on_a_free_port()
        except BaseException:
            self.stop()
            raise

    def is_ready(self) -> bool:
        """Say whether it answers with its password."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(64)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def stop(self) -> None:
        """Stop it; it writes its file first."""
        if self.child:
            self.child.stop()

    def _start_on_a_free_port(self) -> Child:
        for _ in range(START_TRIES):
            self.port = self.port or free_port()
            child = self._spawn()
            wait_until(self._is_settled, seconds=START_SECONDS)
            if self.is_ready():
                return child
            child.kill()
            if PORT_TAKEN not in child.tail():
                raise _why_it_failed(child)
            self.port = 0
        raise _why_it_failed(child)

    def _is_settled(self) -> bool:
        return self.is_ready() or self.child is None or not self.child.is_running()

    def _spawn(self) -> Child:
        settings = self.folder / "valkey.conf"
        settings.unlink(missing_ok=True)
        with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            if self.user is not None:
                os.fchown(file.fileno(), self.user.uid, self.user.gid)
            file.write(self._settings())
        self.child = Child(
            name="Valkey",
            command=[str(self.program), str(settings)],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            folder=self.folder,
            user=self.user,
            stop_signal=signal.SIGTERM,
            orphan_signal=signal.SIGTERM,
        )
        self.child.start()
        return self.child

    def _settings(self) -> str:
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {self.port}",
                f'dir "{self.folder}"',
                f"requirepass {self.password}",
                f"databases {DATABASES}",
                f"appendonly {'yes' if self.is_durable else 'no'}",
                "appendfsync everysec",
                'save ""',
                "maxmemory 256mb",
                "maxmemory-policy noeviction",
                "loglevel warning",
                "",
            )
        )


def _why_it_failed(child: Child) -> CannotRun:
    if "No space left on device" in child.tail():
        return CannotRun(f"Valkey did not start: the disk under {child.folder} is full. Free 1 GB, then run it again.")
    return CannotRun(f"Valkey did not start. Its last lines, from {child.log}:\n{child.tail()}")
