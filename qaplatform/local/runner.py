"""`make run`: servers, tables, web, worker, beat, demo; until Ctrl-C."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from qaplatform import env
from qaplatform.local.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qaplatform.local.application import ROOT, Application, child_environment, has_command
from qaplatform.local.children import Child
from qaplatform.local.credentials import Credentials, keep_credentials
from qaplatform.local.errors import CannotRun
from qaplatform.local.folders import Folders, disk_errors_in_words, make_folders, require_space
from qaplatform.local.lock import hold
from qaplatform.local.ports import require_free_port
from qaplatform.local.progress import say, step
from qaplatform.local.servers import Servers, plan_servers, servers_are_elsewhere
from qaplatform.local.supervisor import Service, Supervisor
from qaplatform.local.users import server_user

EMPTY_FOLDER = ".data-empty"
KIND_FILE = "kind"
PASSWORD_FILE = "first-administrator-password"  # noqa: S105  The name of a file, not a password.


def run(*, is_empty: bool) -> None:
    """Bring the product up, keep it up until Ctrl-C, and stop it in order."""
    began = time.monotonic()
    environment = env.read()
    data = data_folder(is_empty=is_empty)
    folders = make_folders(data, server_user())
    with disk_errors_in_words(data), hold(data, what=f"`make run` on port {environment.port}"):
        require_free_port(environment.port)
        remember_kind(data, is_empty=is_empty)
        credentials = keep_credentials(folders.credentials)
        with supervised(folders) as supervisor:
            more = {"QA_SECRET_KEY": environment.secret_key or credentials.secret_key}
            more["QA_DEMO"] = "1" if _wants_demo(is_empty=is_empty) else "0"
            if not servers_are_elsewhere():
                more |= start_servers(supervisor, folders, credentials).environment
            application = Application(
                folders=folders,
                environment=child_environment(folders, environment.port, more),
                port=environment.port,
            )
            _start_application(supervisor, application, asks_for_administrator=is_empty)
            _announce(application, has_demo=more["QA_DEMO"] == "1", seconds=time.monotonic() - began)
            if more["QA_DEMO"] == "1" and has_command("load_demo"):
                supervisor.start(Service(name="Demo data", start=application.load_demo, is_essential=False))
            while True:
                supervisor.watch()


def run_servers() -> None:
    """Bring only the two servers up, print how to reach them, and stop them on Ctrl-C."""
    data = data_folder(is_empty=False)
    folders = make_folders(data, server_user())
    with disk_errors_in_words(data), hold(data, what="`python -m qaplatform.local servers`"):
        credentials = keep_credentials(folders.credentials)
        with supervised(folders) as supervisor:
            servers = start_servers(supervisor, folders, credentials)
            for name, value in {**servers.environment, "QA_SECRET_KEY": credentials.secret_key}.items():
                say(f"export {name}={value}")
            while True:
                supervisor.watch()


def data_folder(*, is_empty: bool) -> Path:
    """Give the data folder as an absolute path; an empty start has a folder of its own."""
    default = EMPTY_FOLDER if is_empty else ".data"
    return (ROOT / (os.environ.get("QA_DATA_DIR") or default)).resolve()


def remember_kind(data: Path, *, is_empty: bool) -> None:
    """Mark what the folder holds. Raises CannotRun rather than mix the demo with real rows."""
    wanted = "empty" if is_empty else "demo"
    path = data / KIND_FILE
    found = path.read_text().strip() if path.exists() else wanted
    if found != wanted:
        raise CannotRun(
            f"{data} was made by `make run{' EMPTY=1' if found == 'empty' else ''}`; demo and real rows never share a "
            "database. Run it that way again, or choose another folder: make run QA_DATA_DIR=/another/folder"
        )
    path.write_text(f"{wanted}\n")


def start_servers(supervisor: Supervisor, folders: Folders, credentials: Credentials) -> Servers:
    """Start PostgreSQL and Valkey, making the cluster first where there is none."""
    user = server_user()
    if folders.is_split:
        say(f"  The account `{user.name if user else ''}`, which PostgreSQL runs as, cannot enter {folders.data}:")
        say(f"  the databases are kept in {folders.servers}.")
    servers = plan_servers(folders.servers, logs=folders.logs, user=user, credentials=credentials, is_durable=True)
    postgres = servers.postgres
    require_space(folders.servers, is_new=postgres.is_new)
    if postgres.is_new:
        with step("PostgreSQL: make the data folder"):
            postgres.create()
    with step("PostgreSQL"):
        supervisor.start(Service(name="PostgreSQL", start=postgres.start))
    with step("Valkey"):
        supervisor.start(Service(name="Valkey", start=servers.valkey.start))
    return servers


@contextmanager
def supervised(folders: Folders) -> Iterator[Supervisor]:
    """Give a supervisor; whatever ends the block, also Ctrl-C, stops what it started."""
    supervisor = Supervisor(pid_file=folders.data / "children.json")
    for stopping in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stopping, _interrupt)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    supervisor.begin()
    try:
        yield supervisor
    except KeyboardInterrupt:
        say()
        with step("Stopped; the data is kept"):
            supervisor.stop()
    finally:
        supervisor.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Stop once; what comes after, stopping is under way."""
    for stopping in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopping, signal.SIG_IGN)
    raise KeyboardInterrupt


def _wants_demo(*, is_empty: bool) -> bool:
    """The demo goes into a database of ours only, unless somebody asks for it by name."""
    if is_empty:
        return False
    return os.environ.get("QA_DEMO", "0" if servers_are_elsewhere() else "1") == "1"


def _start_application(supervisor: Supervisor, application: Application, *, asks_for_administrator: bool) -> None:
    with step("Tables"):
        application.manage("migrate", "--noinput", "--verbosity=0")
    if asks_for_administrator and has_command("create_administrator"):
        password_file = application.folders.data / PASSWORD_FILE
        application.manage("create_administrator", "--if-none", f"--password-file={password_file}", asks=True)
    with step("Web"):
        application.wait_for_first_page(_start(supervisor, Service(name="Web", start=application.web)))
    with step("Workers and beat"):
        supervisor.start(Service(name="Worker", start=partial(application.worker, processes=1)))
        supervisor.start(Service(name="Quick worker", start=application.quick_worker))
        supervisor.start(Service(name="Beat", start=application.beat))


def _start(supervisor: Supervisor, service: Service) -> Child:
    supervisor.start(service)
    if service.child is None:
        raise CannotRun(f"{service.name} was not started.")
    return service.child


def _announce(application: Application, *, has_demo: bool, seconds: float) -> None:
    say(f"\nReady in {seconds:.1f} s. Ctrl-C stops it and keeps the data; logs are in {application.folders.logs}.\n")
    say(f"  {application.address}\n")
    if not has_demo:
        say("  Sign in as the administrator; the first page shows three ways to a first result.\n")
        return
    say(f"  Sign in with the password {DEMO_PASSWORD} as")
    for account in DEMO_ACCOUNTS:
        say(f"    {account.username:<9}{account.title:<16}{account.first_page}")
    say()
    sys.stdout.flush()
