import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "static" / "vendor"
PACKAGES = json.loads((FOLDER / "VENDORED.json").read_text())["packages"]


def test_every_vendored_file_is_the_one_that_was_pinned() -> None:
    pinned = {
        f"{package['folder']}/{name}": digest for package in PACKAGES for name, digest in package["files"].items()
    }

    found = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.rglob("*")
        if path.is_file() and path.name != "VENDORED.json"
    }

    assert found == pinned


def test_every_package_has_its_licence_beside_it() -> None:
    assert [package["name"] for package in PACKAGES if "LICENSE" not in package["files"]] == []


def test_no_script_points_to_a_source_map() -> None:
    pointing = [path.name for path in FOLDER.parent.rglob("*.js") if b"sourceMappingURL" in path.read_bytes()]

    assert pointing == []
