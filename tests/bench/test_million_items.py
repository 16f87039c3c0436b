"""How long a million items take on their way in, and how much memory. Target: 60 s, flat memory.

make bench ARGS="-s tests/bench/test_million_items.py"

The import of the product, from its file to its last slot, on a cluster with production settings; `IMPORT_ITEMS=100000`
makes the files smaller.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from labeling.enums import ImportKind
from labeling.models import Slot
from labeling.services.imports import confirm_columns, run_import, store_upload
from labeling.services.imports.drafts import guess_for, preview_of
from qaplatform.people.enums import Role
from tests.bench.durable import copy_database, database_cpu, durable_cluster, using
from tests.bench.measuring import load_words, tell
from tests.builders import make_queue, make_user

pytestmark = pytest.mark.bench

ITEMS = int(os.environ.get("IMPORT_ITEMS", "1000000"))
ROWS_A_CHUNK = 1_000
TARGET_SECONDS = 60


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_DIR = tmp_path


def csv_row(n: int) -> str:
    return f'post-{n},"Win a phone now, number {n}: call us, it is free of charge today",en,no,de\n'


def jsonl_row(n: int) -> str:
    text = f"Win a phone now, number {n}: call us, it is free of charge today"
    return f'{{"external_id": "post-{n}", "text": "{text}", "language": "en", "context": {{"country": "de"}}}}\n'


def chunks(row: Callable[[int], str], header: str) -> Iterator[bytes]:
    yield header.encode()
    for first in range(0, ITEMS, ROWS_A_CHUNK):
        yield "".join(row(n) for n in range(first, min(first + ROWS_A_CHUNK, ITEMS))).encode()


def memory_of(pid: int | str = "self") -> tuple[int, int]:
    """Resident memory now and at most, in MB; what the database shares between its processes is left out."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    shared = int(status["RssShmem"].split()[0])
    return (int(status["VmRSS"].split()[0]) - shared) // 1024, int(status["VmHWM"].split()[0]) // 1024


def forget_the_most() -> None:
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.parametrize(
    ("name", "row", "header"),
    [
        ("items.csv", csv_row, "external_id,text,language,sensitive,context.country\n"),
        ("items.jsonl", jsonl_row, ""),
    ],
)
def test_a_million_items(
    name: str,
    row: Callable[[int], str],
    header: str,
    django_db_blocker: DjangoDbBlocker,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with django_db_blocker.unblock(), durable_cluster() as postgres, using(copy_database(postgres, "items")):
        queue = make_queue(overlap_rate=0.1, overlap_size=3)
        actor = make_user(roles=[Role.QA_MANAGER])
        run = store_upload(queue, kind=ImportKind.ITEMS, file_name=name, chunks=chunks(row, header), actor=actor)
        run = confirm_columns(run, guess_for(run, preview_of(run).columns), actor=actor, settings={})
        forget_the_most()
        before, _ = memory_of()

        began, cpu, backend_cpu = time.perf_counter(), time.process_time(), database_cpu()
        done = run_import(run.pk)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu

        after, peak = memory_of()
        backend, backend_peak = memory_of(connection.connection.info.backend_pid)
        slots = Slot.objects.count()
        with capsys.disabled():
            tell(
                f"{ITEMS:,} items with {slots:,} slots from {name}: {seconds:.1f} s on the clock, "
                f"CPU {cpu:.1f} s of the worker and {database_cpu() - backend_cpu:.1f} s of its database process; "
                f"{load_words()}",
                f"memory of the worker {before} MB before, {after} MB after, {peak} MB at most; of its database "
                f"process {backend} MB after, {backend_peak} MB at most with what it shares",
            )
        connection.close()
    assert (done.state, done.rows_new) == ("done", ITEMS), done.errors
    assert peak - before < 50
    assert seconds < TARGET_SECONDS
