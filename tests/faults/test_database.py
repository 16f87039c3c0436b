"""The database is slow, locked, cut off, or has no connection left; a web node's clock is wrong."""

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoDbBlocker

from labeling.models import Label, Slot
from qaplatform import clock
from qaplatform.people.models import ApiToken
from tests.faults.nodes import Answer, WebNode, in_database, make_work, web_node
from tests.faults.rig import Rig, running_rig
from tests.faults.slow_proxy import SlowProxy
from tests.plugin_servers import FOLDER_PREFIX

HOUR = 3600
SENTENCE = "The database does not answer at the moment."


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-") as folder:
        Path(folder).chmod(0o711)
        with running_rig(Path(folder) / "data") as rig:
            yield rig


@pytest.fixture
def proxy(rig: Rig) -> Iterator[SlowProxy]:
    proxy = SlowProxy(rig.servers.postgres.port)
    yield proxy
    proxy.close()


def through(rig: Rig, proxy: SlowProxy) -> str:
    url = urlsplit(rig.environment["DATABASE_URL"])
    return url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{proxy.port}").geturl()


@contextmanager
def locked_slots(rig: Rig) -> Iterator[None]:
    """Somebody holds the table of slots."""
    with rig.connect() as holder, holder.transaction():
        holder.execute("LOCK TABLE labeling_slot IN ACCESS EXCLUSIVE MODE")
        yield


def assert_asks_to_come_again(answer: Answer) -> None:
    assert answer.status == 503, answer.text
    assert answer.headers["Retry-After"] == "5"
    assert SENTENCE in answer.text


def settle(node: WebNode, path: str, token: str) -> Answer:
    """The first answer that is no 503: each connection that broke is found out by one request."""
    answers = (node.get(path, token=token) for _ in range(30))
    return next(answer for answer in answers if answer.status != 503)


def test_delayed_database_is_waited_for(rig: Rig, proxy: SlowProxy, django_db_blocker: DjangoDbBlocker) -> None:
    with in_database(rig, django_db_blocker):
        work = make_work(items=1, people=1)
    proxy.delay = 0.2

    with web_node(rig, "slow", DATABASE_URL=through(rig, proxy)) as node:
        held = node.claim(work, 0)
        submitted = node.submit(held.body, work, 0)

    assert (held.status, submitted.status) == (200, 201)


def test_lost_database_is_said_and_found_again(rig: Rig, proxy: SlowProxy, django_db_blocker: DjangoDbBlocker) -> None:
    with in_database(rig, django_db_blocker):
        work = make_work(items=2, people=1)
    with web_node(rig, "cut", DATABASE_URL=through(rig, proxy)) as node:
        held = node.claim(work, 0).body
        proxy.cut()

        refused = node.submit(held, work, 0, key="once")
        signed_in = node.get("/api/v1/queues", token=work.tokens[0])
        alive, ready = node.get("/healthz"), node.get("/readyz")
        proxy.mend()
        settle(node, "/api/v1/queues", work.tokens[0])
        submitted = node.submit(held, work, 0, key="once")

    assert_asks_to_come_again(refused)
    assert refused.body["code"] == "database_away"
    assert_asks_to_come_again(signed_in)
    assert (alive.status, ready.status) == (200, 503)
    assert submitted.status == 201
    with in_database(rig, django_db_blocker):
        assert Label.objects.filter(queue=work.queue_id).count() == 1


def test_page_says_that_the_database_is_away(rig: Rig, proxy: SlowProxy) -> None:
    with web_node(rig, "page", DATABASE_URL=through(rig, proxy)) as node:
        proxy.cut()

        page = node.get("/work/", cookie="sessionid=0123456789abcdef0123456789abcdef")

    assert_asks_to_come_again(page)
    assert page.text.count("<h1>") == 1


def test_lock_is_not_waited_for_without_end(rig: Rig, django_db_blocker: DjangoDbBlocker) -> None:
    with in_database(rig, django_db_blocker):
        work = make_work(items=1, people=1)
    with web_node(rig, "locked") as node:
        with locked_slots(rig):
            refused = node.claim(work, 0)
        held = node.claim(work, 0)

    assert_asks_to_come_again(refused)
    assert held.status == 200


def test_exhausted_pool_refuses_and_recovers(rig: Rig, django_db_blocker: DjangoDbBlocker) -> None:
    with in_database(rig, django_db_blocker):
        work = make_work(items=8, people=8)
    with web_node(rig, "pool", threads=8, pool=1) as node, ThreadPoolExecutor(8) as threads:
        with locked_slots(rig):
            refused = list(threads.map(lambda person: node.claim(work, person), range(8)))
        held = list(threads.map(lambda person: node.claim(work, person), range(8)))

    for answer in refused:
        assert_asks_to_come_again(answer)
    assert [answer.status for answer in held] == [200] * 8
    with in_database(rig, django_db_blocker):
        assert Slot.objects.filter(queue=work.queue_id, state="leased").count() == 8


@pytest.mark.parametrize("skew", [HOUR, -HOUR])
def test_leases_follow_the_clock_of_the_database_alone(rig: Rig, django_db_blocker: DjangoDbBlocker, skew: int) -> None:
    """The wrong node lends and takes answers as the right one does; neither ends the other's leases."""
    with in_database(rig, django_db_blocker):
        work = make_work(items=2, people=3, lease_seconds=600)
    skewed = {"wsgi": "tests.faults.skewed_wsgi:application", "SKEW_SECONDS": str(skew)}
    with web_node(rig, "wrong", **skewed) as wrong, web_node(rig, "right") as right:
        held = [wrong.claim(work, 0), right.claim(work, 1)]
        too_late = [wrong.claim(work, 2), right.claim(work, 2)]
        submitted = [right.submit(held[0].body, work, 0), wrong.submit(held[1].body, work, 1)]

    assert [answer.status for answer in held] == [200, 200]
    assert [answer.status for answer in too_late] == [204, 204]
    assert [answer.status for answer in submitted] == [201, 201]
    with in_database(rig, django_db_blocker):
        now = clock.database_now()
        for label in Label.objects.filter(queue=work.queue_id):
            assert abs(label.created_at - now) < timedelta(minutes=5)
            assert abs(label.claimed_at - now) < timedelta(minutes=5)


@pytest.mark.parametrize("skew", [HOUR, -HOUR])
def test_tokens_end_by_the_clock_of_the_database_alone(rig: Rig, django_db_blocker: DjangoDbBlocker, skew: int) -> None:
    """The wrong node takes and refuses tokens as the right one does."""
    with in_database(rig, django_db_blocker):
        work = make_work(items=4, people=4)
        for token, minutes in zip(ApiToken.objects.order_by("-pk")[:4], (-30, -30, 30, 30), strict=True):
            token.expires_at = clock.database_now() + timedelta(minutes=minutes)
            token.save()
    skewed = {"wsgi": "tests.faults.skewed_wsgi:application", "SKEW_SECONDS": str(skew)}

    with web_node(rig, "wrong", **skewed) as wrong, web_node(rig, "right") as right:
        claims = [wrong.claim(work, 0), right.claim(work, 1), wrong.claim(work, 2), right.claim(work, 3)]

    assert [claim.status for claim in claims] == [200, 200, 401, 401]
