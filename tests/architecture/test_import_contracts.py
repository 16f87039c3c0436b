"""Each import contract is kept, and each is broken by the import that it is there to forbid."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("qaplatform", "labeling", "calibration")
PURE = "1. stats and engine are pure"
PROJECT = "2. the project's layers"
PROJECT_WHOLE = "2. no module of the project is undeclared"
LOCAL = "2. the runner imports env and errors only"
APP = "3. the layers inside each app"
NO_QUEUEING = "4. models, queries and services never reach Celery"
CONTRACTS = {PURE, PROJECT, PROJECT_WHOLE, LOCAL, APP, NO_QUEUEING}


@pytest.fixture
def tree(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_are_kept(tree):
    assert _broken(tree) == set()


@pytest.mark.parametrize(
    ("module", "line", "contracts"),
    [
        ("calibration/stats/seeded.py", "import django", {PURE}),
        ("labeling/engine/seeded.py", "import celery", {PURE}),
        ("calibration/stats/seeded.py", "import labeling.engine", {PURE}),
        ("calibration/stats/seeded.py", "from qaplatform import errors", {PURE}),
        ("labeling/engine/seeded.py", "from qaplatform import clock", {PURE}),
        ("labeling/engine/seeded.py", "import labeling.models", {PURE, APP}),
        ("labeling/services/seeded.py", "import calibration.stats", {PROJECT}),
        ("qaplatform/people/services/seeded.py", "import labeling.engine", {PROJECT}),
        ("qaplatform/trail/services.py", "import qaplatform.people.models", {PROJECT, PROJECT_WHOLE}),
        ("qaplatform/web/views.py", "import qaplatform.people.models", {PROJECT, PROJECT_WHOLE}),
        ("qaplatform/errors.py", "import qaplatform.web", {PROJECT, PROJECT_WHOLE}),
        ("qaplatform/helpers.py", "", {PROJECT_WHOLE}),
        ("qaplatform/local/seeded.py", "import psycopg", {LOCAL}),
        ("qaplatform/local/seeded.py", "import django", {LOCAL}),
        ("labeling/models/seeded.py", "import labeling.services", {APP}),
        ("labeling/queries/seeded.py", "import labeling.services", {APP}),
        ("calibration/services/seeded.py", "import calibration.views", {APP}),
        ("calibration/forms/seeded.py", "import calibration.views", {APP}),
        ("labeling/helpers.py", "", {APP}),
        ("qaplatform/people/helpers.py", "", {APP}),
        ("labeling/services/seeded.py", "from celery import shared_task", {NO_QUEUEING}),
        ("calibration/services/seeded.py", "import qaplatform.celery", {PROJECT, NO_QUEUEING}),
        ("calibration/queries/seeded.py", "import celery", {NO_QUEUEING}),
        ("qaplatform/people/models/seeded.py", "import celery", {NO_QUEUEING}),
        ("qaplatform/trail/services.py", "import kombu", {NO_QUEUEING}),
    ],
)
def test_seeded_import_breaks_its_contract(tree, module, line, contracts):
    path = tree / module
    before = path.read_text() if path.exists() else ""

    path.write_text(f"{before}\n{line}\n")

    assert _broken(tree) == contracts


def _broken(tree: Path) -> set[str]:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    verdicts = {name: next(line for line in lines if line.startswith(name)) for name in CONTRACTS}
    broken = {name for name, line in verdicts.items() if line.endswith("BROKEN")}
    assert done.returncode == bool(broken), done.stdout + done.stderr
    return broken


def _all_but_python(folder: str, names: list[str]) -> set[str]:
    return {
        name for name in names if name == "__pycache__" or not (name.endswith(".py") or Path(folder, name).is_dir())
    }
