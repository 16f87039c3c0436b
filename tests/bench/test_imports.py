"""How fast files are imported. Target: 20,000 items a second."""

import os
import resource
import time
from pathlib import Path
from statistics import median

import pytest
from django.db import connection
from pytest_django import Settings

from labeling.enums import ImportKind
from labeling.models import Label
from tests.builders import make_queue
from tests.labeling.importing.builders import start, upload

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ITEMS = 100_000
RUNS = 5


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_DIR = tmp_path


def item_file(rows: int) -> bytes:
    lines = ["external_id,text,language,sensitive,context.country"]
    lines += [
        f'post-{n},"Win a phone now, number {n}: call us, it is free of charge today",en,no,de' for n in range(rows)
    ]
    return "\n".join(lines).encode()


def forget_items() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE labeling_item CASCADE")


def cpu_seconds() -> float:
    """Processor time of this process and of its database backend so far; wall time says little on a busy machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    ticks = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_items_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    queue = make_queue(overlap_rate=0.1, overlap_size=3)
    file = item_file(ITEMS)
    rates, cpu = [], []

    for _ in range(RUNS):
        forget_items()
        run = upload(queue, file)
        began, cpu_before = time.perf_counter(), cpu_seconds()
        done = start(run)
        rates.append(ITEMS / (time.perf_counter() - began))
        cpu.append((cpu_seconds() - cpu_before) / ITEMS * 1e6)
        assert (done.state, done.rows_new) == ("done", ITEMS)

    with capsys.disabled():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(  # noqa: T201
            f"\nitems/s: median {median(rates):,.0f} of {[round(rate) for rate in rates]}; "
            f"CPU {median(cpu):.0f} us an item; load {os.getloadavg()[0]:.1f}; peak {peak} MB"
        )


def test_labels_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    queue = make_queue()
    lines = ["item,rater,label"]
    lines += [f"post-{n // 5},rater-{n % 5},{('spam', 'scam')[n % 7 == 0]}" for n in range(ITEMS)]
    run = upload(queue, "\n".join(lines), kind=ImportKind.LABELS)

    began = time.perf_counter()
    done = start(run)
    seconds = time.perf_counter() - began

    assert (done.state, done.rows_new, Label.objects.count()) == ("done", ITEMS, ITEMS)
    with capsys.disabled():
        print(  # noqa: T201
            f"\nlabels/s: {ITEMS / seconds:,.0f}"
        )
