"""How long a newcomer waits, as the runner prints it: first page, demo, second start; and first pages when all is cold.

make bench ARGS=tests/bench/test_start.py

On an environment that is installed already; `make run` adds what installing the packages takes. Targets: 25 s to the
first page, 45 s more for the demo, 10 s for a second start, 200 ms a page.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from qaplatform.local.accounts import DEMO_PASSWORD
from qaplatform.local.application import ROOT
from qaplatform.local.ports import free_port
from tests.bench.measuring import load_words, tell

pytestmark = pytest.mark.bench

READY = re.compile(r"Ready in ([\d.]+) s")
LOADED = re.compile(r"Demo data: done in ([\d.]+) s")
PATIENCE = 300
COLD_PAGES = (("quinn", "/"), ("quinn", "/people/"), ("quinn", "/flags/"), ("lena", "/"))


@contextmanager
def running(folder: Path, port: int) -> Iterator[Path]:
    """The product, with what the runner prints in a file."""
    printed = folder / "printed.txt"
    surroundings = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    chosen = {"QA_PORT": str(port), "QA_DATA_DIR": str(folder / "data")}
    with printed.open("w") as out:
        command = [sys.executable, "-m", "qaplatform.local", "run"]
        runner = subprocess.Popen(command, cwd=ROOT, env=surroundings | chosen, stdout=out, stderr=out)
    try:
        yield printed
    finally:
        runner.send_signal(signal.SIGINT)
        runner.wait(PATIENCE)


def printed_seconds(printed: Path, words: re.Pattern[str]) -> float:
    """The time in a line of the runner, once it is there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := words.search(printed.read_text()):
            return float(found[1])
        time.sleep(0.2)
    raise AssertionError(printed.read_text())


def signed_in(address: str, username: str) -> OpenerDirector:
    """A browser of somebody of the demo."""
    cookies = CookieJar()
    browser = build_opener(HTTPCookieProcessor(cookies))
    browser.open(f"{address}/accounts/login/").read()
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    fields = {"login": username, "password": DEMO_PASSWORD, "csrfmiddlewaretoken": token, "next": "/healthz"}
    browser.open(f"{address}/accounts/login/", urlencode(fields).encode()).read()
    return browser


def page_seconds(browser: OpenerDirector, url: str) -> float:
    began = time.perf_counter()
    browser.open(url).read()
    return time.perf_counter() - began


def test_starting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running(tmp_path, port) as printed:
        first, loaded = printed_seconds(printed, READY), printed_seconds(printed, LOADED)
        load = load_words()
    with running(tmp_path, port) as printed:
        second = printed_seconds(printed, READY)
        browsers = {name: signed_in(address, name) for name, _ in COLD_PAGES}
        cold = [(who, path, page_seconds(browsers[who], address + path)) for who, path in COLD_PAGES]

    with capsys.disabled():
        tell(
            f"first start {first:.1f} s, demo {loaded:.1f} s more ({load})",
            f"second start {second:.1f} s ({load_words()})",
            *(f"after it {who} opens {path}: {1000 * seconds:.0f} ms" for who, path, seconds in cold),
        )
