"""J1, J2, J5: the broker is killed, lost or flushed, workers are frozen and killed; figures come back, and right."""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import redis

from labeling.models import Queue
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from tests.builders import make_token, make_user
from tests.calibration.builders import make_plan
from tests.faults.ledger import settle_and_verify
from tests.faults.ledger_comparison import Findings
from tests.faults.nodes import WebNode, in_database, make_work
from tests.faults.rig import children_of, running_rig
from tests.plugin_servers import FOLDER_PREFIX

HEALTHY, LOST, NOTICED = 10, 90, 120
# A request that cannot reach the broker waits so long for it, and then for a busy machine.
CONNECT, BUSY = 1, 4
LOADED = 30
LARGE = 2 * 1024 * 1024

MARKS = "SELECT id, extract(epoch FROM clock_timestamp() - created_at) FROM calibration_stalemark"
CANARY_AGE = "SELECT extract(epoch FROM clock_timestamp() - seen_at) FROM jobs_canary WHERE line = 'quick'"
AGE_CANARY = "UPDATE jobs_canary SET seen_at = seen_at - make_interval(secs => %s)"
IMPORTED = "SELECT count(*) FROM labeling_item WHERE external_id LIKE 'late-%'"


@pytest.fixture(scope="module")
def rig():
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    try:
        with running_rig(folder / "data") as rig:
            yield rig
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def work(rig, django_db_blocker):
    """Queues with work for four people, and the token of somebody who imports."""
    with in_database(rig, django_db_blocker):
        work = make_work(items=6000, people=4, base_answers=2)
        make_plan(Queue.objects.get(pk=work.queue_id))
        importer = make_token(make_user(roles=[Role.QA_MANAGER]), scopes=["import"])
    return work, importer


@pytest.fixture(scope="module")
def node(rig, work):
    """The whole product, with a worker that has sung."""
    rig.start_product("web", "worker", "beat")
    node = WebNode(rig.port, rig.children["web"])
    assert wait_until(lambda: has_sung(node), seconds=LOST), node.get("/readyz").text
    return node


def has_sung(node):
    return node.get("/readyz").body["checks"]["jobs"]["ok"]


@dataclass
class Load:
    """People at work, and how old marks became before they were counted."""

    answers: int = 0
    refused: list[str] = field(default_factory=list)
    slowest: float = 0.0
    ages: dict[UUID, float] = field(default_factory=dict)
    waiting: frozenset[UUID] = frozenset()
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def p95(self):
        ages = sorted(self.ages.values())
        return ages[int(0.95 * (len(ages) - 1))]


@contextmanager
def loaded(rig, node, work):
    """People label while the block runs."""
    load = Load()
    threads = [threading.Thread(target=label, args=(load, node, work, person)) for person in range(len(work.tokens))]
    threads.append(threading.Thread(target=watch, args=(load, rig)))
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.over.set()
        for thread in threads:
            thread.join()


def label(load, node, work, person):
    while not load.over.wait(0.1):
        began = time.monotonic()
        held = node.claim(work, person)
        answer = node.submit(held.body, work, person) if held.status == 200 else held
        load.slowest = max(load.slowest, time.monotonic() - began)
        if answer.status == 201:
            load.answers += 1
        else:
            load.refused.append(f"{answer.status} {answer.text[:200]}")


def watch(load, rig):
    with rig.connect() as connection:
        while not load.over.wait(0.2):
            rows = connection.execute(MARKS).fetchall()
            load.waiting = frozenset(mark for mark, _ in rows)
            load.ages.update({mark: float(age) for mark, age in rows})


def wait_until_counted(load):
    """Seconds until every mark that stands now is gone."""
    now, began = load.waiting, time.monotonic()
    assert wait_until(lambda: not now & load.waiting, seconds=LOST)
    return time.monotonic() - began


def verify(rig):
    findings = Findings()
    settle_and_verify(rig, findings)
    assert findings.say() == ""


def lose_valkey(rig):
    """Kill the server and delete all that it kept."""
    valkey = rig.servers.valkey
    valkey.child.process.kill()
    valkey.child.process.wait()
    shutil.rmtree(valkey.folder / "appendonlydir")


def test_figures_follow_answers_within_ten_seconds(rig, node, work):
    with loaded(rig, node, work[0]) as load:
        assert wait_until(lambda: load.answers >= 300, seconds=LOADED * 4)

    sys.stdout.write(f"Healthy: {report(load)}\n")
    assert load.refused == []
    assert len(load.ages) > 20
    assert load.p95 <= HEALTHY, report(load)


