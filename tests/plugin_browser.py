"""The installed Chromium or Chrome for browser tests; where there is none, the summary says so in red."""

import os
import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "no Chromium or Chrome was found, so this did not run. Install one (Debian: apt-get install chromium), "
    "or name it: CHROME=/path/to/chrome make test"
)


def find_browser() -> str | None:
    """Give the path of an installed browser: CHROME if it is set, else the first known name."""
    named = os.environ.get("CHROME")
    if named:
        return named if Path(named).exists() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Start the machine's own browser; on CI a missing one is a failure."""
    path = find_browser()
    if path is None and os.environ.get("CI"):
        pytest.fail(MISSING, pytrace=False)
    if path is None:
        pytest.skip(MISSING)
    # The synchronous Playwright keeps an event loop in this thread, in which Django refuses to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": path, "headless": True, "args": [*sandbox, "--disable-dev-shm-usage"]}


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in red which tests wanted a browser that is not there."""
    missed = [report for report in terminalreporter.stats.get("skipped", []) if MISSING in str(report.longrepr)]
    if not missed:
        return
    terminalreporter.section("browser tests did not run", red=True, bold=True)
    for report in missed:
        terminalreporter.write_line(report.nodeid, red=True)
    terminalreporter.write_line(f"{len(missed)} tests: {MISSING}.", red=True, bold=True)
