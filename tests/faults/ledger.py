"""The ledger test: labelers at work on the real product while its processes are killed; then ledger against database.

A chapter is some hundred or thousand answers with queues of its own; `ledger_long` strings chapters together.
"""

import json
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from qaplatform.local.errors import CannotRun
from qaplatform.local.waiting import wait_until
from tests.faults import ledger_client
from tests.faults.ledger_client import Line
from tests.faults.ledger_comparison import Findings, compare, read_chapter
from tests.faults.rig import Rig, end

PEOPLE = 16
TABS = 2
PROCESSES = 8
QUEUES = 8
SHARES: Mapping[str, float] = {
    "late": 0.10,
    "twice": 0.11,
    "other_body": 0.05,
    "keyless": 0.05,
    "next": 0.7,
    "skip": 0.03,
    "danger": 0.003,
    "never_sample": 0.003,
    "extend": 0.03,
    "stranger": 0.02,
    "four": 0.01,
    "place": 0.3,
    "withdraw": 0.1,
}
# How many of fifty kills are of each kind, and how many seconds a kind is left alone after one: what comes back slowly
# would else never be up.
KINDS: Mapping[str, tuple[int, float]] = {
    "client": (15, 0.0),
    "office": (2, 2.0),
    "web worker": (8, 4.0),
    "web": (2, 15.0),
    "celery child": (6, 2.0),
    "celery": (2, 15.0),
    "beat": (1, 10.0),
    "Valkey": (3, 3.0),
    "backend": (7, 2.0),
    "PostgreSQL": (4, 4.0),
}
LOOK_EVERY = 0.1
CALM_BEFORE = 3.0
OFFER_SECONDS = 5.0
STOP_SECONDS = 8.0
SETTLE_SECONDS = 90.0
WORLD_SECONDS = 90.0

UNSETTLED = """
SELECT count(*) FROM labeling_queue queue
WHERE EXISTS (SELECT FROM calibration_stalemark mark WHERE mark.queue_id = queue.id)
   OR EXISTS (SELECT FROM labeling_label label WHERE label.queue_id = queue.id)
      AND NOT EXISTS (SELECT FROM calibration_recount recount
                      WHERE recount.queue_id = queue.id AND recount.counted_at IS NOT NULL)
"""


@dataclass(frozen=True)
class Goal:
    """How long a chapter goes on."""

    answers: int
    kills: tuple[str, ...] = ()
    seconds: float = 600.0
    probes: bool = True


@dataclass
class Probe:
    """One item that a labeler takes before its process is killed: when is it on offer again?

    Time counts from the end of the lease, or from when the web server answers again if that is later.
    """

    rig: Rig
    folder: Path
    world: Mapping[str, object]
    was_due: bool = False
    until: float = 0.0
    offered: float = 0.0
    answers_since: float = 0.0
    down: list[str] = field(default_factory=list)
    _line: Line | None = None

    @property
    def wants_calm(self) -> bool:
        """Whether the lease is about to end, so that nothing else may be killed."""
        return bool(self.until) and not self.offered and time.time() > self.until - CALM_BEFORE

    @property
    def is_over(self) -> bool:
        """Whether the item was offered, or should have been."""
        return bool(self.offered) or (bool(self.answers_since) and time.time() > self.starts + OFFER_SECONDS)

    @property
    def starts(self) -> float:
        """From when on the item should be on offer."""
        return max(self.until, self.answers_since)

    def close(self) -> None:
        """Let its connection go."""
        if self._line is not None:
            self._line.close()

    def hold(self) -> None:
        """Let a process claim the item, and kill it."""
        self.was_due = True
        holder = self.rig.run("-m", "tests.faults.ledger_holder", str(self.folder), log="holder")
        path = self.folder / "held.json"
        wait_until(lambda: path.exists() or holder.poll() is not None, seconds=STOP_SECONDS)
        holder.kill()
        holder.wait()
        if path.exists():
            self.until = json.loads(path.read_text())["until"]

    def look(self) -> None:
        """Ask once, as somebody else, whether the item is on offer. No worker and no beat run at that moment."""
        if not self.wants_calm:
            return
        self.down += self.rig.kill_and_keep_down("worker", "beat")
        tokens = self.world["tokens"]
        self._line = self._line or Line(self.rig.address, tokens[-1])  # type: ignore[index]
        reply = self._line.post(f"queues/{self.world['probe']}/claim", b"{}", timeout=2)
        if reply.is_definite and not self.answers_since:
            self.answers_since = time.time()
        if reply.status == 200:
            self.offered = time.time()


