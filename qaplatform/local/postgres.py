"""One PostgreSQL cluster of our own: made, started, stopped."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from qaplatform.local.binaries import POSTGRES_MAJOR
from qaplatform.local.children import Child
from qaplatform.local.credentials import Credentials
from qaplatform.local.errors import CannotRun
from qaplatform.local.leftovers import is_running_in, stop_leftover
from qaplatform.local.ports import LOOPBACK, free_port
from qaplatform.local.users import ServerUser, as_user, make_private
from qaplatform.local.waiting import wait_until

SUPERUSER = "postgres"
ROLE = "qaplatform"
LABELER_ROLE = "qaplatform_labeler"
DATABASE = "qaplatform"
START_SECONDS = 60
START_TRIES = 3
PORT_TAKEN = "Address already in use"
# What the next try may find gone: another program's port, or the last processes of a server that was killed.
PASSING = (PORT_TAKEN, "pre-existing shared memory block")

# Each of these is fsynced and checksummed truth: PROMISES section 1 asks for it.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# For tests only, where the cluster is thrown away.
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "off",
    "io_method": "sync",
    "dynamic_shared_memory_type": "mmap",
    "autovacuum": "off",
}
COMMON = {
    "listen_addresses": f"'{LOOPBACK}'",
    "unix_socket_directories": "''",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "80",
    "shared_buffers": "'128MB'",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'64MB'",
    "max_wal_size": "'512MB'",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "idle_in_transaction_session_timeout": "'60s'",
    "log_checkpoints": "off",
    "log_line_prefix": "'%m [%p] '",
}

# The application's role owns its database and is no superuser; the labeler's role has no rights but those that
# `migrate` grants it, and requests of labelers step down to it.
SET_UP = f"""
\\getenv password QA_LOCAL_ROLE_PASSWORD
SELECT 'CREATE ROLE {ROLE} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') \\gexec
SELECT 'CREATE ROLE {LABELER_ROLE} NOLOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LABELER_ROLE}') \\gexec
ALTER ROLE {ROLE} PASSWORD :'password';
GRANT {LABELER_ROLE} TO {ROLE};
SELECT 'CREATE DATABASE {DATABASE} OWNER {ROLE}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608  Names of ours; the password comes as a variable.
ALLOW_TEST_DATABASES = f"ALTER ROLE {ROLE} CREATEDB;\n"


