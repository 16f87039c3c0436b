"""How well a team that logs all it is served could tell gold (G3), on the real sampler; docs/performance.md has it.

make bench ARGS="tests/bench/test_sightings.py -s"

Two teams of five answer 40 items a day for 8 days, each claim and answer through the services; the first team logs
content and time. Told by counts: the chance that gold came by oftener than another item, ties as a half. Best rule:
each pattern of count and time between the first two sightings scores what it was worth on one half of the log, tried on
the other half, the mean over 20 halvings; chance alone is .50.
"""

import numpy as np
import pytest

from calibration.enums import GoldMode
from calibration.stats.spotting import TOLERATED
from tests.bench.measuring import load_words, tell
from tests.calibration.sighting_teams import Log, Site, auc_of, logged_by_first_team

HALVINGS = 20
DAYS = {"days": 8, "answers_a_day": 40, "gold_rate": 0.2}
MATCHED = {
    "10 % of items by 3 people": Site(gold=700, **DAYS),
    "30 % by 3": Site(gold=700, queue={"overlap_rate": 0.3}, **DAYS),
    "50 % by 3": Site(gold=700, queue={"overlap_rate": 0.5}, **DAYS),
    "all by 2, 20 % by 4": Site(gold=700, queue={"base_answers": 2, "overlap_rate": 0.2, "overlap_size": 4}, **DAYS),
    "30 % by 3, the other team at half": Site(gold=700, queue={"overlap_rate": 0.3}, at_work=(1.0, 0.5), **DAYS),
    "30 % by 3, three days wait": Site(gold=700, queue={"overlap_rate": 0.3}, backlog=3.0, **DAYS),
}
POOLED = {
    "pooled, 10 % by 3, 100 gold": Site(gold=100, plan={"mode": GoldMode.POOLED}, **DAYS),
    "pooled, 10 % by 3, 700 gold": Site(gold=700, plan={"mode": GoldMode.POOLED}, **DAYS),
}


@pytest.mark.bench
@pytest.mark.django_db
@pytest.mark.parametrize("name", MATCHED)
def test_matched_gold_is_told_by_nothing_that_is_counted(name, capsys):
    log = logged_by_first_team(MATCHED[name])
    gold, ordinary = log.counts()

    with capsys.disabled():
        tell(_row(name, log))
    assert abs(auc_of(gold, ordinary) - 0.5) <= TOLERATED


@pytest.mark.bench
@pytest.mark.django_db
@pytest.mark.parametrize("name", POOLED)
def test_pooled_gold_is_told_by_how_often_it_comes(name, capsys):
    log = logged_by_first_team(POOLED[name])
    gold, ordinary = log.counts()

    with capsys.disabled():
        tell(_row(name, log))
    assert auc_of(gold, ordinary) > 0.5 + TOLERATED


def _row(name: str, log: Log) -> str:
    gold, ordinary = log.counts()
    often = f"{np.mean(gold):.2f} | {np.mean(ordinary):.2f}"
    told = f"{auc_of(gold, ordinary):.3f} | {_best_rule(log):.3f}"
    return f"| {name} | {len(gold):,} | {len(ordinary):,} | {often} | {told} | {load_words()} |"


def _best_rule(log: Log) -> float:
    """Patterns: met once; then by count and by the quarter of ordinary items' times between the first two sightings."""
    between = [times[1] - times[0] for content, times in log.met.items() if len(times) > 1 and content not in log.gold]
    quarters = np.quantile(between, [0.25, 0.5, 0.75]) if between else np.zeros(3)
    patterns: tuple[list[int], list[int]] = [], []
    for content, times in log.met.items():
        found = 0 if len(times) == 1 else 4 * len(times) + int(np.searchsorted(quarters, times[1] - times[0]))
        patterns[content not in log.gold].append(found)
    rng = np.random.default_rng(5)
    return float(np.mean([_halved(*map(np.array, patterns), rng) for _ in range(HALVINGS)]))


def _halved(gold: np.ndarray, ordinary: np.ndarray, rng: np.random.Generator) -> float:
    gold, ordinary = rng.permutation(gold), rng.permutation(ordinary)
    (known, tried), (known_rest, tried_rest) = np.array_split(gold, 2), np.array_split(ordinary, 2)
    size = max(gold.max(), ordinary.max()) + 1
    often, rarely = (np.bincount(values, minlength=size) + 0.5 for values in (known, known_rest))
    worth = (often / often.sum()) / (rarely / rarely.sum())
    return auc_of(worth[tried], worth[tried_rest])
