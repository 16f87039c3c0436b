"""How fast files are imported. Target: 20,000 items a second."""

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


def test_items_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    queue = make_queue(overlap_rate=0.1, overlap_size=3)
    file = item_file(ITEMS)
    rates = []

    for _ in range(RUNS):
        forget_items()
        run = upload(queue, file)
        began = time.perf_counter()
        done = start(run)
        rates.append(ITEMS / (time.perf_counter() - began))
        assert (done.state, done.rows_new) == ("done", ITEMS)

    with capsys.disabled():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(  # noqa: T201
            f"\nitems/s: median {median(rates):,.0f} of {[f'{rate:,.0f}' for rate in rates]}; peak {peak} MB"
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
