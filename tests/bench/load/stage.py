"""All that runs: PostgreSQL and Valkey as in production; web, worker and beat of the product; web of the bare view."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from qaplatform.local.application import ROOT, Application, child_environment
from qaplatform.local.children import Child
from qaplatform.local.credentials import make_credentials
from qaplatform.local.folders import Folders, make_folders
from qaplatform.local.ports import free_port
from qaplatform.local.servers import Servers, plan_servers
from qaplatform.local.users import server_user
from tests.bench.load.client import Target

SCHEMA = Path(__file__).parent / "bare" / "schema.sql"
BARE = "tests.bench.load.bare"
WEB, BACKGROUND, BENCH = "web", "background", "bench"

# A text as long as the product's, so many answers an item.
FILL = """
INSERT INTO bare_item SELECT n, jsonb_build_object('text', repeat('offer click ', 14))
FROM generate_series(1, %(items)s) n;
"""
FILL_SLOTS = """
INSERT INTO bare_slot (item_id, slot_no) SELECT item.id, n FROM bare_item item, generate_series(1, %(overlap)s) n
"""


@dataclass(frozen=True)
class Stage:
    """What was started, and how to reach it."""

    servers: Servers
    web: Child
    bare: Child
    worker: Child
    beat: Child
    ports: dict[str, int]
    environment: dict[str, str]

    @property
    def database(self) -> str:
        return self.servers.postgres.url

    def seed_product(self, *, items: int, overlap: int, people: int) -> tuple[int, Target]:
        """A fresh queue: its key in the database, and what a client needs."""
        call = f"seed_queue({items=}, {overlap=}, {people=})"
        code = f"from tests.bench.load.seeding import seed_queue; {call}"
        command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", code]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True)
        seeded = json.loads(done.stdout)
        tokens, answers = tuple(seeded["tokens"]), tuple(seeded["answers"])
        return seeded["id"], Target(self.ports["product"], seeded["queue"], tokens, answers)

    def seed_bare(self, *, items: int, overlap: int, people: int, like: Target) -> Target:
        """The bare view's tables made anew, with as much in them."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(SCHEMA.read_text())
            connection.execute(FILL, {"items": items})
            connection.execute(FILL_SLOTS, {"overlap": overlap})
            connection.execute("ANALYZE")
        tokens = tuple(str(number + 1) for number in range(people))
        return Target(self.ports["bare"], like.queue, tokens, like.answers)


@contextmanager
def running_stage() -> Iterator[Stage]:
    """Everything started in a folder of its own, and stopped and thrown away in the end."""
    place = Path(tempfile.mkdtemp(prefix="qaplatform-load-"))
    place.chmod(0o711)
    user = server_user()
    folders = make_folders(place / "data", user)
    credentials = make_credentials()
    servers = plan_servers(folders.servers, logs=folders.logs, user=user, credentials=credentials, is_durable=True)
    children: list[Child] = []
    try:
        servers.valkey.start()
        servers.postgres.create()
        servers.postgres.start()
        more = {**servers.environment, "QA_SECRET_KEY": credentials.secret_key, "QA_DEMO": "0"}
        yield _start(folders, servers, more, children)
    finally:
        for child in reversed(children):
            child.stop()
        servers.stop()
        shutil.rmtree(place, ignore_errors=True)


def _start(folders: Folders, servers: Servers, more: dict[str, str], children: list[Child]) -> Stage:
    ports = {"product": free_port(), "bare": free_port()}
    environment = child_environment(folders, ports["product"], more)
    web = Application(folders, {**environment, "PGAPPNAME": WEB}, ports["product"])
    background = Application(folders, {**environment, "PGAPPNAME": BACKGROUND}, ports["product"])
    web.manage("migrate", "--noinput", "--verbosity=0")
    with psycopg.connect(servers.postgres.url, autocommit=True) as connection:
        connection.execute(SCHEMA.read_text())
    starts = (web.web, background.worker, background.beat, _bare(folders, environment, ports["bare"]).web)
    children.extend(start() for start in starts)
    product, worker, beat, bare = children
    web.wait_for_first_page(product)
    _bare(folders, environment, ports["bare"]).wait_for_first_page(bare)
    return Stage(servers, product, bare, worker, beat, ports, {**environment, "PGAPPNAME": BENCH})


def _bare(folders: Folders, environment: dict[str, str], port: int) -> Application:
    logs = folders.logs / "bare"
    logs.mkdir(exist_ok=True)
    settings = {"DJANGO_SETTINGS_MODULE": f"{BARE}.settings", "PGAPPNAME": WEB}
    where = Folders(data=folders.data, logs=logs, servers=folders.servers)
    return Application(where, {**environment, **settings}, port, wsgi=f"{BARE}.wsgi:application")
