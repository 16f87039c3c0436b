"""What the benches measure with: CPU of this process and of its database backend, and the machine's load beside it."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from django.db import connection

RUNS = 5
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and seconds of CPU; workers that the database starts for one query are not in the CPU."""

    wall: float
    cpu: float

    @property
    def words(self) -> str:
        return f"{1000 * self.wall:7.0f} ms {1000 * self.cpu:7.0f} ms CPU"


def cost_of(act: Callable[[], object]) -> Cost:
    """What one call costs, web and database together."""
    began, before = time.perf_counter(), cpu_seconds()
    act()
    return Cost(time.perf_counter() - began, cpu_seconds() - before)


def median_cost(act: Callable[[], object], *, runs: int = RUNS) -> Cost:
    costs = [cost_of(act) for _ in range(runs)]
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def cpu_seconds() -> float:
    """CPU so far of this process and of the database backend that serves it."""
    connection.ensure_connection()
    ticks = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / TICK


def load_words() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def tell(*lines: str) -> None:
    sys.stdout.write("\n".join(["", *lines, ""]))
    sys.stdout.flush()
