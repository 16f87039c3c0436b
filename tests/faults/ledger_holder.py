"""A labeler who takes one item and is killed: `python -m tests.faults.ledger_holder FOLDER`."""

import json
import sys
import time
from pathlib import Path

from tests.faults.ledger_client import Held, Line


def main(folder: Path) -> None:
    """Claim, say until when, and hold on."""
    world = json.loads((folder / "world.json").read_text())
    line = Line(tuple(world["address"]), world["tokens"][-2])
    while (reply := line.post(f"queues/{world['probe']}/claim", b"{}")).status != 200:
        time.sleep(0.2)
    held = Held.read(json.loads(reply.body))
    unfinished = folder / "held.new"
    unfinished.write_text(json.dumps({"until": held.until}))
    unfinished.rename(folder / "held.json")
    time.sleep(60)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
