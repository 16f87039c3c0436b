"""People who label without a pause, at our server and at a bare view in turns.

make bench-load [ARGS="--labelers 1,8,32,64 --seconds 8 --rounds 3"]
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench.load.client import Limits, Target, work
from tests.bench.load.probes import Meter, Staleness, resident_mb, tree_of
from tests.bench.load.report import HEAD, RULE, Exactness, Series, exactness_line, row_of, table_of
from tests.bench.load.stage import Stage, running_stage

OVERLAP = 3
LONGEST_DRAIN = 10.0

OURS = """
WITH labels AS (SELECT item_id, labeler_id FROM labeling_label WHERE queue_id = %(queue)s AND revises_id IS NULL)
SELECT (SELECT count(*) FROM labels),
       (SELECT count(*) FROM (SELECT FROM labels GROUP BY item_id HAVING count(*) > %(overlap)s) over_full),
       (SELECT count(*) FROM (SELECT FROM labels GROUP BY item_id, labeler_id HAVING count(*) > 1) repeated)
"""
BARES = OURS.replace("labeling_label WHERE queue_id = %(queue)s AND revises_id IS NULL", "bare_label")


@dataclass(frozen=True)
class Plan:
    """How much is done. Half of the answers that a queue needs are given at most, so that it never runs dry."""

    items: int
    rounds: int
    seconds: float

    @property
    def limits(self) -> Limits:
        bursts = 2 * self.rounds
        return Limits(self.seconds, cycles=OVERLAP * self.items // bursts, cycles_each=self.items // bursts)


@dataclass(frozen=True)
class Outcome:
    ours: Series
    bare: Series
    checks: tuple[tuple[str, Exactness], ...]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="make bench-load", description=__doc__)
    parser.add_argument("--labelers", default="1,8,32,64", help="how many people, with commas")
    parser.add_argument("--one-request", default="32", help="how many people claim with their submit; may be empty")
    parser.add_argument("--seconds", type=float, default=7, help="length of a burst")
    parser.add_argument("--rounds", type=int, default=3, help="bursts of each view at each number of people")
    parser.add_argument("--items", type=int, default=10_000, help="items in a queue, each with three answers")
    chosen = parser.parse_args(arguments)
    plan = Plan(chosen.items, chosen.rounds, chosen.seconds)
    cases = [(int(people), False) for people in chosen.labelers.split(",") if people]
    cases += [(int(people), True) for people in chosen.one_request.split(",") if people]
    _say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before; the client shares them")
    with running_stage() as stage:
        _say(HEAD, RULE)
        outcomes = [_measure(stage, plan, people=people, claims_next=joined) for people, joined in cases]
        _tell(stage, outcomes)
    _say(f"load {os.getloadavg()[0]:.1f} after")


def _measure(stage: Stage, plan: Plan, *, people: int, claims_next: bool) -> Outcome:
    """Bursts of both views in turns, each round in the other order."""
    queue_id, product = stage.seed_product(items=plan.items, overlap=OVERLAP, people=people)
    targets = {"ours": product, "bare": stage.seed_bare(items=plan.items, overlap=OVERLAP, people=people, like=product)}
    requests = 1 if claims_next else 2
    series = {view: Series(people, requests, view) for view in targets}
    meter = Meter(stage)
    for view in _turns(plan.rounds):
        _drain(meter)
        _burst(stage, meter, series[view], targets[view], plan.limits, claims_next=claims_next)
    checks = (
        ("ours", _check(meter, OURS, queue_id, stored=series["ours"].stored)),
        ("bare", _check(meter, BARES, queue_id, stored=series["bare"].stored)),
    )
    meter.connection.close()
    _say(row_of(series["ours"]), row_of(series["bare"]))
    return Outcome(series["ours"], series["bare"], checks)


def _turns(rounds: int) -> Iterator[str]:
    for number in range(rounds):
        yield from ("ours", "bare") if number % 2 == 0 else ("bare", "ours")


def _burst(stage: Stage, meter: Meter, series: Series, target: Target, limits: Limits, *, claims_next: bool) -> None:
    staleness = Staleness(stage.database)
    before = meter.read(is_bare=series.view == "bare")
    with staleness.sampled():
        burst = work(target, people=series.people, limits=limits, claims_next=claims_next)
    series.add(burst, meter.read(is_bare=series.view == "bare").since(before))
    if series.view == "ours":
        series.ages += staleness.ages


def _drain(meter: Meter) -> None:
    """Wait until all that was answered is counted, so that no view pays for the other's answers."""
    until = time.monotonic() + LONGEST_DRAIN
    while time.monotonic() < until:
        if not meter.connection.execute("SELECT EXISTS (SELECT FROM calibration_stalemark)").fetchone()[0]:
            return
        time.sleep(0.2)


def _check(meter: Meter, statement: str, queue_id: int, *, stored: int) -> Exactness:
    row = meter.connection.execute(statement, {"queue": queue_id, "overlap": OVERLAP}).fetchone()
    labels, over, repeats = row
    return Exactness(labels, over, repeats, lost=max(0, stored - labels))


def _tell(stage: Stage, outcomes: Sequence[Outcome]) -> None:
    checks = [check for outcome in outcomes for check in outcome.checks]
    failures = sum(outcome.ours.failures + outcome.bare.failures for outcome in outcomes)
    _say("", *table_of((outcome.ours, outcome.bare) for outcome in outcomes), "")
    _say("Latencies and CPU a cycle in milliseconds; jobs: worker, beat and their database processes.")
    _say(exactness_line(checks, failures))
    web, jobs = tree_of(stage.web.pid), [*tree_of(stage.worker.pid), *tree_of(stage.beat.pid)]
    _say(f"memory: web {resident_mb(web):.0f} MB, worker and beat {resident_mb(jobs):.0f} MB")


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
