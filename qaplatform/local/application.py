"""The product's own processes: web, worker, beat, and its management commands."""

import http.client
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qaplatform.local.children import Child, die_with_parent, tail
from qaplatform.local.errors import CannotRun
from qaplatform.local.folders import Folders
from qaplatform.local.ports import LOOPBACK
from qaplatform.local.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
WEB_PROCESSES = 2
WEB_THREADS = 4
WORKER_PROCESSES = 2
FIRST_PAGE_SECONDS = 180
APPLICATION = "qaplatform"


@dataclass(frozen=True)
class Application:
    """How each process of the product is started, with one environment for all."""

    folders: Folders
    environment: Mapping[str, str]
    port: int
    wsgi: str = f"{APPLICATION}.wsgi:application"

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        return f"http://{LOOPBACK}:{self.port}/"

    def web(self) -> Child:
        """Gunicorn with a few threads; each process keeps its database connections."""
        return self._start(
            "web",
            "gunicorn",
            self.wsgi,
            f"--bind={LOOPBACK}:{self.port}",
            "--worker-class=gthread",
            f"--workers={WEB_PROCESSES}",
            f"--threads={WEB_THREADS}",
            "--graceful-timeout=5",
            "--timeout=60",
            "--keep-alive=5",
            "--log-level=warning",
            "--no-control-socket",
            QA_DB_POOL=str(WEB_THREADS),
        )

    def worker(self, *, processes: int = WORKER_PROCESSES) -> Child:
        """A Celery worker that serves both lines of jobs."""
        return self._start_worker("worker", f"--concurrency={processes}")

    def quick_worker(self) -> Child:
        """A Celery worker that long jobs never hold up."""
        return self._start_worker("quick-worker", "--concurrency=1", "--queues=quick", "--hostname=quick@%h")

    def beat(self) -> Child:
        """Celery's clock."""
        return self._start(
            "beat",
            "celery",
            *("-A", APPLICATION, "beat", "--loglevel=WARNING", "--pidfile="),
            f"--schedule={self.folders.data / 'beat-schedule'}",
        )

    def load_demo(self) -> Child:
        """Load the demo where it is not loaded yet."""
        child = Child(
            name="demo",
            command=[sys.executable, str(ROOT / "manage.py"), "load_demo"],
            log=self.folders.logs / "demo.log",
            environment=self.environment,
            folder=ROOT,
            stops_early=True,
        )
        child.start()
        return child

    def manage(self, *arguments: str, asks: bool = False) -> None:
        """Run a management command and wait for it. `asks` leaves it the terminal; otherwise it writes to a log."""
        log = self.folders.logs / f"{arguments[0]}.log"
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        with log.open("wb") as file:
            done = subprocess.run(
                command,
                stdin=None if asks else subprocess.DEVNULL,
                stdout=None if asks else file,
                stderr=None if asks else subprocess.STDOUT,
                env=dict(self.environment),
                cwd=ROOT,
                check=False,
                preexec_fn=die_with_parent(),
            )
        if done.returncode and asks:
            raise CannotRun(f"`manage.py {arguments[0]}` did not succeed, so nothing was started. The reason is above.")
        if done.returncode:
            raise CannotRun(f"`manage.py {arguments[0]}` failed. The last lines of {log}:\n{tail(log)}".rstrip(":\n"))

    def wait_for_first_page(self, web: Child) -> None:
        """Wait until the first page is served. Raises CannotRun with the log's end when it is not."""
        came = wait_until(lambda: self._serves_a_page() or not web.is_running(), seconds=FIRST_PAGE_SECONDS)
        if not came or not web.is_running():
            raise CannotRun(f"The web server served no first page. The last lines of {web.log}:\n{web.tail()}")

    def _serves_a_page(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.address, timeout=30):
                return True
        except urllib.error.HTTPError as error:
            if error.code >= http.client.INTERNAL_SERVER_ERROR:
                raise CannotRun(
                    f"The first page fails with status {error.code}. {self.folders.logs / 'web.log'} ends so:\n"
                    f"{tail(self.folders.logs / 'web.log')}"
                ) from None
            return True
        except OSError:
            return False

    def _start_worker(self, name: str, *more: str) -> Child:
        arguments = ("-A", APPLICATION, "worker", "--pool=prefork", "--loglevel=WARNING")
        return self._start(name, "celery", *arguments, "--without-gossip", "--without-mingle", *more, patience=20)

    def _start(self, name: str, module: str, *arguments: str, patience: float = 10, **more: str) -> Child:
        child = Child(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            log=self.folders.logs / f"{name}.log",
            environment={**self.environment, **more},
            folder=ROOT,
            patience=patience,
            stops_early=True,
        )
        child.start()
        return child


def has_command(name: str) -> bool:
    """Say whether one of our apps has that management command."""
    patterns = (f"{app}/management/commands/{name}.py" for app in ("*", "qaplatform/*"))
    return any(next(ROOT.glob(pattern), None) is not None for pattern in patterns)


def child_environment(folders: Folders, port: int, more: Mapping[str, str]) -> dict[str, str]:
    """Give the environment of every process of the product."""
    return {
        **os.environ,
        **more,
        "DJANGO_SETTINGS_MODULE": f"{APPLICATION}.settings",
        "PYTHONUNBUFFERED": "1",
        "QA_DATA_DIR": str(folders.data),
        "QA_PORT": str(port),
    }
