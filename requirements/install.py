"""Makes the virtual environment and installs a locked, hashed list of packages into it; does nothing when it is there.

    python3 requirements/install.py run|test|lint [folder of the environment]

uv installs in a tenth of pip's time. It comes itself from a hashed list, through pip. Where it fails, pip does all.
"""

import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
OLDEST = (3, 11)
# What pip's own configuration calls it, and what uv, which does not read that, calls it.
SHARED_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "proxy": "ALL_PROXY",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
}


def main() -> int:
    """Install one list; give the exit code."""
    if sys.version_info < OLDEST:
        return _fail(f"Python {sys.version.split()[0]} is too old: install Python 3.11 or newer.")
    name = sys.argv[1]
    environment = Path(sys.argv[2] if len(sys.argv) > 2 else ".venv").absolute()
    lock = HERE / f"{name}.txt"
    stamp = environment / f".installed-{name}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    python = environment / "bin" / "python"
    if not python.with_name("pip").exists() and not _make_environment(environment):
        return 1
    if not _install(python, lock):
        return _fail(f"The packages of {lock.name} could not be installed; the reason is above. Run the command again.")
    stamp.write_text(wanted)
    return 0


def _make_environment(environment: Path) -> bool:
    began = time.monotonic()
    try:
        venv.create(environment, with_pip=True, clear=environment.exists())
    except (OSError, subprocess.CalledProcessError):
        _fail(
            f"Python could not make a virtual environment in {environment}. Debian and Ubuntu keep a part of it in a "
            "package of its own: apt-get install python3-venv. Is there space on the disk?"
        )
        return False
    _say("Virtual environment", began)
    return True


def _install(python: Path, lock: Path) -> bool:
    began = time.monotonic()
    settings = _pip_settings(python)
    if "no-index" not in settings and _install_with_uv(python, lock, settings):
        _say(f"Packages of {lock.name}", began)
        return True
    sys.stdout.write("  uv could not install the packages, so pip does; it takes longer.\n")
    sys.stdout.flush()
    done = _pip(python, "install", "--quiet", "--require-hashes", "--requirement", str(lock))
    _say(f"Packages of {lock.name}", began)
    return done.returncode == 0


def _install_with_uv(python: Path, lock: Path, settings: dict[str, str]) -> bool:
    uv = python.with_name("uv")
    if not uv.exists():
        got = _pip(python, "install", "--quiet", "--require-hashes", "--requirement", str(HERE / "uv.txt"), silent=True)
        if got.returncode:
            return False
    more = {SHARED_SETTINGS[key]: value for key, value in settings.items() if key in SHARED_SETTINGS}
    command = [str(uv), "pip", "install", "--quiet", "--python", str(python), "--require-hashes"]
    done = subprocess.run(
        [*command, "--requirement", str(lock)], env={**more, **os.environ}, capture_output=True, check=False
    )
    return done.returncode == 0


def _pip_settings(python: Path) -> dict[str, str]:
    """Give pip's settings by name, from its files and its variables; what comes later in pip's list wins."""
    lines = _pip(python, "config", "list", silent=True).stdout.decode().splitlines()
    pairs = (line.partition("=") for line in lines)
    return {key.partition(".")[2].lstrip("."): value.strip("'\"") for key, _, value in pairs}


def _pip(python: Path, *arguments: str, silent: bool = False) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [str(python), "-m", "pip", "--disable-pip-version-check", *arguments],
        stdout=subprocess.PIPE if silent else None,
        stderr=subprocess.DEVNULL if silent else None,
        check=False,
    )


def _say(what: str, began: float) -> None:
    sys.stdout.write(f"  {what:<46}{time.monotonic() - began:6.1f} s\n")
    sys.stdout.flush()


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
