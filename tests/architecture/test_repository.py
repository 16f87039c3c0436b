"""What every file of the repository keeps to."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from qaplatform.env import VARIABLES
from qaplatform.local.accounts import DEMO_ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
# Written in two pieces, so that this file does not hold what it looks for.
REGISTRY_HOSTS = tuple(
    f"{name}.{end}" for name, end in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("jsdelivr", "net"))
)
OUTSIDE_PROJECT = {"QA_LOCAL_ROLE_PASSWORD"}  # from the runner to psql, set by nobody


def test_lock_files_hold_no_addresses():
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text(), lock.name


def test_every_locked_package_has_a_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == [], lock.name


def test_lists_build_on_each_other_with_the_same_versions():
    versions = {name: _pins(name) for name in ("production", "run", "test", "lint")}

    for smaller, larger in (("production", "run"), ("run", "test"), ("test", "lint")):
        assert versions[smaller].items() <= versions[larger].items()


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_no_file_names_a_package_registry(host):
    assert [path.name for path in _own_text_files() if host in path.read_text(errors="replace")] == []


def test_every_environment_variable_is_declared():
    read = {
        name
        for folder in ("qaplatform", "labeling", "calibration", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"[\"'](QA_[A-Z_]+)[\"']|\.get\(\"([A-Z]+_URL)\"\)", path.read_text())
        for name in name
        if name
    }

    assert read - OUTSIDE_PROJECT <= set(VARIABLES)


def test_every_environment_variable_is_documented():
    page = (ROOT / "docs" / "operator.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))

    assert documented == set(VARIABLES)


def test_readme_names_every_demo_account():
    readme = (ROOT / "README.md").read_text()

    assert [account.username for account in DEMO_ACCOUNTS if f"`{account.username}`" not in readme] == []


def test_every_ruff_rule_left_out_has_a_reason():
    text = (ROOT / "pyproject.toml").read_text()
    ignored = text.partition("ignore = [")[2].partition("\n]")[0].strip().splitlines()

    assert [line for line in ignored if "#" not in line] == []
    assert tomllib.loads(text)["tool"]["ruff"]["lint"]["select"] == ["ALL"]


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and not line.startswith(" "))


def _own_text_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    vendored = ROOT / "static" / "vendor"
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and vendored not in path.parents]
