"""The long run of the ledger test: `make faults`, or `python -m tests.faults.ledger_long --help`.

Chapters follow each other in one database until answers and kills are reached or the time is up. All state is in a
folder, so that `--resume` goes on where a run ended, however it ended.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from qaplatform.local.application import ROOT
from qaplatform.local.folders import known_folders
from tests.faults.ledger import (
    KINDS,
    Goal,
    deal_kills,
    read_chapter,
    run_chapter,
    settle_and_verify,
    void_reasons,
    write_json,
)
from tests.faults.ledger_comparison import Findings, compare
from tests.faults.rig import Rig, running_rig

CHAPTER = 2_500
# Kept back from the time for counting the last chapter and checking every figure.
CLOSING_SECONDS = 150.0
SHORTEST_CHAPTER = 30.0


@dataclass
class LongRun:
    """How far a run is; everything can be read from its folder again."""

    folder: Path
    seed: int
    answers: int
    kills: int
    findings: Findings = field(default_factory=Findings)
    killed: Counter[str] = field(default_factory=Counter)
    chapters: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Answers that were acknowledged."""
        return self.findings.figures["answers acknowledged"]

    @property
    def is_done(self) -> bool:
        """Whether answers and kills are reached."""
        return self.answered >= self.answers and self.killed.total() >= self.kills

    def catch_up(self, rig: Rig) -> None:
        """Read what earlier runs did; a chapter that broke off is compared now."""
        for folder in sorted(self.folder.glob("chapter-*")):
            if (folder / "world.json").exists():
                with rig.connect() as connection:
                    self.findings.merge(compare(connection, read_chapter(folder)))
            self.killed += Counter(read_json(folder / "kills.json", {}))
            self.chapters += 1

    def go(self, rig: Rig, *, until: float) -> None:
        """Run chapter after chapter."""
        while not self.is_done and until - time.monotonic() > SHORTEST_CHAPTER:
            self.chapters += 1
            folder = self.folder / f"chapter-{self.chapters:03}"
            draw = random.Random(f"{self.seed}:{folder.name}")
            goal = self._next_goal(draw, seconds=until - time.monotonic())
            began = time.monotonic()
            findings, killed = run_chapter(rig, folder, goal, seed=self.seed)
            self.findings.merge(findings)
            self.killed += killed
            self._say(findings, time.monotonic() - began)

    def _next_goal(self, draw: random.Random, *, seconds: float) -> Goal:
        left = max(self.answers - self.answered, 1)
        answers = min(CHAPTER, left)
        kills = max(self.kills - self.killed.total(), 0)
        share = kills if answers == left else round(kills * answers / left)
        return Goal(answers, deal_kills(share, draw), seconds=seconds)

    def _say(self, findings: Findings, took: float) -> None:
        answers = findings.figures["answers acknowledged"]
        say(
            f"chapter {self.chapters}: {answers} answers in {took:.0f} s; in all {self.answered} answers and "
            f"{self.killed.total()} kills. {findings.say() or 'Nothing broke.'}"
        )


def main() -> int:
    """Run, print the table, and give the exit code: 0 if all held, 1 if something broke, 2 if it is not finished."""
    options = _read_options()
    folder = options.folder.resolve()
    state = folder / "state.json"
    if not options.resume:
        for old in known_folders(folder):
            shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    kept = read_json(state, {"seed": options.seed, "answers": options.answers, "kills": options.kills, "seconds": 0.0})
    run = LongRun(folder, kept["seed"], kept["answers"], kept["kills"], seconds=kept["seconds"])
    say(f"Seed {run.seed}: {run.answers} answers, {run.kills} kills, at most {options.minutes} minutes.")
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.monotonic()
    try:
        with running_rig(folder) as rig:
            rig.start_product("web", "worker", "beat")
            run.catch_up(rig)
            run.go(rig, until=began + 60 * options.minutes - CLOSING_SECONDS)
            settle_and_verify(rig, run.findings)
            unexpected = rig.unexpected
    finally:
        run.seconds += time.monotonic() - began
        write_json(state, kept | {"seconds": run.seconds})
    for line in table(run, unexpected):
        say(line)
    if run.findings.say():
        return 1
    if not run.is_done:
        return 2
    return 1 if void_reasons(run.findings) else 0


def table(run: LongRun, unexpected: list[str]) -> Iterator[str]:
    """What a run says at its end."""
    yield f"\nLedger test, seed {run.seed}, {run.chapters} chapters"
    yield f"  {run.seconds / 60:.1f} minutes on {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}"
    yield f"  {run.answered / max(run.seconds, 1):.1f} acknowledged answers a second, start and recovery included"
    yield "\nkilled with SIGKILL"
    for kind in KINDS:
        yield f"  {run.killed[kind]:>9}  {kind}"
    yield f"  {run.killed.total():>9}  in all, of {run.kills}"
    yield "\nwhat happened"
    for name, number in sorted(run.findings.figures.items()):
        yield f"  {number:>9}  {name}"
    if run.findings.offers:
        yield f"  {max(run.findings.offers):>9.1f}  most seconds from the lease end of a dead labeler to the next offer"
    yield "\nbroken promises"
    for promise, found in run.findings.broken.items():
        yield f"  {len(found):>9}  {promise}"
    if run.findings.say():
        yield run.findings.say()
    for what in void_reasons(run.findings) if run.is_done else []:
        yield f"The run proves nothing: there was no case of: {what}."
    for what in unexpected:
        yield f"Started again: {what}"
    if not run.is_done:
        yield f"\nNot finished: {run.answered} of {run.answers} answers. Go on with: make faults ARGS=--resume"


def read_json(path: Path, default: dict[str, object]) -> dict[str, object]:
    """What a file holds; the default where there is none."""
    return json.loads(path.read_text()) if path.exists() else default


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="default: drawn")
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=60.0, help="most minutes of this run")
    parser.add_argument("--folder", type=Path, default=ROOT / ".data-faults")
    return parser.parse_args()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
