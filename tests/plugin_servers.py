"""Real servers for the tests: one forgetful PostgreSQL and one Valkey a run, started before Django reads its settings.

With DATABASE_URL and REDIS_URL set, those are used. With `--no-servers` there are neither servers nor Django: for tests
of pure packages. Under xdist the controller starts them; each worker has a database and a Valkey number of its own.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import django
import pytest

from qaplatform.local.credentials import make_credentials
from qaplatform.local.servers import Servers, plan_servers, servers_are_elsewhere
from qaplatform.local.users import make_private, server_user

FOLDER_PREFIX = "qaplatform-tests-"
MEMORY = Path("/dev/shm")  # noqa: S108  A folder of a fresh random name is made in it.
MEMORY_NEEDED = 1_000_000_000
WORKER = "PYTEST_XDIST_WORKER"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-servers", action="store_true", help="Neither servers nor Django: for pure packages.")


def pytest_plugin_registered(plugin: object, plugin_name: str) -> None:
    """Set up as soon as this plugin is known.

    pytest replays its earlier registrations to a new plugin, and its own configuration is among them. A later hook
    would come after the conftest files of the folders below, which may import models.
    """
    if plugin_name == "pytestconfig" and isinstance(plugin, pytest.Config):
        _set_up(plugin)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let no worker inherit the settings: pytest-django would read them before the worker has its number."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def _set_up(config: pytest.Config) -> None:
    if {"--no-servers", "--help", "-h", "--version"} & set(config.invocation_params.args):
        return
    if WORKER not in os.environ and not servers_are_elsewhere():
        _start(config)
    _prepare_environment()
    django.setup()


def _start(config: pytest.Config) -> None:
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=_scratch_place()))
    user = server_user()
    folder.chmod(0o711)
    make_private(folder / "servers", user)
    servers = plan_servers(folder / "servers", logs=folder, user=user, credentials=make_credentials(), is_durable=False)
    config.add_cleanup(lambda: _stop(servers, folder))
    servers.valkey.start()
    servers.postgres.create()
    servers.postgres.start()
    os.environ.update(servers.environment)


def _stop(servers: Servers, folder: Path) -> None:
    servers.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _prepare_environment() -> None:
    os.environ.setdefault("QA_SECRET_KEY", make_credentials().secret_key)
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{_worker_number()}").geturl()
    os.environ["DJANGO_SETTINGS_MODULE"] = "qaplatform.settings"


def _worker_number() -> int:
    """Number 0 is the run without xdist; gw0 is 1, and so on."""
    worker = os.environ.get(WORKER, "")
    return int(worker.removeprefix("gw")) + 1 if worker else 0


def _scratch_place() -> Path | None:
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    return MEMORY if has_room else None


def _remove_leftovers() -> None:
    """Remove the folders of runs that were killed; their servers died with them."""
    for place in {_scratch_place() or Path(tempfile.gettempdir()), Path(tempfile.gettempdir())}:
        for folder in place.glob(f"{FOLDER_PREFIX}*"):
            owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
            if owner.isdecimal() and not _is_alive(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
