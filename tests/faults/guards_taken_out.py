"""Every guard taken out once: the ledger test has to notice. `make faults` runs this file; it is named for that."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.faults.ledger_guards import GUARDS
from tests.faults.ledger_variants import run_variant
from tests.faults.rig import running_rig


@pytest.fixture(scope="module")
def rig():
    folder = Path(tempfile.mkdtemp(prefix="qaplatform-ledger-"))
    folder.chmod(0o755)
    try:
        with running_rig(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_taken_out_is_noticed(rig, name):
    findings = run_variant(rig, name)

    assert findings.broken[GUARDS[name].promise]


def test_nothing_is_noticed_with_every_guard_in_place(rig):
    findings = run_variant(rig, "")

    assert findings.say() == ""
