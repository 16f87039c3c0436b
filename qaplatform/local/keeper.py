"""Ends the children of a runner that was killed. Started as a plain script; it outlives the runner by a few seconds.

Standard input is a pipe that the runner holds. Each line is `add PID SIGNAL` or `remove PID`; when the pipe closes, the
processes still listed, with their groups, get their signal, latest first, and a moment later they are killed. On Linux
the kernel tells the children themselves; this also reaches what they started, and works elsewhere.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE = 10.0
STEP = 0.05


def main() -> None:
    """Read until the runner is gone, then end what it left."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    children: dict[int, int] = {}
    for line in sys.stdin:
        order, pid, *rest = line.split()
        if order == "add":
            children[int(pid)] = int(rest[0])
        else:
            children.pop(int(pid), None)
    for pid, wanted in reversed(children.items()):
        end(pid, wanted)


def end(leader: int, wanted: int) -> None:
    """Send the signal to a process group, wait until it is gone, else kill it."""
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, wanted)
        while time.monotonic() < deadline:
            os.killpg(leader, 0)
            time.sleep(STEP)
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    main()
