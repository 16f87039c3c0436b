"""How often each planted fact of the demo is found, over 200 seeds; docs/demo.md holds the table that this prints.

make bench ARGS="tests/bench/test_demo.py -s"
"""

import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import pytest
from django.db import transaction

from calibration.demo.cast import PARTS
from calibration.demo.findings import Found, find_planted
from calibration.demo.loading import load_history, load_people
from calibration.demo.plans import FULL
from calibration.demo.stories import live_through
from calibration.demo.worlds import draw_world
from calibration.models import Flag
from calibration.stats import Cusum, Serving, solve_h

SEEDS = 200
DEFAULT_FALSE_ALARM_RATE = 0.02

# Planted, and not looked for by the product yet: copying people are flagged for nothing.
NEVER_FLAGGED = {"goran", "hana"}


@pytest.mark.bench
@pytest.mark.django_db
def test_full_demo_is_loaded_and_the_product_finds_whom_it_looks_for(capsys):
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    steps: list[str] = []
    began, began_cpu = time.perf_counter(), time.process_time()

    def report(step: str) -> None:
        steps.append(f"{time.perf_counter() - began:6.1f} s  {time.process_time() - began_cpu:5.1f} s CPU  {step}")

    with transaction.atomic():
        staff = load_people(FULL, today=now.date())
        loaded = load_history(FULL, staff, today=now.date(), report=report)
        live_through(loaded, report=report, now=now)
    report("Loaded")

    with capsys.disabled():
        sys.stdout.write("\n".join(["", *steps, f"Load of the machine: {os.getloadavg()[0]:.1f}", ""]))
    flagged = set(Flag.objects.values_list("labeler__user__username", flat=True))
    assert flagged == set(PARTS) - NEVER_FLAGGED


@pytest.mark.bench
def test_planted_facts_are_found_over_200_seeds(capsys):
    serving = Serving(items_per_day=100, gold_rate=FULL.gold_share, watch_gold_rate=FULL.gold_share)
    cusum = Cusum(p0=0.05, h=solve_h(0.05, serving=serving, false_flag_rate=DEFAULT_FALSE_ALARM_RATE))

    found = [find_planted(draw_world(replace(FULL, seed=seed)).queues, cusum) for seed in range(SEEDS)]

    shares = _shares(found)
    with capsys.disabled():
        sys.stdout.write(_table(found, shares, cusum))
    assert min(shares.values()) > 0.5
    assert sum(one.false_flags for one in found) / sum(one.ordinary_people for one in found) < 0.02


def _shares(found: list[Found]) -> dict[str, float]:
    times = Counter[str]()
    for one in found:
        times.update({fact: int(is_found) for fact, is_found in one.facts.items()})
    return {fact: n / len(found) for fact, n in sorted(times.items())}


def _table(found: list[Found], shares: dict[str, float], cusum: Cusum) -> str:
    days = [day for one in found for day in one.drift_days]
    false_flags, people = sum(one.false_flags for one in found), sum(one.ordinary_people for one in found)
    lines = ["", f"| planted | found in {len(found)} seeds |", "|---|---|"]
    lines += [f"| {fact} | {share:.1%} |" for fact, share in shares.items()]
    lines.append(
        f"Limit of the running check: {cusum.h}. Working days from drift to alarm: median {median(days):.0f}, "
    )
    lines.append(f"longest {max(days)}. Ordinary people flagged in six weeks: {false_flags} of {people}.")
    return "\n".join([*lines, ""])
