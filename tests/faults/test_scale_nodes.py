"""Two web nodes and three workers on one database and one broker: Valkey, or RabbitMQ by one setting."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from pytest_django import DjangoDbBlocker

from calibration.models import StaleMark
from labeling.models import Label
from qaplatform.local.waiting import wait_until
from tests.faults.nodes import Answer, WebNode, Work, in_database, make_work, web_node, workers
from tests.faults.rabbit import is_installed, rabbit_broker
from tests.faults.rig import Rig, running_rig
from tests.plugin_servers import FOLDER_PREFIX

ITEMS, OVERLAP, PEOPLE = 60, 3, 12
WORKERS = 3
COUNTED_SECONDS = 120


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="module")
def rig(folder: Path) -> Iterator[Rig]:
    with running_rig(folder / "data") as rig:
        yield rig


@contextmanager
def broker(name: str, folder: Path) -> Iterator[Mapping[str, str]]:
    """What the environment says of it: nothing where the cache's Valkey is the broker too."""
    if name == "valkey":
        yield {}
        return
    if not is_installed():
        pytest.skip("RabbitMQ is not installed: apt-get install rabbitmq-server.")
    with rabbit_broker(folder / "rabbit") as address:
        yield {"QA_BROKER_URL": address}


@dataclass
class Shift:
    """What people do over both nodes, and what they were told."""

    nodes: tuple[WebNode, WebNode]
    work: Work
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)

    def work_off(self, person: int) -> None:
        """Claim at one node and answer at the other, until nothing is left; one answer in four goes to both at once."""
        for turn in range(10 * ITEMS):
            here, there = self.nodes[turn % 2], self.nodes[1 - turn % 2]
            held = here.claim(self.work, person)
            if held.status != 200:
                self.refused[held.status] += 1
                if held.status == 204:
                    return
                continue
            self._answer(there, here if turn % 4 == 0 else None, held.body, person)

    def _answer(self, node: WebNode, other: WebNode | None, held: Mapping[str, object], person: int) -> None:
        key = uuid4().hex
        targets = [node, other] if other else [node]
        with ThreadPoolExecutor(len(targets)) as threads:
            answers = list(threads.map(lambda to: to.submit(held, self.work, person, key=key), targets))
        self.acknowledged += {label_of(answer) for answer in answers if answer.status == 201}
        self.refused.update(answer.status for answer in answers if answer.status != 201)


def label_of(answer: Answer) -> str:
    return answer.body["label"]["id"]


@pytest.mark.parametrize("name", ["valkey", "rabbitmq"])
def test_two_web_nodes_and_three_workers_keep_every_promise(
    rig: Rig, folder: Path, django_db_blocker: DjangoDbBlocker, name: str
) -> None:
    with in_database(rig, django_db_blocker):
        work = make_work(items=ITEMS, people=PEOPLE, base_answers=OVERLAP, overlap_size=OVERLAP)
    valkey = redis.Redis.from_url(rig.servers.valkey.url)
    valkey.flushall()

    with broker(name, folder) as told, web_node(rig, "one", **told) as one, web_node(rig, "two", **told) as two:
        shift = Shift((one, two), work)
        with workers(rig, WORKERS, **told) as children, ThreadPoolExecutor(PEOPLE) as threads:
            list(threads.map(shift.work_off, range(PEOPLE)))
            with in_database(rig, django_db_blocker):
                is_counted = wait_until(lambda: not StaleMark.objects.exists(), seconds=COUNTED_SECONDS)
        hints = list(valkey.scan_iter("*kombu*"))
        valkey.close()

    with in_database(rig, django_db_blocker):
        labels = list(Label.objects.filter(queue=work.queue_id).values_list("public_id", "item_id", "labeler_id"))
    assert set(shift.refused) == {204}
    assert len(labels) == ITEMS * OVERLAP
    assert set(Counter(item for _, item, _ in labels).values()) == {OVERLAP}
    assert len({(item, person) for _, item, person in labels}) == len(labels)
    assert sorted(shift.acknowledged) == sorted(str(label) for label, _, _ in labels)
    assert is_counted, children[0].tail()
    assert bool(hints) is (name == "valkey")
