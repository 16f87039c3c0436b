"""The rule that opens flags, by the protocol of METHODS, section 4; docs/performance.md holds the table it prints.

make bench ARGS="tests/bench/test_flag_rule.py -s"

100 items a day for 90 working days, in control .95, a fall to .85 on day 0; gold 4 %, 25 % while the level is above
1.5, switched after each answer; CUSUM h = 7 and the weekly test together, each flag through the pure `judge`.
"""

import sys

import numpy as np
import pytest

from calibration.stats import Cusum, FlagReason, Serving, WatchSimulation, operating_figures, simulate_watch

PEOPLE = 2000
SIZES = (10, 20, 50, 150, PEOPLE)


@pytest.mark.bench
def test_two_thousand_people_in_control_and_two_thousand_who_fall(capsys):
    quiet = {size: _simulate(np.full(PEOPLE, 0.05), size=size) for size in SIZES}
    fallen = _simulate(np.tile([0.15] + [0.05] * 19, PEOPLE), size=20, days=30)

    found = fallen.flagged_on[::20]
    with capsys.disabled():
        sys.stdout.write(_table(quiet, found))
    assert quiet[PEOPLE].flagged_share <= 0.03
    assert quiet[20].flagged_share <= 0.03 + 4 * np.sqrt(0.03 * 0.97 / PEOPLE)
    assert np.median(found) <= 8


def _simulate(error_rates: np.ndarray, *, size: int, days: int = 90) -> WatchSimulation:
    """People in queues of `size`; whoever falls does so among 19 who do not."""
    queues, rng = np.arange(len(error_rates)) // size, np.random.default_rng(4)
    return simulate_watch(error_rates, cusum=Cusum(p0=0.05), serving=Serving(), rng=rng, queues=queues, days=days)


def _table(quiet: dict[int, WatchSimulation], found: np.ndarray) -> str:
    lines = ["", "| people a queue | flagged wrongly in 90 days | of these by the weekly test |", "|---|---|---|"]
    for size, simulation in quiet.items():
        by_test = sum(flag.reason is FlagReason.WEEKLY for flag in simulation.flags) / PEOPLE
        lines.append(f"| {size:,} | {simulation.flagged_share:.2%} | {by_test:.2%} |")
    shown = operating_figures(Cusum(p0=0.05))
    lines += [
        "",
        f"Shown for the running check alone: {shown.false_flag_rate:.2%}, and {shown.median_days:.1f} days.",
        f"Median days until .85 is flagged by either test, one of 20 in the queue: {np.median(found):.1f}.",
        "",
    ]
    return "\n".join(lines)
