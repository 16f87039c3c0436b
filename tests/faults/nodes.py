"""Further machines of the product on the rig's servers: web nodes and workers, each a process group of its own."""

import http.client
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from pytest_django import DjangoDbBlocker

from labeling.models import Queue
from qaplatform.local.application import ROOT
from qaplatform.local.children import Child
from qaplatform.local.ports import LOOPBACK
from qaplatform.local.waiting import wait_until
from tests.bench.durable import database_at, using
from tests.builders import make_items, make_labeler, make_queue, make_token
from tests.faults.rig import Rig, low_ports

START_SECONDS = 60
TIMEOUT = 30
WSGI = "qaplatform.wsgi:application"


@dataclass(frozen=True)
class Answer:
    """What a web node said; status 0 when it said nothing."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> dict:
        return json.loads(self.text)


@dataclass(frozen=True)
class WebNode:
    """One gunicorn."""

    port: int
    child: Child

    def get(self, path: str, *, token: str = "", cookie: str = "") -> Answer:
        return self._ask("GET", path, token=token, cookie=cookie)

    def post(self, path: str, body: object, *, token: str = "", key: str = "") -> Answer:
        return self._ask("POST", path, token=token, body=json.dumps(body), key=key)

    def claim(self, work: "Work", person: int) -> Answer:
        return self.post(f"/api/v1/queues/{work.queue}/claim", {}, token=work.tokens[person])

    def submit(self, held: Mapping[str, object], work: "Work", person: int, *, key: str = "") -> Answer:
        body = {"token": held["token"], "answers": {"category": "spam"}}
        path = f"/api/v1/assignments/{held['id']}/submit"
        return self.post(path, body, token=work.tokens[person], key=key or uuid4().hex)

    def _ask(
        self, method: str, path: str, *, token: str, body: str | None = None, key: str = "", cookie: str = ""
    ) -> Answer:
        named = {
            "Content-Type": "application/json" if body else "",
            "Authorization": f"Token {token}" if token else "",
            "Idempotency-Key": key,
            "Cookie": cookie,
        }
        headers = {name: value for name, value in named.items() if value}
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, {}, repr(error))
        finally:
            connection.close()


@dataclass(frozen=True)
class Work:
    """A queue, and tokens of people who are certified for it."""

    queue: str
    queue_id: int
    tokens: tuple[str, ...]


@contextmanager
def web_node(
    rig: Rig, name: str, *, processes: int = 1, threads: int = 4, pool: int = 0, wsgi: str = WSGI, **more: str
) -> Iterator[WebNode]:
    """A gunicorn beside the rig's own, with more in its environment."""
    (port,) = low_ports(1)
    command = [
        *(sys.executable, "-m", "gunicorn", wsgi, f"--bind={LOOPBACK}:{port}", "--worker-class=gthread"),
        *(f"--workers={processes}", f"--threads={threads}", "--graceful-timeout=5", "--timeout=60"),
        *("--log-level=warning", "--no-control-socket"),
    ]
    node = WebNode(port, _start(rig, name, command, QA_PORT=str(port), QA_DB_POOL=str(pool or threads), **more))
    try:
        assert wait_until(lambda: node.get("/healthz").status == 200, seconds=START_SECONDS), node.child.tail()
        yield node
    finally:
        node.child.stop()


@contextmanager
def workers(rig: Rig, number: int, **more: str) -> Iterator[list[Child]]:
    """So many Celery workers and one beat, as on as many machines."""
    celery = (sys.executable, "-m", "celery", "-A", "qaplatform")
    pool = ("worker", "--pool=prefork", "--concurrency=1", "--loglevel=WARNING", "--without-gossip", "--without-mingle")
    schedule = rig.folders.data / f"beat-{uuid4().hex}"
    children = [_start(rig, f"worker-{n}", [*celery, *pool, f"--hostname=w{n}@scale"], **more) for n in range(number)]
    beat = ["beat", "--loglevel=WARNING", "--pidfile=", f"--schedule={schedule}"]
    children.append(_start(rig, "beat-of-scale", [*celery, *beat], **more))
    try:
        yield children
    finally:
        for child in reversed(children):
            child.stop()


@contextmanager
def in_database(rig: Rig, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Lets builders, models and services of this process speak to the rig's database."""
    with blocker.unblock(), using(database_at(rig.environment["DATABASE_URL"])):
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS].close()


def make_work(*, items: int, people: int, **fields: object) -> Work:
    """A queue with items and people; call it in `in_database`."""
    queue: Queue = make_queue(**fields)
    make_items(queue, items)
    tokens = tuple(make_token(make_labeler(queues=[queue]).user) for _ in range(people))
    return Work(str(queue.public_id), queue.pk, tokens)


def _start(rig: Rig, name: str, command: list[str], **more: str) -> Child:
    child = Child(
        name=name,
        command=command,
        log=rig.folders.logs / f"{name}.log",
        environment={**rig.environment, **more},
        folder=ROOT,
        patience=20,
        stops_early=True,
    )
    child.start()
    return child
