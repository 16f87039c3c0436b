"""The disk under PostgreSQL and Valkey is full while people answer; then there is room again."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_django import DjangoDbBlocker

from labeling.models import Label
from tests.faults.nodes import WebNode, Work, in_database, make_work, web_node
from tests.faults.rig import Rig, running_rig
from tests.plugin_servers import FOLDER_PREFIX

MEGABYTE = 1_000_000
BLOCK = bytes(1 << 20)
REFUSED_ENOUGH = 20
MOST_TRIES = 5_000


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A data folder whose servers are on a disk of 400 MB."""
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER_PREFIX}{os.getpid()}-") as folder:
        Path(folder).chmod(0o711)
        servers = Path(folder) / "data" / "servers"
        servers.mkdir(parents=True)
        mount = ["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(servers)]
        done = subprocess.run(mount, capture_output=True, check=False)
        if done.returncode:
            pytest.skip("A small disk takes the right to mount one; this account has none.")
        try:
            yield Path(folder) / "data"
        finally:
            subprocess.run(["umount", "--lazy", str(servers)], check=True)


def fill(folder: Path) -> Path:
    """Leave not one block."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(BLOCK):
            pass
    return ballast


def answer_one(node: WebNode, work: Work, acknowledged: dict[str, str]) -> int:
    """Claim and submit, and write down what was acknowledged; the first status that is no success."""
    held = node.claim(work, 0)
    if held.status != 200:
        return held.status
    key = uuid4().hex
    submitted = node.submit(held.body, work, 0, key=key)
    if submitted.status == 201:
        acknowledged[submitted.body["label"]["id"]] = held.body["id"]
    return submitted.status


def test_disk_full_loses_nothing_and_ends_with_the_first_free_block(
    small_disk: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with running_rig(small_disk) as rig:
        with in_database(rig, django_db_blocker):
            work = make_work(items=2_000, people=1)
        with web_node(rig, "web") as node:
            acknowledged: dict[str, str] = {}
            before = [answer_one(node, work, acknowledged) for _ in range(10)]
            ballast = fill(rig.folders.servers)
            during = answer_until_refused(node, work, acknowledged)
            ballast.unlink()
            bring_back(rig, node, work)
            after = [answer_one(node, work, acknowledged) for _ in range(10)]
        stored = labels_of(rig, work, django_db_blocker)

    assert set(before) == {201}
    assert set(during) <= {201, 503}
    assert during.count(503) >= REFUSED_ENOUGH
    assert set(after) == {201}
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored.values()))


def answer_until_refused(node: WebNode, work: Work, acknowledged: dict[str, str]) -> list[int]:
    """Go on until it has been refused often enough: at first there is room in files that are there."""
    statuses: list[int] = []
    while statuses.count(503) < REFUSED_ENOUGH and len(statuses) < MOST_TRIES:
        statuses.append(answer_one(node, work, acknowledged))
    return statuses


def bring_back(rig: Rig, node: WebNode, work: Work) -> None:
    """PostgreSQL ends itself where it cannot write its log: whoever supervises it starts it again."""
    rig.mend()
    asked = (node.claim(work, 0).status for _ in range(60))
    next(status for status in asked if status == 200)


def labels_of(rig: Rig, work: Work, blocker: DjangoDbBlocker) -> dict[str, int]:
    with in_database(rig, blocker):
        found = Label.objects.filter(queue=work.queue_id, revises=None).values_list("public_id", "slot_id")
        return {str(public_id): slot for public_id, slot in found}