def test_loss_of_the_whole_broker_delays_nobody_and_figures_for_90_seconds_at_most(rig, node, work):
    with loaded(rig, node, work[0]) as load:
        assert wait_until(lambda: load.answers >= 50, seconds=LOADED)
        load.slowest = 0.0
        lose_valkey(rig)
        answered = load.answers
        assert wait_until(lambda: load.answers >= answered + 50, seconds=LOADED * 2), load.refused
        began = time.monotonic()
        imported = node._ask("POST", f"/api/v1/queues/{work[0].queue}/items", token=work[1], body=large_file())
        took = time.monotonic() - began
        assert load.waiting
        rig.servers.valkey.start()
        seconds = wait_until_counted(load)

    sys.stdout.write(f"Lost: counted again {seconds:.1f} s after it, import in {took:.1f} s, {report(load)}\n")
    assert load.refused == []
    assert imported.status == 202, imported.text
    assert max(took, load.slowest) <= CONNECT + BUSY, report(load)
    assert seconds <= LOST
    with rig.connect() as connection:
        is_in = wait_until(lambda: connection.execute(IMPORTED).fetchone()[0] > 0, seconds=LOST)
    assert is_in
    verify(rig)


def test_a_flushed_broker_under_load_stops_nothing(rig, node, work):
    with loaded(rig, node, work[0]) as load, redis.Redis.from_url(rig.environment["REDIS_URL"]) as broker:
        for times in range(1, 4):
            assert wait_until(lambda wanted=40 * times: load.answers >= wanted, seconds=LOADED)
            broker.flushall()
        seconds = wait_until_counted(load)
        age = canary_age(rig)
        assert wait_until(lambda: canary_age(rig) < age, seconds=LOST)

    assert load.refused == []
    assert seconds <= LOST
    verify(rig)


def test_a_frozen_worker_is_noticed_within_two_minutes_and_a_working_one_never_is(rig, node, work):
    aged = 0.7 * NOTICED
    worker = rig.children["worker"]
    with rig.connect() as connection:
        connection.execute(AGE_CANARY, [aged])
        assert wait_until(lambda: canary_age(rig) < aged, seconds=NOTICED - aged), "a working worker sings on"
        assert has_sung(node)

        os.killpg(worker.pid, signal.SIGSTOP)
        connection.execute(AGE_CANARY, [aged])
        noticed = wait_until(lambda: not has_sung(node), seconds=NOTICED - aged)
        ready = node.get("/readyz")
        measured = node.get("/metrics").text
        os.killpg(worker.pid, signal.SIGCONT)

    assert noticed
    assert worker.is_running()
    assert (ready.status, ready.body["status"]) == (200, "degraded")
    assert "are worker and beat running?" in ready.body["checks"]["jobs"]["detail"]
    [age] = [line for line in measured.splitlines() if line.startswith('qa_canary_age_seconds{line="quick"}')]
    assert float(age.rpartition(" ")[2]) > aged
    assert wait_until(lambda: has_sung(node), seconds=LOST)


def test_workers_killed_and_frozen_under_load_leave_every_figure_right(rig, node, work):
    with loaded(rig, node, work[0]) as load:
        for times in range(1, 6):
            assert wait_until(lambda wanted=30 * times: load.answers >= wanted, seconds=LOADED)
            os.kill(children_of(rig.children["worker"].pid)[0], signal.SIGKILL)
        frozen = children_of(rig.children["worker"].pid)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        assert wait_until(lambda: load.answers >= 200, seconds=LOADED)
        rig.kill_and_keep_down("worker")
        rig.start_product("worker")
        wait_until_counted(load)

    assert load.refused == []
    verify(rig)


def canary_age(rig):
    with rig.connect() as connection:
        return float(connection.execute(CANARY_AGE).fetchone()[0])


def large_file():
    """More than is imported while the sender waits, so that a hint is sent."""
    text = "x" * 2000
    lines = (json.dumps({"external_id": f"late-{n}", "content": {"text": text}}) for n in range(LARGE // 2000 + 50))
    return "\n".join(lines)


def report(load):
    return f"p95 {load.p95:.1f} s of {len(load.ages)} marks, {load.answers} answers, slowest cycle {load.slowest:.1f} s"