@dataclass
class Postgres:
    """A cluster in `folder`; with `is_durable` off it forgets on a crash and its role may make test databases."""

    programs: Path
    folder: Path
    log: Path
    user: ServerUser | None
    credentials: Credentials
    is_durable: bool = True
    port: int = 0
    child: Child | None = None

    @property
    def url(self) -> str:
        """The address for DATABASE_URL."""
        return f"postgres://{ROLE}:{self.credentials.database_password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def is_new(self) -> bool:
        """Whether there is no cluster yet. Raises CannotRun on a cluster of another PostgreSQL."""
        version = self.folder / "PG_VERSION"
        if not version.exists():
            return True
        found = version.read_text().strip()
        if found != str(POSTGRES_MAJOR):
            raise CannotRun(
                f"{self.folder} was made by PostgreSQL {found}, and this is PostgreSQL {POSTGRES_MAJOR}. Move the data "
                "over with that version's pg_dump, or start over: make demo-reset"
            )
        return False

    def create(self) -> None:
        """Make the cluster. It gets its name only when it is whole, so that a broken attempt leaves nothing."""
        unfinished = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_private(unfinished, self.user)
        password_file = self.folder.with_name("superuser-password")
        _write_for(password_file, self.credentials.superuser_password, self.user)
        try:
            self._run_initdb(unfinished, password_file)
            unfinished.rename(self.folder)
        finally:
            password_file.unlink(missing_ok=True)
            shutil.rmtree(unfinished, ignore_errors=True)

    def start(self) -> Child:
        """Start it, on its old port or a free one, and make sure that roles and database are there."""
        self._clear_stale_lock()
        try:
            self._start_on_a_free_port()
            self._set_up()
        except BaseException:
            self.stop()
            raise
        return self._started()

    def is_ready(self) -> bool:
        """Say whether it takes connections: it writes so into its own lock file."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self._started().pid

    def stop(self) -> None:
        """Stop it: connections end, and what they had committed is on disk."""
        if self.child:
            self.child.stop()

    def _start_on_a_free_port(self) -> None:
        for _ in range(START_TRIES):
            self.port = self.port or free_port()
            child = self._spawn()
            wait_until(self._is_settled, seconds=START_SECONDS)
            if self.is_ready():
                return
            if not child.is_running() and not any(reason in child.tail() for reason in PASSING):
                break
            child.kill()
            if PORT_TAKEN in child.tail():
                self.port = 0
        raise _why_it_failed("PostgreSQL did not start", self._started().tail(), self.log)

    def _started(self) -> Child:
        if self.child is None:
            raise CannotRun("PostgreSQL was not started; start it first.")
        return self.child

    def _is_settled(self) -> bool:
        return self.is_ready() or not self._started().is_running()

    def _spawn(self) -> Child:
        settings = COMMON | (DURABLE if self.is_durable else FORGETFUL) | {"port": str(self.port)}
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        _write_for(self.folder / "postgresql.conf", text, self.user)
        self.child = Child(
            name="PostgreSQL",
            command=[str(self.programs / "postgres"), "-D", str(self.folder)],
            log=self.log,
            environment=_environment(),
            folder=self.folder,
            user=self.user,
            # Fast: connections end. Immediate where nothing is worth keeping.
            stop_signal=signal.SIGINT if self.is_durable else signal.SIGQUIT,
            orphan_signal=signal.SIGINT if self.is_durable else signal.SIGQUIT,
            patience=30,
        )
        self.child.start()
        return self.child

    def _clear_stale_lock(self) -> None:
        """Remove a lock file that no server holds; its process id may belong to another program by now."""
        lock = self.folder / "postmaster.pid"
        if not lock.exists():
            return
        first = lock.read_text().partition("\n")[0].strip()
        pid = int(first) if first.isdecimal() else 0
        if pid and is_running_in(pid, self.folder):
            stop_leftover(pid, signal.SIGINT)
        lock.unlink(missing_ok=True)

    def _run_initdb(self, folder: Path, password_file: Path) -> None:
        command = [
            str(self.programs / "initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            *([] if self.is_durable else ["--no-sync"]),
        ]
        done = subprocess.run(
            command, env=_environment(), cwd=folder, capture_output=True, check=False, **as_user(self.user)
        )
        if done.returncode:
            text = (done.stdout + done.stderr).decode(errors="replace")
            self.log.write_text(text)
            raise _why_it_failed("PostgreSQL's data folder could not be made", text[-2000:], self.log)

    def _set_up(self) -> None:
        script = SET_UP if self.is_durable else SET_UP + ALLOW_TEST_DATABASES
        done = subprocess.run(
            [
                str(self.programs / "psql"),
                *("--no-psqlrc", "--quiet", "--tuples-only", "--set=ON_ERROR_STOP=1"),
                f"--dbname=postgresql://{SUPERUSER}@{LOOPBACK}:{self.port}/postgres",
            ],
            input=script.encode(),
            env=_environment()
            | {
                "PGPASSWORD": self.credentials.superuser_password,
                "QA_LOCAL_ROLE_PASSWORD": self.credentials.database_password,
            },
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return
        self.stop()
        text = done.stderr.decode(errors="replace")
        if "password authentication failed" in text:
            raise CannotRun(
                f"The passwords beside the data do not open {self.folder}. Put its credentials.json back, "
                "or start over: make demo-reset"
            )
        raise _why_it_failed("PostgreSQL's roles could not be made", text[-2000:], self.log)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _write_for(path: Path, text: str, user: ServerUser | None) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if user is not None:
            os.fchown(file.fileno(), user.uid, user.gid)
        file.write(text)


def _why_it_failed(what: str, output: str, log: Path) -> CannotRun:
    if "No space left on device" in output:
        return CannotRun(f"{what}: the disk under {log.parent.parent} is full. Free at least 1 GB, then run it again.")
    return CannotRun(f"{what}. Its last lines, from {log}:\n{output}")
