"""What a cycle of claim and submit costs: CPU of the web process and of its database backend together."""

import json
import os
import resource
import statistics
import sys
from io import BytesIO
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from calibration.models import StaleMark
from labeling.models import Label
from tests.builders import make_items, make_labeler, make_queue, make_token

CYCLES = 100
ROUNDS = 5
TARGET_MS = 12
TICK = os.sysconf("SC_CLK_TCK")

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def cpu_seconds(pid: int) -> float:
    """CPU so far of this process and of the database backend that serves it."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own.ru_utime + own.ru_stime + (int(fields[11]) + int(fields[12])) / TICK


def call(handler: WSGIHandler, token: str, path: str, body: dict, key: str = "") -> dict:
    """One request through the whole of Django, as a WSGI server makes it."""
    sent = json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Token {token}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": BytesIO(sent),
        "wsgi.url_scheme": "http",
    }
    if key:
        environ["HTTP_IDEMPOTENCY_KEY"] = key
    response = handler(environ, lambda *_: None)
    content = b"".join(response)
    response.close()
    return json.loads(content)


def cycle(handler: WSGIHandler, token: str, queue, number: int) -> None:
    held = call(handler, token, f"/api/v1/queues/{queue.public_id}/claim", {})
    body = {"token": held["token"], "answers": {"category": "spam"}, "rationale": "", "active_ms": 4000}
    call(handler, token, f"/api/v1/assignments/{held['id']}/submit", body, key=f"key-{number}")


@pytest.fixture
def kept_connection():
    """Web processes keep their connections; so does this bench."""
    before = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = None
    connection.close()
    yield
    connection.settings_dict["CONN_MAX_AGE"] = before


def test_claim_and_submit_cost(kept_connection, capsys):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, CYCLES * (ROUNDS + 1))
    token = make_token(labeler.user)
    handler = WSGIHandler()
    connection.ensure_connection()
    pid = backend_pid()

    costs = []
    for round_number in range(ROUNDS + 1):
        before = cpu_seconds(pid)
        for number in range(CYCLES):
            cycle(handler, token, queue, round_number * CYCLES + number)
        costs.append((cpu_seconds(pid) - before) / CYCLES * 1000)

    assert backend_pid() == pid
    assert StaleMark.objects.filter(queue=queue).count() == Label.objects.count()  # calibration listens
    assert Label.objects.count() == CYCLES * (ROUNDS + 1)
    median = statistics.median(costs[1:])
    load = os.getloadavg()[0]
    told = f"claim + submit: {median:.1f} ms CPU, server and database together, median of {ROUNDS} x {CYCLES}"
    with capsys.disabled():
        sys.stdout.write(f"\n{told} (target {TARGET_MS} ms; load {load:.1f})\n")
    assert median < TARGET_MS
