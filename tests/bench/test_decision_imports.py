"""How long a large file of decisions takes, check and import, and how much memory. Target: a million rows in 3 minutes.

`DECISION_ROWS=100000` makes it smaller.
"""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from calibration.models import AuditedLabel
from labeling.importing.findings import NameDecisions
from labeling.models import Label
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import choose_mapping, confirm_import, findings_of, store_decisions
from qaplatform.people.enums import Role
from tests.bench.measuring import cpu_seconds, load_words, tell
from tests.builders import make_user
from tests.labeling.importing.decision_builders import mapping_for

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROWS = int(os.environ.get("DECISION_ROWS", "1000000"))
HEADER = "case,body,who,firm,crew,rules,verdict,qa,by,at"
ANSWERS = ("Fine", "Spam", "Hate speech", "Scam", "Unsure")


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_DIR = tmp_path


def lines(rows: int) -> Iterator[bytes]:
    yield f"{HEADER}\n".encode()
    for n in range(rows):
        person = n * 7919 % 997
        answer = ANSWERS[n * 31 % 5]
        qa = (ANSWERS[n * 17 % 4], f"qa{n % 9}") if n % 5 == 0 else ("", "")
        day = f"2026-{1 + n % 9:02}-{1 + n % 28:02} {n % 24:02}:{n % 60:02}:{n * 7 % 60:02}"
        text = f"Win a phone now number {n // 2}: call us and it is free of charge today"
        yield (
            f"post-{n // 2},{text},rater-{person},Vendor {person % 5},Team {person % 15},"
            f"Policy {n // 2 % 2},{answer},{qa[0]},{qa[1]},{day}\n"
        ).encode()


def peak_of(pid: int | str = "self") -> int:
    """The most memory that a process has had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def test_a_large_file_of_decisions(capsys: pytest.CaptureFixture[str]) -> None:
    run = store_decisions(file_name="large.csv", chunks=lines(ROWS), actor=make_user(roles=[Role.QA_MANAGER]))
    run = choose_mapping(run, mapping_for(HEADER, policy=""), actor=run.created_by)
    before, cpu = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, cpu_seconds()

    began = time.perf_counter()
    run = check_import(run.pk)
    checked = time.perf_counter() - began
    found = findings_of(run)
    confirmed = NameDecisions(confirmed_people=str(found.confirm_people))
    run = confirm_import(run, confirmed, actor=run.created_by)
    began = time.perf_counter()
    run = run_import(run.pk)
    imported = time.perf_counter() - began

    assert (run.state, run.rows_new) == ("done", found.decisions), run.errors
    assert Label.objects.count() == found.decisions
    with capsys.disabled():
        tell(
            f"{ROWS:,} rows ({run.file_size // 1_000_000} MB): check {checked:.1f} s, import {imported:.1f} s, "
            f"together {checked + imported:.1f} s; CPU {cpu_seconds() - cpu:.1f} s; {load_words()}",
            f"{AuditedLabel.objects.count():,} QA decisions; memory of the worker {before} MB, {peak_of()} MB at most",
            f"memory of its database process {peak_of(connection.connection.info.backend_pid)} MB, shared included",
        )
