"""The short run of the ledger test, and one guard taken out; `make faults` has the long run and every guard."""

import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from tests.faults.ledger import Goal, deal_kills, run_chapter, settle_and_verify, void_reasons
from tests.faults.ledger_guards import GUARDS
from tests.faults.ledger_variants import run_variant
from tests.faults.rig import running_rig

ANSWERS = 1000
KILLS = 20


@pytest.fixture(scope="module")
def rig():
    folder = Path(tempfile.mkdtemp(prefix="qaplatform-ledger-"))
    folder.chmod(0o755)
    try:
        with running_rig(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_nothing_is_served_twice_or_lost_while_processes_are_killed(rig):
    seed = int(os.environ.get("LEDGER_SEED") or random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"Seed {seed}: repeat with LEDGER_SEED={seed}.\n")
    rig.use_copy("short")
    rig.start_product("web", "worker", "beat")

    findings, kills = run_chapter(
        rig, rig.folders.data / "short", Goal(ANSWERS, deal_kills(KILLS, random.Random(seed))), seed=seed
    )
    settle_and_verify(rig, findings)

    assert findings.say() == ""
    assert void_reasons(findings) == []
    assert sum(kills.values()) == KILLS
    assert findings.figures["answers acknowledged"] >= ANSWERS


def test_a_slot_with_two_labels_is_noticed(rig):
    findings = run_variant(rig, "one label a slot")

    assert findings.broken[GUARDS["one label a slot"].promise]
