"""The whole product on durable servers of its own, and a hand that kills its processes.

Children are started from the main thread only: they die with the thread that started them.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from qaplatform.local.application import ROOT, Application, child_environment
from qaplatform.local.children import Child, die_with_parent, tail
from qaplatform.local.credentials import keep_credentials
from qaplatform.local.errors import CannotRun
from qaplatform.local.folders import Folders, make_folders
from qaplatform.local.ports import LOOPBACK
from qaplatform.local.postgres import DATABASE, ROLE, SUPERUSER, Postgres
from qaplatform.local.servers import Servers, plan_servers
from qaplatform.local.users import server_user
from qaplatform.local.valkey import Valkey
from qaplatform.local.waiting import wait_until

# Below the ports that outgoing connections get: a client that tries a port while its server is down could else be
# given that very port, connect to itself, and keep the server from coming back.
PORTS = range(20_000, 32_000)
RESTARTS = 20
PATIENCE = 0.5
RECOVERY_SECONDS = 60
GUARD_HOOKS = Path(__file__).with_name("gunicorn_guards.py")
GUARD_VARIABLE = "LEDGER_WITHOUT_GUARD"


@dataclass
class Rig:
    """The processes of one run. `database` is the one that the product uses; `without` names a guard taken out."""

    folders: Folders
    servers: Servers
    secret_key: str
    port: int
    database: str = DATABASE
    without: str = ""
    children: dict[str, Child] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    @property
    def address(self) -> tuple[str, int]:
        """Where the web server listens."""
        return LOOPBACK, self.port

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the product gets."""
        more = self.servers.environment | {"QA_SECRET_KEY": self.secret_key, "QA_DEMO": "0"}
        more["DATABASE_URL"] = self.servers.postgres.url.rpartition("/")[0] + f"/{self.database}"
        if self.without:
            more |= {GUARD_VARIABLE: self.without, "GUNICORN_CMD_ARGS": f"--config={GUARD_HOOKS}"}
        return child_environment(self.folders, self.port, more)

    @property
    def application(self) -> Application:
        """How its processes are started."""
        return Application(folders=self.folders, environment=self.environment, port=self.port)

    def start_servers(self) -> None:
        """Start PostgreSQL and Valkey, with a fresh cluster where there is none, and bring the tables up to date."""
        if self.servers.postgres.is_new:
            self.servers.postgres.create()
        self.servers.valkey.start()
        self.servers.postgres.start()
        self.application.manage("migrate", "--noinput", "--verbosity=0")

    def start_product(self, *names: str) -> None:
        """Start these of web, worker and beat, and wait for the first page."""
        for name in names:
            self._start(name)
        if "web" in names:
            self.application.wait_for_first_page(self.children["web"])

    def stop_product(self) -> None:
        """End web, worker and beat; the servers stay."""
        for child in self.children.values():
            child.kill()
        self.children.clear()

    def stop(self) -> None:
        """End everything."""
        self.stop_product()
        self.servers.stop()

    def use_copy(self, name: str, *, without: str = "") -> None:
        """Give the product a fresh copy of the empty database, under this name. Stop the product before."""
        with self.superuser() as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
            statement = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            connection.execute(statement.format(Identifier(name), Identifier(DATABASE), Identifier(ROLE)))
        self.database, self.without = name, without

    def connect(self) -> psycopg.Connection:
        """A connection of the product's role to the product's database; it is waited for while that replays its log."""
        until = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def superuser(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that may do everything."""
        return psycopg.connect(
            host=LOOPBACK,
            port=self.servers.postgres.port,
            user=SUPERUSER,
            password=self.servers.postgres.credentials.superuser_password,
            dbname=database,
            autocommit=True,
        )

    def run(self, *arguments: str, log: str) -> subprocess.Popen[bytes]:
        """Start a program of the test in the product's environment; it dies with this process."""
        with (self.folders.logs / f"{log}.log").open("ab") as file:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=ROOT,
                preexec_fn=die_with_parent(),  # noqa: PLW1509  Started from the main thread.
            )

    def kill(self, kind: str, draw: random.Random) -> bool:
        """Kill one process of that kind with SIGKILL, and start again what does not come back by itself."""
        return self._killers()[kind](draw)

    def kill_and_keep_down(self, *names: str) -> list[str]:
        """Kill those of web, worker and beat that run, without starting them again; gives which they were."""
        running = [name for name in names if name in self.children]
        for name in running:
            self.children.pop(name).kill()
        return running

    def mend(self) -> None:
        """Start again what ended although nobody killed it, and remember that it did."""
        for name, child in list(self.children.items()):
            if not child.is_running():
                self.unexpected.append(f"{name} ended by itself: {tail(child.log, lines=2)}")
                child.kill()
                self._start(name)
        for server in (self.servers.valkey, self.servers.postgres):
            if server.child is not None and not server.child.is_running():
                self.unexpected.append(f"{server.child.name} ended by itself: {tail(server.child.log, lines=2)}")
                self._restart(server.start)

    def _killers(self) -> Mapping[str, Callable[[random.Random], bool]]:
        return {
            "web": lambda _: self._kill_child("web"),
            "web worker": lambda draw: self._kill_one_of(self.children["web"].pid, draw),
            "celery": lambda _: self._kill_child("worker"),
            "celery child": lambda draw: self._kill_one_of(self.children["worker"].pid, draw),
            "beat": lambda _: self._kill_child("beat"),
            "Valkey": lambda _: self._kill_server(self.servers.valkey),
            "PostgreSQL": lambda _: self._kill_server(self.servers.postgres),
            "backend": self._kill_backend,
        }

    def _kill_child(self, name: str) -> bool:
        if name not in self.children:
            return False
        self.children[name].kill()
        self._start(name)
        return True

    def _kill_one_of(self, parent: int, draw: random.Random) -> bool:
        return _kill_any(children_of(parent), draw)

    def _kill_server(self, server: Postgres | Valkey) -> bool:
        """Kill the server; those of its processes that go on without it for a second are killed too."""
        if server.child is None or server.child.process is None:
            return False
        orphans = children_of(server.child.pid)
        server.child.process.kill()
        server.child.process.wait()
        wait_until(lambda: not any(_title(pid).startswith("postgres:") for pid in orphans), seconds=1)
        for pid in orphans:
            if _title(pid).startswith("postgres:"):
                _kill(pid)
        self._restart(server.start)
        return True

    def _kill_backend(self, draw: random.Random) -> bool:
        """A server process of PostgreSQL: all its sisters end with it, and the log is replayed."""
        child = self.servers.postgres.child
        victims = [pid for pid in children_of(child.pid if child else 0) if f": {ROLE} " in _title(pid)]
        return _kill_any(victims, draw)

    def _restart(self, start: Callable[[], Child]) -> None:
        """The last processes of a killed server may still be ending."""
        for _ in range(RESTARTS):
            with suppress(CannotRun):
                start()
                return
            time.sleep(PATIENCE)
        start()

    def _start(self, name: str) -> None:
        self.children[name] = getattr(self.application, name)()


@contextmanager
def running_rig(data: Path) -> Iterator[Rig]:
    """A rig with its servers up, in a folder that the servers' account can enter; all is ended with the block."""
    folders = make_folders(data, server_user())
    credentials = keep_credentials(folders.credentials)
    servers = plan_servers(
        folders.servers, logs=folders.logs, user=server_user(), credentials=credentials, is_durable=True
    )
    servers.postgres.port, servers.valkey.port, port = low_ports(3)
    rig = Rig(folders=folders, servers=servers, secret_key=credentials.secret_key, port=port)
    try:
        rig.start_servers()
        yield rig
    finally:
        rig.stop()


def low_ports(number: int) -> list[int]:
    """Ports that nobody listens on and that no outgoing connection is given."""
    found: list[int] = []
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            found.append(port)
        if len(found) == number:
            break
    return found


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def end(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Ask a program to finish, and kill it when it takes longer."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    if not wait_until(lambda: process.poll() is not None, seconds=seconds):
        process.kill()
    process.wait()


def _kill_any(victims: list[int], draw: random.Random) -> bool:
    if not victims:
        return False
    _kill(draw.choice(victims))
    return True


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
