"""The product's own processes for tests, started as `make run` starts them, on the test database.

Tests that use them commit: mark them `@pytest.mark.django_db(transaction=True)`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from qaplatform.celery import app
from qaplatform.local.application import Application, child_environment
from qaplatform.local.children import Child
from qaplatform.local.folders import Folders
from qaplatform.local.ports import free_port
from qaplatform.local.waiting import wait_until

WORKER_SECONDS = 180


END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's database; at its end, connections that killed processes left behind are let go."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(END_OTHERS)


@pytest.fixture(scope="module")
def application(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """How the processes are started: on this run's test database and Valkey number."""
    data = tmp_path_factory.mktemp("data")
    (data / "logs").mkdir()
    port = free_port()
    name = str(connection.settings_dict["NAME"])
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    folders = Folders(data=data, logs=data / "logs", servers=data)
    environment = child_environment(folders, port, {"DATABASE_URL": database})
    return Application(folders=folders, environment=environment, port=port)


@pytest.fixture(scope="module")
def real_worker(application: Application) -> Iterator[Child]:
    """A Celery worker that has answered a ping."""
    app.control.purge()
    with running(application.worker) as worker:
        answers = wait_until(lambda: bool(app.control.ping(timeout=0.5)), seconds=WORKER_SECONDS)
        if not answers:
            pytest.fail(f"The worker did not start:\n{worker.tail()}")
        yield worker


@pytest.fixture(scope="module")
def real_beat(application: Application, real_worker: Child) -> Iterator[Child]:
    """Celery's clock beside a worker."""
    with running(application.beat) as beat:
        yield beat


@pytest.fixture(scope="module")
def live_app(application: Application, real_beat: Child) -> Iterator[str]:
    """The whole product: gunicorn, worker and beat. Gives its address, which ends in a slash."""
    with running(application.web) as web:
        application.wait_for_first_page(web)
        yield application.address


@contextmanager
def running(start: Callable[[], Child]) -> Iterator[Child]:
    """Start a process, and end it with all that it started."""
    child = start()
    try:
        yield child
    finally:
        child.kill()