@dataclass
class Run:
    """One chapter while it runs: its clients and its office, and what was killed."""

    rig: Rig
    folder: Path
    goal: Goal
    draw: random.Random
    clients: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    office: subprocess.Popen[bytes] | None = None
    kills: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    _read: dict[Path, int] = field(default_factory=dict)
    _rest: dict[str, float] = field(default_factory=dict)
    _left: list[str] = field(default_factory=list)

    def go(self) -> Probe | None:
        """Work until the goal is reached, killing on the way; everything of the chapter has ended afterwards."""
        self._open_office()
        world = json.loads((self.folder / "world.json").read_text())
        probe = Probe(self.rig, self.folder, world) if self.goal.probes else None
        self._left = list(self.goal.kills)
        deadline = time.monotonic() + self.goal.seconds
        for number in range(PROCESSES):
            self._start_client(number)
        while time.monotonic() < deadline and not (self._is_done and (probe is None or probe.is_over)):
            time.sleep(LOOK_EVERY)
            self._count()
            if probe is not None:
                self._probe(probe)
            if probe is None or not probe.wants_calm or probe.is_over:
                self._kill_what_is_due()
                self._mend()
        self.close()
        if probe is not None:
            probe.close()
        return probe

    def close(self) -> None:
        """End clients and office."""
        everybody = [*self.clients.values(), *([self.office] if self.office else [])]
        for process in everybody:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in everybody:
            end(process, seconds=STOP_SECONDS)
        self.clients.clear()
        self.office = None
        self._count()

    @property
    def _is_done(self) -> bool:
        return self.answers >= self.goal.answers and not self._left

    def _probe(self, probe: Probe) -> None:
        if not probe.until and 2 * self.answers >= self.goal.answers:
            probe.hold()
        probe.look()
        if probe.is_over and probe.down:
            self.rig.start_product(*probe.down)
            probe.down.clear()

    def _open_office(self) -> None:
        self._start_office()
        path = self.folder / "world.json"
        if not wait_until(lambda: path.exists() or not self._office_runs, seconds=WORLD_SECONDS) or not path.exists():
            raise CannotRun(f"The office made no world; see {self.rig.folders.logs / 'office.log'}.")

    @property
    def _office_runs(self) -> bool:
        return self.office is not None and self.office.poll() is None

    def _start_office(self) -> None:
        self.office = self.rig.run("-m", "tests.faults.ledger_office", str(self.folder), log="office")

    def _start_client(self, number: int) -> None:
        self.clients[number] = self.rig.run(
            "-S", "-E", ledger_client.__file__, str(self.folder), str(number), log="clients"
        )

    def _count(self) -> None:
        """Count the answers that were acknowledged since the last look."""
        for path in self.folder.glob("client-*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                text = file.read()
            whole = text.rfind(b"\n") + 1
            self._read[path] = self._read.get(path, 0) + whole
            self.answers += text[:whole].count(b'{"kind":"answer"')

    def _kill_what_is_due(self) -> None:
        """Kills are spread evenly over the answers; what needs rest is put off, not left out."""
        done = len(self.goal.kills) - len(self._left)
        if not self._left or self.answers * len(self.goal.kills) < done * self.goal.answers:
            return
        ready = [kind for kind in self._left if self._rest.get(kind, 0) < time.monotonic()]
        if ready and self._kill(ready[0]):
            self._left.remove(ready[0])
            self.kills[ready[0]] += 1
            self._rest[ready[0]] = time.monotonic() + KINDS[ready[0]][1]
            write_json(self.folder / "kills.json", self.kills)

    def _kill(self, kind: str) -> bool:
        if kind == "client":
            number = self.draw.choice(sorted(self.clients))
            _kill_at_once(self.clients[number])
            self._start_client(number)
            return True
        if kind == "office":
            if self.office is not None:
                _kill_at_once(self.office)
            self._start_office()
            return True
        return self.rig.kill(kind, self.draw)

    def _mend(self) -> None:
        self.rig.mend()
        for number, process in list(self.clients.items()):
            if process.poll() is not None:
                self.rig.unexpected.append(f"client {number} ended by itself")
                self._start_client(number)
        if not self._office_runs:
            self.rig.unexpected.append("the office ended by itself")
            self._start_office()


def deal_kills(number: int, draw: random.Random) -> tuple[str, ...]:
    """So many kinds in random order, each in its share and at least once."""
    deck = [kind for kind, (share, _) in KINDS.items() for _ in range(max(1, round(number * share / 50)))]
    while len(deck) < number:
        deck.append("client")
    while len(deck) > number:
        deck.remove(max(KINDS, key=deck.count))
    draw.shuffle(deck)
    return tuple(deck)


def run_chapter(
    rig: Rig,
    folder: Path,
    goal: Goal,
    *,
    seed: int,
    shares: Mapping[str, float] | None = None,
    low_water: int = 24,
) -> tuple[Findings, Counter[str]]:
    """Run one chapter and compare it; gives the findings, and how often each kind of process was killed."""
    folder.mkdir(parents=True)
    plan = {
        "name": folder.name,
        "seed": seed,
        "people_at_work": PEOPLE,
        "queues": QUEUES,
        "address": rig.address,
        "shares": SHARES | (shares or {}),
        "low_water": low_water,
        "processes": [
            [
                (person, tab)
                for tab in range(TABS)
                for person in range(PEOPLE)
                if (person + 4 * tab) % PROCESSES == number
            ]
            for number in range(PROCESSES)
        ],
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    run = Run(rig, folder, goal, random.Random(f"{seed}:{folder.name}"))
    try:
        probe = run.go()
    finally:
        run.close()
    with rig.connect() as connection:
        findings = compare(connection, read_chapter(folder))
    if probe is not None:
        _judge_offer(probe, findings)
    return findings, run.kills


def settle_and_verify(rig: Rig, findings: Findings) -> None:
    """Wait until every queue is counted, then have each figure recomputed by another route."""
    began = time.monotonic()
    with rig.connect() as connection:
        settled = wait_until(lambda: _is_settled(rig, connection), seconds=SETTLE_SECONDS)
    findings.figures["seconds until all was counted"] += round(time.monotonic() - began)
    if not settled:
        findings.broken["J1"].append(f"still uncounted after {SETTLE_SECONDS:.0f} s")
        return
    try:
        rig.application.manage("verify_snapshots")
    except CannotRun as error:
        findings.broken["J1"].append(error.message)


def void_reasons(findings: Findings) -> list[str]:
    """What never happened although it has to, for the run to prove anything."""
    needed = (
        "second tab got the first one's assignment",
        "answered after the lease, still the holder's",
        "late answers kept",
        "sent twice, same bytes back",
        "other body under a key, refused",
        "strangers refused",
        "four at once",
        "items withdrawn",
    )
    return [what for what in needed if not findings.figures[what]]


def write_json(path: Path, value: object) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(value))
    unfinished.rename(path)


def _judge_offer(probe: Probe, findings: Findings) -> None:
    if not probe.was_due:
        findings.figures["chapters too short for a probe"] += 1
    elif not probe.until:
        findings.broken["Q6"].append("nobody could take the probe's item")
    elif not probe.offered:
        findings.broken["Q6"].append(
            f"the item of a dead labeler was not on offer {OFFER_SECONDS:.0f} s after its lease"
        )
    elif probe.offered < probe.until:
        findings.broken["Q6"].append("the item was lent anew before its lease ended")
    else:
        findings.offers.append(probe.offered - probe.starts)


def _is_settled(rig: Rig, connection: psycopg.Connection) -> bool:
    rig.mend()
    row = connection.execute(UNSETTLED).fetchone()
    return row is not None and row[0] == 0


def _kill_at_once(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
