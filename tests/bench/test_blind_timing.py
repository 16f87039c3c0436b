"""Whether how long a request takes tells gold from other work (G2).

make bench ARGS="-s tests/bench/test_blind_timing.py"

Gold is placed by the product's own sampler into half of what people are handed, so that both kinds come by in random
order and meet the same machine; requests go through the whole of Django on a cluster with production settings, without
a network that would only hide differences. `BLIND_EACH=500` asks for fewer of each kind.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

import pytest
from pytest_django import DjangoDbBlocker

from tests.bench.blind_desk import Office, Served, auc_of, margin_of
from tests.bench.durable import at_database, durable_cluster, settle
from tests.bench.measuring import load_words, tell

pytestmark = pytest.mark.bench

EACH = int(os.environ.get("BLIND_EACH", "2000"))
PEOPLE = 30
ROUNDS_A_PLACING = 4
TOLERATED = 0.03
ENDPOINTS = ("claim", "workspace", "extend", "reveal", "submit", "revise", "skip")
Times = Mapping[str, tuple[Sequence[float], Sequence[float]]]


def work(office: Office) -> None:
    """Each in turn: half of the work is skipped, so that skips and answers are both seen often enough."""
    for turn in range(int(4.6 * EACH) // PEOPLE):
        if turn % ROUNDS_A_PLACING == 0:
            office.place_gold()
        for person in range(PEOPLE):
            served = office.claim(person, day=0, place=turn)
            office.open_workspace(served)
            if (turn + person) % 2:
                office.act(served, "skip", reason="unclear")
                continue
            office.act(served, "extend")
            office.act(served, "reveal")
            office.act(served, "submit", answers={"category": "spam"}, active_ms=4000)
            office.revise(served, answers={"category": "no_violation"})


def times_of(served: Sequence[Served]) -> Times:
    """Seconds by endpoint, of gold and of other items."""
    found: defaultdict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for one in served:
        for name, answer in one.answers.items():
            found[name][not one.is_gold].append(answer.seconds)
    return found


def row(name: str, gold: Sequence[float], ordinary: Sequence[float]) -> str:
    auc, slower = auc_of(gold, ordinary), auc_of([seconds * 1.02 for seconds in gold], ordinary)
    medians = f"{1000 * median(gold):.2f} | {1000 * median(ordinary):.2f}"
    return (
        f"| {name} | {len(gold):,} | {len(ordinary):,} | {medians} | {auc:.3f} ± "
        f"{margin_of(len(gold), len(ordinary)):.3f} | {slower:.3f} |"
    )


def test_time_tells_nothing_of_gold(django_db_blocker: DjangoDbBlocker, capsys: pytest.CaptureFixture[str]) -> None:
    with django_db_blocker.unblock(), durable_cluster() as postgres, at_database(postgres, "desk"):
        office = Office(people=PEOPLE, items=4 * EACH, gold=2 * EACH, gold_rate=0.5, seed=31)
        settle()
        work(office)
        office.look_up_gold()
    times = times_of(office.served)

    with capsys.disabled():
        tell(
            f"AUC of gold by time, and what it would be if gold took 2 % longer; {load_words()}",
            "| request | gold | other | ms, gold | ms, other | AUC | 2 % longer |",
            "|---|---|---|---|---|---|---|",
            *(row(name, *times[name]) for name in ENDPOINTS),
        )
    for name in ENDPOINTS:
        assert min(map(len, times[name])) >= EACH, name
        assert abs(auc_of(*times[name]) - 0.5) <= TOLERATED, name
