"""What the machine spent, read from /proc, and how old the oldest stale mark is."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path

import psycopg

from tests.bench.load.stage import BENCH, WEB, Stage

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
SECONDS_BETWEEN = 0.5

BACKENDS = "SELECT pid, application_name FROM pg_stat_activity WHERE application_name IN (%s, %s)"
OLDEST_MARK = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM calibration_stalemark"


@dataclass(frozen=True)
class Spent:
    """Seconds of CPU. `database` serves the web processes, with what writes for all; `jobs`: worker and beat."""

    server: float = 0.0
    database: float = 0.0
    jobs: float = 0.0
    client: float = 0.0

    def since(self, before: "Spent") -> "Spent":
        return Spent(*(getattr(self, part.name) - getattr(before, part.name) for part in fields(self)))


class Meter:
    """Reads the CPU of all parts of a stage, seen from the product or from the bare view."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.connection = psycopg.connect(stage.database, autocommit=True, application_name=BENCH)

    def read(self, *, is_bare: bool) -> Spent:
        postmaster = _child_pid(self.stage.servers.postgres.child)
        named = dict(self.connection.execute(BACKENDS, [WEB, BENCH]).fetchall())
        alive = children_of(postmaster)
        whole = cpu_of([postmaster, *alive]) + _cpu_of_the_dead(postmaster)
        bench = cpu_of(pid for pid, name in named.items() if name == BENCH)
        serving = cpu_of(pid for pid, name in named.items() if name == WEB)
        writing = cpu_of(pid for pid in alive if _is_for_all(pid))
        jobs = cpu_of([*tree_of(self.stage.worker.pid), *tree_of(self.stage.beat.pid)])
        web = self.stage.bare if is_bare else self.stage.web
        return Spent(
            server=cpu_of(tree_of(web.pid)),
            database=serving + writing,
            jobs=jobs + whole - bench - serving - writing,
            client=sum(os.times()[:2]),
        )


@dataclass
class Staleness:
    """Ages of the oldest stale mark in seconds, sampled while people worked."""

    database: str
    ages: list[float] = field(default_factory=list)

    @contextmanager
    def sampled(self) -> Iterator[None]:
        """Sample twice a second while the block runs."""
        stopped = threading.Event()
        sampler = threading.Thread(target=self._sample, args=[stopped])
        sampler.start()
        try:
            yield
        finally:
            stopped.set()
            sampler.join()

    def _sample(self, stopped: threading.Event) -> None:
        with psycopg.connect(self.database, autocommit=True, application_name=BENCH) as connection:
            while not stopped.wait(SECONDS_BETWEEN):
                self.ages.append(connection.execute(OLDEST_MARK).fetchone()[0])


def cpu_of(pids: Iterable[int]) -> float:
    """CPU so far of processes; one that ended meanwhile counts nothing."""
    return sum(sum(map(int, _stat(pid)[11:13])) for pid in pids) / TICK


def resident_mb(pids: Iterable[int]) -> float:
    """Resident memory of processes, what they share counted once (proportional set size)."""
    return sum(map(_proportional_kb, pids)) / 1024


def tree_of(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(below for child in children_of(pid) for below in tree_of(child))]


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _cpu_of_the_dead(pid: int) -> float:
    """CPU of children of a process that ended and were waited for."""
    return sum(map(int, _stat(pid)[13:15])) / TICK


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _is_for_all(pid: int) -> bool:
    """Whether a process of PostgreSQL writes for everybody: logs, checkpoints, input and output."""
    try:
        title = Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return any(name in title for name in ("walwriter", "checkpointer", "background writer", "io worker"))


def _child_pid(child: object) -> int:
    pid: int = child.pid  # type: ignore[attr-defined]
    return pid
