"""Clusters with production settings, for benches whose figures hang on disk, write-ahead log and autovacuum."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from qaplatform.local.credentials import make_credentials
from qaplatform.local.postgres import DATABASE, ROLE, SUPERUSER, Postgres
from qaplatform.local.servers import plan_servers
from qaplatform.local.users import make_private, server_user
from tests.plugin_servers import FOLDER_PREFIX


@contextmanager
def durable_cluster() -> Iterator[Postgres]:
    """A cluster as `make run` makes it, with the product's tables in its one database; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    user = server_user()
    make_private(folder / "servers", user)
    credentials = make_credentials()
    servers = plan_servers(folder / "servers", logs=folder, user=user, credentials=credentials, is_durable=True)
    try:
        servers.postgres.create()
        servers.postgres.start()
        with using(database(servers.postgres)):
            call_command("migrate", verbosity=0)
            connection.close()
        with superuser(servers.postgres) as cursor:
            cursor.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
        yield servers.postgres
    finally:
        servers.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def copy_database(postgres: Postgres, name: str, *, template: str = DATABASE) -> BaseDatabaseWrapper:
    """A further database with the product's tables, and a connection to it. Nobody may be connected to the template."""
    with superuser(postgres) as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE} STRATEGY file_copy")
    return database(postgres, name)


def database(postgres: Postgres, name: str = DATABASE) -> BaseDatabaseWrapper:
    """A connection of Django's to a database of the cluster."""
    return database_at(urlsplit(postgres.url)._replace(path=f"/{name}").geturl())


def database_at(address: str) -> BaseDatabaseWrapper:
    """A connection of Django's that is kept, as web processes keep theirs."""
    url = urlsplit(address)
    wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
    wrapper.settings_dict = deepcopy(wrapper.settings_dict) | {
        "HOST": url.hostname,
        "PORT": str(url.port),
        "USER": url.username,
        "PASSWORD": url.password,
        "NAME": url.path.removeprefix("/"),
        "CONN_MAX_AGE": None,
    }
    return wrapper


@contextmanager
def using(wrapper: BaseDatabaseWrapper) -> Iterator[None]:
    """Let all of the product speak to that database."""
    before, settings_before = connections[DEFAULT_DB_ALIAS], connections.settings[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = wrapper
    connections.settings[DEFAULT_DB_ALIAS] = wrapper.settings_dict
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        connections.settings[DEFAULT_DB_ALIAS] = settings_before


@contextmanager
def at_database(postgres: Postgres, name: str) -> Iterator[None]:
    """Let all of the product speak to a new database of the cluster, over a connection that ends with this."""
    wrapper = copy_database(postgres, name)
    try:
        with using(wrapper):
            yield
    finally:
        wrapper.close()


@contextmanager
def superuser(postgres: Postgres, name: str = "postgres") -> Iterator[psycopg.Cursor]:
    """A cursor with all rights, each statement a transaction of its own."""
    password = postgres.credentials.superuser_password
    address = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{postgres.port}/{name}"
    with psycopg.connect(address, autocommit=True) as conn, conn.cursor() as cursor:
        yield cursor


def database_cpu() -> float:
    """Seconds of CPU so far of the database process that serves this connection, to the microsecond."""
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def settle() -> None:
    """What autovacuum would do in a quiet hour."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
