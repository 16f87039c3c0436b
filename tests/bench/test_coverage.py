"""Coverage of the 95 % intervals: 2,000 simulations a case, fixed seeds, printed as the table of docs/performance.md.

`make bench ARGS="-s tests/bench/test_coverage.py"`.
"""

import sys

import pytest

from calibration.stats import krippendorff_alpha
from tests.stats.coverage import (
    DRAWN,
    ENOUGH,
    JACKKNIFED,
    SPECIFIC,
    TOO_RARE,
    Case,
    coverage,
    kappa_coverage,
    labeler_coverage,
    told_as_rare,
)

pytestmark = pytest.mark.bench

TIMES = 2000


def say(*told: str) -> None:
    sys.stdout.write(f"\n{' '.join(told)}")
    sys.stdout.flush()


def words(case: Case) -> str:
    shares = ", ".join(f"{share:.0%}".replace("%", "") for share in case.shares)
    return f"| {case.items} x {case.ratings} | {shares} | {case.accuracy:.2f} | {case.expected_ratings:.0f} |"


def shown(found: dict[str, float]) -> str:
    return " ".join(f"{share:.3f} |".removeprefix("0") for share in found.values())


@pytest.mark.parametrize("case", ENOUGH, ids=str)
def test_intervals_over_items_hold_the_truth(case):
    found = coverage(case, JACKKNIFED | DRAWN, times=TIMES)
    specific = coverage(case, SPECIFIC, times=TIMES)

    say(words(case), shown(found | specific))
    assert case.expected_ratings >= 20
    assert {name: share for name, share in found.items() if not 0.93 <= share <= 0.97} == {}
    assert specific["specific"] >= 0.93


@pytest.mark.parametrize("case", TOO_RARE, ids=str)
def test_rarer_categories_are_told_by_the_status(case):
    found = coverage(case, {"alpha": krippendorff_alpha}, times=TIMES)
    told = told_as_rare(case, krippendorff_alpha, times=TIMES)

    say(words(case), shown(found), f"{told:.3f} |")
    assert case.expected_ratings < 20
    assert told > 0.9


@pytest.mark.parametrize(("items", "skill"), [(50, 0.9), (100, 0.95), (400, 0.8)])
def test_intervals_of_cohens_kappa_hold_the_truth(items, skill):
    found = kappa_coverage(items=items, skill=skill, times=TIMES)

    say(f"| kappa of {items} items, skill {skill} | {found:.3f} |")
    assert 0.93 <= found <= 0.97


@pytest.mark.parametrize(("labelers", "items"), [(15, 400), (30, 600)])
def test_intervals_over_labelers_hold_the_truth(labelers, items):
    found = labeler_coverage(labelers=labelers, items=items, times=TIMES)

    say(f"| alpha over {labelers} labelers, {items} items | {found:.3f} |")
    # Where a pair of labelers shares few items its chance is counted up to three times (Owen 2007): a little wide.
    assert 0.93 <= found <= 0.98
